//! The one trait to the outside: what time it is, and how to wait.
//!
//! The problem: the same program should run on the real clock, on a clock that
//! jumps, and some day on a reactor or inside another runtime. What differs is
//! small: reading the time, waiting until a time or until somebody calls, and
//! being called. That is a [`Driver`]; the loop knows nothing else of the world.
//!
//! ```text
//!   loop                     driver
//!    |  now()            -->  ns since its beginning
//!    |  park(until, asleep)   asks asleep() right before it blocks: if that says
//!    |                        no, a letter has come and it must not block
//!    |  <-- unpark() ------   from any thread, ends a park at once
//! ```
//!
//! Invariants:
//! 1. `now` never goes back.
//! 2. `park` returns at `until` at the latest, and may return early.
//! 3. Every driver gets the lost-wake protocol right by calling `asleep` right
//!    before it blocks, and doing nothing else in between.
//!
//! Read next: `ladder.rs`, for what is due when.

use std::cell::Cell;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use groundup_task::Unpark;

/// asyncio's longest sleep in one go: a day. Longer ones are slept in pieces.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How a park ended.
///
/// ```
/// use groundup_executor::{Driver, Parked, Virtual};
///
/// let clock = Virtual::new();
/// assert_eq!(clock.park(Some(5), false, &mut || true), Parked::Awake);
/// assert_eq!(clock.park(None, false, &mut || true), Parked::Stalled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parked {
    /// Time has passed, or somebody called; the loop looks what there is to do.
    Awake,
    /// There is nothing to wait for: no deadline, and nobody who could call.
    Stalled,
}

/// The outside of an event loop.
///
/// ```
/// use std::cell::Cell;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use groundup_executor::task::Unpark;
/// use groundup_executor::{Driver, EventLoop, Parked, sleep};
///
/// /// A clock that says how far it jumps.
/// struct Loud(Cell<u64>);
///
/// impl Driver for Loud {
///     fn now(&self) -> u64 {
///         self.0.get()
///     }
///     fn park(&self, until: Option<u64>, _: bool, _: &mut dyn FnMut() -> bool) -> Parked {
///         let Some(until) = until else { return Parked::Stalled };
///         println!("{} ns pass", until - self.0.replace(until));
///         Parked::Awake
///     }
///     fn unpark(&self) -> Unpark {
///         Arc::new(|| ())
///     }
///     fn block(&self, duration: Duration) {
///         self.0.set(self.0.get() + duration.as_nanos() as u64);
///     }
///     fn jumps(&self) -> bool {
///         true
///     }
/// }
///
/// let event_loop = EventLoop::builder().driver(Loud(Cell::new(0))).build();
/// event_loop.run_until_complete(sleep(Duration::from_secs(1))).unwrap();
/// assert_eq!(event_loop.time(), Duration::from_secs(1));
/// ```
pub trait Driver {
    /// The time in ns since the driver's beginning.
    fn now(&self) -> u64;

    /// Waits until the time `until`, or, if it is `None`, until somebody calls.
    ///
    /// `asleep` must be called right before blocking; if it says false, `park`
    /// returns without blocking. `outside` says whether another thread holds a
    /// handle by which it could call.
    fn park(&self, until: Option<u64>, outside: bool, asleep: &mut dyn FnMut() -> bool) -> Parked;

    /// What ends a park; called from any thread.
    fn unpark(&self) -> Unpark;

    /// Lets `duration` pass while nobody else runs: a blocking call.
    fn block(&self, duration: Duration);

    /// Whether the time stands still but for `park` and `block`. The loop then
    /// asks for exact deadlines, and reads the clock only after these two.
    fn jumps(&self) -> bool {
        false
    }
}

/// Duration to ns; what does not fit becomes the largest that does.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The real clock, and the thread's own parking place. Resolution: 1 ns, as far
/// as the system's clock and scheduler allow.
///
/// ```
/// use groundup_executor::{Driver, ThreadPark};
///
/// let clock = ThreadPark::new();
/// let (before, after) = (clock.now(), clock.now());
/// assert!(before <= after);
/// ```
#[derive(Debug)]
pub struct ThreadPark {
    beginning: Instant,
    thread: Thread,
}

impl ThreadPark {
    /// Begins now, for the current thread: the loop must run on this one.
    ///
    /// ```
    /// let clock = groundup_executor::ThreadPark::new();
    /// let event_loop = groundup_executor::EventLoop::builder().driver(clock).build();
    /// # event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        ThreadPark {
            beginning: Instant::now(),
            thread: thread::current(),
        }
    }
}

impl Driver for ThreadPark {
    #[inline]
    fn now(&self) -> u64 {
        let passed = self.beginning.elapsed();
        passed.as_secs() * 1_000_000_000 + u64::from(passed.subsec_nanos())
    }

    fn park(&self, until: Option<u64>, _: bool, asleep: &mut dyn FnMut() -> bool) -> Parked {
        let wait = until.map(|until| Duration::from_nanos(until.saturating_sub(self.now())));
        if wait == Some(Duration::ZERO) || !asleep() {
            return Parked::Awake;
        }
        thread::park_timeout(wait.unwrap_or(LONGEST).min(LONGEST));
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        let thread = self.thread.clone();
        Arc::new(move || thread.unpark())
    }

    fn block(&self, duration: Duration) {
        thread::sleep(duration);
    }
}

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
