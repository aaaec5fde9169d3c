//! The life of a generator: one enum and its pure transitions.
//!
//! Which requests make sense depends only on where a generator is in its life:
//! a value cannot be sent to one that was never started, and nobody can resume
//! one that is running already. Python spreads these rules over several C
//! functions. Here they are one table, which runs no code and holds no body,
//! so that a test can walk through every cell of it.
//!
//! ```text
//!                 ┌───────────┐
//!      created ──▶│  Created  │── 5 close, throw ──────────┐
//!                 └─────┬─────┘                            │
//!                       │ 1 next                           │
//!                       ▼                                  ▼
//!                 ┌───────────┐  3 it returned,      ┌──────────┐
//!            ┌───▶│  Running  │── raised, panicked ─▶│ Finished │
//!            │    └─────┬─────┘                      └──────────┘
//!            │          │ 2 it yielded
//!            │          ▼
//!            │    ┌───────────┐
//!            └────│ Suspended │
//!        4 next,  └───────────┘
//!          send, throw, close
//! ```
//!
//! 1 and 4 and 5 are [`Life::ask`]: the caller wants something. 2 and 3 are
//! [`Life::leave`]: the body stopped running. Close goes through the body (4)
//! because the body may hold something to clean up; a body that never ran (5)
//! holds nothing, and is dropped.
//!
//! Invariants
//! 1. Only `Running` may be left with [`Life::leave`], and it is entered only
//!    with [`Answer::Enter`]: the body runs between the two, and once at a time.
//!    A panic leaves it, too: `body.rs` has the guard that makes that move.
//! 2. `Finished` is for ever.
//! 3. A refusal changes nothing.
//!
//! Read next: `error.rs`, the sentences that go with the refusals.

use crate::protocol::error::Misuse;

/// Where a generator is in its life (Python: `inspect.getgeneratorstate`).
///
/// ```
/// use groundup_generator::life::{Answer, Ask, Life};
///
/// let (after, answer) = Life::Created.ask(Ask::Next);
/// assert_eq!((after, answer), (Life::Running, Answer::Enter));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    /// Made, never resumed: not one line of the body has run (`GEN_CREATED`).
    ///
    /// Entered once, when the generator is made. Left to `Running` or, by a
    /// close or a throw, to `Finished`.
    Created,
    /// Waiting at a `yield` (`GEN_SUSPENDED`).
    ///
    /// Entered when the body yields. Left to `Running`.
    Suspended,
    /// The body is on the call stack right now (`GEN_RUNNING`).
    ///
    /// Left to `Suspended` by a yield, to `Finished` by anything else.
    Running,
    /// It returned, raised, panicked, or was closed (`GEN_CLOSED`). Never left.
    Finished,
}

/// What a caller may want from a generator: what [`Life::ask`] is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Go on, with nothing to say.
    Next,
    /// Go on with this value.
    Send,
    /// Go on with this error.
    Throw,
    /// Clean up and end.
    Close,
}

/// What to do about it: what [`Life::ask`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Resume the body with what the caller said.
    Enter,
    /// Do not touch the body (drop it if it is still there) and hand the thrown
    /// error straight back to the caller.
    Raise,
    /// There is nothing to do (drop the body if it is still there).
    Nothing,
    /// Say no, and why.
    Refuse(Misuse),
}

/// How the body stopped running: what [`Life::leave`] is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leave {
    /// At a `yield`.
    Yielded,
    /// By a return or an error.
    Ended,
    /// By a panic, which unwinds the body and goes on to the caller.
    Panicked,
}

impl Life {
    /// The life after `ask`, and what to do about it.
    ///
    /// | | next | send a value | throw | close |
    /// |---|---|---|---|---|
    /// | `Created` | enter | refuse: just started | raise, finished | finished |
    /// | `Suspended` | enter | enter | enter | enter |
    /// | `Running` | refuse: already executing | the same | the same | the same |
    /// | `Finished` | refuse: finished | refuse: finished | raise | nothing |
    ///
    /// ```
    /// use groundup_generator::life::{Answer, Ask, Life};
    /// use groundup_generator::Misuse;
    ///
    /// assert_eq!(Life::Created.ask(Ask::Next), (Life::Running, Answer::Enter));
    /// assert_eq!(
    ///     Life::Created.ask(Ask::Send),
    ///     (Life::Created, Answer::Refuse(Misuse::JustStarted)),
    /// );
    /// ```
    #[inline]
    pub const fn ask(self, ask: Ask) -> (Life, Answer) {
        match (self, ask) {
            (Life::Created, Ask::Next) => (Life::Running, Answer::Enter),
            (Life::Created, Ask::Send) => (Life::Created, Answer::Refuse(Misuse::JustStarted)),
            (Life::Created, Ask::Throw) => (Life::Finished, Answer::Raise),
            (Life::Created, Ask::Close) => (Life::Finished, Answer::Nothing),

            (Life::Suspended, _) => (Life::Running, Answer::Enter),

            (Life::Running, _) => (Life::Running, Answer::Refuse(Misuse::AlreadyExecuting)),

            (Life::Finished, Ask::Next | Ask::Send) => {
                (Life::Finished, Answer::Refuse(Misuse::Finished))
            }
            (Life::Finished, Ask::Throw) => (Life::Finished, Answer::Raise),
            (Life::Finished, Ask::Close) => (Life::Finished, Answer::Nothing),
        }
    }

    /// The life after the body stopped running.
    ///
    /// # Panics
    /// If the life is not `Running`: a body that does not run cannot stop.
    #[inline]
    pub const fn leave(self, how: Leave) -> Life {
        match (self, how) {
            (Life::Running, Leave::Yielded) => Life::Suspended,
            (Life::Running, Leave::Ended | Leave::Panicked) => Life::Finished,
            _ => panic!(
                "a generator that is not running cannot stop running: call leave() only \
                 after ask() answered Enter"
            ),
        }
    }
}
