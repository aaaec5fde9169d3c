//! Defines the ticket: one integer that names a slot and its occupant.
//!
//! The problem: a waker must be cheap to copy, safe to keep for ever, and callable from any
//! thread. A pointer to the task must be counted, atomically. An integer needs no count. Each new
//! occupant of a slot gets the next *generation* of the slot, a number of 20 bits, and the ticket of
//! the occupant stores it. To redeem a ticket, the loop looks into the slot and compares the
//! generation. A ticket that has outlived its task finds another generation there, and nothing
//! happens.
//!
//! ```text
//!            63        52 51              32 31                        0
//!  ticket   |  loop : 12 | generation : 20  |        index : 32         |
//!  slot key |  loop : 12 | generation : 20  |        flags : 32         |
//! ```
//!
//! The ready queue holds 64-bit entries. Nearly every entry is a ticket, for a step of a task. In
//! three cases asyncio's queue holds a callback that only makes a task ready: to wake a sleeper,
//! to notify a gather of an end, and to cancel a task at its deadline. In place of this callback,
//! our queue holds an [`Entry`] of another kind, and the loop redeems it in the iteration in which
//! asyncio would run the callback.
//!
//! Invariants:
//! 1. A slot's key and the ticket of its occupant have the same upper 32 bits, the *tag*. So one
//!    comparison shows whether a ticket names the occupant of the slot.
//! 2. While its loop is open, a generation of a slot never repeats: a slot whose generation would
//!    wrap is retired: it is never used again.
//! 3. Loops are numbered from 1 to 4093, so the loop field alone tells the three other kinds of
//!    entry from tickets.
//!
//! Read next: `store/key.rs`, the lower half of a slot's key. Second reading: `store/ticket/trees.rs`.

pub(crate) mod trees;

/// The bits that say which loop and which occupant.
pub(crate) const TAG: u64 = 0xFFFF_FFFF_0000_0000;
/// Position of the loop number, in bits from the right.
pub(crate) const LOOP_SHIFT: u32 = 52;
/// The bits of the loop number.
pub(crate) const LOOP: u64 = 0xFFF << LOOP_SHIFT;
/// The highest number of a loop. The numbers 0, 0xFFE and 0xFFF mark entries that are no steps.
pub(crate) const LAST_LOOP: u64 = 0xFFD;
/// One generation.
pub(crate) const GENERATION_ONE: u64 = 1 << 32;
/// The bits of the generation. Tests shrink it, so that it wraps soon.
#[cfg(not(test))]
pub(crate) const GENERATION: u64 = 0xF_FFFF << 32;
#[cfg(test)]
pub(crate) const GENERATION: u64 = 0x3 << 32;

/// The loop field of a deferred wake. The timer of a task posts it when it fires, and the round of that
/// iteration wakes the task. So the task steps one iteration after its timer fired.
const DEFERRED: u64 = 0;
/// The loop field of a notice to a group.
const NOTICE: u64 = 0xFFE << LOOP_SHIFT;
/// The loop field of a scope's ticket.
pub(crate) const SCOPE: u64 = LOOP;

/// Declares integers that have a meaning of their own. `pub Ticket (pub(crate))` declares a public
/// type whose bits only this crate reads and makes.
macro_rules! words {
    ($($(#[$docs:meta])* $visibility:vis $name:ident ($bits:vis);)+) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        $visibility struct $name(u64);

        impl $name {
            /// Makes the word from its bits.
            #[inline]
            $bits const fn from_bits(bits: u64) -> Self {
                $name(bits)
            }

            /// Returns the bits of the word.
            #[inline]
            $bits const fn bits(self) -> u64 {
                self.0
            }
        }
    )+};
}

words! {
    /// Names one occupant of one slot of a loop: a task, a promise or a callback.
    ///
    /// A ticket may be kept for ever and sent to other threads. When its occupant has gone, it
    /// names nothing.
    pub Ticket (pub(crate));
    /// Names one scope of a loop, see [`CancelScope::ticket`](crate::CancelScope::ticket).
    pub ScopeTicket (pub(crate));
    /// Names a timer of the floor above while its wake waits in the ready queue: the timer's
    /// number, and 20 bits that tell it from another timer of that number.
    pub TimerWord (pub(crate));
    /// Names an entry of the ready queue: a step, a deferred wake, a notice, or the cancel of a
    /// scope. Floor 4 also stores an entry in each timer, to know whom the timer wakes: the step of a
    /// task or a callback, or the cancel of a scope. (For a waker of another executor it stores the
    /// place of the waker in a table instead, a number below 2^52, which no step and no cancel has.)
    /// When the timer of a task fires, `Scheduler::fire` queues a deferred wake, made from the number
    /// of the timer.
    pub Entry (pub);
    /// Stores in one word the reason for which a suspended task waits (`wait.rs`).
    pub(crate) WaitWord (pub(crate));
}

impl Ticket {
    /// The ticket of no occupant, as in a handle that has returned the value of its task.
    pub const NONE: Ticket = Ticket(0);
    /// As `NONE`, in a handle that has returned the cancel, or the failure, of its task.
    pub(crate) const SPENT_ON_CANCEL: Ticket = Ticket(1);
    pub(crate) const SPENT_ON_FAILURE: Ticket = Ticket(2);
    /// As `NONE`, in a handle that never had a task.
    pub(crate) const OF_NOTHING: Ticket = Ticket(3);

    /// Returns the index of the slot, which later occupants of the slot share.
    #[inline]
    pub const fn index(self) -> u32 {
        self.0 as u32
    }

    /// Returns the loop field.
    #[inline]
    pub(crate) fn loop_field(self) -> u64 {
        self.0 & LOOP
    }
}

impl ScopeTicket {
    /// The ticket of no scope.
    pub const NONE: ScopeTicket = ScopeTicket(0);
}

impl TimerWord {
    /// Makes the word of a timer. Uses the lower 20 bits of `generation`.
    #[inline]
    pub const fn new(number: u32, generation: u32) -> Self {
        let above = ((generation as u64) << 32) & !LOOP;
        TimerWord::from_bits(above | number as u64)
    }

    /// Returns the number of the timer.
    #[inline]
    pub const fn number(self) -> u32 {
        self.bits() as u32
    }

    /// Returns the 20 bits that were given as the generation.
    #[inline]
    pub const fn generation(self) -> u32 {
        (self.bits() >> 32) as u32
    }
}

impl From<Ticket> for Entry {
    /// Makes the entry of a step.
    #[inline]
    fn from(ticket: Ticket) -> Self {
        Entry(ticket.0)
    }
}

impl From<ScopeTicket> for Entry {
    /// Makes the entry that cancels a scope.
    #[inline]
    fn from(scope: ScopeTicket) -> Self {
        Entry(scope.0)
    }
}

impl From<TimerWord> for Entry {
    /// Makes the entry that wakes the task of a timer.
    #[inline]
    fn from(timer: TimerWord) -> Self {
        Entry(timer.0)
    }
}

impl From<Ticket> for WaitWord {
    /// Makes the word of a task that awaits the occupant of a slot.
    #[inline]
    fn from(ticket: Ticket) -> Self {
        WaitWord(ticket.0)
    }
}

/// The kinds of entry in the ready queue. The loop field of an entry tells its kind.
///
/// | entry | loop field | a round reaches the entry, and | makes ready |
/// |---|---|---|---|
/// | `Step` | 1..=4093 | takes a step of the task or callback | the tasks that the step wakes |
/// | `DeferredWake` | 0 | redeems a fired timer | the task for which the timer was set |
/// | `NotifyGroup` | 4094 | notifies a group of the end of a member | the tasks that the group wakes |
/// | `CancelScope` | 4095 | cancels a scope | the task of the scope, or first the task that it awaits |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Step,
    DeferredWake,
    NotifyGroup,
    CancelScope,
}

impl Entry {
    /// The smallest entry of a step, a notice or a scope: of a timer's words, the smaller ones name foreign
    /// wakers.
    pub const FIRST: u64 = 1 << LOOP_SHIFT;

    /// Makes the entry that notifies the group of a task.
    #[inline]
    pub(crate) fn notify_group(ticket: Ticket) -> Self {
        Entry(ticket.0 & !LOOP | NOTICE)
    }

    /// Reads the loop field.
    #[inline(always)]
    pub(crate) fn kind(self) -> EntryKind {
        match self.0 & LOOP {
            NOTICE => EntryKind::NotifyGroup,
            DEFERRED => EntryKind::DeferredWake,
            SCOPE => EntryKind::CancelScope,
            _ => EntryKind::Step,
        }
    }

    /// Returns the ticket of a step. If the entry is no step, this ticket matches no slot.
    #[inline(always)]
    pub fn ticket(self) -> Ticket {
        Ticket(self.0)
    }

    /// Returns the ticket of the task whose end a notice reports.
    #[inline]
    pub(crate) fn ended_task(self, of_loop: u64) -> Ticket {
        Ticket(self.0 & !LOOP | of_loop)
    }

    /// Returns the word of the timer of a deferred wake.
    #[inline]
    pub(crate) fn timer(self) -> TimerWord {
        TimerWord(self.0)
    }

    /// Returns the ticket of the scope to cancel.
    #[inline]
    pub(crate) fn scope(self) -> ScopeTicket {
        ScopeTicket(self.0)
    }
}

/// Packs a member of a group into one word: the group above, the member below.
#[inline]
pub(crate) fn member_word(group: u32, member: u32) -> u64 {
    u64::from(group) << 32 | u64::from(member)
}

/// Returns the loop number in a loop field.
#[inline]
pub(crate) fn loop_number(of_loop: u64) -> u16 {
    (of_loop >> LOOP_SHIFT) as u16
}

#[cfg(test)]
#[path = "../../tests/unit/ticket.rs"]
mod tests;
