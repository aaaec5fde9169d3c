//! A run in pieces: the loop as the guest of another loop.
//!
//! The problem: a thread can park in one place only. Where another loop owns the thread,
//! ours must not park. It runs the ready entries, returns the time until which it has
//! nothing to do, and the host parks for both.
//!
//! ```text
//!   host                                loop
//!    |  run_some(256)             --->   running: a message does not unpark
//!    |                                   iterations, as long as there is work
//!    |  <--- Busy                        the budget is spent
//!    |  <--- Idle { until }              parked: the next message unparks
//!    |  parks until `until`, or
//!    |  until unpark is called
//!    |  run_some(256)             --->   ...
//! ```
//!
//! Invariants:
//! 1. The guest never waits, and never reports a deadlock, since the host may call at any
//!    time.
//! 2. An iteration begins only when it has something to do. So the iterations have the same
//!    numbers as in a loop that parks.
//! 3. `Idle` is returned only while the loop counts as parked, so the next message
//!    unparks.
//!
//! Read next: `iteration/loop_values.rs`.

use std::rc::Rc;

use groundup_task::{Deadlock, Root};

use super::LoopCore;
use super::completions::Completion;
use crate::instant::Instant;

/// Says how [`EventLoop::run_some`](crate::EventLoop::run_some) ended.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{EventLoop, Progress};
///
/// let event_loop = EventLoop::new();
/// assert_eq!(event_loop.run_some(8).unwrap(), Progress::Idle { until: None });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The budget is spent and more is ready: call again soon.
    Busy,
    /// Nothing is ready. Call again when the driver is unparked, and at the
    /// [`time`](crate::EventLoop::time) `until` at the latest. An earlier call is harmless.
    Idle {
        /// The time of the next timer, or an earlier time; `None` if no timer is set.
        until: Option<Instant>,
    },
    /// [`stop`](crate::stop()) was called.
    Stopped,
}

impl LoopCore {
    /// Runs iterations until `budget` steps are spent, nothing is ready, or `stop` is
    /// called.
    pub(crate) fn run_some(
        self: &Rc<Self>,
        root: &mut dyn Root,
        budget: usize,
    ) -> Result<Progress, Deadlock> {
        // Any time may have passed in the host.
        self.timers.read_clock();
        self.begin_pace();
        self.stamp();
        self.completions.set_hosted(true);
        let mut taken = 0;
        loop {
            if self.scheduler.has_mail() {
                self.scheduler.collect_mail();
            }
            if let Some(until) = self.idle_until() {
                if self.admit(true) == Completion::One {
                    continue;
                }
                let Some(parking) = self.scheduler.try_park() else {
                    continue; // a message has come
                };
                parking.stay_parked(); // until the next run
                let until = until.map(Instant::from_nanos);
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

    /// Returns the time until which there is nothing to do, or `None` if there is
    /// something.
    fn idle_until(&self) -> Option<Option<u64>> {
        let idle = || {
            if self.stopping.get() || !self.scheduler.is_idle() {
                return None;
            }
            let next = self.timers.next_wake();
            let due = next.is_some_and(|next| next.first <= self.timers.read_clock());
            (!due).then_some(next.map(|next| next.wake))
        };
        idle()?;
        self.glance();
        idle()
    }
}
