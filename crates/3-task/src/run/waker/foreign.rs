//! Stores wakers of other executors for futures that wait in a task.
//!
//! The problem: a combinator of another crate polls its futures with wakers of its own. A future that
//! waits under such a waker is one more wait of the running task, which the slot of the task does not
//! name. So the waker is stored together with a record of the wait. `store/hidden.rs` knows the
//! record. It does not know which task runs, in which loop: it is beneath the scheduler.
//!
//! Invariant: the record is the one of the innermost place that is polled now: a list of futures of
//! the running task, or the task itself.
//!
//! Read next: `run/moving.rs`, how occupants come and go.

use std::sync::Arc;
use std::task::{Context, Waker};

use crate::core::Caller;
use crate::run::Scheduler;
use crate::run::waker::listed::list_of;
use crate::store::hidden::{ForeignWaker, HiddenWaits};
use crate::store::ticket::Ticket;

impl Scheduler {
    /// Makes the caller of a poll, as the parts of the scheduler take it.
    #[inline(always)]
    pub(crate) fn caller<'a>(&self, cx: &Context<'a>) -> Caller<'a> {
        Caller {
            ticket: self.ticket_in(cx).unwrap_or(Ticket::NONE),
            waker: cx.waker(),
            hidden_waits,
        }
    }
}

impl ForeignWaker {
    /// Stores the waker of `cx`, while a future waits that is polled in the running task, if any.
    pub fn of(cx: &Context<'_>) -> ForeignWaker {
        ForeignWaker::new(cx.waker().clone(), hidden_waits(cx.waker()))
    }

    /// Returns true if it was stored under the waker of `cx`, in this place of the running task.
    pub fn is_of(&self, cx: &Context<'_>) -> bool {
        self.is(cx.waker(), hidden_waits(cx.waker()).as_ref())
    }
}

/// Returns the record of a hidden wait under `waker` of the task that runs on this thread, in
/// whichever loop.
#[cold]
pub(crate) fn hidden_waits(waker: &Waker) -> Option<Arc<HiddenWaits>> {
    let scheduler = Scheduler::current()?;
    let list = list_of(waker).filter(|list| scheduler.cancels.polls_list(*list));
    let of_list = list.and_then(|list| scheduler.woken_lists.waits(list));
    (scheduler.cancels).hidden_waits(&scheduler.core, waker, of_list)
}
