//! Keeps one word of the thread that says what is special about a step.
//!
//! The problem: a select, a yield and a lock each have a few questions before they poll. Is a cancel
//! looking for its region? Does a chooser decide the order? In nearly every step all answers are no, and
//! the questions would cost more than a short poll. So each of these things also sets a bit of one
//! word. If the word is 0, one load has all the answers.
//!
//! ```text
//!   bits      set                                                   cleared
//!   REFUSALS  a cancel is on its way (`cancel/gate.rs`)             it is caught, or the step ends
//!   NOTES     a round begins whose footprints are kept              the rounds end
//!   CANCEL    as REFUSALS, and stays when the gate opens by itself  as REFUSALS
//!   CHOOSER   a round begins under a chooser, or one is set         the rounds end
//!   UNSURE    the rounds end, or the thread's scheduler changes     its rounds begin
//! ```
//!
//! Invariants:
//! 1. While the word is 0, rounds of the thread's scheduler run, no cancel is delivered into the step,
//!    and there is no chooser.
//! 2. A bit may be set without need: then the loop has the answer.
//! 3. Rounds inside a step have a word of their own. What they set besides the gate stays set behind them.
//!
//! Read next: `core/sites.rs`.

use std::cell::Cell;

thread_local! {
    static WORD: Cell<u32> = const { Cell::new(UNSURE) };
}

/// The refusals that are left to the gate.
pub(crate) const REFUSALS: u32 = (1 << 21) - 1;
/// A cancel is on its way in the step.
pub(crate) const CANCEL: u32 = 1 << 27;
/// A chooser is set.
pub(crate) const CHOOSER: u32 = 1 << 28;
/// No rounds run, or they may be those of another scheduler than the thread's.
pub(crate) const UNSURE: u32 = 1 << 30;
/// Polls are noted.
pub(crate) const NOTES: u32 = 1 << 31;

/// Returns true if nothing is special about the step.
#[inline(always)]
pub(crate) fn is_plain() -> bool {
    WORD.get() == 0
}

/// Returns true if one of these bits is set.
#[inline(always)]
pub(crate) fn has(bits: u32) -> bool {
    WORD.get() & bits != 0
}

/// Sets these bits.
#[inline(always)]
pub(crate) fn set(bits: u32) {
    WORD.set(WORD.get() | bits);
}

/// Clears these bits.
#[inline(always)]
pub(crate) fn clear(bits: u32) {
    WORD.set(WORD.get() & !bits);
}

/// Counts a refusal of the gate, which is shut.
pub(crate) fn count_refusal() {
    WORD.set(WORD.get() - 1);
}

/// Clears these bits until the returned guard is dropped.
#[inline]
pub(crate) fn without(bits: u32) -> AsBefore {
    AsBefore(WORD.replace(WORD.get() & !bits))
}

/// Restores the word when it is dropped.
pub(crate) struct AsBefore(u32);

impl Drop for AsBefore {
    #[inline]
    fn drop(&mut self) {
        WORD.set(self.0 | WORD.get() & !(REFUSALS | NOTES));
    }
}
