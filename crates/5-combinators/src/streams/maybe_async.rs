//! Maybe async: results that are values, futures, or either.
//!
//! The problem: a list of functions has plain and async functions in it, and their caller
//! should call all of them in one way. In Python the caller calls one and looks whether a
//! coroutine came back. In Rust the result of an async function has another type, a future. So
//! a result that may be either has a type of its own.
//!
//! | function | how it is passed |
//! |---|---|
//! | an async function | `f` |
//! | a plain function | [`plain(f)`](plain()) |
//! | a function that sometimes returns a value, sometimes a future | its result is a [`MaybeAsync`] |
//!
//! Invariant: a value costs no suspension.
//!
//! Read next: `streams/run_on.rs`.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Converts a plain function into one whose result can be awaited, without a suspension.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{async_map, plain, run};
///
/// let squares = run(async_map(plain(|n| n * n), 1..4).collect_vec());
/// assert_eq!(squares.unwrap(), [1, 4, 9]);
/// ```
pub fn plain<A, T>(mut function: impl FnMut(A) -> T) -> impl FnMut(A) -> Ready<T> {
    move |argument| ready(function(argument))
}

/// Result of a function that may be asynchronous: a value, or a future of it.
///
/// Awaiting it returns the value in both cases, and suspends only for a future.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{MaybeAsync, async_map, run, sleep};
/// use std::time::Duration;
///
/// fn answer(n: u32) -> MaybeAsync<u32> {
///     match n {
///         0 => MaybeAsync::value(42),
///         n => MaybeAsync::future(async move {
///             sleep(Duration::from_millis(1)).await;
///             n
///         }),
///     }
/// }
///
/// assert_eq!(run(async_map(answer, [7, 0]).collect_vec()).unwrap(), [7, 42]);
/// ```
pub struct MaybeAsync<T> {
    given: Given<T>,
}

enum Given<T> {
    Value(Option<T>),
    Future(Pin<Box<dyn Future<Output = T>>>),
}

impl<T> MaybeAsync<T> {
    /// Wraps a value.
    pub fn value(value: T) -> Self {
        MaybeAsync {
            given: Given::Value(Some(value)),
        }
    }

    /// Wraps a future of the value.
    pub fn future(future: impl Future<Output = T> + 'static) -> Self {
        MaybeAsync {
            given: Given::Future(Box::pin(future)),
        }
    }
}

// The value is moved out and never pinned.
impl<T> Unpin for MaybeAsync<T> {}

impl<T> Future for MaybeAsync<T> {
    type Output = T;

    /// # Panics
    ///
    /// If it has returned its value before.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut self.given {
            Given::Value(value) => Poll::Ready(
                value
                    .take()
                    .expect("MaybeAsync was polled after it had finished: await it once"),
            ),
            Given::Future(future) => future.as_mut().poll(cx),
        }
    }
}

impl<T> fmt::Debug for MaybeAsync<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.given {
            Given::Value(_) => "<MaybeAsync value>",
            Given::Future(_) => "<MaybeAsync future>",
        })
    }
}
