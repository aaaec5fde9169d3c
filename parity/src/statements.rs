//! Reads one line: words into a statement without blocks.
//!
//! Invariants
//! 1. A plain statement (one that may stand in a callback) is tried first, so
//!    that a callback's action is read by the same code as the rest.
//! 2. Nothing is read twice: the first word of a statement decides its kind.
//!
//! Read next: `reader.rs`, which puts lines and blocks together.

use crate::objects::{Method, Object};
use crate::program::{Name, Plain, Statement, When};
use crate::words::{Mistake, Words};

type Read<T> = Result<T, Mistake>;

/// Reads the X of `X = ...`, if there is one.
fn into(words: &mut Words<'_>) -> Read<Option<Name>> {
    const BINDS: [&str; 17] = [
        "new",
        "spawn",
        "context",
        "promise",
        "soon",
        "later",
        "at",
        "done",
        "await",
        "call",
        "gather",
        "outcomes",
        "wait_for",
        "shield",
        "gathering",
        "shielding",
        "keep",
    ];
    if words.second() != Some("=") {
        return Ok(None);
    }
    let name = words.name("a name")?;
    words.accept("=");
    match words.peek() {
        Some(kind) if kind == "wait" || BINDS.contains(&kind) => Ok(Some(name)),
        _ => words.mistake("something that gives a value or a handle"),
    }
}

/// Reads a statement without blocks.
pub(crate) fn simple(words: &mut Words<'_>) -> Read<Statement> {
    let into = into(words)?;
    let kind = words.peek().unwrap_or("");
    if kind == "raise" && words.second() == Some("cancelled") {
        words.take(kind)?;
        words.accept("cancelled");
        return Ok(Statement::RaiseCancelled(words.optional()));
    }
    if kind == "on" {
        let (object, method) = call(words)?;
        return Ok(match method.suspends() {
            true => Statement::On { object, method },
            false => Statement::Plain(Plain::On { object, method }),
        });
    }
    if let Some(plain) = plain(words, kind, &into)? {
        return Ok(Statement::Plain(plain));
    }
    let known = [
        "yield", "sleep", "await", "call", "gather", "outcomes", "wait", "wait_for", "kept",
    ];
    if !known.contains(&kind) && !["shield", "return", "rethrow"].contains(&kind) {
        return words.mistake("a statement");
    }
    words.take(kind)?;
    Ok(match kind {
        "yield" => Statement::Yield,
        "sleep" => Statement::Sleep(words.us()?),
        "await" => Statement::Await {
            into,
            handle: words.name("a name")?,
        },
        "call" => Statement::Call {
            into,
            body: words.name("a body")?,
        },
        "gather" => Statement::Gather {
            into,
            items: words.items()?,
        },
        "outcomes" => Statement::Outcomes {
            into,
            items: words.items()?,
        },
        "wait" => {
            let mode = words.mode()?;
            Statement::Wait {
                into,
                mode,
                within: words.within()?,
                items: words.items()?,
            }
        }
        "kept" => Statement::Kept {
            set: words.name("a kept set")?,
            mode: words.mode()?,
            within: words.within()?,
        },
        "wait_for" => {
            let within = words.us_or_none()?;
            Statement::WaitFor {
                into,
                within,
                item: words.one_item()?,
            }
        }
        "shield" => Statement::Shield {
            into,
            item: words.one_item()?,
        },
        "return" => Statement::Return(words.optional()),
        _ => Statement::Rethrow,
    })
}

/// Reads `on NAME METHOD`.
fn call(words: &mut Words<'_>) -> Read<(Name, Method)> {
    words.take("on")?;
    Ok((words.name("an object")?, Method::read(words)?))
}

/// Reads a statement that never suspends, if `kind` begins one.
fn plain(words: &mut Words<'_>, kind: &str, into: &Option<Name>) -> Read<Option<Plain>> {
    let start = (words.line, kind);
    if [
        "promise",
        "context",
        "gathering",
        "shielding",
        "keep",
        "new",
    ]
    .contains(&kind)
    {
        let Some(into) = into.clone() else {
            return words.mistake(&format!("NAME = before {kind}"));
        };
        words.take(kind)?;
        return Ok(Some(match kind {
            "promise" => Plain::Promise { into },
            "new" => Plain::New {
                into,
                object: Object::read(words)?,
            },
            "context" => Plain::Context { into },
            "gathering" => Plain::Gathering {
                into,
                items: words.items()?,
            },
            "keep" => Plain::Keep {
                into,
                items: words.items()?,
            },
            _ => Plain::Shielding {
                into,
                item: words.one_item()?,
            },
        }));
    }
    if kind == "on" {
        let line = words.line;
        let (object, method) = call(words)?;
        let what = format!("{method} may suspend, so it cannot stand in a callback");
        return match method.suspends() {
            true => Err(Mistake { line, what }),
            false => Ok(Some(Plain::On { object, method })),
        };
    }
    if !PLAIN.contains(&kind) {
        return Ok(None);
    }
    words.take(start.1)?;
    Ok(Some(match kind {
        "say" => Plain::Say(words.rest()),
        "block" => Plain::Block(words.us()?),
        "spawn" => {
            let body = words.name("a body")?;
            let group = words.after("in", "a group")?;
            Plain::Spawn {
                into: into.clone(),
                body,
                group,
                context: words.after("with", "a context")?,
            }
        }
        "set" => {
            let promise = words.name("a promise")?;
            Plain::Set {
                promise,
                value: words.take("a value")?.into(),
            }
        }
        "fail" => {
            let promise = words.name("a promise")?;
            Plain::Fail {
                promise,
                error: words.name("the name of an error")?,
            }
        }
        "cancel" => Plain::Cancel {
            handle: words.handle()?,
            reason: words.optional(),
        },
        "state" => Plain::State {
            handle: words.handle()?,
        },
        "cancelling" => Plain::Cancelling {
            handle: words.handle()?,
        },
        "uncancel" => Plain::Uncancel {
            handle: words.handle()?,
        },
        "reschedule" => {
            let timeout = words.name("a timeout")?;
            Plain::Reschedule {
                timeout,
                after: words.us_or_none()?,
            }
        }
        "expired" => Plain::Expired {
            timeout: words.name("a timeout")?,
        },
        "add" => Plain::Add {
            list: words.name("a list")?,
            item: words.one_item()?,
        },
        "forget" => Plain::Forget {
            callback: words.name("a done-callback")?,
        },
        "raise" => Plain::Raise(words.name("the name of an error")?),
        "panic" => Plain::Panic(words.name("the name of an error")?),
        "put" => Plain::Put {
            local: words.name("the name of a local")?,
            value: words.take("a value")?.into(),
        },
        "get" => Plain::Get {
            local: words.name("the name of a local")?,
        },
        "stop" => Plain::Stop,
        _ => callback(words, kind, into)?,
    }))
}

const PLAIN: [&str; 22] = [
    "panic",
    "put",
    "get",
    "stop",
    "say",
    "block",
    "spawn",
    "set",
    "fail",
    "cancel",
    "state",
    "cancelling",
    "uncancel",
    "reschedule",
    "expired",
    "add",
    "forget",
    "raise",
    "soon",
    "later",
    "at",
    "done",
];

fn callback(words: &mut Words<'_>, kind: &str, name: &Option<Name>) -> Read<Plain> {
    let when = match kind {
        "soon" => When::Soon,
        "later" => When::Later(words.us()?),
        "at" => When::At(words.us()?),
        _ => When::Done(words.name("a name")?),
    };
    let (line, expected) = (words.line, "a statement that cannot suspend");
    let bound = into(words)?;
    let kind = words.peek().unwrap_or("");
    if kind == "raise" && words.second() == Some("cancelled") {
        let what = "a callback is no task, it cannot end cancelled".into();
        return Err(Mistake { line, what });
    }
    match plain(words, kind, &bound)? {
        Some(action) => Ok(Plain::Callback {
            into: name.clone(),
            when,
            action: Box::new(action),
        }),
        None => words.mistake(expected),
    }
}
