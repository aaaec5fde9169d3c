//! A program as text: the form both interpreters read.
//!
//! Invariants
//! 1. One statement is one line. A block is indented by two spaces; the readers
//!    ignore indentation.
//! 2. A program that is printed and read back is the same program.
//!
//! Read next: `reader.rs`.

use std::fmt::{self, Display, Formatter};

use crate::program::{Block, Body, Item, Mode, Name, Plain, Scenario, Statement, Us, When};
use crate::words::span;

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "scenario {}", self.name)?;
        self.bodies.iter().try_for_each(|body| write!(f, "{body}"))
    }
}

impl Display for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "task {}", self.name)?;
        block(f, &self.block, 1)?;
        writeln!(f, "end")
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Item::Named(name) => write!(f, "{name}"),
            Item::Fresh(name) => write!(f, "{name}()"),
            Item::Spread(name) => write!(f, "*{name}"),
        }
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::All => "all",
            Mode::First => "first",
            Mode::Error => "error",
        })
    }
}

impl Display for Plain {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Plain::Say(words) => write!(f, "say{}", Spaced(words)),
            Plain::Block(ms) => write!(f, "block {}", span(*ms)),
            Plain::Spawn {
                into,
                body,
                group,
                context,
            } => {
                let places = (After(" in ", group), After(" with ", context));
                write!(f, "{}spawn {body}{}{}", Into(into), places.0, places.1)
            }
            Plain::Context { into } => write!(f, "{into} = context"),
            Plain::Promise { into } => write!(f, "{into} = promise"),
            Plain::Set { promise, value } => write!(f, "set {promise} {value}"),
            Plain::Fail { promise, error } => write!(f, "fail {promise} {error}"),
            Plain::Cancel { handle, reason } => write!(f, "cancel {handle}{}", After(" ", reason)),
            Plain::State { handle } => write!(f, "state {handle}"),
            Plain::Cancelling { handle } => write!(f, "cancelling {handle}"),
            Plain::Uncancel { handle } => write!(f, "uncancel {handle}"),
            Plain::Reschedule { timeout, after } => {
                write!(f, "reschedule {timeout} {}", Span(after))
            }
            Plain::Expired { timeout } => write!(f, "expired {timeout}"),
            Plain::Add { list, item } => write!(f, "add {list} {item}"),
            Plain::Callback { into, when, action } => {
                write!(f, "{}{when} {action}", Into(into))
            }
            Plain::Forget { callback } => write!(f, "forget {callback}"),
            Plain::Raise(error) => write!(f, "raise {error}"),
            Plain::Panic(error) => write!(f, "panic {error}"),
            Plain::Gathering { into, items } => write!(f, "{into} = gathering{}", Spaced(items)),
            Plain::Shielding { into, item } => write!(f, "{into} = shielding {item}"),
            Plain::Keep { into, items } => write!(f, "{into} = keep{}", Spaced(items)),
            Plain::Put { local, value } => write!(f, "put {local} {value}"),
            Plain::Get { local } => write!(f, "get {local}"),
            Plain::New { into, object } => write!(f, "{into} = new {object}"),
            Plain::On { object, method } => write!(f, "on {object} {method}"),
            Plain::Stop => f.write_str("stop"),
        }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            When::Soon => f.write_str("soon"),
            When::Later(ms) => write!(f, "later {}", span(*ms)),
            When::At(ms) => write!(f, "at {}", span(*ms)),
            When::Done(name) => write!(f, "done {name}"),
        }
    }
}

impl Display for Statement {
    /// Writes the first line of the statement, without its blocks.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Plain(plain) => write!(f, "{plain}"),
            Statement::Yield => f.write_str("yield"),
            Statement::Sleep(ms) => write!(f, "sleep {}", span(*ms)),
            Statement::Await { into, handle } => write!(f, "{}await {handle}", Into(into)),
            Statement::Call { into, body } => write!(f, "{}call {body}", Into(into)),
            Statement::Gather { into, items } => {
                write!(f, "{}gather{}", Into(into), Spaced(items))
            }
            Statement::Outcomes { into, items } => {
                write!(f, "{}outcomes{}", Into(into), Spaced(items))
            }
            Statement::Wait {
                into,
                mode,
                within,
                items,
            } => {
                write!(
                    f,
                    "{}wait {mode}{}{}",
                    Into(into),
                    within_of(within),
                    Spaced(items)
                )
            }
            Statement::Kept { set, mode, within } => {
                write!(f, "kept {set} {mode}{}", within_of(within))
            }
            Statement::WaitFor { into, within, item } => {
                write!(f, "{}wait_for {} {item}", Into(into), Span(within))
            }
            Statement::Shield { into, item } => write!(f, "{}shield {item}", Into(into)),
            Statement::On { object, method } => write!(f, "on {object} {method}"),
            Statement::Holding { object, .. } => write!(f, "holding {object}"),
            Statement::Return(value) => write!(f, "return{}", After(" ", value)),
            Statement::Rethrow => f.write_str("rethrow"),
            Statement::RaiseCancelled(reason) => {
                write!(f, "raise cancelled{}", After(" ", reason))
            }
            Statement::Try { .. } => f.write_str("try"),
            Statement::Timeout { within, name, .. } => {
                write!(f, "timeout {}{}", Span(within), After(" as ", name))
            }
            Statement::Group { name, .. } => write!(f, "group {name}"),
            Statement::Each {
                name,
                within,
                items,
                ..
            } => {
                let items = Spaced(items);
                write!(f, "each {name} in completed{}{items}", within_of(within))
            }
            Statement::Repeat { times, .. } => write!(f, "repeat {times}"),
            Statement::While { list, .. } => write!(f, "while {list}"),
        }
    }
}

fn block(f: &mut Formatter<'_>, statements: &Block, depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    for statement in statements {
        writeln!(f, "{indent}{statement}")?;
        if let Statement::Try {
            block: tried,
            cancelled,
            failed,
        } = statement
        {
            block(f, tried, depth + 1)?;
            for (word, handler) in [("cancelled", cancelled), ("failed", failed)] {
                if let Some(handler) = handler {
                    writeln!(f, "{indent}{word}")?;
                    block(f, handler, depth + 1)?;
                }
            }
            writeln!(f, "{indent}end")?;
        } else if let [inner] = statement.blocks()[..] {
            block(f, inner, depth + 1)?;
            writeln!(f, "{indent}end")?;
        }
    }
    Ok(())
}

/// ` within MS`, where there is a span.
fn within_of(within: &Option<Us>) -> String {
    within.map_or_else(String::new, |us| format!(" within {}", span(us)))
}

/// `NAME = `, where there is a name.
struct Into<'a>(&'a Option<Name>);

impl Display for Into<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, "{name} = "))
    }
}

/// A word with something before it, where there is a word.
struct After<'a, T>(&'static str, &'a Option<T>);

impl<T: Display> Display for After<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.1
            .iter()
            .try_for_each(|word| write!(f, "{}{word}", self.0))
    }
}

/// Words, each after a space.
struct Spaced<'a, T>(&'a [T]);

impl<T: Display> Display for Spaced<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

/// Milliseconds or `none`.
struct Span<'a>(&'a Option<Us>);

impl Display for Span<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(us) => f.write_str(&span(*us)),
            None => f.write_str("none"),
        }
    }
}
