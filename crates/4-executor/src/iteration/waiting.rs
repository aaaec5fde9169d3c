//! Parks an idle loop, and lets the driver of a busy one glance.
//!
//! The problem: a loop with nothing to do must wait for its first deadline or for a call,
//! and miss neither. A loop with much to do must still notice that time has passed and that
//! something happened outside, at a low cost.
//!
//! ```text
//!   idle      first deadline to come    park, until then
//!             first deadline is due     glance
//!             stop was called           glance
//!   busy      a budget of steps later   glance, and read the clock
//! ```
//!
//! Where the loop parks, and where it glances after a budget of steps, results of other threads
//! come in, if a floor above wants them to come in at defined points (`iteration/completions.rs`).
//!
//! Invariants:
//! 1. The loop parks only while nothing is ready and no message is in the mailbox.
//! 2. Where the loop does not park, the driver glances, so an event outside does not wait
//!    until the loop is idle.
//! 3. While busy, the loop reads the clock only if a timer is set or the driver watches for
//!    events outside.
//!
//! Read next: `iteration/current.rs`, the running loop of a thread.

use std::mem;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Access, Touched, Verb};
use groundup_task::{Deadlock, Scheduler};

use super::LoopCore;
use super::checks::Checks;
use super::completions::Completion;
use crate::driver::installed::Installed;
use crate::driver::{Driver, Outside, Parked};

impl LoopCore {
    /// Glances while busy. Reads the clock if a timer is set, which may be due by now, or if
    /// the driver watches for events outside, which must not wait for long steps.
    // Speed: yield_one. Called once in up to 64 steps, so it is not in the code of each step.
    #[inline(never)]
    pub(super) fn glance_while_busy(&self) {
        self.tally.begin();
        self.glance();
        self.admit_while_busy();
        if self.timers.any() || self.watched.get() {
            self.timers.pace().note_reading(self.timers.read_clock());
            self.stamp();
        } else {
            self.timers.pace().rest();
        }
    }

    /// Calls the driver's `glance`, which checks for events outside and wakes the tasks that wait
    /// for them.
    #[inline]
    pub(super) fn glance(&self) {
        self.watched.set(self.driver.glance());
    }

    /// Begins a new pace, because the steps to come may take any time.
    pub(super) fn begin_pace(&self) {
        if self.timers.any() || self.watched.get() {
            self.timers.pace().begin(self.timers.now());
        } else {
            self.timers.pace().rest();
        }
    }

    /// Lets time pass while no other task runs.
    pub(crate) fn block(&self, duration: Duration) {
        Scheduler::touch(Touched::Everything, Access::Write); // each deadline is nearer
        self.driver.block(duration);
        self.timers.read_clock();
        self.stamp();
    }

    /// Waits, while idle, for the first deadline or a message.
    pub(super) fn wait(&self) -> Result<(), Deadlock> {
        self.tally.begin();
        if self.stopping.get() {
            self.glance();
            self.timers.read_clock();
            return Ok(());
        }
        let (mut next, mut now) = (self.timers.next_wake(), self.timers.read_clock());
        if next.is_none_or(|next| next.first > now) && self.has_reported_circles(now) {
            (next, now) = (self.timers.next_wake(), self.timers.read_clock());
        }
        if next.is_none_or(|next| next.first > now) {
            self.park(next.map(|next| next.wake), now)?;
            self.begin_pace();
        } else {
            // A loop whose timers are always due never parks, so it glances here.
            self.glance();
            if self.completions.is_starved() {
                self.admit_while_busy();
            }
        }
        self.stamp();
        Ok(())
    }

    fn park(&self, until: Option<u64>, mut now: u64) -> Result<(), Deadlock> {
        if self.scheduler.is_observed() {
            self.scheduler.emit(None, Verb::Park { until });
        }
        loop {
            let admitted = self.admit(true);
            let outside = self.callers.outside();
            let wake = match self.checks.get() {
                Some(checks) => self.wake_for(checks, until, outside, now),
                None => until,
            };
            if self.stopping.get() || !self.scheduler.is_idle() {
                return Ok(()); // the glance has woken a task, or stop was called
            }
            if admitted == Completion::One {
                continue; // no task awaits it yet, so another result may come in
            }
            let mut parking = None;
            let mut may_block = || {
                parking = self.scheduler.try_park();
                parking.is_some()
            };
            // A driver whose clock jumps may return without a call of `may_block`, and must not
            // jump over a message.
            let parked = if self.scheduler.has_mail() {
                Parked::Awake
            } else {
                self.driver.park(wake, outside, &mut may_block)
            };
            drop(parking);
            let began = mem::replace(&mut now, self.timers.read_clock());
            self.tally.parked_for(now - began);
            if self.scheduler.has_mail() {
                self.scheduler.collect_mail();
            } else if parked == Parked::Stalled {
                return Err(self.scheduler.deadlock());
            } else if let Some(checks) = self.checks.get() {
                checks.report_idle(&self.scheduler, now);
            }
            // On a clock that jumps, a change in the count of threads begins no iteration.
            // So the number of iterations does not depend on when a thread came or went.
            let due = until.is_some_and(|until| until <= now);
            if due || !self.scheduler.is_idle() || !self.driver.jumps() {
                return Ok(());
            }
        }
    }

    /// Looks for circles, before the loop parks; returns true if the handler of a report was called.
    fn has_reported_circles(&self, now: u64) -> bool {
        let checks = self.checks.get();
        let iteration = self.iteration.get();
        checks.is_some_and(|checks| checks.look_for_circles(&self.timers, iteration, now))
    }

    /// Returns when the loop wakes that has nothing to do until then: earlier, if a check for circles is
    /// owed, or if a report is due that the loop is idle. A clock that jumps would jump to the check,
    /// and change the time of the program.
    #[cold]
    fn wake_for(
        &self,
        checks: &Checks,
        until: Option<u64>,
        outside: Outside,
        now: u64,
    ) -> Option<u64> {
        if self.driver.jumps() {
            return until;
        }
        let owed = checks.owed_at(self.iteration.get());
        // Only a glance tells whether the driver watches a device.
        let alone = || {
            self.glance();
            !self.watched.get()
        };
        let idle = until.is_none() && outside == Outside::Nobody && checks.is_for_idle() && alone();
        let idle = checks.set_idle(idle.then_some(now));
        until.into_iter().chain(owed).chain(idle).min()
    }

    /// Returns a reader of the driver's clock, for debug mode and for events.
    pub(crate) fn clock(&self) -> Rc<dyn Fn() -> u64> {
        let driver = self.driver.clone();
        Rc::new(move || driver.now())
    }

    pub(crate) fn driver(&self) -> &Installed {
        &self.driver
    }

    /// Installs another driver and returns the one before. Time and deadlines stay.
    #[track_caller]
    pub(crate) fn replace_driver(&self, driver: Rc<dyn Driver>) -> Rc<dyn Driver> {
        let (unpark, now) = (driver.unpark(), self.timers.read_clock());
        let before = self.driver.replace(driver, now);
        self.scheduler.set_unpark(Some(unpark));
        self.timers.pace().change(self.driver.jumps(), now);
        self.time_events();
        before.replaced();
        before
    }
}
