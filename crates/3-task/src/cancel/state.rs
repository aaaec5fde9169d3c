//! How far a cancel of a task has come: one enum, one table.
//!
//! The problem: between `cancel()` and its delivery a cancel can be taken back, go to
//! an awaited task and come back, or meet a second one. Four bits of a key say which;
//! nine of their combinations exist.
//!
//! ```text
//!            1 mark                    4 begin: delivered into the step
//!     ┌───────────────> Pending ──────────────────────────────┐
//!     │                  │  ^ 1 mark (Forwarded: both)        │
//!     │ 6 take back      │  │                                 v
//!   None <───────────────┘  │ 2 forward     5 comes back     None, delivered, and owned:
//!     │  ┌──────────> Forwarded ──────────> Delivered ────────^ `cancel/owner.rs`
//!     │  │ 2 forward     │  │                 ^     4 begin       │
//!     └──┴───────────────┼──┼─────────────────┘                  │
//!          3 reach       │  └── 7 give back ──> Pending <── 1 mark, given back
//!                        └── 4 begin, the answer is out: stays
//!
//!   Follows: as Pending, but what the task ends with stands (8)
//! ```
//!
//! | move | what happens | who does it |
//! |---|---|---|
//! | 1 mark | the task runs, is ready anyway, or was refused: its next step will see it; or it is given back by an owner that was dropped | `ask`, `refused`, `give_back`; `turn_slow`, where no region took it |
//! | 2 forward | the awaited task or promise is cancelled first (C05), and the registration there owns the cancel | `deliver` |
//! | 3 reach | nothing is awaited that could take it: the task is woken | `reach` |
//! | 4 begin | a step begins, and the cancel is delivered into it or not | `run/turn.rs` |
//! | 5 comes back | the awaited has ended by it | `bring_back` |
//! | 6 take back | `uncancel`, with none left (C10) | `uncancel`; `after_suspension`, to deliver it; `step_panicked` |
//! | 7 give back | the registration goes before the awaited has ended | `leave_awaited` |
//! | 8 follow | a group holds somebody else's cancel, and has errors to tell first | `give_back` |
//!
//! Invariant: a step that begins leaves no cancel behind but a forwarded one, which is
//! not delivered: its answer decides.
//!
//! Read next: `cancel/counts.rs`.

use crate::store::key::{DELIVERED, FOLLOWS, FORWARDED, PENDING};
use crate::store::slot::Slot;

/// How far a cancel of a task has come, between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum CancelState {
    /// No cancel is on its way.
    None = 0,
    /// The next step, or the suspension of the running one, delivers it. It can be
    /// taken back.
    Pending = PENDING,
    /// It was handed on to the awaited task or promise, which has not ended yet.
    Forwarded = FORWARDED,
    /// One was handed on, and a second one was not accepted there.
    ForwardedAndPending = FORWARDED | PENDING,
    /// It has reached the place where the task waits: the next step delivers it.
    Delivered = DELIVERED,
    /// It has, and was asked for again.
    DeliveredAndPending = DELIVERED | PENDING,
    /// As `Pending`, but it does not take the place of what the task ends with.
    Follows = FOLLOWS,
    ForwardedAndFollows = FORWARDED | FOLLOWS,
    DeliveredAndFollows = DELIVERED | FOLLOWS,
}

/// What can happen to a cancel: the moves of the table above, and a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelMove {
    Mark,
    Follow,
    Forward,
    /// What it was to be handed on to did not accept it, nor an earlier one.
    Refuse,
    Reach,
    ComeBack,
    GiveBack,
    TakeBack,
}

/// What has become of a cancel that was handed on, as a step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The awaited has not ended.
    Out,
    /// The awaited has ended as cancelled.
    Cancelled,
    /// The awaited has ended otherwise: there the cancel was caught.
    Caught,
}

impl CancelState {
    /// The state after a move.
    ///
    /// | | mark | forward | refuse | reach | come back | give back | take back |
    /// |---|---|---|---|---|---|---|---|
    /// | `None` | `P` | `F` | - | `D` | - | - | - |
    /// | `Pending` (`P`) | - | `F+P` | - | `D+P` | - | - | `None` |
    /// | `Forwarded` (`F`) | `F+P` | - | `None` | `D` | `D` | `P` | - |
    /// | `F+P` | - | - | `P` | `D+P` | `D+P` | `P` | `F` |
    /// | `Delivered` (`D`) | `D+P` | - | - | - | - | - | - |
    /// | `D+P` | - | - | - | - | - | - | `D` |
    ///
    /// (`-`: nothing changes.) `Follow` does what `Mark` does, with `Follows` in place of
    /// `Pending`, also where one is pending. From then on `Follows` moves as `Pending`
    /// does, and a mark makes it one.
    #[inline]
    pub(crate) const fn after(self, step: CancelMove) -> CancelState {
        const EITHER: u64 = PENDING | FOLLOWS;
        let (place, pending) = (self as u64 & !EITHER, self as u64 & EITHER);
        CancelState::unpack(match (step, place) {
            (CancelMove::Mark, _) => place | PENDING,
            (CancelMove::Follow, _) => place | FOLLOWS,
            (CancelMove::GiveBack, FORWARDED) => PENDING,
            (CancelMove::TakeBack, _) => place,
            (CancelMove::Forward, 0) => FORWARDED | pending,
            (CancelMove::Refuse, FORWARDED) => pending,
            (CancelMove::Reach, _) | (CancelMove::ComeBack, FORWARDED) => DELIVERED | pending,
            _ => place | pending,
        })
    }

    /// The state after the beginning of a step, and whether the cancel is delivered
    /// into it. `answer` is asked only where a cancel was handed on.
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

    /// Reads the bits of a key.
    #[inline]
    pub(crate) const fn unpack(bits: u64) -> CancelState {
        match (bits & (FORWARDED | DELIVERED), bits & (PENDING | FOLLOWS)) {
            (0, 0) => CancelState::None,
            (0, FOLLOWS) => CancelState::Follows,
            (0, _) => CancelState::Pending,
            (FORWARDED, 0) => CancelState::Forwarded,
            (FORWARDED, FOLLOWS) => CancelState::ForwardedAndFollows,
            (FORWARDED, _) => CancelState::ForwardedAndPending,
            (_, 0) => CancelState::Delivered,
            (_, FOLLOWS) => CancelState::DeliveredAndFollows,
            (_, _) => CancelState::DeliveredAndPending,
        }
    }

    /// The state in a slot.
    #[inline]
    pub(crate) fn of(slot: &Slot) -> CancelState {
        CancelState::unpack(slot.cancel_bits())
    }

    /// Moves the state in a slot.
    #[inline]
    pub(crate) fn step(slot: &Slot, step: CancelMove) {
        slot.set_cancel_bits(CancelState::of(slot).after(step) as u64);
    }

    /// Returns true if this is `Pending`, `Follows`, `Forwarded` or `Delivered`, alone or
    /// with another.
    #[inline]
    pub(crate) const fn has(self, bit: u64) -> bool {
        self as u64 & bit != 0
    }
}

#[cfg(test)]
#[path = "../../tests/unit/cancel_state.rs"]
mod tests;
