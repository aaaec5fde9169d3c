//! The one trait to the outside: reads the time, waits, and glances.
//!
//! The problem: one program should run on the real clock, on a clock that jumps, on a reactor
//! and inside another runtime. These surroundings differ in nine functions, the methods of
//! [`Driver`], and the loop knows nothing else of the outside. `now` reads the time. `park` waits
//! until a time, or until another thread ends the wait. `unpark` returns the function by which that
//! thread ends the wait. `glance` checks for events outside, such as a readable socket, without blocking.
//! `sources` counts the things outside for which the driver watches. `replaced` tells the driver
//! that the loop has another driver in its place, or is closed. Three methods are about time: `block`
//! lets time pass as a blocking call does, `jumps` says that time passes in `park` and `block` only,
//! and `clock` returns the standard clock, if `now` reads it, so that the loop can read it, too.
//!
//! ```text
//!   loop                          driver
//!    |  now()                 -->  ns since its beginning
//!    |  park(until, outside,  -->  waits until the time `until`, or until a thread calls;
//!    |       may_block)            `outside` says if a thread can call. Right before `park`
//!    |                             blocks it calls `may_block`. If `may_block` returns false,
//!    |                             a message has come, and `park` must not block
//!    |  unpark()              -->  a function: any thread calls it, and the park ends
//!    |  glance()              -->  checks for events outside, wakes the tasks that wait for them,
//!    |                             and does not block
//!    |  block(d)              -->  lets the time `d` pass, as a blocking call does
//!    |  jumps()               -->  says if time passes in `park` and `block` only
//!    |  clock()               -->  the standard clock, if `now` reads it
//!    |  sources()             -->  the number of things outside for which it watches
//!    |  replaced()            -->  another driver has its place, or the loop is closed
//! ```
//!
//! Invariants:
//! 1. `now` never goes back.
//! 2. `park` returns at `until`, and may return early. If it returns late, as on a busy machine, the timers
//!    that are due fire late, and nothing else differs.
//! 3. A driver calls `may_block` right before it blocks and does nothing else in between. With
//!    this rule, no wake is lost. (A park that blocks in several calls may omit `may_block` before
//!    the later ones, if a message would have ended the earlier one.)
//! 4. A busy loop calls `glance` when the budget of steps is spent (`timers/pace.rs`). If no entry
//!    is ready, the loop calls `glance` instead of `park` in three cases: the first timer is due, stop
//!    was called, or a host parks for the loop. With the option `idle_report` of its builder, a
//!    loop on the real clock reports after some time that it waits for nothing. Before a `park` without a
//!    deadline, while no other thread can call, such a loop calls `glance`, too: if the driver watches
//!    for events outside, the loop waits for something, and makes no report.
//!
//! Access: only the iteration and the timers call the driver. (`event_loop/testing.rs` makes a
//! [`Virtual`](crate::Virtual) clock for a test, and limits the number of its jumps.) Without the
//! optional features of floor 7, two files read the clock of the machine: `real_time.rs`, for a loop,
//! and `threads/sync.rs` of floor 6, for a limit to the wait of a thread. This folder stands beneath
//! all others: it imports floor 3 and nothing of this floor.
//!
//! Read next: `timers/ladder.rs`, the timers in order. Second reading: `driver/real_time.rs`.

use std::any::Any;
use std::time::Duration;

use groundup_task::Unpark;

use real_time::ThreadPark;

pub(crate) mod installed;
pub(crate) mod real_time;
pub(crate) mod virtual_time;

/// Says how a park ended.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{Driver, Outside, Parked, Virtual};
///
/// let clock = Virtual::new();
/// assert_eq!(clock.park(Some(5), Outside::Nobody, &mut || true), Parked::Awake);
/// assert_eq!(clock.park(None, Outside::Nobody, &mut || true), Parked::Stalled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parked {
    /// Time has passed, or another thread called. The loop checks for work.
    Awake,
    /// There is nothing to wait for: no deadline, and no thread that could call.
    Stalled,
}

/// Says what other threads can do to the loop while it parks.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{Driver, Outside, Parked, Virtual};
///
/// let clock = Virtual::new();
/// assert_eq!(clock.park(None, Outside::Nobody, &mut || true), Parked::Stalled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// No other thread can call.
    Nobody,
    /// Another thread holds a handle through which it may call.
    MayCall,
    /// Another thread is computing for the loop. A clock that jumps stands still until that
    /// thread has called or ended.
    AtWork,
}

/// The outside of an event loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use std::cell::Cell;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use groundup::{Driver, EventLoop, Outside, Parked, Unpark, sleep};
///
/// /// A clock that prints how far it jumps.
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
/// assert_eq!(event_loop.time().since_start(), Duration::from_secs(1));
/// ```
///
/// # Finding a driver again
///
/// A driver is [`Any`]: code that needs a certain driver passes its type to
/// [`driver`](crate::driver()), which finds it in the running loop. [`Driver`] is not
/// implemented for `Rc<D>`, because `Rc<D>` is another type and would hide `D`. A program that
/// keeps an `Rc` of its driver passes a clone to
/// [`Builder::driver_rc`](crate::Builder::driver_rc).
pub trait Driver: Any {
    /// Returns the time in ns since the driver's beginning.
    fn now(&self) -> u64;

    /// Waits until the time `until`, if there is one, or until another thread calls, whichever
    /// comes first.
    ///
    /// `park` must call `may_block` right before it blocks; if that returns false, `park`
    /// returns without blocking. If `outside` is [`Outside::AtWork`], a clock that jumps must
    /// not move, and `park` blocks until the function that `unpark` returns is called. This
    /// function is called also when the last [`Remote`](crate::Remote) or the last
    /// [`AtWork`](crate::AtWork) of the loop is dropped, since `outside` may have changed then.
    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked;

    /// Returns the function that ends a park. It may be called from any thread.
    fn unpark(&self) -> Unpark;

    /// Lets `duration` pass while no other task runs, as a blocking call does.
    fn block(&self, duration: Duration);

    /// Returns the standard clock that [`now`](Driver::now) reads, if it is one: a driver on the real
    /// clock has a [`ThreadPark`] for that. The loop then reads the clock without the driver. It asks
    /// once, when it gets the driver.
    fn clock(&self) -> Option<&ThreadPark> {
        None
    }

    /// Returns true if the time changes only in `park` and `block`. The loop then passes
    /// exact deadlines to `park`, and its budget of steps between two readings is always 64. It asks once,
    /// when it gets the driver.
    fn jumps(&self) -> bool {
        false
    }

    /// Checks for events outside without blocking, and wakes the tasks that wait for them.
    /// Returns true if the driver watches for any event, whether or not it has woken a task.
    ///
    /// While entries are ready, the loop calls `glance` after each round in which the budget of
    /// steps is spent. (The budget is at most 64, and smaller where steps are long.) If no entry is
    /// ready, the loop calls `glance` instead of `park` in three cases: a timer is due already, the
    /// run was stopped before the iteration, or the loop runs in pieces, and its host parks. With
    /// [`idle_report`](crate::Builder::idle_report), a loop on the real clock reports after some time that
    /// it waits for nothing. Before a `park` without a deadline, while no other thread can call, such a
    /// loop calls `glance`, too, and makes no report if `glance` returns true. If `glance` has returned
    /// true, the loop reads the clock to measure its steps even if no timer is set.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; }
    /// use std::cell::{Cell, RefCell};
    /// use std::rc::Rc;
    /// use std::task::{Poll, Waker};
    /// use std::time::Duration;
    ///
    /// use groundup::{
    ///     Driver, EventLoop, Outside, Parked, ThreadPark, Unpark, spawn, yield_now,
    /// };
    ///
    /// /// A thread's parking place, and a door with a bell.
    /// struct Door {
    ///     thread: ThreadPark,
    ///     rung: Cell<bool>,
    ///     waits: RefCell<Option<Waker>>,
    /// }
    ///
    /// impl Door {
    ///     /// Wakes the waiting task if the bell has rung, and returns true if it did.
    ///     fn open_if_rung(&self) -> bool {
    ///         let waker = self.waits.borrow_mut().take_if(|_| self.rung.get());
    ///         waker.map(Waker::wake).is_some()
    ///     }
    /// }
    ///
    /// impl Driver for Door {
    ///     fn now(&self) -> u64 {
    ///         self.thread.now()
    ///     }
    ///     fn park(&self, until: Option<u64>, outside: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
    ///         if self.open_if_rung() { Parked::Awake } else { self.thread.park(until, outside, may_block) }
    ///     }
    ///     fn unpark(&self) -> Unpark {
    ///         self.thread.unpark()
    ///     }
    ///     fn block(&self, duration: Duration) {
    ///         self.thread.block(duration);
    ///     }
    ///     fn glance(&self) -> bool {
    ///         self.open_if_rung();
    ///         true // the bell is outside, and the driver always watches it
    ///     }
    /// }
    ///
    /// let (rung, waits) = (Cell::new(false), RefCell::default());
    /// let door = Rc::new(Door { thread: ThreadPark::new(), rung, waits });
    /// let event_loop = EventLoop::builder().driver_rc(door.clone()).build();
    /// event_loop.run_until_complete(async {
    ///     // The loop is never idle, and the door is opened nevertheless.
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

    /// Returns the number of things outside that the driver watches, such as sockets, for
    /// [`EventLoop::counts`](crate::EventLoop::counts).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{Driver, Virtual};
    ///
    /// assert_eq!(Virtual::new().sources(), 0);
    /// ```
    fn sources(&self) -> usize {
        0
    }

    /// Called when the loop has another driver in place of this one, see
    /// [`replace_driver`](crate::EventLoop::replace_driver), and when the loop is closed. The program may
    /// keep this driver, and the loop does not wait with it any more. So a driver for whose events futures
    /// wait wakes them.
    fn replaced(&self) {}
}

/// Converts a duration to ns; a longer one becomes `u64::MAX`.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
