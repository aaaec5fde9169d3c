//! Alarms: a cancel at a certain time.
//!
//! The problem: a deadline is a timer whose callback cancels one region. A callback would
//! take a slot and a box. But one integer names the scope, as it names a task, so the
//! ladder stores that integer directly. Setting and unsetting such an alarm allocates
//! nothing.
//!
//! Invariants:
//! 1. The scope is cancelled at the place in the ready queue at which a callback would run,
//!    and not at all if the alarm was dropped before.
//! 2. An alarm takes back its own entry in the ready queue only. Another alarm of the same scope
//!    still cancels it.
//! 3. A time in the past is due in the next iteration, behind the ready entries.
//!
//! Read next: `event_loop.rs`.

use std::cell::Cell;
use std::fmt;
use std::mem::forget;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::{CancelScope, ScopeTicket};

use crate::driver::nanos;
use crate::instant::Instant;
use crate::iteration::LoopCore;
use crate::timers::{NEVER, TimerId, Timers};

/// A timer that cancels a [`CancelScope`]. Dropping the alarm unsets it.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
/// use std::time::Duration;
///
/// use groundup::lowlevel::Alarm;
/// use groundup::{CancelScope, Instant, run_virtual, time};
///
/// run_virtual(async {
///     let scope = CancelScope::new();
///     let when = Instant::START + Duration::from_secs(5);
///     let alarm = Alarm::at(when, &scope);
///     assert!(scope.catch(std::future::pending::<()>()).await.is_err());
///     assert_eq!(time(), when);
///     drop(alarm);
/// });
/// ```
pub struct Alarm {
    /// The loop in which the alarm is set; `None` if it is not set.
    timers: Cell<Option<Rc<Timers>>>,
    /// The timer; an identity of no timer if the alarm was due at once, and `NONE` if it never is.
    id: Cell<TimerId>,
    /// The ticket of the scope that it cancels.
    scope: Cell<ScopeTicket>,
    when: Cell<u64>,
}

impl Alarm {
    /// Makes an alarm that cancels `scope` at `when`, a time of the running loop.
    /// [`Instant::NEVER`] never comes. See [`Alarm`] for an example.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn at(when: Instant, scope: &CancelScope) -> Self {
        let alarm = Alarm::default();
        alarm.set_at(when, scope);
        alarm
    }

    /// Makes an alarm that cancels `scope` when `delay` has passed; also returns the time
    /// of the alarm.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::Alarm;
    /// use groundup::{CancelScope, run_virtual, time};
    ///
    /// run_virtual(async {
    ///     let (alarm, when) = Alarm::after(Duration::from_secs(5), &CancelScope::new());
    ///     assert_eq!(when, time() + Duration::from_secs(5));
    ///     drop(alarm);
    /// });
    /// ```
    #[track_caller]
    pub fn after(delay: Duration, scope: &CancelScope) -> (Self, Instant) {
        let alarm = Alarm::default();
        alarm.set_after(delay, scope);
        let when = alarm.when();
        (alarm, when)
    }

    /// Sets an existing alarm as [`at`](Alarm::at) does, for an alarm that stays where it
    /// is. If the alarm is already set, it is unset first.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::Alarm;
    /// use groundup::{CancelScope, run_virtual, sleep, time};
    ///
    /// run_virtual(async {
    ///     let (alarm, scope) = (Alarm::default(), CancelScope::new());
    ///     alarm.set_at(time() + Duration::from_secs(2), &scope);
    ///     alarm.set_at(time() + Duration::from_secs(9), &scope);
    ///     sleep(Duration::from_secs(5)).await;
    ///     assert!(!scope.cancel_called());
    /// });
    /// ```
    #[track_caller]
    #[inline(always)]
    pub fn set_at(&self, when: Instant, scope: &CancelScope) {
        let (timers, now) = self.begin("Alarm::at");
        self.set(timers, now, when.nanos(), scope.ticket());
    }

    /// Sets an existing alarm as [`after`](Alarm::after) does, for an alarm that stays
    /// where it is. See [`set_at`](Alarm::set_at) for an example.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    #[inline(always)]
    pub fn set_after(&self, delay: Duration, scope: &CancelScope) {
        let (timers, now) = self.begin("Alarm::after");
        let when = now.saturating_add(nanos(delay));
        self.set(timers, now, when, scope.ticket());
    }

    /// Moves the alarm to another time, for the same scope and in the loop in which it was
    /// set, whichever loop runs. Returns false if the alarm is not set: then its loop is
    /// not known.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::Alarm;
    /// use groundup::{CancelScope, EventLoop, Instant, run, sleep};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let (alarm, scope) = event_loop.run_until_complete(async {
    ///     let scope = CancelScope::new();
    ///     (Alarm::at(Instant::START + Duration::from_secs(2), &scope), scope)
    /// }).unwrap();
    /// run(async { assert!(alarm.move_to(Instant::START + Duration::from_secs(9))) });
    /// event_loop.run_until_complete(sleep(Duration::from_secs(5))).unwrap();
    /// assert!(!scope.cancel_called());
    /// ```
    pub fn move_to(&self, when: Instant) -> bool {
        let timers = self.timers.take();
        self.timers.set(timers.clone());
        let Some(timers) = timers else {
            return false;
        };
        self.unset();
        let now = timers.read_clock();
        self.set(timers, now, when.nanos(), self.scope.get());
        true
    }

    /// Unsets the alarm, and reads the clock of the running loop.
    #[track_caller]
    #[inline(always)]
    fn begin(&self, what: &str) -> (Rc<Timers>, u64) {
        if self.is_set() {
            self.take_back();
        }
        let timers = LoopCore::with_current(what, |inner| inner.timers().clone());
        let now = timers.read_clock();
        (timers, now)
    }

    #[inline(always)]
    fn set(&self, timers: Rc<Timers>, now: u64, when: u64, scope: ScopeTicket) {
        let id = match when {
            NEVER => TimerId::NONE,
            _ if scope == ScopeTicket::NONE => TimerId::NONE, // of no loop: it is never cancelled
            when if when <= now => TimerId::of(timers.scheduler().post_scope(scope)),
            when => timers.set(when, scope),
        };
        // The alarm is unset here, so the cell holds no `Rc` to drop.
        forget(self.timers.replace(Some(timers)));
        self.id.set(id);
        self.scope.set(scope);
        self.when.set(when);
    }

    /// Returns the time of the loop for which the alarm was set last.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::Alarm;
    /// use groundup::{CancelScope, run, time};
    ///
    /// run(async {
    ///     let when = time() + Duration::from_secs(5);
    ///     let alarm = Alarm::at(when, &CancelScope::new());
    ///     assert_eq!(alarm.when(), when);
    /// });
    /// ```
    pub fn when(&self) -> Instant {
        Instant::from_nanos(self.when.get())
    }

    /// Unsets the alarm: it does not cancel its scope any more.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use super::*; } }
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::Alarm;
    /// use groundup::{CancelScope, run_virtual, sleep, time};
    ///
    /// run_virtual(async {
    ///     let scope = CancelScope::new();
    ///     let alarm = Alarm::at(time() + Duration::from_secs(2), &scope);
    ///     alarm.unset();
    ///     sleep(Duration::from_secs(5)).await;
    ///     assert!(!scope.cancel_called());
    /// });
    /// ```
    #[inline(always)]
    pub fn unset(&self) {
        let Some(timers) = self.timers.take() else {
            return;
        };
        // A timer that has not fired has put no entry into the ready queue.
        let id = self.id.get();
        if !timers.cancel(id) {
            timers
                .scheduler()
                .retract_scope(self.scope.get(), id.word());
        }
    }

    #[inline]
    fn is_set(&self) -> bool {
        let timers = self.timers.take();
        let set = timers.is_some();
        self.timers.set(timers);
        set
    }

    /// Unsets the alarm, out of line: most alarms are not set here.
    #[cold]
    fn take_back(&self) {
        self.unset();
    }
}

impl Default for Alarm {
    #[inline(always)]
    fn default() -> Self {
        Alarm {
            timers: Cell::new(None),
            id: Cell::new(TimerId::NONE),
            scope: Cell::default(),
            when: Cell::new(0),
        }
    }
}

impl Drop for Alarm {
    #[inline]
    fn drop(&mut self) {
        if self.is_set() {
            self.take_back();
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timers = self.timers.take();
        let waits = |timers: &Rc<Timers>| timers.contains(self.id.get());
        let set = timers.as_ref().is_some_and(waits);
        self.timers.set(timers);
        f.debug_struct("Alarm").field("set", &set).finish()
    }
}
