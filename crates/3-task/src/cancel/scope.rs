//! The table of scopes: what is known of each while it is open.
//!
//! The problem: a scope is cancelled from a timer or from another task, which know
//! nothing of it but an integer. So what it is in the middle of stands in a table,
//! as a task's does in its slot, and its ticket names the place and how many scopes
//! came before it.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes before it : 20 | place : 32 |
//! ```
//!
//! Which cancels of the task concern a scope is asked here, too: each scope knows
//! the one around it, and all others in the same task stand beside it.
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
pub(super) struct Scope {
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
    pub(super) called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    pub(super) posted: bool,
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

    /// Closes a scope, cancelled or not.
    pub(crate) fn close_scope(&self, ticket: u64) {
        let mut gone = self.scopes.borrow_mut().remove(index(ticket));
        if let Some(scope) = &mut gone {
            self.end_request(scope);
        }
    }

    /// Closes a scope that was never cancelled; else returns false.
    #[inline]
    pub(crate) fn close_uncalled(&self, ticket: u64) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = index(ticket);
        if scopes.get(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let gone = scopes.remove(number);
        drop(scopes);
        drop(gone);
        true
    }

    /// The scope of a ticket, if it is still there.
    pub(super) fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.get_mut(index(ticket))?;
        let same = scope.generation == (ticket & GENERATION) >> 32;
        same.then(|| change(scope))
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

    /// Returns true if a scope was ever cancelled.
    pub(crate) fn was_called(&self, scope: u64) -> bool {
        self.scope(scope, |scope| scope.called).unwrap_or(false)
    }

    /// Marks that the ticket of a scope is put into the ready queue.
    pub(crate) fn post(&self, scope: u64) {
        self.scope(scope, |scope| scope.posted = true);
    }

    /// Takes the mark back; true if it was there.
    pub(crate) fn take_post(&self, scope: u64) -> bool {
        let posted = self.scope(scope, |scope| std::mem::take(&mut scope.posted));
        posted == Some(true)
    }

    /// Takes one cancel of a scope off its count; gives the task it counts on.
    pub(crate) fn uncount(&self, core: &Core, scope: u64) -> u64 {
        let ticket = self.scope(scope, |scope| {
            scope.counted = scope.counted.saturating_sub(1);
            scope.ticket
        });
        ticket_or_current(core, ticket.unwrap_or(0))
    }

    /// How many cancels of the task concern a scope: all but those of scopes that
    /// are in the same task and not around it.
    pub(crate) fn concerning(&self, core: &Core, scope: u64) -> u32 {
        let (ticket, around) = self
            .scope(scope, |scope| (scope.ticket, scope.around))
            .unwrap_or((0, 0));
        let ticket = ticket_or_current(core, ticket);
        let slot = core.slot_of(ticket);
        let cancelling = |slot| core.extra(slot, |extra| extra.cancelling);
        match slot.and_then(cancelling) {
            None | Some(0) => 0,
            Some(all) => all.saturating_sub(self.beside(scope, ticket, around)),
        }
    }

    /// How many cancels of scopes that stand beside this one count on the task.
    #[cold]
    fn beside(&self, scope: u64, ticket: u64, mut around: u32) -> u32 {
        let mut chain = vec![index(scope)];
        while around != 0 && !chain.contains(&around) {
            chain.push(around);
            around = self.own_scope(around, |scope| scope.around).unwrap_or(0);
        }
        (self.scopes.borrow().iter())
            .filter(|(number, other)| other.ticket == ticket && !chain.contains(number))
            .map(|(_, other)| other.counted)
            .sum()
    }
}

/// Which task a scope is in: where its region is, or the one that runs.
pub(super) fn ticket_or_current(core: &Core, ticket: u64) -> u64 {
    match ticket {
        0 => core.current(),
        ticket => ticket,
    }
}
