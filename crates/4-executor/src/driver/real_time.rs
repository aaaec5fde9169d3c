//! The real clock, and the parking place of a thread.
//!
//! The problem: the loop must block until a deadline without missing a call that comes
//! right before it blocks. The standard library's `park` stores one `unpark`: a call
//! that comes early ends the next park at once.
//!
//! A loop reads the clock for each timer that it sets, so a reading must cost little. The standard
//! library subtracts two pairs of seconds and nanoseconds, and returns a third. On Linux the clock
//! is read without it, as one number.
//!
//! `park` of the standard library cannot wait for an event of the system, such as a signal. A floor
//! above that needs it passes a [`Parker`], which blocks the thread in its own way. The clock stays.
//!
//! Invariants:
//! 1. This page alone reads the clock of the machine, and waits by it.
//! 2. A park blocks only if `may_block` returned true right before.
//! 3. An unpark wakes the thread that parks, because a `ThreadPark` does not leave the
//!    thread that made it.
//!
//! Read next: `driver/virtual_time.rs`.

use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::Duration;

use groundup_task::Unpark;
use parking_lot::{Condvar, MutexGuard};

use super::{Driver, Outside, Parked};

/// asyncio's longest sleep in one piece: a day. A longer one takes several parks.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The real clock, and the thread's own parking place. Its resolution is 1 ns, as far as
/// the system's clock and scheduler allow.
///
/// A `ThreadPark` belongs to the thread that made it, as a loop does, and cannot be sent to
/// another thread: an unpark would wake the first thread, and the loop would sleep on.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{Driver, ThreadPark};
///
/// let clock = ThreadPark::new();
/// let (before, after) = (clock.now(), clock.now());
/// assert!(before <= after);
/// ```
pub struct ThreadPark {
    beginning: Since,
    thread: Thread,
    /// Blocks the thread, in place of the standard library's `park`.
    parker: OnceCell<Rc<dyn Parker>>,
    /// Makes the type neither `Send` nor `Sync`.
    of_thread: PhantomData<Rc<()>>,
}

impl ThreadPark {
    /// Makes a driver for a loop of the current thread; its time begins now.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let clock = groundup::ThreadPark::new();
    /// let event_loop = groundup::EventLoop::builder().driver(clock).build();
    /// # event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        ThreadPark {
            beginning: Since::now(),
            thread: thread::current(),
            parker: OnceCell::new(),
            of_thread: PhantomData,
        }
    }

    /// Makes a driver whose parks `parker` makes; its time begins now. See [`Parker`].
    pub fn with_parker(parker: Rc<dyn Parker>) -> Self {
        ThreadPark {
            parker: parker.into(),
            ..ThreadPark::new()
        }
    }

    /// Has `parker` make the parks from now on, if the driver has no parker yet. The caller gives the
    /// loop that has the driver its new [`unpark`](Driver::unpark) function, by
    /// [`Scheduler::set_unpark`](groundup_task::Scheduler::set_unpark).
    pub fn set_parker(&self, parker: Rc<dyn Parker>) {
        self.parker.get_or_init(|| parker);
    }

    /// Returns the parker that makes the parks in place of the standard library.
    pub fn parker(&self) -> Option<&Rc<dyn Parker>> {
        self.parker.get()
    }
}

impl fmt::Debug for ThreadPark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPark")
            .field("thread", &self.thread.id())
            .field("own_parker", &self.parker.get().is_some())
            .finish_non_exhaustive()
    }
}

/// Blocks the thread of a [`ThreadPark`], in place of the standard library's `park`. So a park can
/// end also at an event of the system, and the clock and the type of the driver stay.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::Parker; } }
/// use std::rc::Rc;
/// use std::sync::Arc;
/// use std::thread::{self, Thread};
/// use std::time::Duration;
///
/// use groundup::lowlevel::Parker;
/// use groundup::{EventLoop, ThreadPark, Unpark, sleep};
///
/// /// Says that it parks.
/// struct Loud(Thread);
///
/// impl Parker for Loud {
///     fn park(&self, limit: Option<Duration>) {
///         println!("parks for {limit:?}");
///         limit.map_or_else(thread::park, thread::park_timeout);
///     }
///     fn unpark(&self) -> Unpark {
///         let thread = self.0.clone();
///         Arc::new(move || thread.unpark())
///     }
/// }
///
/// let driver = ThreadPark::with_parker(Rc::new(Loud(thread::current())));
/// let event_loop = EventLoop::builder().driver(driver).build();
/// event_loop.run_until_complete(sleep(Duration::from_millis(1))).unwrap();
/// ```
pub trait Parker {
    /// Blocks until the function of [`unpark`](Parker::unpark) is called, for at most `limit`. If it
    /// was called since the last park, `park` does not block. It may return early.
    fn park(&self, limit: Option<Duration>);

    /// Returns the function that ends a park. It may be called from any thread.
    fn unpark(&self) -> Unpark;

    /// Checks for events without blocking. A busy loop calls it once in up to 64 steps.
    fn glance(&self) {}

    /// Called when the loop has another driver in place of the one with this parker, or is closed.
    fn replaced(&self) {}
}

/// The beginning of a clock that counts as the machine's does: a time of the machine's clock, in ns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since(u64);

impl Since {
    fn now() -> Self {
        Since(clock())
    }

    /// Returns how many ns have passed since.
    #[inline]
    pub(super) fn passed(self) -> u64 {
        clock().saturating_sub(self.0)
    }

    /// Returns the beginning of a driver's clock, if that is the clock of a [`ThreadPark`].
    pub(super) fn of(driver: &dyn Driver) -> Option<Since> {
        driver.clock().map(|clock| clock.beginning)
    }
}

/// Returns the time of the clock that the standard library's `Instant` reads, in ns.
// Speed: timer_drop, timer_set_cancel, timeout. The plain version is below.
#[cfg(target_os = "linux")]
#[inline(never)]
fn clock() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Returns how many ns have passed since the first reading in the process.
#[cfg(not(target_os = "linux"))]
#[inline(never)]
fn clock() -> u64 {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let passed = FIRST.get_or_init(std::time::Instant::now).elapsed();
    passed.as_secs() * 1_000_000_000 + u64::from(passed.subsec_nanos())
}

impl Driver for ThreadPark {
    #[inline]
    fn now(&self) -> u64 {
        self.beginning.passed()
    }

    fn clock(&self) -> Option<&ThreadPark> {
        Some(self)
    }

    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        let wait = until.map(|until| Duration::from_nanos(until.saturating_sub(self.now())));
        if wait == Some(Duration::ZERO) || !may_block() {
            return Parked::Awake;
        }
        let wait = wait.map(|wait| wait.min(LONGEST));
        match (self.parker(), wait) {
            (Some(parker), wait) => parker.park(wait),
            (None, Some(wait)) => thread::park_timeout(wait),
            // Speed: cross_thread_wake. A park without a limit reads no clock.
            (None, None) => thread::park(),
        }
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        if let Some(parker) = self.parker() {
            return parker.unpark();
        }
        let thread = self.thread.clone();
        Arc::new(move || thread.unpark())
    }

    fn block(&self, duration: Duration) {
        thread::sleep(duration);
    }

    fn glance(&self) -> bool {
        if let Some(parker) = self.parker() {
            parker.glance();
        }
        false
    }

    fn replaced(&self) {
        if let Some(parker) = self.parker() {
            parker.replaced();
        }
    }
}

/// Blocks this thread while `waits` returns true of the guarded value, for at most `limit`.
pub(crate) fn block_while<T>(
    changed: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    waits: impl FnMut(&mut T) -> bool,
    limit: Duration,
) {
    changed.wait_while_for(guard, waits, limit);
}
