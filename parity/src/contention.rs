//! Random use of the objects that tasks share.
//!
//! A queue that one task uses shows little: the faults are between tasks. So a program has one to
//! three objects, all its tasks use these, and a statement often stands two or three times.
//!
//! Invariants
//! 1. `main` makes the objects before it spawns a task, and no other task makes any.
//! 2. A program with a construct of floor 6 has an object for it.
//!
//! Read next: `shrinker.rs`.

use crate::generator::{Maker, Place};
use crate::kinds;
use crate::objects::{Kind, Method, Object};
use crate::program::{Block, Body, Name, Plain, Statement};

impl Maker<'_> {
    /// Chooses the objects of a program; none if it has no statement that uses one.
    pub(crate) fn choose_objects(&mut self) -> Vec<(Name, Object)> {
        let mut chosen = Vec::new();
        use kinds::Kind::{Holding, On, Rivals};
        if ![On, Holding, Rivals].iter().any(|&kind| self.uses(kind)) {
            return chosen;
        }
        for number in 1..=self.dice.between(1, 3) {
            let name = format!("o{number}");
            let lock = chosen.iter().find(|(_, made)| *made == Object::Lock);
            let lock: Option<Name> = lock.map(|(name, _)| Name::clone(name));
            let object = match (self.dice.below(12), lock) {
                (0..4, None) => Object::Lock,
                (0..4, Some(lock)) => Object::Condition(lock),
                (4, _) => Object::Event,
                (5, _) => self.sized(Kind::Semaphore, 0, 2),
                (6, _) => self.sized(Kind::Bounded, 1, 2),
                (7, _) => self.sized(Kind::Barrier, 1, 3),
                (8..10, _) => self.sized(Kind::Queue, 1, 2),
                (10, _) => self.sized(Kind::Lifo, 1, 2),
                _ => self.sized(Kind::Priority, 1, 2),
            };
            chosen.push((name, object));
        }
        chosen
    }

    fn sized(&mut self, kind: Kind, least: u64, most: u64) -> Object {
        Object::Sized(kind, self.dice.between(least, most))
    }

    /// Chooses an object and a method of it.
    fn call(&mut self) -> Option<(Name, Method)> {
        if self.objects.is_empty() {
            return None;
        }
        let (object, kind) = self.dice.pick(&self.objects.clone());
        let (acquire, release) = (Method::Acquire, Method::Release);
        let look = Method::Look;
        let acquires = [acquire, acquire, acquire, release, release, look];
        let number = self.dice.below(5);
        let queue = [
            Method::Put(number),
            Method::Put(number),
            Method::Put(number),
            Method::PutNowait(number),
            Method::Get,
            Method::Get,
            Method::Get,
            Method::GetNowait,
            Method::TaskDone,
            Method::TaskDone,
            Method::Join,
            look,
        ];
        let method = match kind {
            Object::Lock | Object::Sized(Kind::Semaphore | Kind::Bounded, _) => {
                self.dice.pick(&acquires)
            }
            Object::Event => {
                let (wait, set) = (Method::Wait, Method::Set);
                self.dice.pick(&[wait, wait, set, Method::Clear, look])
            }
            Object::Condition(_) => {
                let notify = Method::Notify(self.dice.between(1, 2));
                let wait_for = Method::WaitFor(self.dice.between(1, 3));
                let (wait, all) = (Method::Wait, Method::NotifyAll);
                self.dice.pick(&[wait, wait, notify, all, wait_for])
            }
            Object::Sized(Kind::Barrier, _) => match self.dice.below(8) {
                0 => Method::Abort,
                1 => Method::Reset,
                2 => look,
                _ => Method::Wait,
            },
            Object::Sized(..) => match self.dice.below(40) {
                0 => Method::Shutdown,
                1 => Method::ShutdownNow,
                _ => self.dice.pick(&queue),
            },
        };
        Some((object, method))
    }

    /// Makes one to three calls.
    pub(crate) fn on(&mut self, place: &mut Place) -> Block {
        let mut block = Block::new();
        for _ in 0..self.dice.between(1, 3) {
            let Some((object, method)) = self.call() else {
                return self.phrase(place, kinds::Kind::Yield);
            };
            block.push(match method.suspends() {
                true => Statement::On { object, method },
                false => Statement::Plain(Plain::On { object, method }),
            });
        }
        block
    }

    /// Makes bodies that only call shared objects and cancel each other, and spawns each.
    pub(crate) fn rivals(&mut self, place: &mut Place) -> Block {
        let count = self.dice.between(2, 5);
        if self.objects.is_empty() || !self.starts(place, count) {
            return self.phrase(place, kinds::Kind::Yield);
        }
        let first = self.movers.len() as u64;
        let names: Vec<Name> = (first..first + count).map(|at| format!("w{at}")).collect();
        let mut block = Block::new();
        for name in &names {
            let row = (0..self.dice.between(1, 5)).flat_map(|_| self.rivals_step(&names));
            let row = row.collect();
            self.movers.push(Body {
                name: name.clone(),
                block: row,
            });
            block.push(Statement::Plain(Plain::Spawn {
                into: None,
                body: name.clone(),
                group: None,
                context: None,
            }));
        }
        block
    }

    /// Makes one statement of a rival.
    fn rivals_step(&mut self, rivals: &[Name]) -> Option<Statement> {
        let step = match self.dice.below(22) {
            20.. if self.vocabulary.has(kinds::Kind::Uncancel) => {
                Statement::Plain(Plain::Uncancel {
                    handle: self.dice.pick(rivals),
                })
            }
            0..2 => Statement::Yield,
            2 => Statement::Sleep(self.time()),
            3..6 => Statement::Plain(Plain::Cancel {
                handle: self.dice.pick(rivals),
                reason: None,
            }),
            _ => {
                let (object, method) = self.call()?;
                match method.suspends() {
                    true => Statement::On { object, method },
                    false => Statement::Plain(Plain::On { object, method }),
                }
            }
        };
        let limited = self.vocabulary.has(kinds::Kind::Timeout) && self.dice.percent(15);
        let step = match limited {
            false => step,
            true => Statement::Timeout {
                within: Some(self.time()),
                name: None,
                block: vec![step],
            },
        };
        Some(match self.dice.percent(60) {
            true => step,
            false => Statement::Try {
                block: vec![step],
                cancelled: self.dice.percent(20).then(Block::new),
                failed: Some(Block::new()),
            },
        })
    }

    /// Makes a call that never suspends, for a callback.
    pub(crate) fn on_plain(&mut self) -> Option<Plain> {
        for _ in 0..8 {
            let (object, method) = self.call()?;
            if !method.suspends() {
                return Some(Plain::On { object, method });
            }
        }
        None
    }

    /// Makes a block that holds a lock or a permit, if the program has one.
    pub(crate) fn holding(&mut self, place: &mut Place) -> Option<Statement> {
        let mut held = self.objects.clone();
        held.retain(|(_, object)| {
            use Kind::{Bounded, Semaphore};
            matches!(object, Object::Lock | Object::Sized(Semaphore | Bounded, _))
        });
        if held.is_empty() {
            return None;
        }
        Some(Statement::Holding {
            object: self.dice.pick(&held).0,
            block: self.nested(place),
        })
    }
}
