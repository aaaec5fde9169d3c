//! Timer handles: a callback for later, and its cancellation.
//!
//! The problem: `call_later` must return a handle by which the program cancels the call. A
//! cancel must drop the callback at once, however far away the deadline is.
//!
//! Invariants:
//! 1. A timer is two things, a callback in a slot and a record in the ladder; `cancel` ends both.
//! 2. After its callback has run, a handle does nothing.
//!
//! Read next: `time/sleep.rs`.

use std::fmt;
use std::rc::Rc;

use groundup_task::Handle;

use crate::instant::Instant;
use crate::timers::{NEVER, TimerId, Timers};

/// Handle of a callback that [`call_later`](crate::call_later) or
/// [`call_at`](crate::call_at) has set.
///
/// Dropping the handle changes nothing; the timer stays set. A clone is a handle of the same
/// timer, for a closure that cancels it:
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::EventLoop;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let second = Duration::from_secs(1);
/// let alarm = event_loop.call_later(60 * second, || unreachable!("it was disarmed"));
/// let disarm = alarm.clone();
/// event_loop.call_later(second, move || disarm.cancel());
/// event_loop.run_until_complete(groundup::sleep(2 * second)).unwrap();
/// assert!(alarm.cancelled());
/// ```
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// let event_loop = groundup::EventLoop::builder().virtual_time().build();
/// let timer = event_loop.call_later(Duration::from_secs(5), || unreachable!());
/// assert_eq!(format!("{timer:?}"), "<TimerHandle when=5.000 s>");
/// timer.cancel();
/// assert_eq!(format!("{timer:?}"), "<TimerHandle cancelled>");
/// ```
#[derive(Clone)]
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

    /// Cancels the call if it was not made yet, and drops the callback at once. A second
    /// call, or one that comes too late, does nothing.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::{rc::Rc, time::Duration};
    ///
    /// let event_loop = groundup::EventLoop::new();
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

    /// Returns true if [`cancel`](TimerHandle::cancel) was called on this handle or a clone, in
    /// time or not.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// let timer = event_loop.call_later(Duration::from_secs(5), || ());
    /// assert!(!timer.cancelled());
    /// ```
    pub fn cancelled(&self) -> bool {
        self.handle.cancelled()
    }

    /// Returns the time at which the call is due: [`Instant::NEVER`] if the call never comes.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// let in_a_minute = event_loop.time() + Duration::from_secs(60);
    /// let timer = event_loop.call_at(in_a_minute, || ());
    /// assert_eq!(timer.when(), in_a_minute);
    /// ```
    pub fn when(&self) -> Instant {
        Instant::from_nanos(self.when)
    }
}

impl fmt::Debug for TimerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cancelled() {
            return f.write_str("<TimerHandle cancelled>");
        }
        write!(f, "<TimerHandle when={:.3}>", self.when())
    }
}
