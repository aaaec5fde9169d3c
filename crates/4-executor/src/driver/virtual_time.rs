//! The clock that jumps.
//!
//! The problem: a test of a program that sleeps for a year must not take a year.
//! On this clock no time passes while the program runs; a park moves the time to
//! its deadline and returns.
//!
//! Invariants:
//! 1. The time changes in `park` and `block` alone.
//! 2. A park without a deadline blocks only if another thread can end it;
//!    otherwise it says `Stalled`, and the loop reports a deadlock.
//!
//! Read next: `../timers.rs`, which timer is due when.

use std::cell::Cell;
use std::time::Duration;

use groundup_task::Unpark;

use super::real_time::ThreadPark;
use super::{Driver, Parked, nanos};

/// A clock that jumps: waiting for a deadline takes no time, and moves the clock
/// to it. Where a real loop would hang, this one notices. Resolution: 1 ns.
///
/// What it cannot notice is a thread that will call: hold a
/// [`Remote`](crate::Remote) while one is at work, and the loop waits for it.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, Virtual, block, sleep, time};
///
/// let event_loop = EventLoop::builder().driver(Virtual::new()).build();
/// event_loop.run_until_complete(async {
///     sleep(Duration::from_secs(60)).await;
///     block(Duration::from_secs(1));
///     assert_eq!(time(), Duration::from_secs(61));
/// }).unwrap();
/// ```
#[derive(Debug)]
pub struct Virtual {
    now: Cell<u64>,
    thread: ThreadPark,
}

impl Virtual {
    /// Begins at 0.
    ///
    /// ```
    /// use groundup_executor::{Driver, Virtual};
    ///
    /// assert_eq!(Virtual::new().now(), 0);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Virtual {
            now: Cell::new(0),
            thread: ThreadPark::new(),
        }
    }
}

impl Driver for Virtual {
    #[inline]
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn park(&self, until: Option<u64>, outside: bool, asleep: &mut dyn FnMut() -> bool) -> Parked {
        match until {
            Some(until) => {
                self.now.set(self.now.get().max(until));
                Parked::Awake
            }
            // Time cannot pass, but a thread that holds a handle may call.
            None if outside => self.thread.park(None, true, asleep),
            None => Parked::Stalled,
        }
    }

    fn unpark(&self) -> Unpark {
        self.thread.unpark()
    }

    fn block(&self, duration: Duration) {
        self.now.set(self.now.get().saturating_add(nanos(duration)));
    }

    fn jumps(&self) -> bool {
        true
    }
}
