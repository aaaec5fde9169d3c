//! Cancels: a request, its delivery, and the scopes it may be aimed at.
//!
//! The problem: Rust can drop a future, which is final and instant. Python throws an
//! error into it, which can be caught, and the catcher may await its clean-up. Both are
//! needed. Rust does the first by itself. The other works like this:
//!
//! ```text
//!  task.cancel()      marks the task; nothing runs yet                (C01)
//!        |
//!        |  does it await another task or a promise?  -> that one is cancelled
//!        |  first, and the cancel comes back one iteration a level    (C05)
//!        v
//!  next iteration     is a catch_cancel region alive in it?
//!     no:  the future is dropped, the task ends cancelled             (C02)
//!     yes: the innermost region drops what it holds, and yields
//!          Err(Cancelled) to the code around it, which goes on        (C07)
//! ```
//!
//! `cancel/deliver` takes a cancel of a task to its place, `cancel/region` that of a scope.
//! On the way the user's code may have to be called, a foreign waker or what a promise
//! stands for. This folder never does: it gives back what is to be done [`Next`],
//! `run/cancelling` does it, and says if the cancel was refused. Who waits for the reply
//! meanwhile stands on `cancel/path`.
//!
//! A scope is cancelled from a timer or from another task, which know nothing of it but
//! an integer. So its state stands in a table, which is here, as a task's stands in its
//! slot (`cancel/scopes.rs`).
//!
//! Invariants:
//! 1. `cancel` never runs anything of the task's inline.
//! 2. Several cancels before the next step are delivered as one (C08). One that only
//!    marks a task, which runs or is ready anyway, can be taken back; one that has
//!    reached what the task waits for cannot (C10).
//! 3. A cancel that meets a result in the same iteration wins (C06).
//! 4. What a region held is dropped before its `Err(Cancelled)` is seen.
//! 5. A ticket whose scope is closed finds nothing, or another count.
//! 6. No waker is called or dropped while the table is borrowed.
//!
//! Who may touch what: the fields are private to this folder, but for `delivering`, of
//! the turn and of the innermost region, and the two of a scope that its handle and the
//! ready queue ask for.
//!
//! Read next: `cancel/scopes.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use crate::cancel::path::Passed;
use crate::cancel::scopes::{Scopes, place_of};
use crate::core::Core;

pub(crate) mod deliver;
pub(crate) mod path;
mod region;
pub(crate) mod scopes;
pub(crate) mod state;

/// The cancels of a loop: its scopes, and what a step is in the middle of.
#[derive(Default)]
pub(crate) struct Cancels {
    scopes: RefCell<Scopes>,
    /// How many scopes have `requested` set.
    requests: Cell<u32>,
    /// A region was alive when the running step suspended.
    region: Cell<bool>,
    /// A cancel is delivered into the running step, and no region has taken it yet.
    delivering: Cell<bool>,
    /// The scope whose region is being polled, by its number; 0 for none.
    inside: Cell<u32>,
    /// All who have handed a cancel on that is under way now.
    path: RefCell<Vec<Passed>>,
    /// How many tasks, promises and scopes were ever looked at.
    looks: Cell<u64>,
}

/// What the roof is to do next about a cancel, if the next step does not see it anyway.
pub(crate) enum Next {
    /// Wake this task.
    Wake(u64),
    /// Call this waker of another executor.
    WakeForeign(Waker),
    /// Cancel this task or promise, with this reason, and tell the asker of its reply.
    Cancel(Asker, u64, Option<Rc<str>>),
}

/// The task or scope that has handed a cancel on to what it awaits.
pub(crate) struct Asker {
    /// The task.
    ticket: u64,
    /// The scope in it whose cancel it is; 0 for the task's own.
    scope: u32,
    /// An earlier cancel was handed on to the same thing.
    before: bool,
}

/// What is known of a scope while it lives.
#[derive(Default)]
struct Scope {
    /// Its ticket.
    own: u64,
    /// The task in which its region is; 0 before it was polled.
    ticket: u64,
    /// What the futures in the region wait for.
    wait: u64,
    /// A cancel is on its way into the region.
    requested: bool,
    /// It can still be taken back: it has reached nothing yet (C10).
    revocable: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    forwarded: u64,
    /// `cancel` was called, ever.
    called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    posted: bool,
    /// How many of its tickets in the ready queue were taken back: those come first.
    retracted: u32,
    /// How many of its cancels count on the task and were not taken back. Those of
    /// all scopes of a task together are the task's `by_scopes`.
    counted: u32,
    /// The question that has come by last, see `counted_around`.
    seen: u64,
    /// The scope around it when it was opened, and then when its region was first
    /// polled; 0 for none.
    around: u32,
    /// The waker by which the region is woken, if it is not the task itself.
    waker: Option<Waker>,
}

impl Scope {
    /// The task it is in: one that has not been polled is in the running one.
    fn task(&self, core: &Core) -> u64 {
        match self.ticket {
            0 => core.current(),
            ticket => ticket,
        }
    }
}

/// The table of scopes.
impl Cancels {
    /// Opens a scope, and gives its ticket.
    #[inline]
    pub(crate) fn open_scope(&self) -> u64 {
        let around = self.inside.get();
        self.scopes.borrow_mut().insert(|own| Scope {
            own,
            around,
            ..Scope::default()
        })
    }

    /// Closes a scope; only if it was never cancelled, unless `called`. False if not.
    #[inline]
    pub(crate) fn close_scope(&self, core: &Core, ticket: u64, called: bool) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = place_of(ticket);
        if !called && scopes.get_mut(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let gone = scopes.remove(number);
        drop(scopes);
        if called && let Some(scope) = gone {
            self.close_called(core, number, scope);
        }
        true
    }

    /// A scope that was cancelled has gone: its task counts and lists it no more.
    #[cold]
    fn close_called(&self, core: &Core, number: u32, mut scope: Scope) {
        self.end_request(&mut scope);
        if let Some(slot) = core
            .slot_of(scope.task(core))
            .filter(|slot| slot.extra() != 0)
        {
            core.extra_mut(slot, |extra| {
                extra.revocable.remove(&number);
                if scope.ticket != 0 {
                    extra.by_scopes -= scope.counted;
                }
            });
        }
    }

    /// Returns true if a scope was ever cancelled.
    pub(crate) fn was_called(&self, ticket: u64) -> bool {
        self.scope(ticket, |scope| scope.called) == Some(true)
    }

    /// Marks that the ticket of a scope stands in the ready queue. One that stands there
    /// already is taken back.
    pub(crate) fn post(&self, ticket: u64) {
        self.retract(ticket);
        self.scope(ticket, |scope| scope.posted = true);
    }

    /// Takes the ticket of a scope in the ready queue back, if it stands there.
    pub(crate) fn retract(&self, ticket: u64) {
        self.scope(ticket, |scope| {
            scope.retracted += u32::from(std::mem::take(&mut scope.posted));
        });
    }

    /// The ticket of a scope has come up; true if it was not taken back.
    pub(crate) fn redeem(&self, ticket: u64) -> bool {
        let valid = self.scope(ticket, |scope| match scope.retracted.checked_sub(1) {
            Some(left) => {
                scope.retracted = left;
                false
            }
            None => std::mem::take(&mut scope.posted),
        });
        valid == Some(true)
    }

    /// The scope of a ticket, if it is still there.
    fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let own = |scope: &mut Scope| {
            let same = scope.own == ticket;
            same.then(|| change(scope))
        };
        self.own_scope(place_of(ticket), own).flatten()
    }

    /// The scope with a number: for its own region, which does not outlive it.
    fn own_scope<R>(&self, number: u32, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// Ends what is on its way into the region of a scope.
    fn end_request(&self, scope: &mut Scope) {
        scope.revocable = false;
        if std::mem::take(&mut scope.requested) {
            self.requests.set(self.requests.get() - 1);
        }
    }

    /// How many cancels of the task concern a scope: all but those of scopes that
    /// are in the same task and not around it. `uncancel` takes one of its own back
    /// before. Costs a look at each scope around this one, and at no other.
    pub(crate) fn concerning(&self, core: &Core, scope: u64, uncancel: bool) -> u32 {
        let place = self.scope(scope, |scope| {
            let taken = u32::from(uncancel && scope.counted > 0);
            scope.counted -= taken;
            (scope.ticket, scope.task(core), taken)
        });
        let (suspended, ticket, taken) = place.unwrap_or((0, core.current(), 0));
        if taken != 0 {
            self.count_by_scopes(core, suspended, |count| count - taken);
        }
        if uncancel {
            self.uncancel(core, ticket);
        }
        let counts = |slot| core.extra(slot, |extra| (extra.cancelling, extra.by_scopes));
        let (all, by_scopes) = core.slot_of(ticket).and_then(counts).unwrap_or((0, 0));
        if all == 0 || by_scopes == 0 {
            return all;
        }
        let beside = by_scopes - self.counted_around(place_of(scope), ticket);
        all.saturating_sub(beside)
    }

    /// How many cancels of a scope and of those around it count on a task.
    fn counted_around(&self, number: u32, ticket: u64) -> u32 {
        // A number may be another scope's by now, so that the way outward is a circle.
        let question = self.look();
        let (mut number, mut sum) = (number, 0);
        let next = |scope: &mut Scope| {
            let before = std::mem::replace(&mut scope.seen, question);
            let counts = scope.ticket == ticket;
            (before != question).then_some((scope.around, if counts { scope.counted } else { 0 }))
        };
        while let Some((around, counted)) = self.own_scope(number, next).flatten() {
            self.look();
            (number, sum) = (around, sum + counted);
        }
        sum
    }

    /// Changes how many of a task's cancels its scopes count; of none with 0.
    fn count_by_scopes(&self, core: &Core, ticket: u64, change: impl Fn(u32) -> u32) {
        if let Some(slot) = core.slot_of(ticket) {
            core.extra_mut(slot, |extra| extra.by_scopes = change(extra.by_scopes));
        }
    }

    /// Counts a look at a task, a promise or a scope; gives a number that no other has.
    fn look(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        self.looks.get()
    }

    /// How many tasks, promises and scopes were ever looked at.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.get()
    }
}
