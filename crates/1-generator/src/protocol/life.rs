//! Defines the life of a generator: one enum and its pure transitions.
//!
//! The state of a generator alone decides which requests are allowed: a value cannot be
//! sent before the start, and a running generator cannot be resumed. Python spreads
//! these rules over several C functions. Here they are one table, which runs no code of
//! the program and holds no body, so a test can check every cell.
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
//! 1, 4 and 5 are [`Life::ask`]: a request of the caller. 2 and 3 are [`Life::leave`]:
//! the body stopped running. A close of a suspended body goes through the body (4),
//! because the body may have to clean up. A body that never ran (5) holds nothing, and
//! is dropped.
//!
//! Invariants
//! 1. Only `Running` may be left with [`Life::leave`], and it is entered only with
//!    [`Answer::Enter`]: the body runs between the two, and only once at a time. A
//!    panic also leaves it: the guard of `body.rs` makes that move.
//! 2. `Finished` is final.
//! 3. A refusal changes nothing.
//!
//! Read next: `protocol/error.rs`, the messages of the refusals.

use crate::protocol::error::Misuse;

/// The state of a generator (Python: `inspect.getgeneratorstate`).
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::life::{Answer, Ask, Life};
///
/// let (after, answer) = Life::Created.ask(Ask::Next);
/// assert_eq!((after, answer), (Life::Running, Answer::Enter));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    /// Made and never resumed: no line of the body has run (`GEN_CREATED`).
    ///
    /// A new generator is in this state. Next: `Running`; or `Finished`, by a close or a throw.
    Created,
    /// Waits at a `yield` (`GEN_SUSPENDED`).
    ///
    /// Entered when the body yields. Next: `Running`.
    Suspended,
    /// The body is on the call stack now (`GEN_RUNNING`).
    ///
    /// Next: `Suspended`, by a yield; or `Finished`, in any other way.
    Running,
    /// The generator returned, raised, panicked, or was closed (`GEN_CLOSED`). Final.
    Finished,
}

/// A request of the caller: the argument of [`Life::ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Go on, without a value.
    Next,
    /// Go on with this value.
    Send,
    /// Go on with this error.
    Throw,
    /// Clean up and end.
    Close,
}

/// The answer to a request: the result of [`Life::ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Resume the body with the value or the error of the request.
    Enter,
    /// Return the thrown error to the caller. Drop the body if there still is one,
    /// without resuming it.
    Raise,
    /// Do nothing. Drop the body if there still is one.
    Nothing,
    /// Refuse the request, for this reason.
    Refuse(Misuse),
}

/// How the body stopped running: the argument of [`Life::leave`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leave {
    /// At a `yield`.
    Yielded,
    /// By a return or an uncaught exception.
    Ended,
    /// By a panic, which unwinds the body and goes on to the caller.
    Panicked,
}

impl Life {
    /// Returns the next state and the answer to the request.
    ///
    /// | | next | send a value | throw | close |
    /// |---|---|---|---|---|
    /// | `Created` | enter | refuse: just started | raise, finished | finished |
    /// | `Suspended` | enter | enter | enter | enter |
    /// | `Running` | refuse: already executing | the same | the same | the same |
    /// | `Finished` | refuse: finished | refuse: finished | raise | nothing |
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::Misuse;
    /// use groundup::generator::life::{Answer, Ask, Life};
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

    /// Returns the state after the body stopped running.
    ///
    /// # Panics
    /// Panics if the state is not `Running`: only a running body can stop.
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
