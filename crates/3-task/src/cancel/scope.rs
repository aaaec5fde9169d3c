//! The table of scopes: what is known of each while it is open.
//!
//! The problem: a scope is cancelled from a timer or from another task, which know
//! nothing of it but an integer. So its state stands in a table, as a task's does in
//! its slot, and its ticket names the place and how many scopes came before it.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes before it : 20 | place : 32 |
//! ```
//!
//! Invariants:
//! 1. A ticket whose scope is closed finds nothing, or another count.
//! 2. `requests` is how many scopes have `requested` set.
//! 3. No waker is called or dropped while the table is borrowed.
//!
//! Read next: `cancel/deliver.rs`.

use std::task::Waker;

use crate::cancel::Cancels;
use crate::core::Core;
use crate::store::ticket::{GENERATION, WATCHED, index};

/// What is known of a scope while it lives.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many scopes came before it, so far as a ticket can count.
    generation: u64,
    /// The task in which its region is; 0 before it was polled.
    pub(super) ticket: u64,
    /// What the futures in the region wait for.
    pub(super) wait: u64,
    /// A cancel is on its way into the region.
    pub(super) requested: bool,
    /// It can still be taken back: it has reached nothing yet (C10).
    pub(super) revocable: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    pub(super) forwarded: u64,
    /// `cancel` was called, ever.
    pub(crate) called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    pub(crate) posted: bool,
    /// How many of its cancels count on the task and were not taken back.
    pub(super) counted: u32,
    /// The scope around it when it was opened, and then when its region was first
    /// polled; 0 for none.
    pub(super) around: u32,
    /// The waker by which the region is woken, if it is not the task itself.
    pub(super) waker: Option<Waker>,
}

impl Cancels {
    /// Opens a scope, and gives its ticket.
    #[inline]
    pub(crate) fn open_scope(&self) -> u64 {
        let generation = self.opened.get() & (GENERATION >> 32);
        self.opened.set(self.opened.get() + 1);
        let scope = Scope {
            generation,
            around: self.inside.get(),
            ..Scope::default()
        };
        let number = self.scopes.borrow_mut().insert(scope);
        WATCHED | generation << 32 | u64::from(number)
    }

    /// Closes a scope; only if it was never cancelled, unless `called`. False if not.
    #[inline]
    pub(crate) fn close_scope(&self, ticket: u64, called: bool) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = index(ticket);
        if !called && scopes.get(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let mut gone = scopes.remove(number);
        drop(scopes);
        if called && let Some(scope) = &mut gone {
            self.end_request(scope);
        }
        true
    }

    /// The scope of a ticket, if it is still there.
    pub(crate) fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let own = |scope: &mut Scope| {
            let same = scope.generation == (ticket & GENERATION) >> 32;
            same.then(|| change(scope))
        };
        self.own_scope(index(ticket), own).flatten()
    }

    /// The scope with a number: for its own region, which does not outlive it.
    pub(super) fn own_scope<R>(
        &self,
        number: u32,
        change: impl FnOnce(&mut Scope) -> R,
    ) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// Ends what is on its way into the region of a scope.
    pub(super) fn end_request(&self, scope: &mut Scope) {
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
        let ticket = if suspended == 0 {
            core.current()
        } else {
            suspended
        };
        if uncancel {
            self.uncancel(core, ticket);
        }
        let cancelling = |slot| core.extra(slot, |extra| extra.cancelling);
        let all = core.slot_of(ticket).and_then(cancelling).unwrap_or(0);
        if all == 0 {
            return 0;
        }
        let mut chain = vec![index(scope)];
        while around != 0 && !chain.contains(&around) {
            chain.push(around);
            around = self.own_scope(around, |scope| scope.around).unwrap_or(0);
        }
        let scopes = self.scopes.borrow();
        let beside = (scopes.iter())
            .filter(|(number, other)| other.ticket == ticket && !chain.contains(number))
            .map(|(_, other)| other.counted);
        all.saturating_sub(beside.sum())
    }
}
