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
//! Read next: `remote.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::CancelScope;

use crate::driver::nanos;
use crate::iteration::Inner;
use crate::ladder::TimerId;
use crate::timers::{NEVER, Timers};

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
    timers: Rc<Timers>,
    id: Option<TimerId>,
    scope: u64,
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
        Inner::with_current("Alarm::at", |inner| {
            let (timers, when) = (inner.timers.clone(), nanos(when));
            if when <= timers.look() {
                timers.scheduler.fire(scope.ticket(), 0);
                return Alarm {
                    timers,
                    id: None,
                    scope: scope.ticket(),
                };
            }
            let id = (when != NEVER).then(|| timers.set(when, scope.ticket()));
            Alarm {
                timers,
                id,
                scope: scope.ticket(),
            }
        })
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
        Inner::with_current("Alarm::after", |inner| {
            let (timers, now) = (inner.timers.clone(), inner.timers.look());
            let when = now.saturating_add(nanos(delay));
            let id = match when {
                NEVER => None,
                when if when == now => {
                    timers.scheduler.fire(scope.ticket(), 0);
                    None
                }
                when => Some(timers.set(when, scope.ticket())),
            };
            (
                Alarm {
                    timers,
                    id,
                    scope: scope.ticket(),
                },
                Duration::from_nanos(when),
            )
        })
    }
}

impl Drop for Alarm {
    #[inline]
    fn drop(&mut self) {
        // What has not fired is in nobody's hands yet.
        if !self.id.is_some_and(|id| self.timers.cancel(id)) {
            self.timers.scheduler.retract_scope(self.scope);
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.id.is_some_and(|id| self.timers.contains(id));
        f.debug_struct("Alarm").field("set", &set).finish()
    }
}
