//! The statements of random programs, one arm for each construct.
//!
//! Invariants
//! 1. The number in a name is that of the body which makes it (`r2` is a list of
//!    body 2). So no body can wait for itself through a name that another body
//!    binds again.
//! 2. Where a phrase cannot be made, a pause takes its place.
//!
//! Read next: `nestings.rs`, statements that wait for several, and with blocks.

use crate::generator::{Maker, Place, body_name};
use crate::kinds::Kind;
use crate::program::{Block, Name, Plain, Statement, When};

const DEEPEST: usize = 3;

impl Maker<'_> {
    /// Makes one or more statements of a kind.
    pub(crate) fn phrase(&mut self, place: &mut Place, kind: Kind) -> Block {
        let statement = match kind {
            Kind::Yield => Some(Statement::Yield),
            Kind::Sleep => Some(Statement::Sleep(self.time())),
            Kind::WaitLoop => return self.wait_loop(place),
            Kind::Kept => return self.kept(place),
            Kind::Timeout if place.depth < DEEPEST => return self.timeout(place),
            Kind::On => return self.on(place),
            Kind::Rivals => return self.rivals(place),
            Kind::Holding if place.depth < DEEPEST => self.holding(place),
            Kind::Try | Kind::Group | Kind::Repeat | Kind::Each | Kind::Storm | Kind::Counts => {
                if place.depth < DEEPEST {
                    Some(self.nesting(place, kind))
                } else {
                    None
                }
            }
            Kind::RaiseCancelled => Some(Statement::RaiseCancelled(self.reason())),
            Kind::Return => Some(Statement::Return(Some(self.returned(place)))),
            Kind::Rethrow => place.handler.then_some(Statement::Rethrow),
            Kind::Await
            | Kind::Call
            | Kind::Gather
            | Kind::Outcomes
            | Kind::Wait
            | Kind::WaitFor
            | Kind::Shield => self.waiting(place, kind),
            _ => self.plain(place, kind).map(Statement::Plain),
        };
        vec![statement.unwrap_or_else(|| self.pause())]
    }

    fn pause(&mut self) -> Statement {
        if self.dice.percent(50) {
            Statement::Yield
        } else {
            Statement::Sleep(self.time())
        }
    }

    fn plain(&mut self, place: &mut Place, kind: Kind) -> Option<Plain> {
        Some(match kind {
            Kind::Say => Plain::Say(vec![self.saying()]),
            Kind::Block => Plain::Block(self.time()),
            Kind::Spawn => self.spawn(place)?,
            Kind::Cancel => Plain::Cancel {
                handle: self.anybody(place),
                reason: self.reason(),
            },
            Kind::Uncancel => Plain::Uncancel {
                handle: self.task(place),
            },
            Kind::Ask => match self.dice.below(3) {
                0 => Plain::Cancelling {
                    handle: self.task(place),
                },
                1 if !place.timeouts.is_empty() => Plain::Expired {
                    timeout: self.timeout_name(place)?,
                },
                _ => Plain::State {
                    handle: self.anybody(place),
                },
            },
            Kind::Keep => {
                let promise = place
                    .known
                    .iter()
                    .find(|name| name.starts_with('p'))?
                    .clone();
                match self.dice.below(3) {
                    0 => Plain::Fail {
                        promise,
                        error: "broken".into(),
                    },
                    _ => Plain::Set {
                        promise,
                        value: self.saying(),
                    },
                }
            }
            Kind::Promise => Plain::Promise {
                into: self.promise(place)?,
            },
            Kind::Reschedule => {
                let timeout = self.timeout_name(place)?;
                let after = if self.dice.percent(80) {
                    Some(self.time())
                } else {
                    None
                };
                Plain::Reschedule { timeout, after }
            }
            Kind::Soon => self.callback(place, When::Soon),
            Kind::Later => {
                let time = self.time();
                let later = if self.dice.percent(70) {
                    When::Later
                } else {
                    When::At
                };
                self.callback(place, later(time))
            }
            Kind::Done => {
                let watched = self.awaitable(place)?;
                self.callback(place, When::Done(watched))
            }
            Kind::Unhook => {
                let callback = place.callbacks.last()?.clone();
                match self.dice.below(2) {
                    0 => Plain::Cancel {
                        handle: callback,
                        reason: None,
                    },
                    _ => Plain::Forget { callback },
                }
            }
            Kind::Raise => Plain::Raise(self.dice.pick(&["boom", "bang"]).into()),
            Kind::Panic if !place.grouped => {
                self.panics[place.body] = true;
                Plain::Panic(self.dice.pick(&["crash", "oops"]).into())
            }
            Kind::Gathering => {
                let into = format!("q{}", place.body);
                let items = self.gathered(place, &into);
                place.known.push(into.clone());
                Plain::Gathering { into, items }
            }
            Kind::Shielding => {
                let item = self.item(place)?;
                let into = format!("d{}", place.body);
                place.known.push(into.clone());
                Plain::Shielding { into, item }
            }
            Kind::KeptSet => {
                let items = self.items(place);
                let name = format!("k{}", place.body);
                if !place.kept || self.dice.percent(30) || items.is_empty() {
                    place.kept = true;
                    Plain::Keep { into: name, items }
                } else {
                    let item = self.item(place)?;
                    Plain::Add { list: name, item }
                }
            }
            Kind::On => self.on_plain()?,
            Kind::Put => Plain::Put {
                local: self.local(),
                value: self.saying(),
            },
            Kind::Get => Plain::Get {
                local: self.local(),
            },
            Kind::Context => {
                place.context = true;
                let into = format!("e{}", place.body);
                Plain::Context { into }
            }
            Kind::Stop => Plain::Stop,
            _ => return None,
        })
    }

    fn local(&mut self) -> Name {
        self.dice.pick(&["l1", "l2"]).into()
    }

    fn promise(&mut self, place: &Place) -> Option<Name> {
        let mut promises = place.known.clone();
        promises.retain(|name| name.starts_with('p'));
        (!promises.is_empty()).then(|| self.dice.pick(&promises))
    }

    /// Chooses a name that may be the name of a task.
    fn task(&mut self, place: &Place) -> Name {
        if self.dice.percent(40) {
            "me".into()
        } else {
            self.anybody(place)
        }
    }

    fn spawn(&mut self, place: &mut Place) -> Option<Plain> {
        let group = match self.dice.below(10) {
            0..7 if !place.groups.is_empty() => Some(self.dice.pick(&place.groups)),
            7 if self.vocabulary.floor >= 5 => {
                Some(format!("g{}", self.dice.below(place.body as u64 + 1)))
            }
            _ => None,
        };
        self.spawn_in(place, group)
    }

    /// Makes a spawn, in a group if one is given.
    pub(crate) fn spawn_in(&mut self, place: &mut Place, group: Option<Name>) -> Option<Plain> {
        let body = body_name(self.later_body(place)?);
        let into = self.dice.percent(30).then(|| body.replace('b', "c"));
        let name = into.clone().unwrap_or_else(|| body.clone());
        if group.is_some() {
            place.children.push(name.clone());
        }
        place.known.push(name);
        Some(Plain::Spawn {
            into,
            body,
            group,
            context: self.context(place),
        })
    }

    /// Chooses a context for a task: of this body, or of a body that may have spawned it.
    fn context(&mut self, place: &Place) -> Option<Name> {
        if !self.vocabulary.has(Kind::Context) {
            return None;
        }
        match self.dice.below(10) {
            0..5 if place.context => Some(format!("e{}", place.body)),
            5..8 if self.uses(Kind::Context) => Some("e0".into()),
            8 => Some(format!("e{}", self.dice.below(place.body as u64 + 1))),
            _ => None,
        }
    }

    fn callback(&mut self, place: &mut Place, when: When) -> Plain {
        let kinds = [
            Kind::Say,
            Kind::Cancel,
            Kind::Cancel,
            Kind::Keep,
            Kind::Keep,
            Kind::Spawn,
            Kind::On,
            Kind::On,
        ];
        let rare = [
            Kind::Soon,
            Kind::Raise,
            Kind::Ask,
            Kind::Unhook,
            Kind::Block,
            Kind::Uncancel,
            Kind::Reschedule,
            Kind::Gathering,
            Kind::Shielding,
            Kind::Put,
            Kind::Get,
            Kind::Context,
            Kind::Stop,
            Kind::Panic,
        ];
        let mut kind = if self.dice.percent(75) {
            self.dice.pick(&kinds)
        } else {
            self.dice.pick(&rare)
        };
        if !self.vocabulary.has(kind) || kind == Kind::On && self.objects.is_empty() {
            kind = Kind::Say;
        }
        // A panic in a callback ends no task, wherever the callback was made.
        let action = match kind {
            Kind::Panic => Some(Plain::Panic("crash".into())),
            _ => self.plain(place, kind),
        };
        let action = action.unwrap_or_else(|| Plain::Say(vec![self.saying()]));
        let into = self.dice.percent(40).then(|| format!("h{}", place.body));
        place.callbacks.extend(into.clone());
        Plain::Callback {
            into,
            when,
            action: Box::new(action),
        }
    }

    fn returned(&mut self, place: &Place) -> String {
        if self.dice.percent(20) {
            format!("$x{}", place.body)
        } else {
            format!("v{}", place.body)
        }
    }

    pub(crate) fn into(&mut self, place: &Place) -> Option<Name> {
        self.dice.percent(25).then(|| format!("x{}", place.body))
    }
}
