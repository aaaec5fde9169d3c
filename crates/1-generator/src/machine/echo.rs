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
//! A caller can also raise an error at a waiting `yield`. If the function catches the
//! error, it goes on as if nothing had happened. If it lets the error pass, it is over.
//! Echo catches every error and yields it back. Only the exit ends it, which closes it.
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
//! The `finally` needs no state. A value that cleans up when it is dropped is a local
//! like any other, and Rust drops locals on every way out. Here that local is the field
//! `T`, by default nothing.
//!
//! Invariants
//! 1. Each value or error that is sent in comes back unchanged with the next yield.
//! 2. The clean-up is dropped exactly once, in every kind of end.
//!
//! Read next: `protocol/life.rs`, the rules of send, throw and close.

use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// Yields the last value or error it received.
///
/// It holds `T` until its end and then drops it, as its `finally` block.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Coroutine, Step};
/// use groundup::generator::machine::{Echo, Echoed};
///
/// let echo = Coroutine::new(Echo::<i32, &str>::new());
/// assert_eq!(echo.next(), Ok(Step::Yield(Echoed::Nothing)));
/// assert_eq!(echo.send(4), Ok(Step::Yield(Echoed::Value(4))));
/// assert_eq!(echo.throw("spam"), Ok(Step::Yield(Echoed::Error("spam"))));
/// assert_eq!(echo.close(), Ok(None));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub struct Echo<V, E, T = ()> {
    place: EchoState<T>,
    told: core::marker::PhantomData<fn(V, E)>,
}

#[derive(Debug, Clone)]
enum EchoState<T> {
    /// Not started.
    Start { cleanup: T },
    /// Waits at the `yield`, inside both `try` blocks.
    Waiting { cleanup: T },
    /// The function has ended.
    Over,
}

/// The yielded values of [`Echo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echoed<V, E> {
    /// Echo was resumed without a value.
    Nothing,
    /// This value was sent in.
    Value(V),
    /// This error was thrown in.
    Error(E),
}

impl<V, E> Echo<V, E> {
    /// Makes an echo without clean-up.
    pub const fn new() -> Self {
        Echo::with_cleanup(())
    }
}

impl<V, E, T> Echo<V, E, T> {
    /// Makes an echo that drops `cleanup` at its end.
    pub const fn with_cleanup(cleanup: T) -> Self {
        Echo {
            place: EchoState::Start { cleanup },
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
    type Yield = Echoed<V, E>;
    type Return = Result<(), Exception<E>>;

    fn resume(&mut self, signal: Signal<V, E>) -> Step<Echoed<V, E>, Self::Return> {
        match (core::mem::replace(&mut self.place, EchoState::Over), signal) {
            (EchoState::Over, _) => panic!("{}", Misuse::Finished),
            // An error before the first line is outside every `try`.
            (EchoState::Start { .. }, Signal::Throw(exception)) => Step::Return(Err(exception)),
            (EchoState::Start { cleanup }, Signal::Next | Signal::Send(_)) => {
                self.place = EchoState::Waiting { cleanup };
                Step::Yield(Echoed::Nothing)
            }
            (EchoState::Waiting { cleanup }, signal) => {
                let said = match signal.received() {
                    Ok(None) => Echoed::Nothing,
                    Ok(Some(value)) => Echoed::Value(value),
                    Err(Exception::Error(error)) => Echoed::Error(error),
                    Err(other) => return Step::Return(Err(other)),
                };
                self.place = EchoState::Waiting { cleanup };
                Step::Yield(said)
            }
        }
    }
}
