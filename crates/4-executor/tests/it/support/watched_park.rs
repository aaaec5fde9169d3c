//! A watched driver: it reports when the loop is about to sleep.
//!
//! The problem: a test can only show that a sleeping loop is woken if it knows that the
//! loop sleeps. To wait a while "to be sure" is neither sure nor quick. This driver sends
//! its deadline over a channel at the moment at which the loop has agreed to sleep. A
//! thread that receives the deadline may call.
//!
//! Invariant: nothing is sent for a park that does not sleep.
//!
//! Read next: `remote.rs`.
#![allow(dead_code, unreachable_pub)]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use groundup_executor::task::Unpark;
use groundup_executor::{Driver, Outside, Parked, ThreadPark};

pub struct WatchedPark<D = ThreadPark> {
    inner: D,
    sleeps: Sender<Option<Duration>>,
}

impl WatchedPark {
    /// Makes a driver on the real clock, and a channel of the deadlines of its sleeps;
    /// `None` is a sleep without a deadline.
    pub fn new() -> (Self, Receiver<Option<Duration>>) {
        Self::over(ThreadPark::new())
    }
}

impl<D: Driver> WatchedPark<D> {
    /// Makes a driver that watches another one.
    pub fn over(inner: D) -> (Self, Receiver<Option<Duration>>) {
        let (sleeps, receiver) = channel();
        (WatchedPark { inner, sleeps }, receiver)
    }
}

impl<D: Driver> Driver for WatchedPark<D> {
    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.inner.park(until, outside, &mut || {
            let sleeps = may_block();
            if sleeps {
                // A test that has seen enough may have dropped the receiver.
                let _ = self.sleeps.send(until.map(Duration::from_nanos));
            }
            sleeps
        })
    }

    fn unpark(&self) -> Unpark {
        self.inner.unpark()
    }

    fn block(&self, duration: Duration) {
        self.inner.block(duration);
    }

    fn jumps(&self) -> bool {
        self.inner.jumps()
    }
}
