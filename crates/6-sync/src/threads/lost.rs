//! Reports the panic of a job that no awaiter takes.
//!
//! The problem: the awaiter of a job was cancelled, and then the job panics on its thread. The panic
//! is a bug that the program must hear of. The exception handler of a loop belongs to the thread of
//! the loop, so the report goes there as a message.
//!
//! Invariant: each panic is reported once: by the loop, or on standard error if the loop is closed
//! or there is none.
//!
//! Read next: `threads/job_list.rs`.

use groundup_combinators::task::{Address, Panic, Report, ReportKind, Scheduler};

use super::error::Place;

/// Reports a panic to the loop with this address.
#[cold]
pub(super) fn report_lost(address: Option<Address>, place: Place, panic: &Panic) {
    let lost = LostPanic {
        place,
        text: panic.message().to_string(),
    };
    let here = Scheduler::current().map(|scheduler| scheduler.address());
    if let Some(address) = address.filter(|address| here != Some(*address)) {
        // If the loop is closed, the message comes back, and is dropped here.
        let _ = address.call_soon(Box::new(move || drop(lost)));
    }
}

/// A panic that no awaiter has taken; its drop reports it to the loop of the thread.
struct LostPanic {
    place: Place,
    text: String,
}

impl Drop for LostPanic {
    fn drop(&mut self) {
        let text = &self.text;
        let message = format!("a job panicked, and no task awaited it any more: {text}");
        let mut report = Report::new(message);
        report.kind = ReportKind::PanicNeverRetrieved;
        report.place = Some(self.place);
        match Scheduler::current() {
            Some(scheduler) => scheduler.report_later(report),
            None => eprintln!("{report}"),
        }
    }
}
