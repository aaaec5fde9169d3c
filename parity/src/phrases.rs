//! The statements of random programs, one arm for each construct.
//!
//! Invariants
//! 1. Names say which body made them (`r2` is a list of body 2), so that no
//!    body can wait for itself through a name that another body bound again.
//! 2. A phrase that cannot be made where it is asked for becomes a pause.
//!
//! Read next: `shrinker.rs`.

use crate::generator::{Maker, Place, body_name};
use crate::program::{Block, Item, Mode, Ms, Name, Plain, Statement, When};

/// A construct that a random program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Say,
    Yield,
    Sleep,
    Block,
    Spawn,
    Await,
    Call,
    Try,
    Cancel,
    Ask,
    Uncancel,
    Keep,
    Promise,
    Gather,
    Outcomes,
    Wait,
    WaitLoop,
    Each,
    WaitFor,
    Shield,
    Timeout,
    Reschedule,
    Group,
    Repeat,
    Soon,
    Later,
    Done,
    Unhook,
    Raise,
    RaiseCancelled,
    Return,
    Rethrow,
}

/// Each construct, how often it comes, and whether no program goes without.
pub(crate) const KINDS: [(Kind, u64, bool); 32] = [
    (Kind::Say, 3, true),
    (Kind::Yield, 5, true),
    (Kind::Sleep, 12, true),
    (Kind::Block, 2, false),
    (Kind::Spawn, 14, true),
    (Kind::Await, 10, true),
    (Kind::Call, 4, false),
    (Kind::Try, 16, true),
    (Kind::Cancel, 10, true),
    (Kind::Ask, 4, false),
    (Kind::Uncancel, 3, false),
    (Kind::Keep, 6, false),
    (Kind::Promise, 4, false),
    (Kind::Gather, 7, false),
    (Kind::Outcomes, 5, false),
    (Kind::Wait, 8, false),
    (Kind::WaitLoop, 4, false),
    (Kind::Each, 7, false),
    (Kind::WaitFor, 8, false),
    (Kind::Shield, 7, false),
    (Kind::Timeout, 8, false),
    (Kind::Reschedule, 4, false),
    (Kind::Group, 8, false),
    (Kind::Repeat, 3, false),
    (Kind::Soon, 4, false),
    (Kind::Later, 6, true),
    (Kind::Done, 4, false),
    (Kind::Unhook, 2, false),
    (Kind::Raise, 3, false),
    (Kind::RaiseCancelled, 2, false),
    (Kind::Return, 2, true),
    (Kind::Rethrow, 5, true),
];

const DEEPEST: usize = 3;

impl Maker {
    /// One or more statements of that kind.
    pub(crate) fn phrase(&mut self, place: &mut Place, kind: Kind) -> Block {
        let statement = match kind {
            Kind::Yield => Some(Statement::Yield),
            Kind::Sleep => Some(Statement::Sleep(self.time())),
            Kind::WaitLoop => return self.wait_loop(place),
            Kind::Try | Kind::Timeout | Kind::Group | Kind::Repeat | Kind::Each => {
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
                    timeout: self.dice.pick(&place.timeouts),
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
                let timeout = place.timeouts.last()?.clone();
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
            _ => return None,
        })
    }

    fn promise(&mut self, place: &Place) -> Option<Name> {
        let mut promises = place.known.clone();
        promises.retain(|name| name.starts_with('p'));
        (!promises.is_empty()).then(|| self.dice.pick(&promises))
    }

    /// The name of a task, or of what may be one.
    fn task(&mut self, place: &Place) -> Name {
        if self.dice.percent(40) {
            "me".into()
        } else {
            self.anybody(place)
        }
    }

    fn spawn(&mut self, place: &mut Place) -> Option<Plain> {
        let body = body_name(self.later_body(place)?);
        let group = match self.dice.below(10) {
            0..7 if !place.groups.is_empty() => Some(self.dice.pick(&place.groups)),
            7 => Some(format!("g{}", self.dice.below(place.body as u64 + 1))),
            _ => None,
        };
        let into = self.dice.percent(30).then(|| body.replace('b', "c"));
        place
            .known
            .push(into.clone().unwrap_or_else(|| body.clone()));
        Some(Plain::Spawn { into, body, group })
    }

    fn callback(&mut self, place: &mut Place, when: When) -> Plain {
        let kinds = [
            Kind::Say,
            Kind::Cancel,
            Kind::Cancel,
            Kind::Keep,
            Kind::Keep,
            Kind::Spawn,
        ];
        let rare = [
            Kind::Soon,
            Kind::Raise,
            Kind::Ask,
            Kind::Unhook,
            Kind::Block,
            Kind::Uncancel,
        ];
        let kind = if self.dice.percent(75) {
            self.dice.pick(&kinds)
        } else {
            self.dice.pick(&rare)
        };
        let action = self
            .plain(place, kind)
            .unwrap_or_else(|| Plain::Say(vec![self.saying()]));
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

    fn into(&mut self, place: &Place) -> Option<Name> {
        self.dice.percent(25).then(|| format!("x{}", place.body))
    }

    fn item(&mut self, place: &Place) -> Option<Item> {
        if self.dice.percent(50) {
            if let Some(body) = self.later_body(place) {
                return Some(Item::Fresh(body_name(body)));
            }
        }
        self.awaitable(place).map(Item::Named)
    }

    fn items(&mut self, place: &Place) -> Vec<Item> {
        let count = if self.dice.percent(3) {
            0
        } else {
            self.dice.between(1, 3)
        };
        let mut items: Vec<Item> = (0..count).filter_map(|_| self.item(place)).collect();
        if place.listed && self.dice.percent(30) {
            items.push(Item::Spread(format!("r{}", place.body)));
        }
        items
    }

    fn within(&mut self) -> Option<Ms> {
        self.dice.percent(40).then(|| self.time())
    }

    fn waiting(&mut self, place: &mut Place, kind: Kind) -> Option<Statement> {
        let into = self.into(place);
        Some(match kind {
            Kind::Await => Statement::Await {
                into,
                handle: self.awaitable(place)?,
            },
            Kind::Call => Statement::Call {
                into,
                body: self.later_body(place).map(body_name)?,
            },
            Kind::Gather => Statement::Gather {
                into,
                items: self.items(place),
            },
            Kind::Outcomes => Statement::Outcomes {
                into,
                items: self.items(place),
            },
            Kind::Wait => {
                let mode = self
                    .dice
                    .pick(&[Mode::All, Mode::First, Mode::First, Mode::Error]);
                let (within, items) = (self.within(), self.items(place));
                let into = self.dice.percent(50).then(|| format!("r{}", place.body));
                place.listed |= into.is_some();
                Statement::Wait {
                    into,
                    mode,
                    within,
                    items,
                }
            }
            Kind::WaitFor => {
                let within = if self.dice.percent(90) {
                    Some(self.time())
                } else {
                    None
                };
                Statement::WaitFor {
                    into,
                    within,
                    item: self.item(place)?,
                }
            }
            _ => Statement::Shield {
                into,
                item: self.item(place)?,
            },
        })
    }

    /// `while pending: wait(pending)`. Each turn leaves fewer, so it ends.
    fn wait_loop(&mut self, place: &mut Place) -> Block {
        let items = self.items(place);
        if items.is_empty() {
            return vec![Statement::Yield];
        }
        let list = format!("r{}", place.body);
        let mode = self.dice.pick(&[Mode::First, Mode::First, Mode::Error]);
        let wait = |items| Statement::Wait {
            into: Some(list.clone()),
            mode,
            within: None,
            items,
        };
        place.listed = true;
        let again = wait(vec![Item::Spread(list.clone())]);
        vec![
            wait(items),
            Statement::While {
                list: list.clone(),
                block: vec![again],
            },
        ]
    }

    fn nesting(&mut self, place: &mut Place, kind: Kind) -> Statement {
        match kind {
            Kind::Timeout => {
                let within = if self.dice.percent(90) {
                    Some(self.time())
                } else {
                    None
                };
                let name = format!("t{}{}", place.body, place.depth);
                place.timeouts.push(name.clone());
                Statement::Timeout {
                    within,
                    name: Some(name),
                    block: self.nested(place),
                }
            }
            Kind::Group => {
                let name = format!("g{}", place.body);
                place.groups.push(name.clone());
                let block = self.nested(place);
                if self.dice.percent(90) {
                    place.groups.pop();
                }
                Statement::Group { name, block }
            }
            Kind::Repeat => {
                let times = self.dice.between(1, 3);
                place.times *= times;
                let block = self.nested(place);
                place.times /= times;
                Statement::Repeat { times, block }
            }
            Kind::Each => {
                let (within, items) = (self.within(), self.items(place));
                let name = format!("x{}", place.body);
                let members = items.len() as u64 + 2;
                place.times *= members;
                let block = if self.dice.percent(60) {
                    self.nested(place)
                } else {
                    Block::new()
                };
                place.times /= members;
                Statement::Each {
                    name,
                    within,
                    items,
                    block,
                }
            }
            _ => {
                let block = self.nested(place);
                let handlers = self.dice.below(4);
                let outer = std::mem::replace(&mut place.handler, true);
                let cancelled = (handlers != 0).then(|| self.nested(place));
                let failed = (handlers % 2 == 0).then(|| self.nested(place));
                place.handler = outer;
                Statement::Try {
                    block,
                    cancelled,
                    failed,
                }
            }
        }
    }
}
