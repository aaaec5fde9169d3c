//! Reports of a loop that stands still, or of tasks that do.
//!
//! The problem: a program hangs, and the loop does not: it waits for a thread that may call, or other
//! tasks go on. So no run ends with the error of a deadlock. A loop that is asked to check reports what it
//! finds when it is about to park. No step is made longer.
//!
//! ```text
//!   about to park ──┬── a check is due ─> circles that were not known ──> a report for all of them
//!                   ├── a check is owed, on a real clock ───────────────> parks until it is due
//!                   └── nothing to do for long, nobody may call ────────> a report, once
//! ```
//!
//! Invariants:
//! 1. A loop that is not asked to check has no value of this page.
//! 2. A check changes no timer and wakes no task, so the program goes on as without it. The handler of
//!    the report may do both. It runs before the loop reads its first deadline.
//! 3. A check is owed if an iteration has begun since the last one. So a circle that closes just before
//!    the loop stands still is told, and a loop that stands still wakes for it once.
//!
//! Read next: `time.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use groundup_task::{Report, ReportKind, Scheduler, Ticket};

use crate::driver::nanos;
use crate::timers::Timers;

/// The checks of a loop that is about to park.
pub(crate) struct Checks {
    /// Idle time after which the loop makes a report, once.
    idle: Cell<Option<Duration>>,
    /// When the report is due, while the loop parks and nothing may wake it.
    idle_due: Cell<Option<u64>>,
    /// Time between two checks for circles, in ns.
    every: Option<u64>,
    /// When the next check is due.
    next: Cell<u64>,
    /// The iteration of the last check.
    checked: Cell<u64>,
    /// The tasks of the circles that were reported.
    known: RefCell<Vec<Ticket>>,
}

impl Checks {
    /// Returns the value of a loop that is asked to check for one or the other.
    pub(crate) fn new(idle: Option<Duration>, circles: Option<Duration>) -> Option<Checks> {
        (idle.is_some() || circles.is_some()).then(|| Checks {
            idle: Cell::new(idle),
            idle_due: Cell::new(None),
            every: circles.map(nanos),
            next: Cell::new(0),
            checked: Cell::new(0),
            known: RefCell::default(),
        })
    }

    /// Returns true if a report is still to be made that the loop is idle.
    pub(super) fn is_for_idle(&self) -> bool {
        self.idle.get().is_some()
    }

    /// Notes since when the loop is idle, if it is. Returns when the report is due.
    pub(super) fn set_idle(&self, since: Option<u64>) -> Option<u64> {
        let due = since.zip(self.idle.get());
        let due = due.map(|(since, after)| since.saturating_add(nanos(after)));
        self.idle_due.set(due);
        due
    }

    /// Returns when a check for circles is due that is owed in this iteration.
    pub(super) fn owed_at(&self, iteration: u64) -> Option<u64> {
        let owed = self.every.is_some() && self.checked.get() != iteration;
        owed.then(|| self.next.get())
    }

    /// Looks for circles, if a check is due, and reports those that are new. Returns true if it has
    /// reported: the handler may have set a timer.
    pub(super) fn look_for_circles(&self, timers: &Timers, iteration: u64, now: u64) -> bool {
        let Some(every) = self.every.filter(|_| now >= self.next.get()) else {
            return false;
        };
        self.checked.set(iteration);
        let scheduler = timers.scheduler();
        self.next.set(now.saturating_add(every));
        let mut known = self.known.take(); // the line of a primitive is the user's code
        let circles = scheduler.new_circles(&mut known, || timers.armed());
        self.known.replace(known);
        if let Some(circles) = &circles {
            let text = format!(
                "tasks wait for each other, while the loop goes on\n{}",
                circles.tasks()
            );
            self.report(scheduler, &text, ReportKind::Circle);
        }
        circles.is_some()
    }

    /// Reports, once in the life of the loop, that it has nothing to do, if the report is due. Names
    /// each task and its wait.
    #[cold]
    pub(super) fn report_idle(&self, scheduler: &Rc<Scheduler>, now: u64) {
        if self.idle_due.get().is_none_or(|due| due > now) {
            return;
        }
        self.idle.set(None);
        self.idle_due.set(None);
        let text = format!(
            "the loop is idle: nothing is ready and no timer is armed; it goes on waiting, since a \
             thread may wake a task\n{}",
            scheduler.deadlock().tasks()
        );
        self.report(scheduler, &text, ReportKind::Idle);
    }

    fn report(&self, scheduler: &Scheduler, text: &str, kind: ReportKind) {
        let mut report = Report::new(text.trim_end());
        report.kind = kind;
        scheduler.report(report);
        scheduler.flush_reports();
    }
}
