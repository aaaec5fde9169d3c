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
//! 2. Tasks that are spawned during the clean-up are not awaited: closing the loop drops them.
//!
//! Read next: `event_loop/testing.rs`.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::Name;
use groundup_task::{Report, ReportKind, TaskRef};

use crate::event_loop::free_functions::{call_later, stop};
use crate::event_loop::handle::current_loop;
use crate::time::handle::TimerHandle;

/// Duration of a clean-up after which a report names the tasks that go on.
const NAMED_AFTER: Duration = Duration::from_secs(5);

/// Returns the names of the tasks that are not done.
pub(super) fn unfinished(tasks: &[TaskRef]) -> Vec<Name> {
    let open = tasks.iter().filter(|task| !task.done());
    open.filter_map(TaskRef::name).collect()
}

/// Cancels the tasks and waits for them. Reports the tasks that go on for long. When the limit is
/// over, sets its flag and stops the loop.
pub(super) async fn clean_up(left: Rc<[TaskRef]>, limit: Option<(Duration, Rc<Cell<bool>>)>) {
    left.iter().for_each(|task| _ = task.cancel());
    let late = left.clone();
    let named = call_later(NAMED_AFTER, move || {
        let names = unfinished(&late).join(", ");
        let mut report = Report::new(format!(
            "the loop is closing, and tasks go on {NAMED_AFTER:?} after they were cancelled: {names}"
        ));
        report.kind = ReportKind::StillRunning;
        current_loop().call_exception_handler(report);
    });
    let limit = limit.map(|(limit, over)| {
        call_later(limit, move || {
            over.set(true);
            stop();
        })
    });
    for task in left.iter() {
        task.clone().ended().await;
    }
    named.cancel();
    limit.inspect(TimerHandle::cancel);
}
