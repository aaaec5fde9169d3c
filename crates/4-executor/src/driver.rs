//! The one trait to the outside: what time it is, and how to wait.
//!
//! The problem: the same program should run on the real clock, on a clock that
//! jumps, and some day on a reactor or inside another runtime. The differences are
//! small: how the time is read, how the loop waits until a time or until a call
//! from another thread, how that thread makes the call, and how a loop that does not
//! wait looks outside. These are a [`Driver`]; the loop knows nothing else of the
//! world.
//!
//! ```text
//!   loop                     driver
//!    |  now()            -->  ns since its beginning
//!    |  park(until, asleep)   asks asleep() right before it blocks: if that says
//!    |                        no, a letter has come and it must not block
//!    |  <-- unpark() ------   from any thread, ends a park at once
//!    |  glance()         -->  the loop is busy: looks outside, wakes, does not block
//! ```
//!
//! Invariants:
//! 1. `now` never goes back.
//! 2. `park` returns at `until` at the latest, and may return early.
//! 3. Every driver gets the lost-wake protocol right by calling `asleep` right
//!    before it blocks, and doing nothing else in between.
//! 4. A loop that does not park glances: after a budget of steps, and whenever a timer
//!    is due already.
//!
//! Access: the iteration and the timers ask the driver, and nothing above them
//! does. `real_time.rs` is the one page of the tower that reads the clock of the
//! machine. This folder stands beneath all others: it imports floor 3 and
//! nothing of this floor.
//!
//! Read next: `driver/real_time.rs`.

use std::any::Any;
use std::time::Duration;

use groundup_task::Unpark;

pub(crate) mod installed;
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
///
/// # Finding it again
///
/// A driver is [`Any`]: code that needs this driver and no other asks the running loop
/// with [`driver`](crate::driver()) for its type. So [`Driver`] is not implemented for
/// `Rc<D>`, whose type would be another; an `Rc` that the program keeps a clone of is
/// given with [`Builder::driver_rc`](crate::Builder::driver_rc).
pub trait Driver: Any {
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

    /// Looks outside while the loop is busy, wakes the tasks that have news, and does
    /// not block. Returns true if it watches anything outside.
    ///
    /// The loop glances where it does not park: after the steps that it takes between
    /// two looks at the clock, at most 64 and fewer where they are long; when a timer is
    /// due already; and before the last iteration of a run that is stopped. While
    /// `glance` returns true, the loop reads the clock for that pace also if no timer is
    /// set.
    ///
    /// ```
    /// use std::cell::{Cell, RefCell};
    /// use std::rc::Rc;
    /// use std::task::{Poll, Waker};
    /// use std::time::Duration;
    ///
    /// use groundup_executor::task::{Unpark, yield_now};
    /// use groundup_executor::{Driver, EventLoop, Outside, Parked, ThreadPark, spawn};
    ///
    /// /// A thread's parking place, and a door at which somebody has rung.
    /// struct Door {
    ///     thread: ThreadPark,
    ///     rung: Cell<bool>,
    ///     waits: RefCell<Option<Waker>>,
    /// }
    ///
    /// impl Driver for Door {
    ///     fn now(&self) -> u64 {
    ///         self.thread.now()
    ///     }
    ///     fn park(&self, until: Option<u64>, outside: Outside, asleep: &mut dyn FnMut() -> bool) -> Parked {
    ///         if self.glance() { self.thread.park(until, outside, asleep) } else { Parked::Awake }
    ///     }
    ///     fn unpark(&self) -> Unpark {
    ///         self.thread.unpark()
    ///     }
    ///     fn block(&self, duration: Duration) {
    ///         self.thread.block(duration);
    ///     }
    ///     fn glance(&self) -> bool {
    ///         let waker = self.waits.borrow_mut().take_if(|_| self.rung.get());
    ///         waker.map(Waker::wake).is_none()
    ///     }
    /// }
    ///
    /// let rung = Cell::new(false);
    /// let door = Rc::new(Door { thread: ThreadPark::new(), rung, waits: RefCell::default() });
    /// let event_loop = EventLoop::builder().driver_rc(door.clone()).build();
    /// event_loop.run_until_complete(async {
    ///     // The loop is never idle, and the door is answered all the same.
    ///     spawn(async { loop { yield_now().await } });
    ///     door.rung.set(true);
    ///     let mut asked = false;
    ///     std::future::poll_fn(|cx| {
    ///         if std::mem::replace(&mut asked, true) {
    ///             return Poll::Ready(());
    ///         }
    ///         *door.waits.borrow_mut() = Some(cx.waker().clone());
    ///         Poll::Pending
    ///     }).await;
    /// }).unwrap();
    /// ```
    fn glance(&self) -> bool {
        false
    }
}

/// Duration to ns; what does not fit becomes the largest that does.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
