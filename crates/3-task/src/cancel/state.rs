//! Records how far a cancel of a task has come, as one enum.
//!
//! The problem: between `cancel()` and its delivery a cancel can be taken back, go to an
//! awaited task and come back, or meet a second cancel. Four bits of a key store this. Nine of
//! their sixteen combinations exist, and each has a name here. The numbers of the moves are those
//! of `cancel.rs`.
//!
//! ```text
//!     ┌────────────────── 3 reach ───────────────────┐
//!     │                                              v
//!   None ─── 2 forward ──> Forwarded ── 3, 4 ──> Reached
//!   ^ │                        │
//!   │ │                        │ 6 give back
//!   │ │                        v
//!   │ └─ 1, 14 set pending ─> Pending
//!   └─── 13 take back, go on ──┘
//!
//!   When a step begins, each state becomes None, and the step owns the cancel (`owner.rs`).
//!   But Forwarded stays until the awaited task or promise has ended. If that one has caught
//!   the cancel, the cancel is over.
//!   A second cancel turns Forwarded and Reached into ForwardedAndPending, ReachedAndPending.
//!   Follows moves as Pending, but the task keeps the result that it ends with (15).
//! ```
//!
//! | move | what happens | who does it |
//! |---|---|---|
//! | 1, 14 set pending | the next step will see the cancel: the task runs or is ready | `ask`, `give_back` |
//! | | the awaited task or promise has refused the cancel | `refused` |
//! | | no region has taken the cancel in a step that has returned a value | `settle_slow_step` |
//! | 2 forward | the awaited task or promise is cancelled first | `forward_or_reach` |
//! | 3 reach | nothing awaited can take the cancel, and the task is woken | `reach` |
//! | 4 come back | the awaited task or promise has ended as cancelled | `bring_back` |
//! | 6 give back | the registration is dropped before an answer | `leave_awaited` |
//! | 13 take back | no cancel is left, or the task has panicked | `uncancel`, `step_panicked` |
//! | go on | the task is idle now: move 2 or 3 follows | `after_suspension`, `leave_awaited` |
//! | 15 follow | a group returns errors before the cancel | `give_back`, `let_error_stand` |
//! | begin | a step begins, and the cancel is delivered into it or not (5, 7, 8) | `begin_slow` |
//!
//! Invariant: when a step begins, no cancel stays behind except a forwarded one without an
//! answer. That one is not delivered: its answer decides.
//!
//! Read next: `cancel/scope_state.rs`, the same for a scope.

use crate::store::key::{FOLLOWS, FORWARDED, PENDING, REACHED};
use crate::store::slot::Slot;

/// The states of a task's cancel between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum CancelState {
    /// No cancel is on its way.
    None = 0,
    /// The next step delivers it, or the suspension of the running step does. It can be
    /// taken back.
    Pending = PENDING,
    /// It was handed on to the awaited task or promise, which has not ended yet.
    Forwarded = FORWARDED,
    /// `Forwarded`, and a second cancel is pending.
    ForwardedAndPending = FORWARDED | PENDING,
    /// It has reached the task that waits, and the next step delivers it.
    Reached = REACHED,
    /// `Reached`, and a second cancel is pending.
    ReachedAndPending = REACHED | PENDING,
    /// As `Pending`, but the task keeps the result that it ends with.
    Follows = FOLLOWS,
    ForwardedAndFollows = FORWARDED | FOLLOWS,
    ReachedAndFollows = REACHED | FOLLOWS,
}

/// The moves of the table above without `begin`, and a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelMove {
    SetPending,
    Follow,
    Forward,
    /// The awaited task or promise has accepted neither this cancel nor an earlier one.
    Refuse,
    Reach,
    ComeBack,
    GiveBack,
    TakeBack,
    /// The task has suspended, and the pending cancel goes on by `Forward` or `Reach`.
    GoOn,
}

/// The answer of the awaited task or promise to a cancel, when the next step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has not ended.
    Out,
    /// It has ended as cancelled.
    Cancelled,
    /// It has ended otherwise: there the cancel was caught.
    Caught,
}

impl CancelState {
    /// Returns the state after a move.
    ///
    /// | | set pending | forward | refuse | reach | come back | give back | take back, go on |
    /// |---|---|---|---|---|---|---|---|
    /// | `None` | `P` | `F` | - | `R` | - | - | - |
    /// | `Pending` (`P`) | - | `F+P` | - | `R+P` | - | - | `None` |
    /// | `Forwarded` (`F`) | `F+P` | - | `None` | `R` | `R` | `P` | - |
    /// | `F+P` | - | - | `P` | `R+P` | `R+P` | `P` | `F` |
    /// | `Reached` (`R`) | `R+P` | - | - | - | - | - | - |
    /// | `R+P` | - | - | - | - | - | - | `R` |
    ///
    /// (`-`: nothing changes.) `Follow` moves as `SetPending` does, but to `Follows` in place of
    /// `Pending`, also from `Pending`. From then on `Follows` moves as `Pending` does.
    /// `SetPending` turns it into `Pending`, and so does the give-back of a forwarded cancel.
    #[inline]
    pub(crate) const fn after(self, change: CancelMove) -> CancelState {
        const EITHER: u64 = PENDING | FOLLOWS;
        let (at, pending) = (self as u64 & !EITHER, self as u64 & EITHER);
        CancelState::unpack(match (change, at) {
            (CancelMove::SetPending, _) => at | PENDING,
            (CancelMove::Follow, _) => at | FOLLOWS,
            (CancelMove::GiveBack, FORWARDED) => PENDING,
            (CancelMove::TakeBack | CancelMove::GoOn, _) => at,
            (CancelMove::Forward, 0) => FORWARDED | pending,
            (CancelMove::Refuse, FORWARDED) => pending,
            (CancelMove::Reach, _) | (CancelMove::ComeBack, FORWARDED) => REACHED | pending,
            _ => at | pending,
        })
    }

    /// Returns the state after the beginning of a step, and whether the cancel is delivered
    /// into it. Calls `answer` only in the state `Forwarded`.
    ///
    /// | | no answer yet | the awaited was cancelled | caught |
    /// |---|---|---|---|
    /// | `None` | no | no | no |
    /// | `Forwarded` | no, stays | yes | no |
    /// | any other | yes | yes | yes |
    #[inline]
    pub(crate) fn begin(self, answer: impl FnOnce() -> Answer) -> (CancelState, bool) {
        match self {
            CancelState::None => (CancelState::None, false),
            CancelState::Forwarded => match answer() {
                Answer::Out => (CancelState::Forwarded, false),
                Answer::Cancelled => (CancelState::None, true),
                Answer::Caught => (CancelState::None, false),
            },
            _ => (CancelState::None, true),
        }
    }

    /// Reads the state from the bits of a key.
    #[inline]
    pub(crate) const fn unpack(bits: u64) -> CancelState {
        match (bits & (FORWARDED | REACHED), bits & (PENDING | FOLLOWS)) {
            (0, 0) => CancelState::None,
            (0, FOLLOWS) => CancelState::Follows,
            (0, _) => CancelState::Pending,
            (FORWARDED, 0) => CancelState::Forwarded,
            (FORWARDED, FOLLOWS) => CancelState::ForwardedAndFollows,
            (FORWARDED, _) => CancelState::ForwardedAndPending,
            (_, 0) => CancelState::Reached,
            (_, FOLLOWS) => CancelState::ReachedAndFollows,
            (_, _) => CancelState::ReachedAndPending,
        }
    }

    /// Returns the state of a slot.
    #[inline]
    pub(crate) fn of(slot: &Slot) -> CancelState {
        CancelState::unpack(slot.cancel_bits())
    }

    /// Moves the state of a slot.
    #[inline]
    pub(crate) fn apply(slot: &Slot, change: CancelMove) {
        slot.set_cancel_bits(CancelState::of(slot).after(change) as u64);
    }

    /// Returns true if this state has a bit: `PENDING`, `FOLLOWS`, `FORWARDED` or `REACHED`.
    #[inline]
    pub(crate) const fn has(self, bit: u64) -> bool {
        self as u64 & bit != 0
    }
}

#[cfg(test)]
#[path = "../../tests/unit/cancel_state.rs"]
mod tests;
