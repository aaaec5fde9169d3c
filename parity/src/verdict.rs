//! The end of a run: the stuck tasks, and the unseen failures.
//!
//! Groundup reports a failure that no code has looked at when its last handle is dropped.
//! CPython reports it when an object is collected, which is at another time. So such
//! reports are collected, and shown in the last line.
//!
//! Invariants
//! 1. Every report of the exception handler is shown.
//!
//! Read next: `steps.rs`.

use std::time::Duration;

use groundup::{Report, ReportKind};

use crate::bound::{Stop, failure};
use crate::interpreter::{Run, in_seconds};
use crate::program::Name;

impl Run {
    /// Writes a line about the loop.
    pub(crate) fn say_of_the_loop(&self, time: Duration, what: &str) {
        let seconds = in_seconds(time);
        self.lines
            .borrow_mut()
            .push(format!("{seconds}    - loop {what}"));
    }

    /// Handles a report of the exception handler. A panic of a callback is shown at once. An
    /// unseen failure is kept for the last line.
    pub(crate) fn told(&self, report: &Report) {
        let panic = |start: &str| {
            report
                .message
                .rsplit_once(start)
                .map(|(_, name)| name.to_owned())
        };
        let unseen = match report.kind {
            ReportKind::ErrorOvertaken => return, // no event in CPython
            ReportKind::CallbackPanicked => {
                let name = panic("it panicked: ").unwrap_or_default();
                return self.emit("(handler)", &format!("report {name}"));
            }
            ReportKind::PanicNeverRetrieved => panic("it panicked: "),
            ReportKind::ErrorNeverRetrieved => {
                let error = report.error.as_ref().map(|error| failure(&**error));
                match error {
                    Some(Stop::Error(name)) => Some(name.to_string()),
                    Some(Stop::Cancelled(_)) => return, // nobody misses it
                    None => None,
                }
            }
            _ => None,
        };
        let unseen = unseen.unwrap_or_else(|| format!("INTERNAL {}", report.message));
        self.unseen.borrow_mut().push(unseen);
    }

    /// Returns the tasks that have not ended.
    pub(crate) fn stuck(&self) -> Vec<Name> {
        let tasks = self.tasks.borrow();
        let stuck = tasks.iter().filter(|(_, life)| !life.gone.get());
        stuck.map(|(label, _)| label.clone()).collect()
    }

    pub(crate) fn idle(&self, stuck: &[Name]) -> String {
        let mut unseen = self.unseen.take();
        unseen.sort();
        let mut words = vec!["idle"];
        let lists = [("stuck", stuck), ("unseen", &unseen)];
        for (what, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
            words.push(what);
            words.extend(names.iter().map(String::as_str));
        }
        words.join(" ")
    }
}
