//! Holds values back while a cancel is on its way inside a step.
//!
//! The problem: a task polls several futures in one step. A cancel is delivered into the step
//! while one of the futures has a value. The cancel wins: no code behind an await may run
//! before a region has caught the cancel or the task has ended. But the future with the value
//! may be polled first. So there is a gate, and each leaf future of ours asks it before it
//! returns a value. (A leaf is made of no other futures: a yield, a task, a promise, a sleep.)
//!
//! ```text
//!   delivered, or raised ──> shut ── a region catches, or the step ends ──> open
//!                              │
//!   poll of a leaf that is ready ──> wakes its caller, returns Pending
//! ```
//!
//! The end of a step and the state of the cancel decide how the task goes on:
//!
//! | the step ends with | cancel pending | delivered, not caught | raised | behind errors |
//! |---|---|---|---|---|
//! | a value | cancelled | cancelled | given back, then as pending | the value |
//! | an `Err` of a group's child | the `Err` | the `Err` | as pending | the `Err` |
//! | a panic | the panic | the panic | the panic | the panic |
//! | a suspension | delivered there | ended | ended | delivered there |
//!
//! A leaf that is held back wakes its caller, because a combinator that polls only woken futures
//! would never poll it again. Leaves of other crates do not know the gate. One of their values
//! can overtake a cancel, which is then delivered at the next suspension.
//!
//! Code in a gated step may poll a leaf in a loop until it returns a value, as `block_on` does.
//! Such a loop must end, so the gate opens after a million refusals. A bare yield counts no
//! refusals: a loop that polls only a yield does not end there.
//!
//! A primitive has a short path for the poll that finds it free, and the path begins with a look at the
//! gate. A chooser that wants footprints needs a note of each such poll. So one bit beside the gate says
//! that: with it the gate holds nothing back, and a primitive takes its long path, which makes the note.
//! Without it the note costs the short path nothing. The gate is a part of the word of the step
//! (`core/step.rs`).
//!
//! Invariants:
//! 1. The gate is shut only inside a step of a task, and open when that step is over.
//! 2. A loop that is run inside a step begins with an open gate.
//! 3. A leaf that has no value is neither held back nor woken by the gate.
//! 4. The bit of the notes is set in each round whose footprints are kept, and in no other.
//!
//! Read next: `cancel/owner.rs`.

use std::task::Context;

use crate::core::step::{self, AsBefore, CANCEL, NOTES, REFUSALS};

/// Number of refusals after which the gate opens by itself.
const MANY: u32 = 1 << 20;

/// Shuts or opens the gate.
#[inline]
pub(crate) fn shut(shut: bool) {
    match shut {
        true => step::set(MANY | CANCEL),
        false => step::clear(REFUSALS | CANCEL),
    }
}

/// Sets the bit of the notes. The end of the rounds clears it.
pub(crate) fn note_polls() {
    step::set(NOTES);
}

/// Returns true if the gate is open, and polls are not noted.
#[inline]
pub(crate) fn is_plain() -> bool {
    !step::has(REFUSALS | NOTES)
}

/// Returns true if the gate is shut: for a leaf that is always ready, and wakes itself.
#[inline]
pub(crate) fn is_shut() -> bool {
    step::has(REFUSALS)
}

/// Opens the gate until the returned guard is dropped. Polls are noted as before.
#[inline]
pub(crate) fn open_for_now() -> AsBefore {
    step::without(REFUSALS)
}

/// Returns true if a leaf is to keep its value for now, and wakes its caller then. `ready`
/// returns whether the leaf has a value; it is called only if the gate is shut.
#[inline]
pub(crate) fn holds_back_if(cx: &Context<'_>, ready: impl FnOnce() -> bool) -> bool {
    is_shut() && ready() && refuse(cx)
}

/// Returns true if a leaf that has a value is to keep it for now, and wakes its caller then.
#[inline]
pub(crate) fn holds_back(cx: &Context<'_>) -> bool {
    is_shut() && refuse(cx)
}

#[cold]
#[inline(never)] // Speed: yield_many.
fn refuse(cx: &Context<'_>) -> bool {
    step::count_refusal();
    cx.waker().wake_by_ref();
    true
}
