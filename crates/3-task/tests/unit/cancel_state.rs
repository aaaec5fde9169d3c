//! The cancels of a task and of a scope: every state under every move.
//!
//! These are the tables of `src/cancel/state.rs` and `src/cancel/scope_state.rs`, written out in
//! full, so that a reader can compare them cell by cell.
//!
//! Invariant: a state is read as it was packed, and moves as the table says.
//!
//! Read next: `src/cancel/state.rs`.

use super::*;
use crate::cancel::scope_state::{ScopeMove, ScopeState};
use CancelState::{
    Follows, Forwarded, ForwardedAndFollows, ForwardedAndPending, None, Pending, Reached,
    ReachedAndFollows, ReachedAndPending,
};

const STATES: [CancelState; 9] = [
    None,
    Pending,
    Follows,
    Forwarded,
    ForwardedAndPending,
    ForwardedAndFollows,
    Reached,
    ReachedAndPending,
    ReachedAndFollows,
];

/// All 81 pairs of state and move.
#[test]
fn every_move_in_every_state() {
    use CancelMove::{
        ComeBack, Follow, Forward, GiveBack, GoOn, Reach, Refuse, SetPending, TakeBack,
    };
    let moves = [
        SetPending, Follow, Forward, Refuse, Reach, ComeBack, GiveBack, TakeBack, GoOn,
    ];
    let (p, l, r) = (Pending, Follows, Reached);
    let (f, fp, fl) = (Forwarded, ForwardedAndPending, ForwardedAndFollows);
    let (rp, rl) = (ReachedAndPending, ReachedAndFollows);
    let table = [
        (None, [p, l, f, None, r, None, None, None, None]),
        (p, [p, l, fp, p, rp, p, p, None, None]),
        (l, [p, l, fl, l, rl, l, l, None, None]),
        (f, [fp, fl, f, None, r, r, p, f, f]),
        (fp, [fp, fl, fp, p, rp, rp, p, f, f]),
        (fl, [fp, fl, fl, l, rl, rl, p, f, f]),
        (r, [rp, rl, r, r, r, r, r, r, r]),
        (rp, [rp, rl, rp, rp, rp, rp, rp, r, r]),
        (rl, [rp, rl, rl, rl, rl, rl, rl, r, r]),
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
        assert_eq!(left.has(REACHED), state.has(REACHED));
        assert_eq!(left.has(FORWARDED), state.has(FORWARDED));
    }
}

/// The twin of a scope's state that follows the errors of a group; a state without a request has
/// none.
fn twin(state: ScopeState) -> ScopeState {
    match state {
        ScopeState::Due => ScopeState::DueAndFollows,
        ScopeState::Pending => ScopeState::PendingAndFollows,
        ScopeState::Forwarded => ScopeState::ForwardedAndFollows,
        ScopeState::ForwardedAndPending => ScopeState::ForwardedPendingAndFollows,
        other => other,
    }
}

/// All 110 pairs of a scope's state and move: the table, and what it says of the twins.
#[test]
fn every_move_in_every_state_of_a_scope() {
    use ScopeMove::{Again, Ask, ComeBack, End, Follow, Forward, Go, Lead, SetPending, TakeBack};
    use ScopeState::{ForwardedAndPending, Over, Recalled, Uncalled};
    let moves = [Ask, SetPending, Go, Forward, ComeBack, End, TakeBack, Again];
    let (d, p, f) = (ScopeState::Due, ScopeState::Pending, ScopeState::Forwarded);
    let (u, o, fp, r) = (Uncalled, Over, ForwardedAndPending, Recalled);
    let table = [
        (u, [d, u, u, u, u, u, u, d]),
        (o, [d, o, o, o, o, o, o, d]),
        (d, [d, p, d, f, d, o, d, d]),
        (p, [p, p, d, fp, p, o, o, p]),
        (f, [f, fp, f, f, d, o, f, d]),
        (fp, [fp, fp, f, fp, p, o, r, p]),
        (r, [f, r, r, r, o, r, r, d]),
    ];
    for (state, after) in table {
        for (step, after) in moves.into_iter().zip(after) {
            assert_eq!(state.after(step), after, "{state:?}, {step:?}");
            if twin(state) != state {
                let twins = twin(state).after(step);
                assert_eq!(twins, twin(after), "{:?}, {step:?}", twin(state));
            }
        }
        for state in [state, twin(state)] {
            assert_eq!(state.after(Follow), twin(state.after(Lead)), "{state:?}");
            assert!(!state.after(Lead).follows(), "{state:?}");
        }
    }
}

/// A scope's state says what is due, and where: a cancel that follows errors is due.
#[test]
fn only_a_due_cancel_of_a_scope_follows_errors() {
    let due = [
        (ScopeState::Due, false),
        (ScopeState::Pending, false),
        (ScopeState::Forwarded, true),
        (ScopeState::ForwardedAndPending, true),
    ];
    for (state, forwarded) in due {
        for state in [state, twin(state)] {
            assert!(state.is_requested(), "{state:?}");
            assert_eq!(state.is_forwarded(), forwarded, "{state:?}");
        }
        assert!(twin(state).follows() && !state.follows(), "{state:?}");
    }
    for state in [ScopeState::Uncalled, ScopeState::Over, ScopeState::Recalled] {
        assert!(!state.is_requested() && !state.follows(), "{state:?}");
        assert_eq!(state.is_forwarded(), state == ScopeState::Recalled);
    }
}
