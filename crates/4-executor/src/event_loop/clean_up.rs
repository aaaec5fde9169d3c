//! The last run of a loop, in which its tasks clean up.
//!
//! The problem: main is done, and other tasks are in the middle of something. Each is cancelled
//! and may take its time. But a task that catches its cancel and goes on keeps the program from
//! ending, and a program that does not end must say why.
//!
//! ```text
//!   cancel all ──> wait for each ──────────────────────────> close the loop
//!                     │ 5 s later: report the names
//!                     │ the limit is over: stop ───────────> close it with them
//! ```
//!
//! A virtual clock moves only while nothing is ready. A task that yields for ever keeps it where it is, and
//! neither the 5 s nor the limit would ever come. So both are over, too, after [`STANDSTILL`] iterations
//! without a move of the clock. An iteration in which a thread is at work for the loop does not count: the
//! task may yield until that thread has done it, and the end must not depend on its speed.
//!
//! Invariants:
//! 1. Every task is cancelled before the first is awaited.
//! 2. This run has no main task, so a task that cancels all tasks does not end it. asyncio awaits a
//!    gather here, which is no task either.
//! 3. A clean-up that is dropped leaves no callback that stops a later run.
//! 4. Tasks that are spawned during the clean-up are not awaited: closing the loop drops them.
//!
//! A loop that is a guest of another runtime cleans up in the same way, in pieces. So a clean-up that has
//! begun is a value, [`CleanUp`], and each kind of loop runs in its own way until it is over.
//!
//! Read next: `event_loop/testing.rs`.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use groundup_task::trace::Name;
use groundup_task::{Deadlock, Report, ReportKind, TaskRef};

use crate::driver::Outside;
use crate::error::RunError;
use crate::event_loop::EventLoop;
use crate::event_loop::free_functions::{call_soon, stop};
use crate::event_loop::handle::current_loop;
use crate::iteration::main_task::NoMain;
use crate::time::handle::TimerHandle;

/// Duration of a clean-up after which a report names the tasks that go on.
const NAMED_AFTER: Duration = Duration::from_secs(5);

/// Number of iterations without a move of the clock after which no time will pass. On the real clock each
/// iteration takes time. A guest does not count: its host has the clock.
const STANDSTILL: u32 = 100_000;

/// The clean-up of a loop, from its beginning until it is dropped. The loop runs meanwhile: the last of
/// the tasks stops it, and so does the end of the limit.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use groundup_executor::*; } }
/// use groundup::lowlevel::CleanUp;
/// use groundup::{EventLoop, catch_cancel, spawn, yield_now};
///
/// let event_loop = EventLoop::new();
/// event_loop.run_until_complete(async {
///     spawn(async { drop(catch_cancel(std::future::pending::<()>()).await) });
///     yield_now().await;
/// }).unwrap();
/// let clean_up = CleanUp::begin(&event_loop, event_loop.all_tasks(), None);
/// assert_eq!(clean_up.unfinished().len(), 1);
/// event_loop.run_forever().unwrap(); // until the clean-up stops it
/// assert!(clean_up.is_over() && clean_up.unfinished().is_empty());
/// ```
#[derive(Debug)]
#[must_use = "its drop ends the clean-up"]
pub struct CleanUp {
    left: Rc<[TaskRef]>,
    /// Number of the tasks that have not ended.
    open: Rc<Cell<usize>>,
    late: Rc<Cell<bool>>,
    /// The names were reported.
    named: Rc<Cell<bool>>,
    timers: Vec<TimerHandle>,
}

impl CleanUp {
    /// Cancels the tasks, and has the loop stopped when all have ended, or when the limit is over. A
    /// clean-up of no tasks stops the loop at once. Reports
    /// the names of the tasks that go on for more than 5 s.
    pub fn begin(
        event_loop: &EventLoop,
        left: impl Into<Rc<[TaskRef]>>,
        limit: Option<Duration>,
    ) -> CleanUp {
        let left: Rc<[TaskRef]> = left.into();
        left.iter().for_each(|task| _ = task.cancel());
        let [late, named] = [(); 2].map(|()| Rc::new(Cell::new(false)));
        let (tasks, told) = (left.clone(), named.clone());
        let mut timers = vec![event_loop.call_later(NAMED_AFTER, move || {
            report_late(&tasks, &told, &format!("{NAMED_AFTER:?}"));
        })];
        if let Some(limit) = limit {
            let late = late.clone();
            timers.push(event_loop.call_later(limit, move || {
                late.set(true);
                stop();
            }));
        }
        let open = Rc::new(Cell::new(left.len()));
        if left.is_empty() {
            event_loop.call_soon(stop_after(&open));
        }
        for task in left.iter() {
            let open = Rc::downgrade(&open);
            task.add_done_callback(move || count_down(&open));
        }
        CleanUp {
            left,
            open,
            late,
            named,
            timers,
        }
    }

    /// Returns true if all tasks have ended, or the limit is over.
    pub fn is_over(&self) -> bool {
        self.open.get() == 0 || self.is_late()
    }

    /// Returns true if the limit is over.
    pub fn is_late(&self) -> bool {
        self.late.get()
    }

    /// Ends the time of the tasks: reports their names, and the limit is over if there is one. Returns true then.
    fn end_time(&self, limited: bool) -> bool {
        report_late(&self.left, &self.named, &format!("{STANDSTILL} iterations"));
        self.late.set(limited);
        limited
    }

    /// Returns the names of the tasks that have not ended.
    pub fn unfinished(&self) -> Vec<Name> {
        unfinished(&self.left)
    }
}

impl Drop for CleanUp {
    fn drop(&mut self) {
        self.timers.iter().for_each(TimerHandle::cancel);
    }
}

fn unfinished(tasks: &[TaskRef]) -> Vec<Name> {
    let open = tasks.iter().filter(|task| !task.done());
    open.filter_map(TaskRef::name).collect()
}

/// Counts a task that has ended, if the clean-up goes on; stops the loop after the last.
fn count_down(open: &Weak<Cell<usize>>) {
    if let Some(open) = open.upgrade() {
        open.set(open.get() - 1);
        if open.get() == 0 {
            call_soon(stop_after(&open));
        }
    }
}

/// Makes a callback that stops the loop if the clean-up is not dropped.
fn stop_after(open: &Rc<Cell<usize>>) -> impl FnOnce() + 'static {
    let open = Rc::downgrade(open);
    move || {
        if open.strong_count() != 0 {
            stop();
        }
    }
}

/// Reports the names of the tasks that go on, once.
fn report_late(late: &[TaskRef], named: &Cell<bool>, after: &str) {
    if named.replace(true) {
        return;
    }
    let names = unfinished(late).join(", ");
    let mut report = Report::new(format!(
        "the loop is closing, and tasks go on {after} after they were cancelled: {names}; \
         the loop waits for them, so a task that catches its cancel must end"
    ));
    report.kind = ReportKind::StillRunning;
    current_loop().call_exception_handler(report);
}

impl EventLoop {
    /// Begins a clean-up of these tasks, and runs the loop until it is over.
    pub(super) fn clean_up(
        &self,
        left: Vec<TaskRef>,
        limit: Option<Duration>,
    ) -> Result<CleanUp, RunError> {
        let _running = self.inner.enter()?;
        let clean_up = CleanUp::begin(self, left, limit);
        match self.run_clean_up(&clean_up, limit.is_some()) {
            Err(deadlock) => Err(RunError::Deadlock(deadlock)),
            Ok(()) if clean_up.is_over() => Ok(clean_up),
            Ok(()) => Err(RunError::Stopped),
        }
    }

    /// Runs the loop until it is stopped, or until the time of the tasks has ended at a standstill.
    fn run_clean_up(&self, clean_up: &CleanUp, limited: bool) -> Result<(), Deadlock> {
        let mut root = NoMain(self.inner.timers());
        let (mut time, mut standing) = (self.time(), 0);
        while !self.inner.is_stopping() {
            self.inner.iterate(&mut root)?;
            match self.time() == time && self.inner.callers().outside() != Outside::AtWork {
                true => standing = STANDSTILL.min(standing + 1),
                false => (time, standing) = (self.time(), 0),
            }
            if standing == STANDSTILL && clean_up.end_time(limited) {
                break;
            }
        }
        Ok(())
    }
}
