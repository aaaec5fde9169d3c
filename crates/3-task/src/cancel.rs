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
//! At the end the user's code may have to be called, the hook of a promise or a foreign
//! waker. This folder never does: it gives back what is to be done [`Next`],
//! `run/cancelling` does it, and says if the cancel was refused.
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

use crate::cancel::scopes::{Scopes, place_of};
use crate::core::Core;

pub(crate) mod deliver;
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
}

/// What the roof is to do next about a cancel, if the next step does not see it anyway.
pub(crate) enum Next {
    /// Wake this task.
    Wake(u64),
    /// Call this waker of another executor.
    WakeForeign(Waker),
    /// Cancel this task or promise, with this reason; if it refuses, tell the asker.
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
    /// How many of its cancels count on the task and were not taken back.
    counted: u32,
    /// The scope around it when it was opened, and then when its region was first
    /// polled; 0 for none.
    around: u32,
    /// The waker by which the region is woken, if it is not the task itself.
    waker: Option<Waker>,
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
    pub(crate) fn close_scope(&self, ticket: u64, called: bool) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = place_of(ticket);
        if !called && scopes.get_mut(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let mut gone = scopes.remove(number);
        drop(scopes);
        if called && let Some(scope) = &mut gone {
            self.end_request(scope);
        }
        true
    }

    /// Returns true if a scope was ever cancelled.
    pub(crate) fn was_called(&self, ticket: u64) -> bool {
        self.scope(ticket, |scope| scope.called) == Some(true)
    }

    /// Marks that the ticket of a scope stands in the ready queue, or does no more;
    /// gives whether it did.
    pub(crate) fn post(&self, ticket: u64, posted: bool) -> bool {
        let before = self.scope(ticket, |scope| std::mem::replace(&mut scope.posted, posted));
        before == Some(true)
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
    /// before.
    pub(crate) fn concerning(&self, core: &Core, scope: u64, uncancel: bool) -> u32 {
        let place = self.scope(scope, |scope| {
            scope.counted = scope.counted.saturating_sub(u32::from(uncancel));
            (scope.ticket, scope.around)
        });
        let (suspended, mut around) = place.unwrap_or((0, 0));
        let ticket = match suspended {
            0 => core.current(),
            _ => suspended,
        };
        if uncancel {
            self.uncancel(core, ticket);
        }
        let cancelling = |slot| core.extra(slot, |extra| extra.cancelling);
        let all = core.slot_of(ticket).and_then(cancelling).unwrap_or(0);
        if all == 0 {
            return 0;
        }
        let mut chain = vec![place_of(scope)];
        while around != 0 && !chain.contains(&around) {
            chain.push(around);
            around = self.own_scope(around, |scope| scope.around).unwrap_or(0);
        }
        let mut scopes = self.scopes.borrow_mut();
        let beside = (scopes.iter_mut())
            .filter(|(number, other)| other.ticket == ticket && !chain.contains(number))
            .map(|(_, other)| other.counted);
        all.saturating_sub(beside.sum())
    }
}
