//! Lets a task run on without a handle, and reports its error.
//!
//! The problem: a dropped handle detaches its task, and the `Err` that the task returns later is
//! dropped with the value: no code sees it. The loop cannot report it, because it does not know
//! that the type is a `Result`, nor how to write the error. The caller that lets go of the handle
//! knows both.
//!
//! ```text
//!   detach_reporting ──> a function beside the slot: value -> text, if it is an `Err`
//!   the task ends, and no handle is left ──> the function is called ──> a report
//! ```
//!
//! Invariants:
//! 1. The value is out of its slot while the user's `Debug` looks at it. If that panics, the report
//!    says so instead of the text, and the value is dropped on its own.
//! 2. A value that another handle has taken, or a copy of it, is not reported.
//!
//! Read next: `handles/task/look.rs`, a value that is looked at.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::error::text_by;
use crate::handles::task::Task;
use crate::handles::task::look::take_out;
use crate::store::slot::Slot;

impl<T: 'static, E: fmt::Debug + 'static> Task<Result<T, E>> {
    /// Lets the task run on by itself, as [`detach`](Task::detach) does. If the task returns an
    /// `Err`, its text goes to the exception handler, as the message of a lost panic does: in the
    /// iteration of its end, with the kind [`ErrorNeverRetrieved`]. A test under
    /// `#[groundup::test]` fails by it. If another handle has taken the value, or a copy of it, before
    /// or after this call, there is no report.
    ///
    /// A handle that stands for a promise or a combinator is detached only.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{current_loop, run, spawn, yield_now};
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let lost = Rc::new(RefCell::default());
    /// let lines = lost.clone();
    /// run(async {
    ///     current_loop().set_exception_handler(Some(Rc::new(move |report| {
    ///         *lines.borrow_mut() = report.message.clone();
    ///     })));
    ///     spawn(async { "five".parse::<u32>() }).detach_reporting();
    ///     yield_now().await;
    /// });
    /// assert_eq!(
    ///     *lost.borrow(),
    ///     "Task exception was never retrieved: it returned Err: ParseIntError { kind: InvalidDigit }"
    /// );
    /// ```
    ///
    /// [`ErrorNeverRetrieved`]: crate::ReportKind::ErrorNeverRetrieved
    pub fn detach_reporting(self) {
        if let Some(slot) = self.task.slot().filter(|_| !self.is_proxy()) {
            let core = &self.task.scheduler.core;
            core.rare_mut(slot).error_text = Some(error_text::<T, E>);
        }
    }
}

/// Takes the value, and sets its text if it is an `Err`. The value is out of its slot while the
/// user's `Debug` looks at it, and is dropped after that: a panic of the drop is the caller's.
fn error_text<T: 'static, E: fmt::Debug + 'static>(
    slot: &Slot,
    shared: Option<Rc<dyn Any>>,
    lost: &mut Option<String>,
) {
    let text = |value: &Result<T, E>| {
        let error = value.as_ref().err()?;
        Some(text_by("Debug", || format!("{error:?}")))
    };
    match shared {
        Some(shared) => *lost = shared.downcast_ref().and_then(text),
        None => {
            let value = take_out(slot);
            *lost = value.as_ref().and_then(text);
        }
    }
}
