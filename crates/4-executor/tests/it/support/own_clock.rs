//! A clock that jumps, and lets a test act while the loop parks.
//!
//! The problem: a test of the interface between a loop and its driver must know when the
//! loop is about to sleep, and whether it was unparked. This driver agrees to sleep as a
//! real one does, counts the calls that would wake it, and lets the test act in its park.
//!
//! Invariant: a park in which the test does nothing moves the clock to its deadline.
//!
//! Read next: `outside.rs`.
#![allow(dead_code, unreachable_pub)]

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use groundup_executor::task::Unpark;
use groundup_executor::{Driver, Outside, Parked};

#[derive(Default)]
pub struct OwnClock {
    now: Cell<u64>,
    parks: Cell<usize>,
    /// The function that the next park calls before it would block.
    in_park: RefCell<Option<Box<dyn FnOnce()>>>,
    unparked: Arc<AtomicUsize>,
}

impl OwnClock {
    /// Makes a clock that shows this time already.
    pub fn at(now: Duration) -> Self {
        let clock = OwnClock::default();
        clock.block(now);
        clock
    }

    /// Makes the next park call `act` after the loop has agreed to sleep.
    pub fn in_park(&self, act: impl FnOnce() + 'static) {
        self.in_park.replace(Some(Box::new(act)));
    }

    /// Returns how often the loop has parked.
    pub fn parks(&self) -> usize {
        self.parks.get()
    }

    /// Returns how often the driver was unparked.
    pub fn unparked(&self) -> usize {
        self.unparked.load(Ordering::Relaxed)
    }
}

impl Driver for OwnClock {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        self.parks.set(self.parks.get() + 1);
        assert!(may_block(), "nothing has come, so the loop may sleep");
        let act = self.in_park.take();
        match (act, until) {
            (Some(act), _) => act(),
            (None, Some(until)) => self.now.set(until.max(self.now.get())),
            (None, None) => return Parked::Stalled,
        }
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        let unparked = self.unparked.clone();
        Arc::new(move || {
            unparked.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn block(&self, duration: Duration) {
        self.now.set(self.now.get() + duration.as_nanos() as u64);
    }

    fn jumps(&self) -> bool {
        true
    }
}
