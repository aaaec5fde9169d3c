//! One clock for a program and its loop.
//!
//! The problem: a loop owns its driver, but a program of the tour reads the
//! clock before it has a loop, and some never have one. So the driver is made
//! first and shared; the loop gets this handle to it.
//!
//! Invariant: nothing is added and nothing left out. Every question goes to the
//! driver behind.
//!
//! Read next: `named.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, Outside, Parked, Unpark};

/// A driver that others hold too.
pub(super) struct Shared(pub(super) Rc<dyn Driver>);

impl Driver for Shared {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        asleep: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.0.park(until, outside, asleep)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }

    fn jumps(&self) -> bool {
        self.0.jumps()
    }
}
