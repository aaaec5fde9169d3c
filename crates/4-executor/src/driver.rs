//! The one trait to the outside: what time it is, and how to wait.
//!
//! The problem: the same program should run on the real clock, on a clock that
//! jumps, and some day on a reactor or inside another runtime. The differences are
//! small: how the time is read, how the loop waits until a time or until a call
//! from another thread, and how that thread makes the call. These three are a
//! [`Driver`]; the loop knows nothing else of the world.
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
//! Access: the iteration and the timers ask the driver, and nothing above them
//! does. `real_time.rs` is the one page of the tower that reads the clock of the
//! machine. This folder stands beneath all others: it imports floor 3 and
//! nothing of this floor.
//!
//! Read next: `driver/real_time.rs`.

use std::time::Duration;

use groundup_task::Unpark;

pub(crate) mod real_time;
pub(crate) mod virtual_time;

/// How a park ended.
///
/// ```
/// use groundup_executor::{Driver, Outside, Parked, Virtual};
///
/// let clock = Virtual::new();
/// assert_eq!(clock.park(Some(5), Outside::Nobody, &mut || true), Parked::Awake);
/// assert_eq!(clock.park(None, Outside::Nobody, &mut || true), Parked::Stalled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parked {
    /// Time has passed, or somebody called; the loop looks what there is to do.
    Awake,
    /// There is nothing to wait for: no deadline, and nobody who could call.
    Stalled,
}

/// Who outside the loop has something to do with it while it parks.
///
/// ```
/// use groundup_executor::{Driver, Outside, Parked, Virtual};
///
/// let clock = Virtual::new();
/// assert_eq!(clock.park(None, Outside::Nobody, &mut || true), Parked::Stalled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// No other thread can call.
    Nobody,
    /// Another thread holds a handle by which it may call, or may not.
    MayCall,
    /// Another thread is computing for the loop: a clock that jumps stays where it
    /// is until that thread has called or ended.
    AtWork,
}

/// The outside of an event loop.
///
/// ```
/// use std::cell::Cell;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use groundup_executor::task::Unpark;
/// use groundup_executor::{Driver, EventLoop, Outside, Parked, sleep};
///
/// /// A clock that says how far it jumps.
/// struct Loud(Cell<u64>);
///
/// impl Driver for Loud {
///     fn now(&self) -> u64 {
///         self.0.get()
///     }
///     fn park(&self, until: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
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
    /// returns without blocking. `outside` says whether another thread could call, or
    /// computes for the loop: then a clock that jumps must not, but blocks until the
    /// call. When that changes, the park is ended by a call.
    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        asleep: &mut dyn FnMut() -> bool,
    ) -> Parked;

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
