//! Outer: the promise for which a gather's awaiter waits.
//!
//! The problem: many children, one awaiter, and it should be woken once. Between
//! them stands a promise, the *outer*. Their group counts the children, and tells it
//! of failures and of the last end; whoever cancels the awaiter cancels the outer, and
//! the outer hands that to the children.
//!
//! ```text
//!                        +-- last child ended -----------------> fulfilled
//!   Pending -------------+-- a child failed, and none may ----> fulfilled, with its number
//!      |  cancel()       |
//!      +-> children      +-- the same, after a cancel --------> cancelled
//!          are cancelled
//! ```
//!
//! Invariants:
//! 1. The outer ends once, and with it the awaiter is woken once.
//! 2. A gather that was cancelled never gives results: even if all children went
//!    on to their ends (G08).
//! 3. When the last child has ended, the group is left; nothing is registered.
//!
//! Read next: `try_gather.rs`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use groundup_executor::task::{CancelTargets, Ending, Promise, Scheduler, Watcher, Watching};

use crate::gather::children::{Admitted, Members};

pub(super) struct Outer<M> {
    pub(super) members: M,
    promise: RefCell<Promise<()>>,
    /// Failures are results like others.
    collect: Cell<bool>,
    /// One of the results is a failure.
    collected: Cell<bool>,
    failed: Cell<Option<u32>>,
    /// The first that had failed before the gather began: it counts at the first
    /// poll, since until then failures may become results.
    at_entry: Cell<Option<(u32, Ending)>>,
    /// The others that had failed before.
    late: RefCell<Vec<u32>>,
    /// The child that was told of last.
    last: Cell<u32>,
    cancel_requested: Cell<bool>,
    watching: RefCell<Option<Watching>>,
}

impl<M: Members> Watcher for Outer<M> {
    fn child_done(&self, member: u32, ending: Ending) {
        let failed = self.members.settle(member, ending);
        if failed && self.done() {
            drop(self.members.failure(member)); // too late to be told of, it counts as seen (G04)
        } else if failed && self.collect.get() {
            self.collected.set(true);
        } else if failed {
            self.fail(self.at_entry.take().unwrap_or((member, ending)));
        }
        self.last.set(member);
        if self.left() > 0 {
            return;
        }
        self.finish_if_all_have_ended();
        let watching = self.watching.take();
        drop(watching);
    }
}

impl<M: Members> Outer<M> {
    /// The children are there. Those that had ended before count at once, so that a
    /// gather of nothing else costs no iteration (G02, G11).
    #[track_caller]
    pub(super) fn new(admitted: Admitted<M>) -> Rc<Self> {
        let Admitted {
            members,
            watching,
            before,
        } = admitted;
        let outer = Rc::new(Outer {
            members,
            promise: RefCell::new(watching.scheduler().promise()),
            collect: Cell::new(false),
            collected: Cell::new(false),
            failed: Cell::new(None),
            at_entry: Cell::new(None),
            late: RefCell::default(),
            last: Cell::new(0),
            cancel_requested: Cell::new(false),
            watching: RefCell::new(None),
        });
        for member in before {
            let ending = outer.members.ending(member);
            if outer.members.settle(member, ending) {
                let first = outer.at_entry.get();
                outer.at_entry.set(first.or(Some((member, ending))));
                outer.late.borrow_mut().extend(first.map(|_| member));
            }
        }
        if watching.left() > 0 {
            watching.listen(outer.clone());
            outer.watching.replace(Some(watching));
        }
        outer.listen();
        outer.finish_if_all_have_ended();
        outer
    }

    /// A cancel of the promise goes to the children.
    fn listen(self: &Rc<Self>) {
        self.promise().on_cancel(Children(Rc::downgrade(self)));
    }

    /// The promise of now: see [`collect`](Outer::collect).
    pub(super) fn promise(&self) -> Promise<()> {
        self.promise.borrow().clone()
    }

    fn done(&self) -> bool {
        self.promise.borrow().done()
    }

    /// Failures are results from now on. If one has ended the outer already, there is
    /// a new promise, for the end of the others.
    #[track_caller]
    pub(super) fn collect(self: &Rc<Self>) {
        self.collect.set(true);
        let failed = self.at_entry.take().is_some();
        self.collected.set(self.collected.get() || failed);
        if self.failed.take().is_some()
            && let Some(scheduler) = self.scheduler()
        {
            self.promise.replace(scheduler.promise());
            self.listen();
        }
        self.finish_if_all_have_ended();
    }

    /// The loop, as long as children are watched.
    fn scheduler(&self) -> Option<Rc<Scheduler>> {
        let watching = self.watching.borrow();
        watching
            .as_ref()
            .map(|watching| watching.scheduler().clone())
    }

    /// Returns true if it has not been asked to stop, and its loop is closed.
    #[cold]
    pub(super) fn is_orphan(&self) -> bool {
        !self.cancel_requested.get() && self.scheduler().is_none_or(|home| home.is_closed())
    }

    /// The first poll: whether failures are results is decided.
    #[inline]
    pub(super) fn begin(&self) {
        if let Some(failed) = self.at_entry.take() {
            self.fail(failed);
            let late = self.late.take().into_iter();
            late.for_each(|member| drop(self.members.failure(member)));
        }
    }

    /// How many children have not ended, or will still be told of.
    pub(super) fn left(&self) -> usize {
        let watching = self.watching.borrow();
        watching.as_ref().map_or(0, Watching::left)
    }

    /// The child whose failure is the result.
    pub(super) fn failed(&self) -> Option<u32> {
        self.failed.get()
    }

    /// The first failure ends the outer at once; the others run on (G03, G04).
    fn fail(&self, (member, ending): (u32, Ending)) {
        self.failed.set(Some(member));
        if ending == Ending::Cancelled && self.cancel_requested.get() {
            let reason = self.members.reason(member);
            self.promise().finish_cancelled(reason.as_deref());
        } else if let Some(failure) = self.members.failure(member) {
            // A failure is the gather's from here on: who never looks at it is told of it.
            let _ = self.promise().set_exception(failure);
        } else {
            let _ = self.promise().set_result(()); // an `Err` of a child is a value
        }
    }

    fn finish_if_all_have_ended(&self) {
        if self.left() > 0 || self.at_entry.get().is_some() || self.done() {
            return;
        }
        if self.collected.get() {
            let members =
                (0..).take_while(|number| self.members.ticket(*number as usize).is_some());
            members.for_each(|member| drop(self.members.failure(member)));
        }
        if self.cancel_requested.get() {
            // It was asked to stop, and gives the reason of the last to end (G08).
            let reason = self.members.reason(self.last.get());
            self.promise().finish_cancelled(reason.as_deref());
        } else {
            let _ = self.promise().set_result(());
        }
    }
}

/// The children, as a cancel of the promise finds them.
struct Children<M>(Weak<Outer<M>>);

impl<M: Members> CancelTargets for Children<M> {
    fn target(&self, number: usize) -> Option<u64> {
        self.0.upgrade()?.members.ticket(number)
    }

    fn accepted(&self) {
        if let Some(outer) = self.0.upgrade() {
            outer.cancel_requested.set(true);
        }
    }
}
