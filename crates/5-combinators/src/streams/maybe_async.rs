//! Maybe async: functions that are, functions that are not, and both.
//!
//! The problem: a list of things to call has plain functions and async ones in it,
//! and whoever calls them should not have to care. In Python one calls and looks
//! whether a coroutine came back. In Rust the type says it: an async function's
//! result is a future. So what may be either is given a type of its own.
//!
//! | given | written |
//! |---|---|
//! | an async function | `f` |
//! | a plain function | [`plain(f)`](plain()) |
//! | a function that gives sometimes a value, sometimes a future | its result is a [`MaybeAsync`] |
//!
//! Invariant: a value that is there costs no suspension.
//!
//! Read next: `run_on.rs`.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A plain function as one whose result can be awaited: at once.
///
/// ```
/// use groundup_combinators::executor::run;
/// use groundup_combinators::{async_map, plain};
///
/// let squares = run(async_map(plain(|n| n * n), 1..4).collect_vec());
/// assert_eq!(squares.unwrap(), [1, 4, 9]);
/// ```
pub fn plain<A, T>(mut function: impl FnMut(A) -> T) -> impl FnMut(A) -> Ready<T> {
    move |argument| ready(function(argument))
}

/// What a function gave that may be asynchronous: a value, or a future of it.
///
/// Awaiting it gives the value in both cases, and suspends only in the second.
///
/// ```
/// use groundup_combinators::{MaybeAsync, async_map};
/// use groundup_combinators::executor::{run, sleep};
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
    /// A value that is there.
    pub fn value(value: T) -> Self {
        MaybeAsync {
            given: Given::Value(Some(value)),
        }
    }

    /// A future that will give it.
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
    /// If it has given its value before.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut self.given {
            Given::Value(value) => Poll::Ready(
                value
                    .take()
                    .expect("MaybeAsync was polled after it had finished"),
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
