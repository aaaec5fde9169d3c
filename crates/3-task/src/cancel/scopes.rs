//! Stores the scopes of a loop, and gives each a ticket of its own.
//!
//! The problem: a timer or another task that cancels a scope knows only its ticket, an integer.
//! So the state of a scope is an entry of a table, as the state of a task is in its slot. The
//! ticket may be kept for ever. So no ticket may be used twice, not after a billion scopes. Each
//! position of the table counts the scopes that were in it, and retires when its count has ended.
//!
//! ```text
//!   ticket of a scope   | 4095 : 12 | scopes in this position before : 26 | position : 26 |
//! ```
//!
//! A vacant position is known by the ticket of its next scope, so counting costs one addition when
//! a scope is closed.
//!
//! Invariants:
//! 1. No two scopes of a loop have the same ticket. Its price: a position, of about a hundred
//!    bytes, is lost whenever 67 million scopes have been in it.
//! 2. At most 67 million scopes are open at once.
//!
//! Read next: `cancel/state.rs`.

use crate::cancel::{Cancels, Scope};
use crate::store::slab::{Name, Slab};
use crate::store::ticket::{Entry, SCOPE, ScopeTicket, Ticket, TimerWord};

/// Number of bits of a ticket that hold the position.
const POSITION_BITS: u32 = 26;
/// The bits of the position. Positions are numbered from 1, so that 0 can mean "none".
const POSITION: u64 = (1 << POSITION_BITS) - 1;
/// One step of the count. All bits above the count are set, so the addition overflows after
/// the last step.
const COUNTED: u64 = 1 << POSITION_BITS;
/// The ticket of the first scope in a position, without the position. Tests begin near the end of
/// the count.
const FIRST: u64 = SCOPE
    | if cfg!(test) {
        (POSITION - 3) << POSITION_BITS
    } else {
        0
    };

/// The table of scopes.
pub(super) type Scopes = Slab<Scope, ScopeTicket>;

impl Name for ScopeTicket {
    fn first(position: usize) -> Self {
        assert!(
            position as u64 <= POSITION,
            "more than 67 million scopes are open: each timeout, group and CancelScope has one \
             until it is dropped"
        );
        ScopeTicket::from_bits(FIRST | position as u64)
    }

    #[inline]
    fn position(self) -> u32 {
        (self.bits() & POSITION) as u32
    }

    #[inline]
    fn next(self) -> Option<Self> {
        let next = self.bits().checked_add(COUNTED);
        next.map(ScopeTicket::from_bits)
    }
}

/// Tickets of scopes in the ready queue.
impl Cancels {
    /// Marks that a timer has pushed the ticket of a scope into the ready queue.
    pub(crate) fn post(&self, ticket: ScopeTicket, timer: TimerWord) {
        if let Some(mut scope) = self.scope(ticket) {
            scope.posted = scope.posted.wrapping_add(1);
            let mut posted = self.posted.borrow_mut();
            let before = posted.insert((ticket.bits(), timer.bits()), scope.posted);
            debug_assert!(before.is_none(), "a timer fires once");
        }
    }

    /// Makes a word that no timer has, for a scope that is due at once. Half of the words of a
    /// number suffice: few of them are in the ready queue at a time.
    pub(crate) fn word_of_no_timer(&self) -> TimerWord {
        let count = self.at_once.get().wrapping_add(1);
        self.at_once.set(count);
        TimerWord::new(u32::MAX, count & 0x7_FFFF)
    }

    /// Takes the entry of a timer in the ready queue back, if it is there. The entries of other
    /// timers for the same scope stay, each in its place.
    pub(crate) fn retract(&self, ticket: ScopeTicket, timer: TimerWord) {
        let taken_back = self
            .posted
            .borrow_mut()
            .remove(&(ticket.bits(), timer.bits()));
        if let Some(number) = taken_back {
            let skipped = (ticket.bits(), number.into());
            self.skipped.borrow_mut().insert(skipped, number);
        }
    }

    /// Redeems a ticket that has come up in the ready queue; returns true if the scope is to be
    /// cancelled. It is cancelled once for all timers whose entries are there: the first of these
    /// entries does it, and the others do nothing when they come up.
    pub(crate) fn redeem(&self, ticket: ScopeTicket) -> bool {
        let mut posted = self.posted.borrow_mut();
        let mut skipped = self.skipped.borrow_mut();
        let of_scope = (ticket.bits(), 0)..=(ticket.bits(), u64::MAX);
        let Some(mut scope) = self.scope(ticket) else {
            // The scope is closed: none of its entries does anything.
            for entries in [&mut *posted, &mut *skipped] {
                entries
                    .extract_if(of_scope.clone(), |_, _| true)
                    .for_each(drop);
            }
            return false;
        };
        scope.redeemed = scope.redeemed.wrapping_add(1);
        let number = scope.redeemed;
        if skipped.remove(&(ticket.bits(), number.into())).is_some() {
            return false;
        }
        for (_, other) in posted.extract_if(of_scope, |_, _| true) {
            if other != number {
                skipped.insert((ticket.bits(), other.into()), other);
            }
        }
        true
    }
}

/// Scopes for reports.
impl Cancels {
    /// Returns the number of open scopes.
    pub(crate) fn open_scopes(&self) -> usize {
        self.scopes.borrow().len()
    }

    /// Returns the task of each open scope.
    pub(crate) fn tasks_of_open_scopes(&self) -> Vec<Ticket> {
        let mut tasks = Vec::new();
        let mut scopes = self.scopes.borrow_mut();
        scopes.each(&mut |_, scope| tasks.push(scope.task()));
        tasks
    }

    /// Returns the task of a scope, if the scope is open.
    pub(crate) fn task_of_scope(&self, ticket: ScopeTicket) -> Option<Ticket> {
        Some(self.scope(ticket)?.task())
    }

    /// Returns the task of a scope, if an entry in the ready queue will cancel the scope.
    pub(crate) fn task_of_posted(&self, ticket: ScopeTicket) -> Option<Ticket> {
        let of_scope = (ticket.bits(), 0)..=(ticket.bits(), u64::MAX);
        let is_posted = self.posted.borrow().range(of_scope).next().is_some();
        is_posted.then(|| self.task_of_scope(ticket)).flatten()
    }

    /// Returns the tasks of the scopes that these timers will cancel, or whose cancel is on its way.
    pub(crate) fn tasks_of_scopes(&self, timers: &[Entry]) -> Vec<Ticket> {
        let mut tasks = Vec::new();
        for timer in timers {
            tasks.extend(self.task_of_scope(timer.scope()));
        }
        for (bits, _) in self.posted.borrow().keys() {
            tasks.extend(self.task_of_scope(ScopeTicket::from_bits(*bits)));
        }
        if self.requests.get() != 0 {
            self.scopes.borrow_mut().each(&mut |_, scope| {
                if scope.state.is_requested() {
                    tasks.push(scope.task());
                }
            });
        }
        tasks
    }
}

#[cfg(test)]
#[path = "../../tests/unit/scopes.rs"]
mod tests;
