//! Lets jobs end in a defined order, on a clock that jumps.
//!
//! The problem: three jobs run on three threads. Which one ends first depends on the machine, so two
//! runs differ. A test on virtual time must repeat. So there a job that is over keeps its result, and
//! the loop takes one result at a time, where it looks outside anyway (`Completions`):
//!
//! ```text
//!   the loop                                   the threads
//!   submits A, B, C                            A, B and C run; each that is over keeps its result
//!   is idle: parks
//!     picks B, and waits until B is over  <──  B is over: notifies the loop
//!     delivers B: wakes its awaiter
//!   runs B's awaiter, in the same iteration
//!   is idle: parks, and picks again
//! ```
//!
//! Without a chooser, the job that was submitted first is picked; a chooser picks one of the first
//! jobs, as many as the pool has threads (`turns/line.rs`). A loop that is never idle picks after each
//! 64 steps, and waits there, too. So the iterations and the text of the trace repeat. Under a chooser
//! a thread whose job waits for its turn takes no other job, so jobs that are queued begin only after
//! an earlier one has ended.
//!
//! A pool may have fewer free threads than the loop counts on: a job whose awaiter has left runs on,
//! and so does a job of another loop. Whether it still runs is a matter of real time, and no choice may
//! depend on that. So the choice stands, and a thread that is held takes another job if the chosen
//! one is queued and no other thread is free. Jobs then begin earlier; they end in the same order.
//!
//! The result stays with the job. So an awaiter that is polled elsewhere, in another loop or by
//! another executor, gives its turn up and takes the result. It enters the turns of the other loop, if
//! that loop has them. Between two runs the turns stay open, and no thread is held.
//!
//! A join of a pool or a fleet ends when other things have ended, and these may need the loop to go on. So
//! a busy loop waits for no join, and an idle one only if no job has an open turn.
//!
//! Two things do not repeat. A job that calls its loop through a `Remote` does so at any moment. And a
//! job that waits for the awaiter of a later one may be picked first: after ten seconds the jobs that
//! are over end out of turn, and a report says so. A busy loop that waits for a job which waits for one of
//! its tasks goes on after ten seconds, too, without a report.
//!
//! Invariants:
//! 1. The choices depend on the order of submissions and on the steps of the loop, not on a thread.
//! 2. A result is delivered in its turn by the loop that awaits it, or at once if that is no loop with
//!    turns.
//! 3. An awaiter that leaves drops its turn, and a loop that is closed ends all of them.
//! 4. The loop waits for no job that cannot begin because threads of the pool are held for its turns.
//!
//! Read next: `threads/job/awaiter.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use groundup_combinators::executor::{Completion, Completions, address_here, completions};
use groundup_combinators::task::{Panic, Report, ReportKind, Scheduler};
use groundup_combinators::trace::{Candidate, Choice};

pub(super) mod line;
mod table;

use line::{InTurn, Key, TurnLine};
use table::{Next, Over, TurnTable};

/// The turns of one loop, which it keeps.
pub(super) struct Turns {
    table: Arc<TurnTable>,
}

impl Turns {
    /// Returns the turns of the running loop, if its clock jumps.
    pub(super) fn of_running_loop() -> Option<Rc<Turns>> {
        let here = address_here()?;
        completions(|| Turns {
            table: TurnTable::new(here),
        })
    }
}

impl Completions for Turns {
    fn admit(&self, idle: bool) -> Completion {
        loop {
            match self.table.next(idle) {
                Next::Nobody => return Completion::Nothing,
                Next::Choose(candidates) => self.table.choose(candidates[pick(&candidates)]),
                Next::Chosen(key, job) if job.deliver() => {
                    self.table.leave(key);
                    return Completion::One;
                }
                Next::Chosen(..) if self.table.wait(idle) => return Completion::Waits,
                Next::Chosen(..) => return Completion::Nothing,
            }
        }
    }

    fn pause(&self) {
        self.table.pause();
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.table.close();
    }
}

/// Has the chooser pick one of several jobs: the first one, if there is no chooser or if it panics.
fn pick(jobs: &[Key]) -> usize {
    let Some(scheduler) = Scheduler::current() else {
        return 0;
    };
    let job = |at: usize| Candidate::Job(jobs[at].number);
    let choose = || scheduler.choose_among(Choice::Pick, jobs.len(), &job);
    catch_unwind(AssertUnwindSafe(choose)).unwrap_or_else(|payload| {
        let text = Panic::new(payload).message().to_string();
        let mut report = Report::new(format!("a chooser panicked: {text}"));
        report.kind = ReportKind::PanicInChooser;
        scheduler.report_later(report);
        0
    })
}

/// The turn of one job. Its drop ends it.
pub(super) struct Turn(OfJob);

/// The turn of a job, as its thread knows it.
#[derive(Clone)]
pub(super) struct OfJob {
    key: Key,
    table: Arc<TurnTable>,
    /// There is a chooser, so a thread is held until the turn is over.
    holds: bool,
}

impl Turn {
    /// Opens the turn of a job that is awaited in the running loop, if that loop has turns.
    pub(super) fn in_running_loop(line: TurnLine, job: Arc<dyn InTurn>) -> Option<Turn> {
        let table = Turns::of_running_loop()?.table.clone();
        Some(Turn(OfJob {
            key: table.enter(line, job),
            table,
            holds: Scheduler::current().is_some_and(|scheduler| scheduler.has_chooser()),
        }))
    }

    pub(super) fn of_job(&self) -> OfJob {
        self.0.clone()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.table.leave(self.0.key);
    }
}

impl OfJob {
    /// Notes that the job is over. Returns true if it is to be delivered at once.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.table.over(self.key), Over::Deliver)
    }

    /// Holds this thread until the turn is over, if there is a chooser. `is_full`, given the number of
    /// held threads, returns true if the pool has no other free one.
    pub(super) fn hold(self, is_full: impl Fn(usize) -> bool) {
        if self.holds {
            self.table.hold(self.key, is_full);
        }
    }
}
