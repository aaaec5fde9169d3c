//! Echo: a generator that answers values, errors and the exit.
//!
//! ```python
//! def echo(cleanup):
//!     said = None
//!     try:
//!         while True:
//!             try:
//!                 said = yield said
//!             except Exception as error:   # GeneratorExit is not an Exception
//!                 said = error
//!     finally:
//!         cleanup()
//! ```
//!
//! The third thing a caller can do at a waiting `yield` is to raise an error
//! there. The function may catch it, and then it goes on as if nothing had
//! happened, or let it pass, and then it is over. Echo catches every error and
//! gives it back; only the exit, by which it is closed, ends it.
//!
//! ```text
//!            Next, or Throw(e): Return(Err(e))
//!   ┌───────┐          ┌─────────┐  Next           ──▶ Yield(Nothing)
//!   │ Start │ ───────▶ │ Waiting │  Send(v)         ──▶ Yield(Value(v))
//!   └───────┘          └────┬────┘  Throw(Error(e)) ──▶ Yield(Error(e))
//!                           │
//!                           │ Throw(any other)
//!                           ▼
//!                       ┌──────┐
//!                       │ Over │   Return(Err(that exception))
//!                       └──────┘
//! ```
//!
//! The `finally` needs no state: a value that cleans up when it is dropped is a
//! local like any other, and Rust drops locals on every way out. Here that
//! local is the field `T`, by default nothing.
//!
//! Invariants
//! 1. Whatever is said comes back with the next yield, unchanged.
//! 2. The clean-up is dropped exactly once, on whatever way it ends.
//!
//! Read next: `protocol.rs`, the rules of send, throw and close.

use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// Yields what it was told last, be it a value or an error.
///
/// `T` is held until the end and then dropped: its `finally` block.
///
/// ```
/// use groundup_generator::{Coroutine, Step, machine::{Echo, Said}};
///
/// let echo = Coroutine::new(Echo::<i32, &str>::new());
/// assert_eq!(echo.next(), Ok(Step::Yield(Said::Nothing)));
/// assert_eq!(echo.send(4), Ok(Step::Yield(Said::Value(4))));
/// assert_eq!(echo.throw("spam"), Ok(Step::Yield(Said::Error("spam"))));
/// assert_eq!(echo.close(), Ok(None));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub struct Echo<V, E, T = ()> {
    place: Place<T>,
    told: core::marker::PhantomData<fn(V, E)>,
}

#[derive(Debug, Clone)]
enum Place<T> {
    /// Not started.
    Start { cleanup: T },
    /// Waiting at the `yield`, inside both `try` blocks.
    Waiting { cleanup: T },
    /// Ended, by the exit.
    Over,
}

/// What [`Echo`] yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<V, E> {
    /// It was resumed with nothing to say.
    Nothing,
    /// This value was sent.
    Value(V),
    /// This error was thrown.
    Error(E),
}

impl<V, E> Echo<V, E> {
    /// An echo without clean-up.
    pub const fn new() -> Self {
        Echo::with_cleanup(())
    }
}

impl<V, E, T> Echo<V, E, T> {
    /// An echo that drops `cleanup` at its end.
    pub const fn with_cleanup(cleanup: T) -> Self {
        Echo {
            place: Place::Start { cleanup },
            told: core::marker::PhantomData,
        }
    }
}

impl<V, E> Default for Echo<V, E> {
    fn default() -> Self {
        Echo::new()
    }
}

impl<V, E, T> Generator for Echo<V, E, T> {
    type Resume = Signal<V, E>;
    type Yield = Said<V, E>;
    type Return = Result<(), Exception<E>>;

    fn resume(&mut self, signal: Signal<V, E>) -> Step<Said<V, E>, Self::Return> {
        match (core::mem::replace(&mut self.place, Place::Over), signal) {
            (Place::Over, _) => panic!("{}", Misuse::Finished),
            // An error before the first line meets no `try`.
            (Place::Start { .. }, Signal::Throw(exception)) => Step::Return(Err(exception)),
            (Place::Start { cleanup }, Signal::Next | Signal::Send(_)) => {
                self.place = Place::Waiting { cleanup };
                Step::Yield(Said::Nothing)
            }
            (Place::Waiting { cleanup }, signal) => {
                let said = match signal.received() {
                    Ok(None) => Said::Nothing,
                    Ok(Some(value)) => Said::Value(value),
                    Err(Exception::Error(error)) => Said::Error(error),
                    Err(other) => return Step::Return(Err(other)),
                };
                self.place = Place::Waiting { cleanup };
                Step::Yield(said)
            }
        }
    }
}
