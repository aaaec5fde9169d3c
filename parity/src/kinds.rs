//! The constructs of random programs, and how often they come.
//!
//! Invariants
//! 1. Each construct of the language that can stand in a random program has
//!    one entry; `while` has it as the loop around a `wait`.
//!
//! Read next: `phrases.rs`, which makes statements of them.

/// A construct that a random program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Say,
    Yield,
    Sleep,
    Block,
    Spawn,
    Await,
    Call,
    Try,
    Cancel,
    Ask,
    Uncancel,
    Keep,
    Promise,
    Gather,
    Outcomes,
    Wait,
    WaitLoop,
    Each,
    WaitFor,
    Shield,
    Timeout,
    Reschedule,
    Group,
    Repeat,
    Soon,
    Later,
    Done,
    Unhook,
    Raise,
    RaiseCancelled,
    Return,
    Rethrow,
}

/// Each construct, how often it comes, whether no program goes without, and the
/// floor that brings it.
pub(crate) const KINDS: [(Kind, u64, bool, u32); 32] = [
    (Kind::Say, 3, true, 4),
    (Kind::Yield, 5, true, 4),
    (Kind::Sleep, 12, true, 4),
    (Kind::Block, 2, false, 4),
    (Kind::Spawn, 14, true, 4),
    (Kind::Await, 10, true, 4),
    (Kind::Call, 4, false, 4),
    (Kind::Try, 16, true, 4),
    (Kind::Cancel, 10, true, 4),
    (Kind::Ask, 4, false, 4),
    (Kind::Uncancel, 3, false, 4),
    (Kind::Keep, 6, false, 4),
    (Kind::Promise, 4, false, 4),
    (Kind::Gather, 7, false, 5),
    (Kind::Outcomes, 5, false, 5),
    (Kind::Wait, 8, false, 5),
    (Kind::WaitLoop, 4, false, 5),
    (Kind::Each, 7, false, 5),
    (Kind::WaitFor, 8, false, 5),
    (Kind::Shield, 7, false, 5),
    (Kind::Timeout, 8, false, 5),
    (Kind::Reschedule, 4, false, 5),
    (Kind::Group, 8, false, 5),
    (Kind::Repeat, 3, false, 4),
    (Kind::Soon, 4, false, 4),
    (Kind::Later, 6, true, 4),
    (Kind::Done, 4, false, 4),
    (Kind::Unhook, 2, false, 4),
    (Kind::Raise, 3, false, 4),
    (Kind::RaiseCancelled, 2, false, 4),
    (Kind::Return, 2, true, 4),
    (Kind::Rethrow, 5, true, 4),
];
