//! One iteration, and the next.
//!
//! The problem: floor 3 runs the ready tasks, and knows nothing else. The loop has
//! to begin the next round, wait when there is nothing to run, notice that a timer
//! is due, and take in the letters of other threads:
//!
//! ```text
//!            +-----------------------------------------------------+
//!            |                                                     |
//!            v                                                     |
//!   begin_iteration                                                |
//!     1  collect_mail    letters of other threads become ready     |
//!     2  wait            nothing ready? park until the first       |
//!                        deadline, or until a thread calls         |
//!     3  fire            timers that are due become ready          |
//!   run_rounds                                                     |
//!     4  turns           each ready entry takes one step           |
//!   end_iteration                                                  |
//!     5  flush_reports   reports go to the exception handler       |
//!            |                                                     |
//!            +------- was stop called? ------ no ------------------+
//!                        | yes
//!                        v
//!                      return
//! ```
//!
//! A busy loop spends its life in 4. So between two rounds `goes_on` asks, with a
//! handful of loads, whether 1, 2 and 3 would find anything to do. If not, the
//! next round begins at once, and is an iteration like another.
//!
//! Invariants:
//! 1. An entry that becomes ready in 4 runs in the next iteration (L02).
//! 2. `stop` ends the loop after the iteration in which it was called (L06);
//!    called before, it lets one iteration run (L07). It is a request to one run:
//!    however that run ends, the request ends with it (L08).
//! 3. While an entry is ready, the clock is read after a budget of steps, at most
//!    64 and fewer where they are long (`timers/pace.rs`); a timer is late by no
//!    more than that (T06, T20).
//! 4. A loop that can never do anything again says so: `Deadlock`.
//!
//! Access: [`Inner`] is the loop itself, shared by the handles above. Only this
//! page counts iterations; only `waiting.rs` asks the driver; only `current.rs`
//! marks a loop as running. The pages above reach the scheduler and
//! the timers through it, and change it by its verbs alone.
//!
//! Read next: `iteration/waiting.rs`.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use groundup_task::trace::{Sink, Verb};
use groundup_task::{Deadlock, Root, Scheduler};

use crate::driver::Driver;
use crate::driver::installed::Installed;
use crate::timers::Timers;
use callers::Callers;
use kept::Kept;

pub(crate) mod callers;
pub(crate) mod current;
pub(crate) mod guest;
pub(crate) mod kept;
pub(crate) mod main_task;
mod waiting;

/// What an event loop is made of, shared with the futures that need it.
pub(crate) struct Inner {
    scheduler: Rc<Scheduler>,
    timers: Rc<Timers>,
    driver: Rc<Installed>,
    iteration: Cell<u64>,
    steps: Cell<usize>,
    running: Cell<bool>,
    /// How many runs have begun: the number of the present one, or of the last.
    runs: Cell<u64>,
    stopping: Cell<bool>,
    /// Whether the driver watches anything outside, as far as it was asked.
    watched: Cell<bool>,
    kept: Kept,
    /// Who outside may call.
    callers: Arc<Callers>,
}

impl Inner {
    pub(crate) fn new(scheduler: Rc<Scheduler>, driver: Rc<dyn Driver>) -> Rc<Self> {
        scheduler.set_unpark(Some(driver.unpark()));
        let driver = Rc::new(Installed::new(driver));
        let timers = Rc::new(Timers::new(scheduler.clone(), driver.clone()));
        Rc::new(Inner {
            scheduler,
            timers,
            driver,
            iteration: Cell::new(0),
            steps: Cell::new(0),
            running: Cell::new(false),
            runs: Cell::new(0),
            stopping: Cell::new(false),
            watched: Cell::new(false),
            kept: Kept::default(),
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

    /// Asks the present run, or else the next, to end after its iteration; or takes
    /// that back. The end of a run takes it back as well.
    pub(crate) fn set_stopping(&self, stopping: bool) {
        self.stopping.set(stopping);
        self.scheduler.interrupt(stopping);
    }

    /// Asks the run of this number to end, if it is the present one still.
    pub(crate) fn stop_run(&self, run: u64) {
        if self.running.get() && self.runs.get() == run {
            self.set_stopping(true);
        }
    }

    /// One iteration alone; gives the number of its steps.
    pub(crate) fn iterate(&self, root: &mut dyn Root) -> Result<usize, Deadlock> {
        self.begin_iteration()?;
        let steps = self.scheduler.run_round(root);
        self.end_iteration(steps);
        Ok(steps)
    }

    /// Everything of an iteration that comes before its round.
    fn begin_iteration(&self) -> Result<(), Deadlock> {
        let scheduler = &self.scheduler;
        self.iteration.set(self.iteration.get() + 1);
        if scheduler.has_mail() {
            scheduler.collect_mail();
        }
        if scheduler.is_observed() {
            self.tell_iteration();
        }
        if scheduler.is_idle() {
            self.wait()?;
        } else if self.steps.get() >= self.timers.pace().budget() {
            self.look();
        }
        if self.timers.may_be_due() {
            self.timers.fire();
        }
        Ok(())
    }

    /// A round is over: reports are told, steps are counted.
    #[inline]
    fn end_iteration(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps);
        self.scheduler.flush_reports();
    }

    /// Between two rounds: whether the next iteration is one in which there is
    /// nothing to do but to run what is ready. Then it has begun.
    #[inline]
    fn goes_on(&self, steps: usize) -> bool {
        let steps = self.steps.get() + steps;
        let quiet = steps < self.timers.pace().budget() && !self.timers.may_be_due();
        if quiet {
            self.steps.set(steps);
            self.iteration.set(self.iteration.get() + 1);
        }
        quiet
    }

    #[cold]
    fn tell_iteration(&self) {
        self.stamp();
        self.scheduler.emit(None, Verb::Iteration);
    }

    /// Sets who is told of every move.
    pub(crate) fn set_trace(&self, sink: Option<Box<dyn Sink>>) {
        self.time_events(sink.is_some());
        self.scheduler.set_sink(sink);
        self.stamp();
    }

    /// Where time passes during a step, every event that is told is stamped by the
    /// driver's clock.
    pub(crate) fn time_events(&self, told: bool) {
        let clock = (told && !self.driver.jumps()).then(|| self.clock());
        self.scheduler.set_event_clock(clock);
    }

    /// What is told from now on happens now.
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

    /// The number of the present run.
    pub(crate) fn run_number(&self) -> u64 {
        self.runs.get()
    }

    /// Whether the loop is running now, further up on this stack.
    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    /// Who outside may call, for handles that count themselves.
    pub(crate) fn callers(&self) -> &Arc<Callers> {
        &self.callers
    }

    /// What the loop keeps one of a type of.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }
}
