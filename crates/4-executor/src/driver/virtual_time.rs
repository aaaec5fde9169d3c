//! The clock that jumps.
//!
//! The problem: a test of a program that sleeps for a year must not take a year. On this
//! clock no time passes while the program runs. A park moves the time to its deadline and
//! returns, except while a thread is at work for the loop: then the clock stands still, and
//! the work takes no time either.
//!
//! Invariants:
//! 1. The time changes in `park` and `block` alone.
//! 2. A park blocks only if another thread can end it: with a deadline, if a thread is at
//!    work; without a deadline, if a thread may call. A park that has no deadline and that
//!    no thread can end returns `Stalled`, and the loop reports a deadlock.
//! 3. A test limits the number of jumps. Then the park after the last one returns `Stalled`, too.
//!
//! Read next: `driver/installed.rs`.

use std::cell::Cell;
use std::time::Duration;

use groundup_task::Unpark;

use super::real_time::ThreadPark;
use super::{Driver, Outside, Parked, nanos};

/// A clock that jumps: waiting for a deadline takes no time, and moves the clock to the
/// deadline. Where a real loop would hang, the loop reports a deadlock. The resolution is 1
/// ns.
///
/// The clock does not know of threads unless they hold a handle. While a thread holds a
/// [`Remote`](crate::Remote), a loop that has nothing else to wait for waits for its call.
/// While a thread holds [`Remote::at_work`](crate::Remote::at_work), the clock stands
/// still, also if there are deadlines.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{EventLoop, Virtual, block, sleep, time};
///
/// let event_loop = EventLoop::builder().driver(Virtual::new()).build();
/// event_loop.run_until_complete(async {
///     sleep(Duration::from_secs(60)).await;
///     block(Duration::from_secs(1));
///     assert_eq!(time().since_start(), Duration::from_secs(61));
/// }).unwrap();
/// ```
#[derive(Debug)]
pub struct Virtual {
    now: Cell<u64>,
    /// Number of jumps that the clock may still make.
    jumps: Cell<u64>,
    thread: ThreadPark,
}

impl Virtual {
    /// Makes a clock that begins at 0.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{Driver, Virtual};
    ///
    /// assert_eq!(Virtual::new().now(), 0);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Virtual {
            now: Cell::new(0),
            jumps: Cell::new(u64::MAX),
            thread: ThreadPark::new(),
        }
    }

    /// Lets the clock make this many jumps from now on. A park that would need another one returns
    /// `Stalled`.
    pub(crate) fn limit_jumps(&self, jumps: u64) {
        self.jumps.set(jumps);
    }

    /// Returns true if the clock has made all its jumps.
    pub(crate) fn is_spent(&self) -> bool {
        self.jumps.get() == 0
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
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        match (until, outside) {
            // No time passes, and a thread will call, or may call.
            (_, Outside::AtWork) | (None, Outside::MayCall) => {
                self.thread.park(None, outside, may_block)
            }
            (Some(until), _) => {
                let Some(left) = self.jumps.get().checked_sub(1) else {
                    return Parked::Stalled;
                };
                self.jumps.set(left);
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
