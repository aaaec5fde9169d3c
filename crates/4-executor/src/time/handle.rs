//! Timer handles: a callback for later, and the means to take it back.
//!
//! The problem: `call_later` must give something to cancel by, and cancelling
//! must free what the callback holds at once, however far away the deadline is.
//!
//! Invariants:
//! 1. A timer is two things, a callback in a slot and an entry in the ladder;
//!    `cancel` ends both.
//! 2. After its callback has run, a handle does nothing.
//!
//! Read next: `sleep.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::Handle;

use crate::timers::{NEVER, TimerId, Timers};

/// What `call_later` and `call_at` give back.
///
/// Dropping it changes nothing; the timer stays set.
///
/// ```
/// use std::time::Duration;
///
/// let event_loop = groundup_executor::EventLoop::builder().virtual_time().build();
/// let timer = event_loop.call_later(Duration::from_secs(5), || unreachable!());
/// assert_eq!(format!("{timer:?}"), "<TimerHandle when=5.000>");
/// timer.cancel();
/// assert_eq!(format!("{timer:?}"), "<TimerHandle cancelled>");
/// ```
pub struct TimerHandle {
    timers: Rc<Timers>,
    handle: Handle,
    id: Option<TimerId>,
    when: u64,
}

impl TimerHandle {
    #[track_caller]
    #[inline]
    pub(crate) fn set(timers: &Rc<Timers>, when: u64, callback: impl FnOnce() + 'static) -> Self {
        let handle = timers.scheduler().prepare_callback(callback);
        let id = (when != NEVER).then(|| timers.set(when, handle.ticket()));
        TimerHandle {
            timers: timers.clone(),
            handle,
            id,
            when,
        }
    }

    /// Takes the call back, if it has not been made; the function is dropped at
    /// once (L10). Calling it twice, or too late, does nothing more.
    ///
    /// ```
    /// use std::{rc::Rc, time::Duration};
    ///
    /// let event_loop = groundup_executor::EventLoop::new();
    /// let held = Rc::new(());
    /// let copy = held.clone();
    /// let timer = event_loop.call_later(Duration::from_secs(5), move || drop(copy));
    /// timer.cancel();
    /// assert_eq!(Rc::strong_count(&held), 1);
    /// ```
    pub fn cancel(&self) {
        if let Some(id) = self.id {
            self.timers.cancel(id);
        }
        self.handle.cancel();
    }

    /// Whether [`cancel`](TimerHandle::cancel) was called, in time or not.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let event_loop = groundup_executor::EventLoop::new();
    /// let timer = event_loop.call_later(Duration::from_secs(5), || ());
    /// assert!(!timer.cancelled());
    /// ```
    pub fn cancelled(&self) -> bool {
        self.handle.cancelled()
    }

    /// When it is due, since the loop's beginning (T08); what never comes says 584
    /// years.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let event_loop = groundup_executor::EventLoop::new();
    /// let timer = event_loop.call_at(Duration::from_secs(5), || ());
    /// assert_eq!(timer.when(), Duration::from_secs(5));
    /// ```
    pub fn when(&self) -> Duration {
        Duration::from_nanos(self.when)
    }
}

impl fmt::Debug for TimerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cancelled() {
            return f.write_str("<TimerHandle cancelled>");
        }
        write!(f, "<TimerHandle when={:.3}>", self.when().as_secs_f64())
    }
}
