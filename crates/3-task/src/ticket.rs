//! A waker is a ticket: one integer that names a slot.
//!
//! The problem: a waker must be cheap to copy, safe to keep for ever, and
//! callable from any thread. A pointer to the task has to be counted, and the
//! count has to be atomic. An integer needs neither: whoever redeems it looks
//! the slot up and compares the generation. A ticket that has outlived its task
//! finds another generation in the slot, and nothing happens.
//!
//! ```text
//!            63        52 51              32 31                        0
//!  ticket   |  loop : 12 | generation : 20  |        index : 32         |
//!  slot key |  loop : 12 | generation : 20  |        flags : 32         |
//! ```
//!
//! Invariants:
//! 1. A slot's key and the ticket of its occupant agree in the upper 32 bits,
//!    the *tag*. One comparison answers "same loop, same occupant".
//! 2. A generation never repeats: a slot whose generation would wrap is retired.
//! 3. Loop numbers start at 1. A ready entry whose loop field is 0 is therefore
//!    not a ticket but a [relay](RELAY), see `relay.rs`.
//!
//! Read next: `slot.rs`, which gives the index a place.

/// Bits of a key or a ticket that say which loop and which occupant.
pub(crate) const TAG: u64 = 0xFFFF_FFFF_0000_0000;
/// Bits of a key that hold the flags, bits of a ticket that hold the index.
pub(crate) const LOW: u64 = 0x0000_0000_FFFF_FFFF;
/// How far the loop number stands from the right.
pub(crate) const LOOP_SHIFT: u32 = 52;
/// The bits of the loop number.
pub(crate) const LOOP: u64 = 0xFFF << LOOP_SHIFT;
/// One generation.
pub(crate) const GENERATION_ONE: u64 = 1 << 32;
/// The bits of the generation. Tests shrink it, so that it wraps soon.
#[cfg(not(test))]
pub(crate) const GENERATION: u64 = 0xF_FFFF << 32;
#[cfg(test)]
pub(crate) const GENERATION: u64 = 0x3 << 32;

/// The ticket of a handle that has given its value: loops are numbered from 1,
/// so it fits no slot.
pub(crate) const SPENT: u64 = 0;

/// The loop field of a ready entry that is a relay.
///
/// A relay stands in the ready queue for a callback that asyncio would put
/// there: a finished sleep that wakes its task. Redeeming it takes one place in the
/// round and wakes somebody for the next, exactly as the callback would.
pub(crate) const RELAY: u64 = 0;
/// The loop field of another kind of relay: a finished child that tells its group.
/// No loop has this number.
pub(crate) const TELL: u64 = 0xFFE << LOOP_SHIFT;

/// In the ready queue: a step of this slot is due.
pub(crate) const SCHED: u64 = 1 << 0;
/// Finished; the output, if any, waits to be taken.
pub(crate) const DONE: u64 = 1 << 1;
/// Nobody lives here.
pub(crate) const VACANT: u64 = 1 << 2;
/// A cancel is to be delivered at the next step.
pub(crate) const MUST_CANCEL: u64 = 1 << 3;
/// The task has raised a cancel by hand; the innermost region takes it.
pub(crate) const RAISED: u64 = 1 << 4;
/// A cancel was handed on to what this task awaits; it may come back.
pub(crate) const FORWARDED: u64 = 1 << 5;
/// At its last suspension a `catch_cancel` region was alive.
pub(crate) const REGION: u64 = 1 << 6;
/// Somebody watches: every move takes the slow path and is told.
pub(crate) const OBSERVED: u64 = 1 << 7;
/// The slot's future lives on the stack of whoever runs the loop.
pub(crate) const ROOT: u64 = 1 << 8;
/// The occupant is a promise: it is set, never polled.
pub(crate) const PROMISE: u64 = 1 << 9;

/// A cancel has reached the place where the task waits. Unlike `MUST_CANCEL` it
/// cannot be taken back any more (C10).
pub(crate) const STRUCK: u64 = 1 << 10;

/// Nobody holds a handle that could ask for the output.
pub(crate) const DETACHED: u64 = 1 << 16;
/// The occupant is a callback, not a task.
pub(crate) const CALLBACK: u64 = 1 << 17;
/// `waiter` names a group and a member instead of a task.
pub(crate) const GROUP: u64 = 1 << 18;
/// Finished by cancellation. Only together with `DONE`.
pub(crate) const CANCELLED: u64 = 1 << 19;
/// Finished by a panic or by `set_exception`. Only together with `DONE`.
pub(crate) const FAILED: u64 = 1 << 20;
/// Somebody has looked at the failure.
pub(crate) const RETRIEVED: u64 = 1 << 21;
/// Somebody has asked for a cancel of it, ever: its extra says the rest.
pub(crate) const ASKED: u64 = 1 << 22;
/// The bits of a key that decide about a wake: it takes place, untold, if they
/// are the tag of the ticket and nothing else.
pub(crate) const WAKEABLE: u64 = TAG | SCHED | DONE | VACANT | PROMISE | OBSERVED;
/// Flags that do not stop a plain step.
pub(crate) const NEUTRAL: u64 =
    DETACHED | CALLBACK | GROUP | CANCELLED | FAILED | RETRIEVED | ASKED;
/// Flags that, found set after a step that suspended, need a second look.
pub(crate) const AFTER_SUSPENSION: u64 = MUST_CANCEL | RAISED | OBSERVED;

/// The slot index of a ticket or of a relay.
#[inline]
pub(crate) fn index(ticket: u64) -> u32 {
    (ticket & LOW) as u32
}

/// The number of the loop of a ticket.
#[inline]
pub(crate) fn loop_of(ticket: u64) -> u16 {
    (ticket >> LOOP_SHIFT) as u16
}

/// The relay by which a finished child tells its group.
#[inline]
pub(crate) fn tell_of(ticket: u64) -> u64 {
    (ticket & !LOOP) | TELL
}

/// A relay for the same slot.
#[inline]
pub(crate) fn relay_of(ticket: u64) -> u64 {
    (ticket & !LOOP) | (RELAY << LOOP_SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flag_is_both_neutral_and_stopping() {
        let stopping = SCHED | DONE | VACANT | MUST_CANCEL | RAISED | FORWARDED;
        let stopping = stopping | REGION | OBSERVED | ROOT | PROMISE | STRUCK;
        assert_eq!(stopping & NEUTRAL, 0);
        assert_eq!((stopping | NEUTRAL) & TAG, 0);
    }

    #[test]
    fn a_relay_keeps_generation_and_index() {
        let ticket = (7 << LOOP_SHIFT) | (0x12345 << 32) | 99;
        assert_eq!(relay_of(ticket), (0x12345 << 32) | 99);
        assert_eq!(index(relay_of(ticket)), 99);
    }
}
