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
//! Invariants:
//! 1. Every task is cancelled before the first is awaited.
//! 2. This run has no main task, so a task that cancels all tasks does not end it. asyncio awaits a
//!    gather here, which is no task either.
//! 3. Tasks that are spawned during the clean-up are not awaited: closing the loop drops them.
//!
//! Read next: `event_loop/testing.rs`.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::Name;
use groundup_task::{Report, ReportKind, TaskRef};

use crate::error::RunError;
use crate::event_loop::EventLoop;
use crate::event_loop::free_functions::{call_soon, stop};
use crate::event_loop::handle::current_loop;
use crate::iteration::main_task::NoMain;
use crate::time::handle::TimerHandle;

/// Duration of a clean-up after which a report names the tasks that go on.
const NAMED_AFTER: Duration = Duration::from_secs(5);

/// Returns the names of the tasks that are not done.
pub(super) fn unfinished(tasks: &[TaskRef]) -> Vec<Name> {
    let open = tasks.iter().filter(|task| !task.done());
    open.filter_map(TaskRef::name).collect()
}

impl EventLoop {
    /// Cancels the tasks, and runs the loop until they have ended. Reports the tasks that go on for
    /// long. When the limit is over, sets its flag and stops the loop.
    pub(super) fn clean_up(
        &self,
        left: &Rc<[TaskRef]>,
        limit: Option<(Duration, Rc<Cell<bool>>)>,
    ) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        left.iter().for_each(|task| _ = task.cancel());
        let late = left.clone();
        let named = self.call_later(NAMED_AFTER, move || report_late(&late));
        let limit = limit.map(|(limit, over)| {
            self.call_later(limit, move || {
                over.set(true);
                stop();
            })
        });
        let open = Rc::new(Cell::new(left.len()));
        for task in left.iter() {
            let open = open.clone();
            task.add_done_callback(move || {
                open.set(open.get() - 1);
                if open.get() == 0 {
                    call_soon(stop);
                }
            });
        }
        let ran = self.inner.run(&mut NoMain(self.inner.timers()));
        named.cancel();
        limit.inspect(TimerHandle::cancel);
        match (ran, open.get()) {
            (Err(deadlock), _) => Err(RunError::Deadlock(deadlock)),
            (Ok(()), 0) => Ok(()),
            (Ok(()), _) => Err(RunError::Stopped),
        }
    }
}

/// Reports the names of the tasks that go on.
fn report_late(late: &[TaskRef]) {
    let names = unfinished(late).join(", ");
    let mut report = Report::new(format!(
        "the loop is closing, and tasks go on {NAMED_AFTER:?} after they were cancelled: {names}"
    ));
    report.kind = ReportKind::StillRunning;
    current_loop().call_exception_handler(report);
}
