//! The cancel of a task: every state under every move.
//!
//! The table of `src/cancel/state.rs`, written out in full, so that a reader can
//! compare it with the drawing there cell by cell.
//!
//! Invariant: a state is read as what it was packed as, and moved as the table says.
//!
//! Read next: `src/cancel/state.rs`.

use super::*;
use CancelState::{Delivered, DeliveredAndPending, Forwarded, ForwardedAndPending, None, Pending};

const STATES: [CancelState; 6] = [
    None,
    Pending,
    Forwarded,
    ForwardedAndPending,
    Delivered,
    DeliveredAndPending,
];

/// All 36 pairs of state and move.
#[test]
fn every_move_in_every_state() {
    use CancelMove::{ComeBack, Forward, Mark, Reach, Refuse, TakeBack};
    let moves = [Mark, Forward, Refuse, Reach, ComeBack, TakeBack];
    let (p, f, fp) = (Pending, Forwarded, ForwardedAndPending);
    let (d, dp) = (Delivered, DeliveredAndPending);
    let table = [
        (None, [p, f, None, d, None, None]),
        (p, [p, fp, p, dp, p, None]),
        (f, [fp, f, None, d, d, f]),
        (fp, [fp, fp, p, dp, dp, f]),
        (d, [dp, d, d, d, d, d]),
        (dp, [dp, dp, dp, dp, dp, d]),
    ];
    for (state, after) in table {
        for (step, after) in moves.into_iter().zip(after) {
            assert_eq!(state.after(step), after, "{state:?}, {step:?}");
        }
    }
}

/// A step that begins takes a cancel with it, unless it was handed on.
#[test]
fn every_state_at_the_beginning_of_a_step() {
    for state in STATES {
        for answer in [Answer::Out, Answer::Cancelled, Answer::Lost] {
            let mut asked = false;
            let begun = state.begin(|| {
                asked = true;
                answer
            });
            let expected = match (state, answer) {
                (None, _) | (Forwarded, Answer::Lost) => (None, false),
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

/// Only a pending cancel can be taken back, and that leaves no other behind (C10).
#[test]
fn only_a_pending_cancel_is_taken_back() {
    for state in STATES {
        let left = state.after(CancelMove::TakeBack);
        assert!(!left.has(PENDING));
        assert_eq!(left == state, !state.has(PENDING), "{state:?}");
        assert_eq!(left.has(DELIVERED), state.has(DELIVERED));
        assert_eq!(left.has(FORWARDED), state.has(FORWARDED));
    }
}
