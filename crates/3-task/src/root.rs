//! The root: the main future, on the stack of whoever runs the loop.
//!
//! The problem: `run(main)` should take a future that borrows, and a slot can only
//! hold what is `'static`. So the main future stays where it is, and its slot is
//! empty: a step of it is a call of the trait below. All else about it is a task's:
//! it has a number and a name, can be cancelled, is told in traces.
//!
//! ```text
//!   open_root ──> ready ──> Root::poll ──...──> done ──> close_root: how it ended
//!                             (panicked or cancelled: Root::clear)
//! ```
//!
//! Invariants:
//! 1. The future is polled by nobody but the run that opened it, and is gone from
//!    the scheduler once that run has closed it.
//! 2. A root that is done stops nothing: the round is finished (L19).
//!
//! Read next: `waker.rs`, who says that a step is due.

use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::TaskError;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::task_ref::TaskRef;
use crate::ticket::{CANCELLED, DONE, FAILED, OBSERVED, SCHED, TAG, index};

/// The future on the stack of whoever runs the loop, which need not be `'static`.
///
/// ```
/// use groundup_task::{Root, Scheduler};
/// use std::task::{Context, Poll};
///
/// struct Borrowing<'a>(&'a mut Vec<u32>);
///
/// impl Root for Borrowing<'_> {
///     fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
///         self.0.push(5);
///         Poll::Ready(())
///     }
///
///     fn clear(&mut self) {}
/// }
///
/// let (scheduler, mut here) = (Scheduler::new().unwrap(), Vec::new());
/// let root = scheduler.open_root();
/// scheduler.run_round(&mut Borrowing(&mut here));
/// assert!(scheduler.close_root(root).unwrap().is_ok());
/// assert_eq!(here, [5]);
/// ```
pub trait Root {
    /// One step.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the future: it was cancelled or has panicked.
    fn clear(&mut self);
}

/// The [`Root`] of a loop that runs with no main task.
pub struct NoRoot;

impl Root for NoRoot {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}
}

impl Scheduler {
    /// A place for the future on the stack of whoever runs the loop.
    pub fn open_root(self: &Rc<Self>) -> TaskRef {
        let (index, slot) = self.slots.claim();
        let ticket = (slot.key.get() & TAG) | u64::from(index);
        self.root_into(ticket, slot);
        TaskRef {
            scheduler: self.clone(),
            ticket,
        }
    }

    fn root_into(self: &Rc<Self>, ticket: u64, slot: &Slot) {
        self.discard_shell(slot);
        slot.number.set(self.next_number());
        slot.wait.set(0);
        slot.waiter.set(0);
        if self.long_way.get() {
            self.inherit_locals(index(ticket));
        }
        let flags = SCHED | crate::ticket::ROOT | (self.observed.get() & OBSERVED);
        slot.key.set((ticket & TAG) | flags);
        self.push(ticket);
        if self.is_observed() {
            self.emit_spawn(ticket);
        }
    }

    /// Gives the root's place back: how it ended, or `None` if it had not.
    pub fn close_root(self: &Rc<Self>, root: TaskRef) -> Option<Result<(), TaskError>> {
        let slot = self.slot_of(root.ticket)?;
        if slot.key.get() & DONE == 0 {
            self.complete(root.ticket, slot, CANCELLED);
            self.vacate(root.ticket, slot);
            return None;
        }
        if slot.key.get() & (CANCELLED | FAILED) == 0 {
            self.vacate(root.ticket, slot);
            return Some(Ok(()));
        }
        Some(Err(self.take_failure(root.ticket, slot)))
    }
}
