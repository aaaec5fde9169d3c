//! A clock that jumps, and may jump too far.
//!
//! The problem: on virtual time each park ends at its deadline to the nanosecond, so a retry
//! of 10 ms and a time-out of 35 ms always meet in the same order. On a busy machine a park
//! ends late, and the order is another one. So this clock asks the guide how late each park
//! ends.
//!
//! Invariants:
//! 1. A park ends at its deadline or later, and a later end is one of the given delays.
//! 2. The first answer is 0: on time.
//!
//! Read next: `run/left.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, Outside, Parked, Unpark, Virtual};

use crate::schedule::Kind;
use crate::schedule::guide::Guide;

/// A clock that jumps, and asks the guide how far.
pub(crate) struct LateClock {
    clock: Virtual,
    guide: Guide,
    late: Rc<[Duration]>,
}

impl LateClock {
    pub(crate) fn new(guide: Guide, late: Rc<[Duration]>) -> Self {
        let clock = Virtual::new();
        LateClock { clock, guide, late }
    }
}

impl Driver for LateClock {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        let before = self.clock.now();
        let parked = self.clock.park(until, outside, may_block);
        if self.clock.now() > before {
            let late = self.guide.ask(Kind::Late, self.late.len() + 1);
            if let Some(delay) = late.checked_sub(1).map(|at| self.late[at]) {
                let text = format!("a park ends {delay:?} late");
                self.guide.note(None, text, String::new());
                self.clock.block(delay);
            }
        }
        parked
    }

    fn unpark(&self) -> Unpark {
        self.clock.unpark()
    }

    fn block(&self, duration: Duration) {
        self.clock.block(duration);
    }

    fn jumps(&self) -> bool {
        true
    }
}
