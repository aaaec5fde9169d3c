//! A clock that the test moves.
//!
//! The problem: the behaviour of a busy loop on a real clock cannot be tested on a real
//! clock. This clock stands still until the test moves it, does not jump to deadlines, and
//! counts how often it is read and how often the loop glances.
//!
//! Invariant: a loop on it must never have to wait, unless the test lets one park end.
//!
//! Read next: `fairness.rs`.
#![allow(dead_code, unreachable_pub)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup_executor::task::Unpark;
use groundup_executor::{Driver, Outside, Parked};

/// A function that gets the number of a glance.
type AtGlance = Rc<dyn Fn(u64)>;

#[derive(Default)]
pub struct ScriptedClock {
    nanos: Cell<u64>,
    reads: Cell<u64>,
    glances: Cell<u64>,
    park: Cell<Option<Duration>>,
    /// The function that a glance calls. While it is set, the driver watches something outside.
    at_glance: RefCell<Option<AtGlance>>,
}

impl ScriptedClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.nanos.get() + by.as_nanos() as u64);
    }

    /// Moves the clock, also backward.
    pub fn set(&self, nanos: u64) {
        self.nanos.set(nanos);
    }

    /// Makes every glance call `act` with its number.
    pub fn at_glance(&self, act: impl Fn(u64) + 'static) {
        self.at_glance.replace(Some(Rc::new(act)));
    }

    /// Lets the next park end by itself, after this time.
    pub fn parks_for(&self, passes: Duration) {
        self.park.set(Some(passes));
    }

    /// Returns how often the loop has glanced.
    pub fn glances(&self) -> u64 {
        self.glances.get()
    }

    /// Returns how often the clock was read.
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }
}

impl Driver for ScriptedClock {
    fn now(&self) -> u64 {
        self.reads.set(self.reads.get() + 1);
        self.nanos.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        if let Some(passes) = self.park.take() {
            self.advance(passes);
            return Parked::Awake;
        }
        panic!("the loop has nothing to do and would wait until {until:?}");
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.advance(duration);
    }

    fn glance(&self) -> bool {
        self.glances.set(self.glances.get() + 1);
        let act = self.at_glance.borrow().clone();
        if let Some(act) = &act {
            act(self.glances.get());
        }
        act.is_some()
    }
}
