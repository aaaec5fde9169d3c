//! Reports to a loop from another thread, and wakes from there.
//!
//! The problem: the awaiter of a job was cancelled, and then the job panics on its thread. The panic
//! is a bug that the program must hear of. The exception handler of a loop belongs to the thread of
//! the loop, so the report goes there as a message.
//!
//! Invariants:
//! 1. Each report is made once: by the loop, or on standard error if the loop is closed or there is none.
//! 2. A foreign waker that panics harms no other waiter.
//!
//! Read next: `threads/job_list.rs`.

use std::task::Waker;

use groundup_combinators::task::{Address, Panic, Report, ReportKind, Scheduler, drop_told_by};

use super::error::Place;

/// Wakes a waiter, from a thread that runs a loop or none.
pub(crate) fn wake_told(waker: Waker) {
    match Scheduler::current() {
        Some(scheduler) => scheduler.wake_foreign(waker),
        None => drop_told_by(|| waker.wake()),
    }
}

/// Reports a panic to the loop with this address.
#[cold]
pub(super) fn report_lost(address: Option<Address>, place: Place, panic: &Panic) {
    let text = panic.message();
    let message = format!("a job panicked, and no task awaited it any more: {text}");
    report_to(
        address,
        ReportKind::PanicNeverRetrieved,
        message,
        Some(place),
    );
}

/// Makes a report to the loop with this address, from any thread.
#[cold]
pub(crate) fn report_to(
    address: Option<Address>,
    kind: ReportKind,
    message: String,
    place: Option<Place>,
) {
    let lost = LostReport {
        kind,
        message,
        place,
    };
    let here = Scheduler::current().map(|scheduler| scheduler.address());
    if let Some(address) = address.filter(|address| here != Some(*address)) {
        // If the loop is closed, the message comes back, and is dropped here.
        let _ = address.call_soon(Box::new(move || drop(lost)));
    }
}

/// The parts of a report; its drop makes the report to the loop of the thread.
struct LostReport {
    kind: ReportKind,
    message: String,
    place: Option<Place>,
}

impl Drop for LostReport {
    fn drop(&mut self) {
        let mut report = Report::new(std::mem::take(&mut self.message));
        report.kind = self.kind;
        report.place = self.place;
        match Scheduler::current() {
            Some(scheduler) => scheduler.report_later(report),
            None => eprintln!("{report}"),
        }
    }
}
