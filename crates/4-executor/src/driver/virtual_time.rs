//! The clock that jumps.
//!
//! The problem: a test of a program that sleeps for a year must not take a year.
//! On this clock no time passes while the program runs; a park moves the time to
//! its deadline and returns. Only while a thread is at work for the loop it must
//! not: for the program, that work takes no time either.
//!
//! Invariants:
//! 1. The time changes in `park` and `block` alone.
//! 2. A park blocks only if another thread can end it: with a deadline, if that
//!    thread is at work; without one, if it may call. A park without a deadline
//!    that nobody can end says `Stalled`, and the loop reports a deadlock.
//!
//! Read next: `installed.rs`.

use std::cell::Cell;
use std::time::Duration;

use groundup_task::Unpark;

use super::real_time::ThreadPark;
use super::{Driver, Outside, Parked, nanos};

/// A clock that jumps: waiting for a deadline takes no time, and moves the clock
/// to it. Where a real loop would hang, this one notices. Resolution: 1 ns.
///
/// What it cannot notice by itself is a thread. While a thread holds a
/// [`Remote`](crate::Remote), a loop that has nothing else to wait for waits for its
/// call. While one holds [`Remote::at_work`](crate::Remote::at_work), the clock stands
/// still, also where there are deadlines.
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

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        asleep: &mut dyn FnMut() -> bool,
    ) -> Parked {
        match (until, outside) {
            // Time does not pass, and a thread will call, or may.
            (_, Outside::AtWork) | (None, Outside::MayCall) => {
                self.thread.park(None, outside, asleep)
            }
            (Some(until), _) => {
                self.now.set(self.now.get().max(until));
                Parked::Awake
            }
            (None, Outside::Nobody) => Parked::Stalled,
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
