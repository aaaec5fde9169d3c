//! Tests the life of a generator: every state, request and way to stop.
//!
//! The tables are written out in full, so that a reader can compare them with the
//! picture in `src/protocol/life.rs` cell by cell.
//!
//! Read next: `tests/it/protocol.rs`, the same rules with bodies that run.

use groundup_generator::Misuse;
use groundup_generator::life::{Answer, Ask, Leave, Life};

const LIVES: [Life; 4] = [
    Life::Created,
    Life::Suspended,
    Life::Running,
    Life::Finished,
];

/// All 16 pairs of life and request have the expected answer.
#[test]
fn every_request_in_every_state() {
    use Answer::{Enter, Nothing, Raise, Refuse};
    use Life::{Created, Finished, Running, Suspended};
    let busy = (Running, Refuse(Misuse::AlreadyExecuting));
    let over = (Finished, Refuse(Misuse::Finished));
    let enter = (Running, Enter);
    let table = [
        (
            Created,
            [
                enter,
                (Created, Refuse(Misuse::JustStarted)),
                (Finished, Raise),
                (Finished, Nothing),
            ],
        ),
        (Suspended, [enter, enter, enter, enter]),
        (Running, [busy, busy, busy, busy]),
        (
            Finished,
            [over, over, (Finished, Raise), (Finished, Nothing)],
        ),
    ];
    for (life, answers) in table {
        for (ask, expected) in [Ask::Next, Ask::Send, Ask::Throw, Ask::Close]
            .into_iter()
            .zip(answers)
        {
            assert_eq!(life.ask(ask), expected, "{life:?}, {ask:?}");
        }
    }
}

/// A running body stops at a yield, at its end or by a panic; in any other state nothing can stop.
#[test]
fn only_a_running_body_stops() {
    assert_eq!(Life::Running.leave(Leave::Yielded), Life::Suspended);
    assert_eq!(Life::Running.leave(Leave::Ended), Life::Finished);
    assert_eq!(Life::Running.leave(Leave::Panicked), Life::Finished);
    for life in LIVES.into_iter().filter(|&life| life != Life::Running) {
        for how in [Leave::Yielded, Leave::Ended, Leave::Panicked] {
            let left = std::panic::catch_unwind(|| life.leave(how));
            assert!(left.is_err(), "{life:?}, {how:?}");
        }
    }
}

/// For every request, a refusal changes nothing, `Running` is entered only with
/// `Enter`, and `Finished` is never left.
#[test]
fn the_invariants_hold_in_every_cell() {
    for life in LIVES {
        for ask in [Ask::Next, Ask::Send, Ask::Throw, Ask::Close] {
            let (after, answer) = life.ask(ask);
            if matches!(answer, Answer::Refuse(_)) {
                assert_eq!(after, life);
            }
            if life != Life::Running {
                assert_eq!(after == Life::Running, answer == Answer::Enter);
            }
            if life == Life::Finished {
                assert_eq!(after, Life::Finished);
            }
        }
    }
}
