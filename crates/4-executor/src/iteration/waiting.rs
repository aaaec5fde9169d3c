//! How a loop waits, and how it looks up from its work.
//!
//! The problem: a loop with nothing to do must wait for its first deadline or for a
//! call, and sleep over neither. A loop with much to do must still notice that time has
//! passed and that something happened outside, and pay little for it.
//!
//! ```text
//!   idle      first deadline to come    park, until then
//!             first deadline is due     glance
//!             stop was called           glance
//!   busy      a budget of steps later   glance, and look at the clock
//! ```
//!
//! Invariants:
//! 1. The loop parks only while nothing is ready and no message is in the mailbox.
//! 2. Where it does not park, the driver glances: what happens outside waits for no end
//!    of work (T06).
//! 3. The clock is read while busy only if a timer is set or the driver watches
//!    something outside.
//!
//! Read next: `current.rs`, which loop is the thread's.

use std::rc::Rc;
use std::time::Duration;

use groundup_task::Deadlock;
use groundup_task::trace::Verb;

use super::Inner;
use crate::driver::installed::Installed;
use crate::driver::{Driver, Parked};

impl Inner {
    /// Busy: the driver looks outside, and the clock is looked at if there is a timer
    /// that it could make due, or something outside that should not wait for long steps.
    // Speed: yield_one. It is called once in up to 64 steps, and stays out of their code.
    #[inline(never)]
    pub(super) fn look(&self) {
        self.steps.set(0);
        self.glance();
        if self.timers.any() || self.watched.get() {
            self.timers.pace().looked(self.timers.look());
            self.stamp();
        } else {
            self.timers.pace().rest();
        }
    }

    /// Has the driver look outside, and wake what has news there.
    #[inline]
    pub(super) fn glance(&self) {
        self.watched.set(self.driver.glance());
    }

    /// What the loop will do now may take any time.
    pub(super) fn begin_pace(&self) {
        if self.timers.any() || self.watched.get() {
            self.timers.pace().begin(self.timers.now());
        } else {
            self.timers.pace().rest();
        }
    }

    /// Time passes, and nobody else runs.
    pub(crate) fn block(&self, duration: Duration) {
        self.driver.block(duration);
        self.timers.look();
        self.stamp();
    }

    /// Idle: waits for the first deadline or a letter.
    pub(super) fn wait(&self) -> Result<(), Deadlock> {
        self.steps.set(0);
        if self.stopping.get() {
            self.glance();
            self.timers.look();
            return Ok(());
        }
        let until = self.timers.until();
        if until.is_none_or(|until| until > self.timers.look()) {
            self.park(until)?;
            self.begin_pace();
        } else {
            // A loop of timers that are due never parks.
            self.glance();
        }
        self.stamp();
        Ok(())
    }

    fn park(&self, until: Option<u64>) -> Result<(), Deadlock> {
        if self.scheduler.is_observed() {
            self.scheduler.emit(None, Verb::Park { until });
        }
        loop {
            let outside = self.callers.outside();
            let mut asleep = || self.scheduler.may_sleep();
            // A clock that jumps does not ask `asleep`, and must not jump over a letter.
            let parked = if self.scheduler.has_mail() {
                Parked::Awake
            } else {
                self.driver.park(until, outside, &mut asleep)
            };
            self.scheduler.rise();
            let now = self.timers.look();
            if self.scheduler.has_mail() {
                self.scheduler.collect_mail();
            } else if parked == Parked::Stalled {
                return Err(self.scheduler.deadlock());
            }
            // On a clock that jumps, a thread that came or went is no iteration: how
            // many there are does not depend on when it did.
            let due = until.is_some_and(|until| until <= now);
            if due || !self.scheduler.is_idle() || !self.driver.jumps() {
                return Ok(());
            }
        }
    }

    /// The driver's clock, for debug mode and for events.
    pub(crate) fn clock(&self) -> Rc<dyn Fn() -> u64> {
        let driver = self.driver.clone();
        Rc::new(move || driver.now())
    }

    pub(crate) fn driver(&self) -> &Installed {
        &self.driver
    }

    /// Goes on with another driver: time and deadlines stay. Returns the one before.
    #[track_caller]
    pub(crate) fn replace_driver(&self, driver: Rc<dyn Driver>) -> Rc<dyn Driver> {
        let (unpark, now) = (driver.unpark(), self.timers.look());
        let before = self.driver.replace(driver, now);
        self.scheduler.set_unpark(Some(unpark));
        self.timers.pace().change(self.driver.jumps(), now);
        self.time_events(self.scheduler.is_observed());
        before
    }
}
