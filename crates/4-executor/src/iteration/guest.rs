//! A run in pieces: the loop as the guest of another loop.
//!
//! The problem: a thread has one place to sleep. Where another loop owns the thread,
//! ours must not park: it runs what is ready, says until when it has nothing to do, and
//! has its host sleep for both.
//!
//! ```text
//!   host                                loop
//!    |  run_some(256)             --->   rise: a message unparks no more
//!    |                                   iterations, as long as there is work
//!    |  <--- Busy                        the budget is spent
//!    |  <--- Idle { until }              asleep: the next message unparks
//!    |  sleeps until `until`, or
//!    |  until unpark is called
//!    |  run_some(256)             --->   ...
//! ```
//!
//! Invariants:
//! 1. It never waits, and never reports a deadlock: anything in the host may call.
//! 2. An iteration begins only when it has something to do, so its iterations have the
//!    numbers that they have where the loop parks.
//! 3. `Idle` is returned only while the mailbox is asleep: the next message unparks.
//!
//! Read next: `kept.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup_task::{Deadlock, Root};

use super::Inner;

/// How far [`EventLoop::run_some`](crate::EventLoop::run_some) has come.
///
/// ```
/// use groundup_executor::{EventLoop, Progress};
///
/// let event_loop = EventLoop::new();
/// assert_eq!(event_loop.run_some(8).unwrap(), Progress::Idle { until: None });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The budget is spent and there is more to do: call again soon.
    Busy,
    /// Nothing is ready. Call again when the driver was unparked, and at the
    /// [`time`](crate::EventLoop::time) `until` at the latest. To call earlier costs
    /// nothing but the call.
    Idle {
        /// The time of the next timer, or one before it; `None` if none is set.
        until: Option<Duration>,
    },
    /// [`stop`](crate::stop()) was called.
    Stopped,
}

impl Inner {
    /// Runs iterations until `budget` steps were taken, nothing is ready, or `stop`.
    pub(crate) fn run_some(
        self: &Rc<Self>,
        root: &mut dyn Root,
        budget: usize,
    ) -> Result<Progress, Deadlock> {
        // Any time may have passed in the host.
        self.timers.look();
        self.begin_pace();
        self.stamp();
        let mut taken = 0;
        loop {
            if self.scheduler.has_mail() {
                self.scheduler.collect_mail();
            }
            if let Some(until) = self.idle_until() {
                if !self.scheduler.may_sleep() {
                    continue; // a message has come
                }
                let until = until.map(Duration::from_nanos);
                return Ok(Progress::Idle { until });
            }
            if taken >= budget.max(1) {
                return Ok(Progress::Busy);
            }
            taken += self.iterate(root)?;
            if self.stopping.get() {
                return Ok(Progress::Stopped);
            }
        }
    }

    /// Returns until when there is nothing to do; `None` if there is something.
    fn idle_until(&self) -> Option<Option<u64>> {
        let idle = || {
            if self.stopping.get() || !self.scheduler.is_idle() {
                return None;
            }
            let until = self.timers.until();
            let due = until.is_some_and(|until| until <= self.timers.look());
            (!due).then_some(until)
        };
        idle()?;
        self.glance();
        idle()
    }
}
