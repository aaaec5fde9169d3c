//! Marks the wait reasons of a step, and comes back to a mark.
//!
//! The problem: a combinator polls several futures in one step, and each of them stores the reason for
//! which the task waits. When one of them has ended, the combinator drops the others, and the task
//! does not wait for them any more. So the combinator marks the moment before the polls, and comes back
//! to the mark. Most polls store nothing. So a mark is a number that counts such changes
//! (`core/history.rs`), and the loop looks at a slot only if the number has changed.
//!
//! Invariant: a mark is valid for its task in its step.
//!
//! Read next: `inside/reason/noted.rs`.

use crate::core::history::moment;
use crate::run::Scheduler;

/// The moment of a step, from which the wait reasons stored by then follow. It is valid for that task
/// in that step. See [`Scheduler::mark`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct ReasonMark(u64);

impl ReasonMark {
    /// Marks this moment.
    #[inline(always)]
    pub(in crate::inside) fn here() -> ReasonMark {
        ReasonMark(moment())
    }

    /// Returns true if no word has got another wait since.
    #[inline(always)]
    pub(in crate::inside) fn is_now(self) -> bool {
        self.0 == moment()
    }
}

impl Scheduler {
    /// Returns the wait reasons that the running task has stored in this step so far, to come
    /// back to with [`clear_since`](Scheduler::clear_since).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let waiting = scheduler.spawn(poll_fn(|cx| {
    ///     let scheduler = Scheduler::current().unwrap();
    ///     let before = scheduler.mark();
    ///     scheduler.waits_for(cx, Reason::Outside);
    ///     scheduler.clear_since(before); // it is not needed any more
    ///     scheduler.waits_for(cx, Reason::Timer(5_000_000_000));
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&waiting).ends_with("waits until 5.000 s"));
    /// ```
    #[inline]
    pub fn mark(&self) -> ReasonMark {
        ReasonMark::here()
    }

    /// Removes the wait reasons stored since `mark`: in the same step, the futures that stored
    /// them have ended or were dropped.
    #[inline]
    pub fn clear_since(&self, mark: ReasonMark) {
        if !mark.is_now() {
            self.clear_in_slot(mark);
        }
    }

    #[inline(never)] // Speed: select2.
    fn clear_in_slot(&self, mark: ReasonMark) {
        if let Some(slot) = self.core.slot_unnoted(self.core.current()) {
            self.core.wait_as_at(slot, mark.0);
        }
    }
}
