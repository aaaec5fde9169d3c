//! Alarms: a cancel at a certain time.
//!
//! The problem: a deadline is a timer whose callback cancels one region. As a
//! callback it would take a slot and a box; but the scope to be cancelled is named
//! by one integer, as a task is, so the ladder can hold it directly. Arming and
//! taking back such an alarm allocates nothing.
//!
//! Invariants:
//! 1. The scope is cancelled from the place in the ready queue at which a callback
//!    would run, and not at all if the alarm was dropped before.
//! 2. A time that has passed is due in the next iteration, behind what is ready.
//!
//! Read next: `../event_loop.rs`.

use std::cell::Cell;
use std::fmt;
use std::mem::forget;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::CancelScope;

use crate::driver::nanos;
use crate::iteration::Inner;
use crate::timers::{NEVER, TimerId, Timers};

/// A timer that cancels a [`CancelScope`]. Dropping it takes the timer back.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{Alarm, EventLoop, task::CancelScope, time};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let scope = CancelScope::new();
///     let alarm = Alarm::at(Duration::from_secs(5), &scope);
///     assert!(scope.catch(std::future::pending::<()>()).await.is_err());
///     assert_eq!(time(), Duration::from_secs(5));
///     drop(alarm);
/// }).unwrap();
/// ```
pub struct Alarm {
    /// The loop in which it is set; `None` if it is not.
    timers: Cell<Option<Rc<Timers>>>,
    /// `NONE` if it was due at once, or never comes.
    id: Cell<TimerId>,
    /// The ticket of the scope it is for.
    scope: Cell<u64>,
    when: Cell<u64>,
}

impl Alarm {
    /// Cancels `scope` at `when`, a time of the running loop. What is beyond 584
    /// years never comes. See [`Alarm`] for an example.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn at(when: Duration, scope: &CancelScope) -> Self {
        let alarm = Alarm::default();
        alarm.set_at(when, scope);
        alarm
    }

    /// Cancels `scope` when `delay` has passed; gives the time at which that is.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{Alarm, run, task::CancelScope};
    ///
    /// run(async {
    ///     let (alarm, when) = Alarm::after(Duration::from_secs(5), &CancelScope::new());
    ///     assert!(when >= Duration::from_secs(5));
    ///     drop(alarm);
    /// });
    /// ```
    #[track_caller]
    pub fn after(delay: Duration, scope: &CancelScope) -> (Self, Duration) {
        let alarm = Alarm::default();
        alarm.set_after(delay, scope);
        let when = alarm.when();
        (alarm, when)
    }

    /// The same as [`at`](Alarm::at), for an alarm that stays where it is. If it is
    /// set already, that is taken back.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{Alarm, EventLoop, sleep, task::CancelScope};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.run_until_complete(async {
    ///     let (alarm, scope) = (Alarm::default(), CancelScope::new());
    ///     alarm.set_at(Duration::from_secs(2), &scope);
    ///     alarm.set_at(Duration::from_secs(9), &scope);
    ///     sleep(Duration::from_secs(5)).await;
    ///     assert!(!scope.cancel_called());
    /// }).unwrap();
    /// ```
    #[track_caller]
    #[inline(always)]
    pub fn set_at(&self, when: Duration, scope: &CancelScope) {
        let (timers, now) = self.begin("Alarm::at");
        self.set(timers, now, nanos(when), scope.ticket());
    }

    /// The same as [`after`](Alarm::after), for an alarm that stays where it is. See
    /// [`set_at`](Alarm::set_at) for an example.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    #[inline(always)]
    pub fn set_after(&self, delay: Duration, scope: &CancelScope) {
        let (timers, now) = self.begin("Alarm::after");
        self.set(
            timers,
            now,
            now.saturating_add(nanos(delay)),
            scope.ticket(),
        );
    }

    /// Sets it to another time, for the same scope, in the loop in which it is set,
    /// whichever runs. False if it is not set: then nobody knows that loop.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{Alarm, EventLoop, run, sleep, task::CancelScope};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let (alarm, scope) = event_loop.run_until_complete(async {
    ///     let scope = CancelScope::new();
    ///     (Alarm::at(Duration::from_secs(2), &scope), scope)
    /// }).unwrap();
    /// run(async { assert!(alarm.move_to(Duration::from_secs(9))) });
    /// event_loop.run_until_complete(sleep(Duration::from_secs(5))).unwrap();
    /// assert!(!scope.cancel_called());
    /// ```
    pub fn move_to(&self, when: Duration) -> bool {
        let timers = self.timers.take();
        self.timers.set(timers.clone());
        let Some(timers) = timers else {
            return false;
        };
        self.unset();
        let now = timers.look();
        self.set(timers, now, nanos(when), self.scope.get());
        true
    }

    /// Unsets it, and looks at the clock of the running loop.
    #[track_caller]
    #[inline(always)]
    fn begin(&self, what: &str) -> (Rc<Timers>, u64) {
        if self.is_set() {
            self.take_back();
        }
        let timers = Inner::with_current(what, |inner| inner.timers().clone());
        let now = timers.look();
        (timers, now)
    }

    #[inline(always)]
    fn set(&self, timers: Rc<Timers>, now: u64, when: u64, scope: u64) {
        let id = match when {
            NEVER => TimerId::NONE,
            _ if scope == 0 => TimerId::NONE, // of no loop: it is never cancelled
            when if when <= now => {
                timers.scheduler().fire(scope, 0);
                TimerId::NONE
            }
            when => timers.set(when, scope),
        };
        // Unset as it was, there is nothing to drop.
        forget(self.timers.replace(Some(timers)));
        self.id.set(id);
        self.scope.set(scope);
        self.when.set(when);
    }

    /// The time of the loop for which it was set last.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{Alarm, run, task::CancelScope};
    ///
    /// run(async {
    ///     let alarm = Alarm::at(Duration::from_secs(5), &CancelScope::new());
    ///     assert_eq!(alarm.when(), Duration::from_secs(5));
    /// });
    /// ```
    pub fn when(&self) -> Duration {
        Duration::from_nanos(self.when.get())
    }

    /// Takes it back. Its scope is not cancelled any more by this.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup_executor::{Alarm, EventLoop, sleep, task::CancelScope};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.run_until_complete(async {
    ///     let scope = CancelScope::new();
    ///     let alarm = Alarm::at(Duration::from_secs(2), &scope);
    ///     alarm.unset();
    ///     sleep(Duration::from_secs(5)).await;
    ///     assert!(!scope.cancel_called());
    /// }).unwrap();
    /// ```
    #[inline(always)]
    pub fn unset(&self) {
        let Some(timers) = self.timers.take() else {
            return;
        };
        // What has not fired is in nobody's hands yet.
        if !timers.cancel(self.id.get()) {
            timers.scheduler().retract_scope(self.scope.get());
        }
    }

    #[inline]
    fn is_set(&self) -> bool {
        let timers = self.timers.take();
        let set = timers.is_some();
        self.timers.set(timers);
        set
    }

    /// The same as `unset`, where it is mostly not set.
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
            scope: Cell::new(0),
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
