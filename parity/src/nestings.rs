//! Random statements, the plain ones and the ones that hold blocks.
//!
//! Invariants
//! 1. A loop around `wait` has fewer members each time, so it ends.
//! 2. The weight of a body counts a statement in a loop once for each repetition.
//!
//! Read next: `shrinker.rs`.

use crate::generator::{Maker, Place, body_name};
use crate::kinds::Kind;
use crate::program::{Block, Item, Mode, Name, Statement, Us};

impl Maker<'_> {
    pub(crate) fn item(&mut self, place: &Place) -> Option<Item> {
        if self.dice.percent(50)
            && let Some(body) = self.later_body(place)
        {
            return Some(Item::Fresh(body_name(body)));
        }
        self.awaitable(place).map(Item::Named)
    }

    /// Chooses an item for `wait_for`, which runs a fresh body inline.
    fn inline_item(&mut self, place: &Place) -> Option<Item> {
        if self.dice.percent(50)
            && let Some(body) = self.inline_body(place)
        {
            return Some(Item::Fresh(body_name(body)));
        }
        self.awaitable(place).map(Item::Named)
    }

    pub(crate) fn items(&mut self, place: &Place) -> Vec<Item> {
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

    /// Makes the members of a gather with a name. The gather that had this name before is a member
    /// once at most, itself, in its shield or in a list: else a loop doubles the text of the values
    /// in each round.
    pub(crate) fn gathered(&mut self, place: &Place, name: &Name) -> Vec<Item> {
        let shield = format!("d{}", place.body);
        let mut items = self.items(place);
        let mut held = false;
        items.retain(|item| {
            let holds = match item {
                Item::Named(member) => member == name || *member == shield,
                Item::Fresh(_) => false,
                Item::Spread(_) => true,
            };
            !(holds && std::mem::replace(&mut held, true))
        });
        items
    }

    fn within(&mut self) -> Option<Us> {
        self.dice.percent(40).then(|| self.time())
    }

    pub(crate) fn waiting(&mut self, place: &mut Place, kind: Kind) -> Option<Statement> {
        let into = self.into(place);
        Some(match kind {
            Kind::Await => Statement::Await {
                into,
                handle: self.awaitable(place)?,
            },
            Kind::Call => Statement::Call {
                into,
                body: self.inline_body(place).map(body_name)?,
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
                    item: self.inline_item(place)?,
                }
            }
            _ => Statement::Shield {
                into,
                item: self.item(place)?,
            },
        })
    }

    /// Makes one to three waits for a kept set. Makes the set first if there is none, and
    /// sometimes a new one in its place.
    pub(crate) fn kept(&mut self, place: &mut Place) -> Block {
        let mut block = Block::new();
        if !place.kept || self.dice.percent(40) {
            place.kept = false;
            block.extend(self.phrase(place, Kind::KeptSet));
        }
        for _ in 0..self.dice.between(1, 3) {
            block.push(Statement::Kept {
                set: format!("k{}", place.body),
                mode: self
                    .dice
                    .pick(&[Mode::All, Mode::First, Mode::First, Mode::Error]),
                within: self.within(),
            });
        }
        block
    }

    /// Makes a block under a deadline, and sometimes a callback or a task that moves the deadline.
    pub(crate) fn timeout(&mut self, place: &mut Place) -> Block {
        let within = self.dice.percent(90).then(|| self.time());
        if self.dice.percent(30) {
            let (name, block) = (None, self.nested(place));
            return vec![Statement::Timeout {
                within,
                name,
                block,
            }];
        }
        let name = format!("t{}{}", place.body, place.depth);
        self.deadlines.push(name.clone());
        place.timeouts.push(name.clone());
        let mut block = self.moving(place, &name);
        block.push(Statement::Timeout {
            within,
            name: Some(name),
            block: self.nested(place),
        });
        block
    }

    /// Makes `while pending: wait(pending)`. Each wait leaves fewer members, so the loop ends.
    pub(crate) fn wait_loop(&mut self, place: &mut Place) -> Block {
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

    pub(crate) fn nesting(&mut self, place: &mut Place, kind: Kind) -> Statement {
        match kind {
            Kind::Group => {
                let name = format!("g{}", place.body);
                place.groups.push(name.clone());
                let outer = std::mem::replace(&mut place.grouped, true);
                let mut block = Block::new();
                for _ in 0..self.dice.below(3) {
                    let child = self.spawn_in(place, Some(name.clone()));
                    block.extend(child.map(Statement::Plain));
                }
                block.extend(self.nested(place));
                place.grouped = outer;
                if self.dice.percent(90) {
                    place.groups.pop();
                }
                Statement::Group { name, block }
            }
            Kind::Storm => self.storm(place),
            Kind::Counts => self.counts(place),
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
                let failed = handlers.is_multiple_of(2).then(|| self.nested(place));
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
