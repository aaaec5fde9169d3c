//! Makes a generator from a future: an `async fn`, stepped by hand.
//!
//! `awaitable.rs` lets an `async fn` await a generator. Its caller then holds a future,
//! and a loop that resumes generators cannot resume a future. But a poll *is* a resume:
//! the function runs to its next pause or to its end. [`Stepped`] wraps a future as a
//! generator. So an `async fn` can stand in every place of a generator: in
//! [`run`](crate::run), in a delegation, in the deque of floor 2.
//!
//! ```text
//!   future                        generator
//!   poll(cx)          ◀──   resume(())
//!   Poll::Pending     ──▶   Step::Yield(())    the pause carries no value
//!   Poll::Ready(r)    ──▶   Step::Return(r)
//! ```
//!
//! One difference separates this file from `async_generator.rs`. A block of that file
//! yields a value at each pause, so a pause without a value is a mistake there. Here no
//! pause has a value, and each pause is a yield.
//!
//! The waker does nothing: the caller of a generator resumes it without waiting for a
//! wake. So a future that waits for a timer or for another thread stays pending at
//! every resume, and [`run`](crate::run) would resume it for ever. Such futures belong
//! on the loop of floor 4.
//!
//! Invariants
//! 1. Nothing runs before the first resume.
//! 2. One resume is one poll, and each `Pending` is one bare yield.
//! 3. The future is dropped as soon as it is ready or has panicked.
//!
//! Read next: `bridge/async_generator.rs`, an async block that yields values.

use alloc::boxed::Box;
use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::generator::Generator;
use crate::protocol::Body;
use crate::step::Step;

/// Steps a future by hand: each suspension is one bare yield.
///
/// The future is polled with a waker that does nothing. So the future must make progress
/// at each poll, as a future made from generators does.
///
/// ```
/// # mod groundup { pub use groundup_generator::*; pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Step};
/// use groundup::generator::machine::Square;
/// use groundup::Stepped;
///
/// // async def sum_of_squares(x, y): return await square(x) + await square(y)
/// async fn sum_of_squares(x: i64, y: i64) -> i64 {
///     Square::new("square", x, |_: &str| ()).await
///         + Square::new("square", y, |_: &str| ()).await
/// }
///
/// let mut sum = Stepped::new(sum_of_squares(3, 4));
/// assert_eq!(sum.resume(()), Step::Yield(())); // square(3) yields
/// assert_eq!(sum.resume(()), Step::Yield(())); // square(4) yields
/// assert_eq!(sum.resume(()), Step::Return(25));
/// ```
///
/// In the block of a [`generator`](crate::generator) a bare `.await` of such a future
/// is a [`Misuse::ForeignAwait`](crate::Misuse). Delegate to it instead:
/// `co.yield_from(Stepped::new(future)).await`.
#[must_use = "a generator does nothing until it is resumed"]
pub struct Stepped<F: Future> {
    future: Body<Pin<Box<F>>>,
}

impl<F: Future> Stepped<F> {
    /// Makes a generator from anything that can be awaited. Nothing runs yet.
    pub fn new(future: impl IntoFuture<IntoFuture = F>) -> Self {
        Stepped {
            future: Body::new(Box::pin(future.into_future())),
        }
    }
}

impl<F: Future> Generator for Stepped<F> {
    type Resume = ();
    type Yield = ();
    type Return = F::Output;

    /// # Panics
    /// Panics if it is resumed after it has returned or panicked.
    fn resume(&mut self, (): ()) -> Step<(), F::Output> {
        self.future.resume(|future| {
            let mut context = Context::from_waker(Waker::noop());
            match future.as_mut().poll(&mut context) {
                Poll::Pending => Step::Yield(()),
                Poll::Ready(output) => Step::Return(output),
            }
        })
    }
}

impl<F: Future> fmt::Debug for Stepped<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stepped")
            .field("finished", &self.future.is_over())
            .finish()
    }
}
