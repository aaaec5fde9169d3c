//! The task of a result, for a panic that no code has read.
//!
//! The problem: a task has panicked, and its handle is dropped unread, on any thread. No awaiter gets
//! the panic, and the task has gone. So the result keeps what a report says of a task, and the
//! report is made on the thread of the loop.
//!
//! ```text
//!   the handle is dropped ─┬─ on the loop's thread ──────────────────> report
//!                          └─ elsewhere ──message──> run, or dropped ──> report
//!                                          └─ the loop is closed ──────> the loop of this thread,
//!                                                                        or standard error
//! ```
//!
//! Invariant: the panic is reported once, whether the message is run or dropped.
//!
//! Read next: `remote/answer.rs`.

use std::panic::Location;

use groundup_task::trace::Name;
use groundup_task::{Address, Report, ReportKind, Scheduler, TaskRef};

/// The task of a result, for a report.
pub(super) struct Origin {
    address: Address,
    task: Option<Name>,
    number: u64,
    place: Option<&'static Location<'static>>,
}

impl Origin {
    pub(super) fn of(task: &TaskRef) -> Self {
        Origin {
            address: task.scheduler().address(),
            task: task.name(),
            number: task.number().unwrap_or(0),
            place: task.place(),
        }
    }

    /// Reports that the task has panicked, to its loop.
    pub(super) fn report(self, why: String) {
        let address = self.address;
        let unread = Unread { origin: self, why };
        let here = Scheduler::current().map(|scheduler| scheduler.address());
        if here == Some(address) {
            return drop(unread);
        }
        // If the loop is closed, the message comes back, and is dropped here.
        let _ = address.call_soon(Box::new(move || drop(unread)));
    }
}

/// A panic that no code has read; its drop reports it to the loop of the thread.
struct Unread {
    origin: Origin,
    why: String,
}

impl Drop for Unread {
    fn drop(&mut self) {
        let (origin, why) = (&mut self.origin, &self.why);
        let message = format!("Task exception was never retrieved: it panicked: {why}");
        let mut report = Report::new(message);
        report.kind = ReportKind::PanicNeverRetrieved;
        report.task = origin.task.take();
        (report.number, report.place) = (origin.number, origin.place);
        match Scheduler::current() {
            Some(scheduler) => scheduler.report_later(report),
            None => eprintln!("{report}"),
        }
    }
}
