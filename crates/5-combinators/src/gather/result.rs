//! Result promise of a gather: ends once, and wakes its awaiter once.
//!
//! The problem: a gather has many children and one awaiter, which should be woken once. Between
//! them stands a promise, the *result promise*. The group of the children counts ends, and
//! notifies [`ResultPromise`] of failures and of the last end. A cancel of the awaiter cancels the
//! result promise, which passes the cancel to the children.
//!
//! ```text
//!   a pending promise meets                      and is then
//!   the end of the last child                    fulfilled
//!   a child's value that is a failure            fulfilled, with the child's number
//!   a child that panicked or was cancelled       failed, with the child's number
//!   cancel()                                     pending: its children are cancelled
//!   after cancel(): a child that ended
//!   cancelled, or the end of the last child      cancelled
//! ```
//!
//! With `return_exceptions` the failure of a child does not end the promise.
//!
//! Invariants:
//! 1. The result promise ends once, and wakes the awaiter once.
//! 2. A gather that was cancelled never returns results, even if all children ran to their
//!    ends.
//! 3. When the last child has ended, the gather leaves its group, and no registration is left.
//!
//! Read next: `gather/try_gather.rs`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use groundup_executor::task::{
    CancelTargets, Exit, Group, Listener, Promise, Scheduler, TaskError, Ticket,
};
use groundup_executor::trace::{Access, Touched};

use crate::gather::children::{Admitted, Members};
use crate::members::child_ended::fail_with;
use crate::members::exit_of;

/// Says how the gather uses the failure of a child.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failures {
    /// It ends the gather.
    End,
    /// It is a result, as with `return_exceptions`.
    AreResults,
    /// As `AreResults`, and at least one of the results is a failure.
    AreAmongResults,
}

pub(super) struct ResultPromise<M> {
    pub(super) members: M,
    promise: RefCell<Promise<()>>,
    failures: Cell<Failures>,
    failed: Cell<Option<u32>>,
    /// First child that had failed before the gather began. It counts at the first poll: until
    /// then `return_exceptions` may make failures results.
    first_before: Cell<Option<(u32, Exit)>>,
    /// The other children that had failed before the gather began.
    others_before: RefCell<Vec<u32>>,
    /// Child of the latest notice.
    last: Cell<u32>,
    /// A child has accepted a cancel of the promise, so the gather ends cancelled.
    cancel_accepted: Cell<bool>,
    group: RefCell<Option<Group>>,
}

impl<M: Members> Listener for ResultPromise<M> {
    fn on_end(&self, member: u32, exit: Exit) {
        let failed = self.members.has_failed(member, exit);
        if failed && self.done() {
            drop(self.failure(member)); // too late: it only counts as seen
        } else if failed && self.failures.get() != Failures::End {
            self.failures.set(Failures::AreAmongResults);
        } else if failed {
            self.fail(self.first_before.take().unwrap_or((member, exit)));
        }
        self.last.set(member);
        if self.left() > 0 {
            return;
        }
        self.finish_if_all_have_ended();
        let group = self.group.take();
        drop(group);
    }
}

impl<M: Members> ResultPromise<M> {
    /// Makes the result promise of children that run. Children that had ended before count at
    /// once, so a gather of such children costs no iteration.
    #[track_caller]
    pub(super) fn new(admitted: Admitted<M>) -> Rc<Self> {
        let Admitted {
            members,
            group,
            before,
        } = admitted;
        let result = Rc::new(ResultPromise {
            members,
            promise: RefCell::new(group.scheduler().promise()),
            failures: Cell::new(Failures::End),
            failed: Cell::new(None),
            first_before: Cell::new(None),
            others_before: RefCell::default(),
            last: Cell::new(0),
            cancel_accepted: Cell::new(false),
            group: RefCell::new(None),
        });
        for member in before {
            let exit = exit_of(result.members.child(member as usize).as_ref());
            if result.members.has_failed(member, exit) {
                let first = result.first_before.get();
                result.first_before.set(first.or(Some((member, exit))));
                result
                    .others_before
                    .borrow_mut()
                    .extend(first.map(|_| member));
            }
        }
        if group.left() > 0 {
            group.listen(result.clone());
            result.group.replace(Some(group));
        }
        result.listen();
        result.finish_if_all_have_ended();
        result
    }

    /// Passes a cancel of the promise to the children.
    fn listen(self: &Rc<Self>) {
        self.promise().on_cancel(Children(Rc::downgrade(self)));
    }

    /// Returns the present promise, which [`collect`](ResultPromise::collect) may replace.
    pub(super) fn promise(&self) -> Promise<()> {
        self.promise.borrow().clone()
    }

    fn done(&self) -> bool {
        self.promise.borrow().done()
    }

    /// Makes failures results from now on. If a failure has ended the promise already, a new
    /// promise waits for the end of the other children.
    #[track_caller]
    pub(super) fn collect(self: &Rc<Self>) {
        if self.first_before.take().is_some() {
            self.failures.set(Failures::AreAmongResults);
        } else if self.failures.get() == Failures::End {
            self.failures.set(Failures::AreResults);
        }
        if self.failed.take().is_some()
            && let Some(scheduler) = self.scheduler()
        {
            self.promise.replace(scheduler.promise());
            self.listen();
        }
        self.finish_if_all_have_ended();
    }

    /// Returns the loop, as long as children are watched.
    fn scheduler(&self) -> Option<Rc<Scheduler>> {
        let group = self.group.borrow();
        group.as_ref().map(|group| group.scheduler().clone())
    }

    /// Returns true if no cancel was accepted and the loop is closed, or no child is watched.
    #[cold]
    pub(super) fn is_orphan(&self) -> bool {
        !self.cancel_accepted.get() && self.scheduler().is_none_or(|home| home.is_closed())
    }

    /// Ends the promise if a child had failed before the gather began. Each poll calls it; only
    /// the first call has an effect.
    #[inline]
    pub(super) fn begin(&self) {
        if let Some(failed) = self.first_before.take() {
            self.fail(failed);
            let others = self.others_before.take().into_iter();
            others.for_each(|member| drop(self.failure(member)));
        }
    }

    /// Returns the number of children that have not ended, or whose notice is still to come.
    pub(super) fn left(&self) -> usize {
        let group = self.group.borrow();
        group.as_ref().map_or(0, Group::left)
    }

    /// Returns the number of children that have not ended, for a text.
    pub(super) fn running(&self) -> usize {
        let running = self.group.borrow().as_ref().map(Group::running);
        running.unwrap_or_else(|| {
            Scheduler::touch(Touched::Everything, Access::Read); // any entry may have dropped it
            0
        })
    }

    /// Returns the child whose failure is the result.
    pub(super) fn failed(&self) -> Option<u32> {
        self.failed.get()
    }

    /// Returns the failure of a child and marks it as seen.
    fn failure(&self, member: u32) -> Option<TaskError> {
        self.members.child(member as usize)?.failure()
    }

    /// Returns the reason given with the last cancel of a child that has ended, if there is one.
    fn reason(&self, member: u32) -> Option<Arc<str>> {
        let task = self.members.child(member as usize)?;
        match task.exit() {
            Some(Exit::Cancelled) => task.cancel_reason(),
            _ => task.last_reason(),
        }
    }

    /// Ends the promise with the first failure; the other children run on.
    fn fail(&self, (member, exit): (u32, Exit)) {
        self.failed.set(Some(member));
        if exit == Exit::Cancelled && self.cancel_accepted.get() {
            let reason = self.reason(member);
            self.promise().finish_cancelled(reason.as_deref());
        } else if let Some(failure) = self.failure(member) {
            fail_with(&self.promise(), failure);
        } else {
            let _ = self.promise().set_result(()); // an `Err` of a child is a value
        }
    }

    fn finish_if_all_have_ended(&self) {
        if self.left() > 0 || self.first_before.get().is_some() || self.done() {
            return;
        }
        if self.failures.get() == Failures::AreAmongResults {
            let members = 0..self.members.count() as u32;
            members.for_each(|member| drop(self.failure(member)));
        }
        if self.cancel_accepted.get() {
            // A cancelled gather ends cancelled, with the reason of the last child to end.
            let reason = self.reason(self.last.get());
            self.promise().finish_cancelled(reason.as_deref());
        } else {
            let _ = self.promise().set_result(());
        }
    }
}

/// Finds the children for a cancel of the promise.
struct Children<M>(Weak<ResultPromise<M>>);

impl<M: Members> CancelTargets for Children<M> {
    fn target(&self, number: usize) -> Option<Ticket> {
        let members = &self.0.upgrade()?.members;
        // A child whose outcome was taken has the ticket of no task.
        let ticket = || {
            members
                .child(number)
                .map_or(Ticket::NONE, |child| child.ticket())
        };
        (number < members.count()).then(ticket)
    }

    fn what(&self) -> Option<&'static str> {
        Some("gather")
    }

    fn accepted(&self) {
        if let Some(result) = self.0.upgrade() {
            result.cancel_accepted.set(true);
        }
    }
}
