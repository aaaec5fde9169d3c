//! A clock that moves when the test says so.
//!
//! The problem: what a busy loop does with a real clock cannot be tested on a
//! real clock. This one stands still until it is moved by hand, does not jump to
//! deadlines, and counts how often it is read.
//!
//! Invariant: a loop on it must never have to wait.
//!
//! Read next: `fairness.rs`.
#![allow(dead_code, unreachable_pub)]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup_executor::task::Unpark;
use groundup_executor::{Driver, Outside, Parked};

#[derive(Clone, Default)]
pub struct ScriptedClock(Rc<Hands>);

#[derive(Default)]
struct Hands {
    nanos: Cell<u64>,
    reads: Cell<u64>,
}

impl ScriptedClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.0.nanos.get() + by.as_nanos() as u64);
    }

    /// Moves the clock, also backward.
    pub fn set(&self, nanos: u64) {
        self.0.nanos.set(nanos);
    }

    /// How often it was read.
    pub fn reads(&self) -> u64 {
        self.0.reads.get()
    }
}

impl Driver for ScriptedClock {
    fn now(&self) -> u64 {
        self.0.reads.set(self.0.reads.get() + 1);
        self.0.nanos.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        panic!("the loop has nothing to do and would wait until {until:?}");
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.advance(duration);
    }
}
