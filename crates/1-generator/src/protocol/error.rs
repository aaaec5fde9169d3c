//! Defines the errors of a generator: refusals and thrown exceptions.
//!
//! The word "error" has two meanings here. One is a request at the wrong moment of a
//! generator's life, for example a resume of a running generator. That is a [`Misuse`],
//! whose text says what happened and what to do instead. The other is an error that a
//! program throws into a generator or out of one, on purpose, as Python does with
//! exceptions. That is an [`Exception`], which carries the program's own type `E` or
//! one of the two errors that the protocol throws.
//!
//! ```text
//!                     throw(Error(e))
//!        caller  ────────────────────────▶  yield    (raises here)
//!                     close(): Exit
//!
//!        caller  ◀────────────────────────  return Err(e)
//!                 Error(e), Exit, Misuse
//! ```
//!
//! Invariants
//! 1. Every message names the cause and the cure. It begins with Python's sentence if
//!    Python has one.
//! 2. `Exit` is not a failure: the caller that closes a generator does not get it back.
//!
//! Read next: `protocol/body.rs`, which enters and leaves a body.

use core::error::Error;
use core::fmt;

/// A request that the generator refuses at this moment.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Coroutine, Exception, Misuse};
/// use groundup::generator::machine::Echo;
///
/// let echo = Coroutine::new(Echo::<u32, &str>::new());
/// assert_eq!(echo.send(5), Err(Exception::Misuse(Misuse::JustStarted)));
/// assert!(Misuse::JustStarted.to_string().contains("call next() once and send afterwards"));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Misuse {
    /// A value was sent to a generator that has not been started, so no `yield` waits
    /// for it. Python raises `TypeError`.
    JustStarted,
    /// A running generator was resumed from inside itself. Python raises `ValueError`.
    AlreadyExecuting,
    /// A generator was resumed after its end; a panic is an end, too. Python raises
    /// `StopIteration` without a value for a generator, `RuntimeError` for a coroutine.
    Finished,
    /// A generator was closed, and yielded instead of ending. Python raises `RuntimeError`.
    IgnoredExit,
    /// A value was sent to a generator that delegates to a plain iterator, which cannot
    /// receive one. Python raises `AttributeError`.
    NoSend,
    /// The async block of a generator awaited a future other than one of its own
    /// `yield_`s. Python raises `RuntimeError` ("Task got bad yield").
    ForeignAwait,
}

impl Misuse {
    /// Panics with the message, for a request that cannot return an error.
    #[cold]
    pub(crate) fn refuse(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Misuse::JustStarted => {
                "can't send non-None value to a just-started generator: no yield waits for \
                 the value yet; call next() once and send afterwards"
            }
            Misuse::AlreadyExecuting => {
                "generator already executing: it was resumed from inside its own body; \
                 resume it only after the resume that is under way came back"
            }
            Misuse::Finished => {
                "generator already finished: it returned, raised, panicked or was closed, and \
                 cannot go on; keep its last Step::Return, or make a new one"
            }
            Misuse::IgnoredExit => {
                "generator ignored GeneratorExit: it was closed and yielded instead of \
                 ending; return when Exit arrives, or let it pass"
            }
            Misuse::NoSend => {
                "'iterator' object has no attribute 'send': the generator delegates to a \
                 plain iterator, which takes no values; call next(), or delegate to a \
                 generator"
            }
            Misuse::ForeignAwait => {
                "Pending but the slot is empty: the async block awaited a future that is not one \
                 of its own yield_s, and a generator has nobody who could wake it; delegate \
                 to a generator with co.yield_from(g).await, or run futures that wait for \
                 something on an event loop"
            }
        })
    }
}

impl Error for Misuse {}

/// An exception raised at a `yield` or out of a generator: an error of the program
/// (`E`), or one of the protocol.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Exception, Misuse};
///
/// let own: Exception<&str> = "out of flour".into();
/// assert_eq!(own, Exception::Error("out of flour"));
/// let misuse: Exception<&str> = Exception::Misuse(Misuse::Finished);
/// assert!(misuse.to_string().starts_with("generator already finished"));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exception<E> {
    /// The generator is being closed (Python: `GeneratorExit`).
    Exit,
    /// An error of the program.
    Error(E),
    /// A request was refused, by this generator or by one to which it delegates.
    Misuse(Misuse),
}

impl<E> Exception<E> {
    /// Returns the program's own error, if this is one.
    pub fn error(self) -> Option<E> {
        match self {
            Exception::Error(error) => Some(error),
            Exception::Exit | Exception::Misuse(_) => None,
        }
    }
}

impl<E> From<E> for Exception<E> {
    fn from(error: E) -> Self {
        Exception::Error(error)
    }
}

impl<E: fmt::Display> fmt::Display for Exception<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exception::Exit => out.write_str(
                "GeneratorExit: the generator is being closed; clean up and return, or let \
                 it pass",
            ),
            Exception::Error(error) => error.fmt(out),
            Exception::Misuse(misuse) => misuse.fmt(out),
        }
    }
}

impl<E: Error + 'static> Error for Exception<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Exception::Exit => None,
            Exception::Error(error) => error.source(),
            Exception::Misuse(_) => None,
        }
    }
}
