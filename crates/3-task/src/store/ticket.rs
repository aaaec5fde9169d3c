//! Defines the ticket: one integer that names a slot and its occupant.
//!
//! The problem: a waker must be cheap to copy, safe to keep for ever, and callable from any
//! thread. A pointer to the task must be counted, atomically. An integer needs no count: to
//! redeem it, the loop looks into the slot and compares the generation. A ticket that has
//! outlived its task finds another generation there, and nothing happens.
//!
//! ```text
//!            63        52 51              32 31                        0
//!  ticket   |  loop : 12 | generation : 20  |        index : 32         |
//!  slot key |  loop : 12 | generation : 20  |        flags : 32         |
//! ```
//!
//! The ready queue holds 64-bit entries. Nearly all are tickets: each is a step of a task. In
//! three cases asyncio queues a callback instead, which makes a task ready one iteration later:
//! to wake a sleeper, to notify a gather of an end, and to cancel a task at its deadline. Here an
//! [`Entry`] of its own kind stands in the place of that callback, and takes the same iteration.
//!
//! Invariants:
//! 1. A slot's key and the ticket of its occupant agree in the upper 32 bits, the *tag*. One
//!    comparison answers whether loop and occupant are the same.
//! 2. A generation never repeats: a slot whose generation would wrap is retired.
//! 3. Loops are numbered from 1 to 4093, so the loop field alone tells the three other kinds of
//!    entry from tickets.
//!
//! Read next: `store/key.rs`, the lower half of a slot's key.

/// The bits that say which loop and which occupant.
pub(crate) const TAG: u64 = 0xFFFF_FFFF_0000_0000;
/// The lower half: of a key the flags, of a ticket the index.
const LOW: u64 = 0x0000_0000_FFFF_FFFF;
/// Position of the loop number, in bits from the right.
pub(crate) const LOOP_SHIFT: u32 = 52;
/// The bits of the loop number.
pub(crate) const LOOP: u64 = 0xFFF << LOOP_SHIFT;
/// The highest number of a loop. The two above it, and 0, mark entries that are no steps.
pub(crate) const LAST_LOOP: u64 = 0xFFD;
/// One generation.
pub(crate) const GENERATION_ONE: u64 = 1 << 32;
/// The bits of the generation. Tests shrink it, so that it wraps soon.
#[cfg(not(test))]
pub(crate) const GENERATION: u64 = 0xF_FFFF << 32;
#[cfg(test)]
pub(crate) const GENERATION: u64 = 0x3 << 32;

/// The ticket of a handle whose value was taken. It fits no slot.
pub(crate) const SPENT: u64 = 0;

/// The loop field of a deferred wake.
const DEFERRED: u64 = 0;
/// The loop field of a notice to a group.
const NOTICE: u64 = 0xFFE << LOOP_SHIFT;
/// The loop field of a scope's ticket, and of a wait word for a task that is watched but
/// not awaited.
pub(crate) const WATCHED: u64 = LOOP;

/// The kinds of entry in the ready queue. The loop field of an entry tells its kind.
///
/// | entry | loop field | what the turn does with it | tasks that this makes ready |
/// |---|---|---|---|
/// | `Step` | 1..=4093 | takes a step of the task or callback | those that the step wakes |
/// | `DeferredWake` | 0 | redeems a fired timer | the task for which the timer was set |
/// | `NotifyGroup` | 4094 | tells a group that a member has ended | those that the group wakes |
/// | `CancelScope` | 4095 | cancels a scope | the task of the scope |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Step,
    DeferredWake,
    NotifyGroup,
    CancelScope,
}

impl Entry {
    /// Reads the loop field of an entry.
    #[inline(always)]
    pub(crate) fn of(entry: u64) -> Entry {
        match entry & LOOP {
            NOTICE => Entry::NotifyGroup,
            DEFERRED => Entry::DeferredWake,
            WATCHED => Entry::CancelScope,
            _ => Entry::Step,
        }
    }

    /// Makes the entry of this kind: for a timer if it is a deferred wake, else for a ticket. A
    /// scope's ticket is its entry.
    #[inline]
    pub(crate) fn pack(self, ticket: u64) -> u64 {
        match self {
            Entry::Step | Entry::CancelScope => ticket,
            Entry::DeferredWake => ticket & !LOOP | DEFERRED,
            Entry::NotifyGroup => ticket & !LOOP | NOTICE,
        }
    }
}

/// Returns the slot index of a ticket or an entry.
#[inline]
pub(crate) fn index(ticket: u64) -> u32 {
    (ticket & LOW) as u32
}

/// Packs a member of a group into one word: the group above, the member below.
#[inline]
pub(crate) fn member_word(group: u32, member: u32) -> u64 {
    u64::from(group) << 32 | u64::from(member)
}

/// Returns the loop number of a ticket.
#[inline]
pub(crate) fn loop_of(ticket: u64) -> u16 {
    (ticket >> LOOP_SHIFT) as u16
}

#[cfg(test)]
#[path = "../../tests/unit/ticket.rs"]
mod tests;
