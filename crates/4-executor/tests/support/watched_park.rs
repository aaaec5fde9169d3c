//! A clock that is watched: a driver that says when it is about to sleep.
//!
//! The problem: whether a sleeping loop is woken can only be tested if somebody
//! knows that it sleeps, and waiting a while "to be sure" is neither sure nor
//! quick. This driver sends its deadline over a channel at the very moment at
//! which the loop has agreed to sleep. Whoever receives it may call.
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
    /// The real clock, and the deadlines of its sleeps; `None` is a sleep without one.
    pub fn new() -> (Self, Receiver<Option<Duration>>) {
        Self::over(ThreadPark::new())
    }
}

impl<D: Driver> WatchedPark<D> {
    /// Another clock, watched.
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
        asleep: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.inner.park(until, outside, &mut || {
            let sleeps = asleep();
            if sleeps {
                // A test that has seen enough does not listen any more.
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
