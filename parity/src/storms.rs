//! Random failures: groups with several failures, and counted cancels.
//!
//! Invariants
//! 1. The bodies that fail start nothing, so they weigh nothing.
//!
//! Read next: `shrinker.rs`.

use crate::generator::{Maker, Place};
use crate::kinds::Kind;
use crate::program::{Block, Body, Plain, Statement, When};

impl Maker<'_> {
    /// Makes the bodies that fail: at once, later, and while they are cancelled.
    pub(crate) fn failing(&mut self) -> Vec<Body> {
        let raise = |error: &str| Statement::Plain(Plain::Raise(error.into()));
        let (one, two, three) = (self.time(), self.time(), self.time());
        let cleaning = Statement::Try {
            block: vec![Statement::Sleep(one)],
            cancelled: Some(vec![Statement::Sleep(two), raise("late")]),
            failed: None,
        };
        let bad = vec![Statement::Sleep(three), raise("boom")];
        let made = [("bad1", vec![raise("bang")]), ("bad2", bad)].into_iter();
        made.chain([("bad3", vec![cleaning])])
            .map(|(name, block)| Body {
                name: name.into(),
                block,
            })
            .collect()
    }

    /// Makes a group in which several children fail, at one time or one after the other.
    pub(crate) fn storm(&mut self, place: &mut Place) -> Statement {
        self.stormy = true;
        let name = format!("g{}", place.body);
        let children = self.dice.between(2, 3);
        let mut block = Block::new();
        for _ in 0..children {
            let body = self.dice.pick(&["bad1", "bad2", "bad3"]);
            let into = self.dice.percent(30).then(|| format!("y{}", place.body));
            place.children.extend(into.clone());
            block.push(Statement::Plain(Plain::Spawn {
                into,
                body: body.into(),
                group: Some(name.clone()),
                context: None,
            }));
        }
        let outer = std::mem::replace(&mut place.grouped, true);
        block.extend(self.nested(place));
        place.grouped = outer;
        Statement::Group { name, block }
    }

    /// Makes a callback or a task that moves the deadline of the block that follows, or nothing.
    pub(crate) fn moving(&mut self, place: &Place, name: &str) -> Block {
        let (at, after) = (self.time(), self.dice.percent(85).then(|| self.time()));
        let timeout = name.to_owned();
        let action = Plain::Reschedule { timeout, after };
        if !self.vocabulary.has(Kind::Reschedule) {
            return Block::new();
        }
        let statement = match self.dice.below(5) {
            0 => Plain::Callback {
                into: None,
                when: When::Later(at),
                action: Box::new(action),
            },
            1 => {
                let body = format!("move{}{}", place.body, self.movers.len());
                self.movers.push(Body {
                    name: body.clone(),
                    block: vec![Statement::Sleep(at), Statement::Plain(action)],
                });
                Plain::Spawn {
                    into: None,
                    body,
                    group: None,
                    context: None,
                }
            }
            _ => return Block::new(),
        };
        vec![Statement::Plain(statement)]
    }

    /// Makes one or more `cancel me`, and a handler that counts the cancels and takes some back.
    pub(crate) fn counts(&mut self, place: &mut Place) -> Statement {
        let me = || "me".to_owned();
        let cancels = self.dice.between(1, 3);
        let cancel = Plain::Cancel {
            handle: me(),
            reason: None,
        };
        let mut block = vec![Statement::Plain(cancel); cancels as usize];
        block.extend(self.nested(place));
        block.push(Statement::Yield);
        let mut handler = vec![Statement::Plain(Plain::Cancelling { handle: me() })];
        for _ in 0..self.dice.below(cancels + 1) {
            handler.push(Statement::Plain(Plain::Uncancel { handle: me() }));
        }
        let outer = std::mem::replace(&mut place.handler, true);
        handler.extend(self.nested(place));
        place.handler = outer;
        Statement::Try {
            block,
            cancelled: Some(handler),
            failed: None,
        }
    }
}
