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
//! Read next: `aim.rs`, how a cancel gets from the scope to its region.

use std::task::Waker;

use crate::scheduler::Scheduler;
use crate::ticket::{GENERATION, index};
use crate::wait::WATCHED;

/// What is known of a scope while it lives.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many scopes came before it, so far as a ticket can count.
    pub(crate) generation: u64,
    /// The task in which its region is; 0 before it was polled.
    pub(crate) ticket: u64,
    /// What the futures in the region wait for.
    pub(crate) wait: u64,
    /// A cancel is on its way into the region.
    pub(crate) requested: bool,
    /// It can still be taken back: nobody has been struck by it (C10).
    pub(crate) revocable: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    pub(crate) forwarded: u64,
    /// `cancel` was called, ever.
    pub(crate) called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    pub(crate) posted: bool,
    /// How many of its cancels count on the task and were not taken back.
    pub(crate) counted: u32,
    /// The scope around it when it was opened, and then when its region was first
    /// polled; 0 for none.
    pub(crate) around: u32,
    /// Who is to be woken for the region, if it is not the task itself.
    pub(crate) waker: Option<Waker>,
}

impl Scheduler {
    #[inline]
    pub(crate) fn open_scope(&self) -> u64 {
        let generation = self.scope_count.get() & (GENERATION >> 32);
        self.scope_count.set(self.scope_count.get() + 1);
        let scope = Scope {
            generation,
            around: self.inside.get(),
            ..Scope::default()
        };
        let number = self.scopes.borrow_mut().insert(scope);
        WATCHED | generation << 32 | u64::from(number)
    }

    pub(crate) fn drop_scope(&self, ticket: u64) {
        let mut gone = self.scopes.borrow_mut().remove(index(ticket));
        if let Some(scope) = &mut gone {
            self.end_request(scope);
        }
    }

    /// The scope of a ticket, if it is still there.
    pub(crate) fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.get_mut(index(ticket))?;
        let same = scope.generation == (ticket & GENERATION) >> 32;
        same.then(|| change(scope))
    }

    /// The scope with a number: for its own region, which does not outlive it.
    pub(crate) fn own_scope<R>(
        &self,
        number: u32,
        change: impl FnOnce(&mut Scope) -> R,
    ) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// Which task a scope is in: where its region is, or the one that runs.
    pub(crate) fn ticket_or_current(&self, ticket: u64) -> u64 {
        match ticket {
            0 => self.current.get(),
            ticket => ticket,
        }
    }

    /// How many cancels of the task concern a scope: all but those of scopes that
    /// are in the same task and not around it.
    pub(crate) fn concerning(&self, scope: u64) -> u32 {
        let (ticket, around) = self
            .scope(scope, |scope| (scope.ticket, scope.around))
            .unwrap_or((0, 0));
        let ticket = self.ticket_or_current(ticket);
        let slot = self.slot_of(ticket);
        let cancelling = |slot| self.extra(slot, |extra| extra.cancelling);
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
