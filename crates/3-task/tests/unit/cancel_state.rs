//! The cancel of a task: every state under every move.
//!
//! This is the table of `src/cancel/state.rs`, written out in full, so that a reader can
//! compare the two cell by cell.
//!
//! Invariant: a state is read as it was packed, and moves as the table says.
//!
//! Read next: `src/cancel/state.rs`.

use super::*;
use CancelState::{
    Delivered, DeliveredAndFollows, DeliveredAndPending, Follows, Forwarded, ForwardedAndFollows,
    ForwardedAndPending, None, Pending,
};

const STATES: [CancelState; 9] = [
    None,
    Pending,
    Follows,
    Forwarded,
    ForwardedAndPending,
    ForwardedAndFollows,
    Delivered,
    DeliveredAndPending,
    DeliveredAndFollows,
];

/// All 72 pairs of state and move.
#[test]
fn every_move_in_every_state() {
    use CancelMove::{ComeBack, Follow, Forward, GiveBack, Mark, Reach, Refuse, TakeBack};
    let moves = [
        Mark, Follow, Forward, Refuse, Reach, ComeBack, GiveBack, TakeBack,
    ];
    let (p, l, d) = (Pending, Follows, Delivered);
    let (f, fp, fl) = (Forwarded, ForwardedAndPending, ForwardedAndFollows);
    let (dp, dl) = (DeliveredAndPending, DeliveredAndFollows);
    let table = [
        (None, [p, l, f, None, d, None, None, None]),
        (p, [p, l, fp, p, dp, p, p, None]),
        (l, [p, l, fl, l, dl, l, l, None]),
        (f, [fp, fl, f, None, d, d, p, f]),
        (fp, [fp, fl, fp, p, dp, dp, p, f]),
        (fl, [fp, fl, fl, l, dl, dl, p, f]),
        (d, [dp, dl, d, d, d, d, d, d]),
        (dp, [dp, dl, dp, dp, dp, dp, dp, d]),
        (dl, [dp, dl, dl, dl, dl, dl, dl, d]),
    ];
    for (state, after) in table {
        for (step, after) in moves.into_iter().zip(after) {
            assert_eq!(state.after(step), after, "{state:?}, {step:?}");
        }
    }
}

/// A step that begins takes a cancel with it, unless the cancel was handed on.
#[test]
fn every_state_at_the_beginning_of_a_step() {
    for state in STATES {
        for answer in [Answer::Out, Answer::Cancelled, Answer::Caught] {
            let mut asked = false;
            let begun = state.begin(|| {
                asked = true;
                answer
            });
            let expected = match (state, answer) {
                (None, _) | (Forwarded, Answer::Caught) => (None, false),
                (Forwarded, Answer::Out) => (Forwarded, false),
                _ => (None, true),
            };
            assert_eq!(begun, expected, "{state:?}, {answer:?}");
            assert_eq!(asked, state == Forwarded, "only then the answer counts");
        }
    }
}

#[test]
fn a_state_is_read_as_what_it_was_packed_as() {
    for state in STATES {
        assert_eq!(CancelState::unpack(state as u64), state);
    }
}

/// Only a pending cancel can be taken back, and any other part of the state stays.
#[test]
fn only_a_pending_cancel_is_taken_back() {
    for state in STATES {
        let left = state.after(CancelMove::TakeBack);
        assert!(!left.has(PENDING | FOLLOWS));
        assert_eq!(left == state, !state.has(PENDING | FOLLOWS), "{state:?}");
        assert_eq!(left.has(DELIVERED), state.has(DELIVERED));
        assert_eq!(left.has(FORWARDED), state.has(FORWARDED));
    }
}
