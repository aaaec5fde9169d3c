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

use crate::ladder::TimerId;
use crate::timers::{NEVER, Timers};

/// What `call_later` and `call_at` give back.
///
/// Dropping it changes nothing; the timer stays set.
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
        let handle = timers.scheduler.prepare_callback(callback);
        let id = (when != NEVER).then(|| timers.set(when, handle.ticket()));
        TimerHandle {
            timers: timers.clone(),
            handle,
            id,
            when,
        }
    }

    /// Takes the call back, if it has not been made; the function is dropped at
    /// once (L10).
    pub fn cancel(&self) {
        if let Some(id) = self.id {
            self.timers.cancel(id);
        }
        self.handle.cancel();
    }

    /// Whether [`cancel`](TimerHandle::cancel) was called, in time or not.
    pub fn cancelled(&self) -> bool {
        self.handle.cancelled()
    }

    /// When it is due, since the loop's beginning (T08).
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
