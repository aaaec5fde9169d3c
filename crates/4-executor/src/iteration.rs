//! Runs the iterations of a loop, each in five parts.
//!
//! The problem: floor 3 runs the ready tasks, and knows nothing else. The loop must begin
//! the next round, wait when nothing is ready, notice that a timer is due, and collect the
//! messages of other threads. But a busy loop spends its time in the rounds, and must not pay for
//! the other four parts of an iteration while they have nothing to do.
//!
//! The picture of `lib.rs` has the five parts. Here is the short way from a round to the next:
//!
//! ```text
//!   begin_iteration   1 mail, 2 wait, 3 fire <────────────────┐
//!          │                                                  │
//!          v                                                  │
//!   run_rounds        4 a round <───────┐                     │
//!          │                            │ yes: it counts as   │ no
//!          v                            │ an iteration        │
//!   is an entry ready, and have the     │                     │
//!   other parts nothing to do? ─────────┘                     │
//!          │ no                                               │
//!          v                                                  │
//!   end_iteration     5 flush reports ───> was stop called? ──┘
//!                                               │ yes
//!                                               v
//!                                             return
//! ```
//!
//! The check between two rounds costs a few loads. The scheduler checks whether there is a message,
//! a report, an observer, a chooser or a request to stop. `goes_on` checks whether a timer is due,
//! and whether the budget of steps between two readings of the clock is spent.
//!
//! Invariants:
//! 1. An entry that becomes ready in part 4 runs in the next iteration.
//! 2. `stop` ends the run after the iteration in which it is called. If no run is going on,
//!    the next run makes one iteration. The request belongs to one run and ends with it,
//!    however that run ends.
//! 3. While entries are ready, and a timer is set or the driver watches for events outside, the
//!    loop reads the clock after the round in which the budget is spent: at most 64 steps, and
//!    fewer where the steps are long (`timers/pace.rs`). Then the loop fires the due timers. A
//!    round that has more steps than the budget is not interrupted.
//! 4. If no entry is ready, no timer is set and no other thread can call, the virtual clock returns
//!    `Stalled`, and the loop returns `Deadlock`. A real clock parks for ever.
//!
//! Access: [`LoopCore`] is the loop itself, shared by the handles above. This page counts the
//! iterations, `waiting.rs` parks, and `current.rs` marks a loop as running and closes it. The
//! pages above reach the scheduler and the timers through [`LoopCore`], and change it only by
//! its methods.
//!
//! Read next: `time/sleep.rs`, a future that owns a timer. Second reading:
//! `iteration/waiting.rs`.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use groundup_task::trace::{Sink, Verb};
use groundup_task::{Deadlock, Root, Scheduler};

use crate::driver::Driver;
use crate::driver::installed::Installed;
use crate::timers::Timers;
use callers::Callers;
use checks::Checks;
use completions::CompletionsSlot;
use loop_values::LoopValues;
use tally::Tally;

pub(crate) mod callers;
pub(crate) mod checks;
pub(crate) mod completions;
pub(crate) mod current;
pub(crate) mod guest;
pub(crate) mod loop_values;
pub(crate) mod main_task;
pub(crate) mod tally;
mod waiting;

/// The state of an event loop, shared with the futures that need it.
pub(crate) struct LoopCore {
    scheduler: Rc<Scheduler>,
    timers: Rc<Timers>,
    driver: Rc<Installed>,
    iteration: Cell<u64>,
    tally: Tally,
    /// The checks that the loop makes before a park, if any: for a circle of waits, and for idleness.
    checks: OnceCell<Box<Checks>>,
    running: Cell<bool>,
    /// Number of runs so far: the number of the present run, or of the last one.
    runs: Cell<u64>,
    stopping: Cell<bool>,
    /// Result of the last `glance`: true if the driver watches for events outside.
    watched: Cell<bool>,
    /// The owner was dropped during a run. The loop closes when the run ends.
    orphaned: Cell<bool>,
    kept: LoopValues,
    /// Decides when the results of other threads come in, if anything does.
    completions: CompletionsSlot,
    /// Counts of the threads that may call, or work for the loop.
    callers: Arc<Callers>,
}

impl LoopCore {
    pub(crate) fn new(scheduler: Rc<Scheduler>, driver: Rc<dyn Driver>) -> Rc<Self> {
        scheduler.set_unpark(Some(driver.unpark()));
        let driver = Rc::new(Installed::new(driver));
        let timers = Rc::new(Timers::new(scheduler.clone(), driver.clone()));
        let tally = Tally::new(timers.read_clock());
        Rc::new(LoopCore {
            scheduler,
            timers,
            driver,
            iteration: Cell::new(0),
            tally,
            checks: OnceCell::new(),
            running: Cell::new(false),
            runs: Cell::new(0),
            stopping: Cell::new(false),
            watched: Cell::new(false),
            orphaned: Cell::new(false),
            kept: LoopValues::default(),
            completions: CompletionsSlot::default(),
            callers: Arc::default(),
        })
    }

    /// Runs iterations until `stop`.
    pub(crate) fn run(&self, root: &mut dyn Root) -> Result<(), Deadlock> {
        loop {
            self.begin_iteration()?;
            let steps = self.scheduler.run_rounds(root, |steps| self.goes_on(steps));
            self.end_iteration(steps);
            if self.stopping.get() {
                return Ok(());
            }
        }
    }

    /// Requests that the present run, or else the next one, ends after its iteration. `false`
    /// withdraws the request, as the end of a run does.
    pub(crate) fn set_stopping(&self, stopping: bool) {
        self.stopping.set(stopping);
        self.scheduler.interrupt(stopping);
    }

    /// Returns true if the present run, or else the next one, ends after its iteration.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Requests the end of the run with this number, if that run is the present one.
    pub(crate) fn stop_run(&self, run: u64) {
        if self.running.get() && self.runs.get() == run {
            self.set_stopping(true);
        }
    }

    /// Runs one iteration, and returns the number of its steps.
    pub(crate) fn iterate(&self, root: &mut dyn Root) -> Result<usize, Deadlock> {
        self.begin_iteration()?;
        let steps = self.scheduler.run_round(root);
        self.end_iteration(steps);
        Ok(steps)
    }

    /// Does the three parts of an iteration before its round.
    fn begin_iteration(&self) -> Result<(), Deadlock> {
        let scheduler = &self.scheduler;
        self.iteration.set(self.iteration.get() + 1);
        if scheduler.has_mail() {
            scheduler.collect_mail();
        }
        if scheduler.is_observed() {
            self.emit_iteration();
        }
        if scheduler.is_idle() {
            self.wait()?;
        } else if self.tally.steps.get() >= self.timers.pace().budget() {
            self.glance_while_busy();
        }
        if self.timers.may_be_due() {
            self.timers.fire();
        }
        Ok(())
    }

    /// Ends an iteration: counts its steps, and passes the reports to the exception
    /// handler.
    #[inline]
    fn end_iteration(&self, steps: usize) {
        self.tally.steps.set(self.tally.steps.get() + steps);
        self.scheduler.flush_reports();
    }

    /// Returns true if the next round may begin at once after a round of `steps` steps: the budget
    /// of steps is not spent, and no timer is due. If so, counts these steps, and begins the next
    /// iteration by counting it. If not, counts nothing: `end_iteration` counts the steps.
    #[inline]
    fn goes_on(&self, steps: usize) -> bool {
        let steps = self.tally.steps.get() + steps;
        let quiet = steps < self.timers.pace().budget() && !self.timers.may_be_due();
        if quiet {
            self.tally.steps.set(steps);
            self.iteration.set(self.iteration.get() + 1);
        }
        quiet
    }

    #[cold]
    fn emit_iteration(&self) {
        self.stamp();
        self.scheduler.emit(None, Verb::Iteration);
    }

    /// Sets the sink that receives every event.
    pub(crate) fn set_trace(&self, sink: Option<Box<dyn Sink>>) {
        self.time_events();
        self.scheduler.set_sink(sink);
        self.stamp();
    }

    /// Sets or clears the clock of the events. Where time passes during a step, each event
    /// that is emitted reads the driver's clock.
    pub(crate) fn time_events(&self) {
        let clock = (!self.driver.jumps()).then(|| self.clock());
        self.scheduler.set_event_clock(clock);
    }

    /// Stamps the following events with the present time and iteration.
    fn stamp(&self) {
        if self.scheduler.is_observed() {
            self.scheduler
                .set_stamp(self.timers.now(), self.iteration.get());
        }
    }

    #[inline]
    pub(crate) fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    #[inline]
    pub(crate) fn timers(&self) -> &Rc<Timers> {
        &self.timers
    }

    pub(crate) fn iteration(&self) -> u64 {
        self.iteration.get()
    }

    /// Returns the counts of the loop's work so far.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Sets which checks the loop makes before a park. It is called once.
    pub(crate) fn set_checks(&self, checks: Option<Checks>) {
        if let Some(checks) = checks {
            let _first = self.checks.set(Box::new(checks));
        }
    }

    /// Returns the number of the present run.
    pub(crate) fn run_number(&self) -> u64 {
        self.runs.get()
    }

    /// Returns true if the loop is running now, further up on this stack.
    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    /// Returns the counts of outside callers, for the handles that enter themselves there.
    pub(crate) fn callers(&self) -> &Arc<Callers> {
        &self.callers
    }

    /// Returns the values that the loop keeps, one of each type.
    pub(crate) fn kept(&self) -> &LoopValues {
        &self.kept
    }
}

impl Drop for LoopCore {
    /// Drops the driver. A panic of this drop is reported, and does not reach the code that dropped
    /// the loop.
    fn drop(&mut self) {
        self.scheduler.drop_reported(self.driver.release());
    }
}
