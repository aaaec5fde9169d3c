//! Makes a frame from an async block.
//!
//! In `async_generator.rs` the compiler writes the machine. Its delegation,
//! `co.yield_from(..)`, nests: an async block awaits another, and a poll walks down
//! through all of them. Here the block does what a [`Frame`] does. It asks the stack to
//! call another frame, suspends, and is resumed with the return value. While it waits,
//! the stack does not poll it. The result reads like ordinary code, and a resume costs
//! one poll of one block at any depth.
//!
//! This needs no new mechanism. A call is one more thing that a block can yield, and a
//! return value is one more thing that it can receive: a frame is an async generator
//! that yields [`Move`]s and receives [`Input`]s.
//!
//! ```text
//!   block                        yields            receives
//!   caller.yield_(y).await       Move::Yield(y)    Input::Sent(s)
//!   caller.call(frame).await     Move::Call(f)     Input::Returned(v)
//! ```
//!
//! Invariant: the answer fits the request. A `yield_` receives `Sent` and a `call`
//! receives `Returned`; the stack of frames keeps that order.
//!
//! Read next: floor 2, `groundup-interweave`, which runs several generators at once.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::bridge::{AsyncGenerator, Co, Yield, generator_with_input};
use crate::delegation::stack_frame::{Frame, Input, Move};
use crate::generator::Generator;
use crate::protocol::{Exception, Signal};
use crate::step::Step;

/// An async block as a [`Frame`], made by [`frame`].
pub struct AsyncFrame<F, Y, V, S = ()> {
    block: AsyncGenerator<F, Move<Y, V, S>, Input<V, S>>,
}

/// Makes a frame from an async block. The block receives a [`Caller`] with which it
/// yields and calls; its output is the frame's return value.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Caller, Frame, Frames, Generator, Step, frame};
///
/// // def down(n): return 1 + (yield from down(n - 1)) if n else (yield "bottom") or 0
/// fn down(n: u32) -> impl Frame<&'static str, u32> {
///     frame(move |caller: Caller<&'static str, u32>| async move {
///         if n > 0 {
///             return 1 + caller.call(down(n - 1)).await;
///         }
///         caller.yield_("bottom").await;
///         0
///     })
/// }
///
/// let mut stack = Frames::new(down(10_000));
/// assert_eq!(stack.resume(()), Step::Yield("bottom"));
/// assert_eq!(stack.resume(()), Step::Return(10_000));
/// ```
pub fn frame<B, F, Y, V, S>(body: B) -> AsyncFrame<F, Y, V, S>
where
    B: FnOnce(Caller<Y, V, S>) -> F,
    F: Future<Output = V>,
{
    AsyncFrame {
        block: generator_with_input(|co| body(Caller { co })),
    }
}

impl<F, Y, V, S> Frame<Y, V, S> for AsyncFrame<F, Y, V, S>
where
    F: Future<Output = V>,
{
    /// # Panics
    /// Panics if the block awaits anything but its [`Caller`]
    /// ([`Misuse::ForeignAwait`](crate::Misuse)), and if it is stepped after it has
    /// returned or panicked.
    #[inline]
    fn step(&mut self, input: Input<V, S>) -> Move<Y, V, S> {
        match self.block.resume(input) {
            Step::Yield(asked) => asked,
            Step::Return(value) => Move::Return(value),
        }
    }
}

/// Yields values and calls frames from the async block of a [`frame`].
pub struct Caller<Y, V, S = ()> {
    co: Co<Move<Y, V, S>, Input<V, S>>,
}

impl<Y, V, S> Caller<Y, V, S> {
    /// Yields `value` and waits for the next resume, as `yield value` does. Returns the
    /// value that the resume sends.
    ///
    /// # Panics
    /// Panics when it is awaited while another `yield_` or `call` of the same block waits.
    #[inline]
    pub fn yield_(&self, value: Y) -> Yielding<'_, Y, V, S> {
        Yielding(self.co.yield_(Move::Yield(value)))
    }

    /// Calls `callee` and waits for its return value: `yield from callee`.
    ///
    /// The callee is boxed before the block suspends, so a function may call itself.
    ///
    /// # Panics
    /// Panics when it is awaited while another `yield_` or `call` of the same block waits.
    #[inline]
    pub fn call(&self, callee: impl Frame<Y, V, S> + 'static) -> Calling<'_, Y, V, S> {
        Calling(self.co.yield_(Move::call(callee)))
    }
}

impl<Y, R, S, E> Caller<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// Yields like [`yield_`](Caller::yield_), and returns a thrown error as `Err`.
    ///
    /// # Errors
    /// Returns the thrown exception.
    pub async fn try_yield(&self, value: Y) -> Result<Option<S>, Exception<E>> {
        self.yield_(value).await.received()
    }
}

/// The future of [`Caller::yield_`].
#[must_use = "futures do nothing until they are awaited"]
pub struct Yielding<'c, Y, V, S>(Yield<'c, Move<Y, V, S>, Input<V, S>>);

impl<Y, V, S> Future for Yielding<'_, Y, V, S> {
    type Output = S;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(Input::Sent(value)) => Poll::Ready(value),
            Poll::Ready(_) => unreachable!("a yield is answered by a resume"),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The future of [`Caller::call`].
#[must_use = "futures do nothing until they are awaited"]
pub struct Calling<'c, Y, V, S>(Yield<'c, Move<Y, V, S>, Input<V, S>>);

impl<Y, V, S> Future for Calling<'_, Y, V, S> {
    type Output = V;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<V> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(Input::Returned(value)) => Poll::Ready(value),
            Poll::Ready(_) => unreachable!("a call is answered by its return"),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F, Y, V, S> fmt::Debug for AsyncFrame<F, Y, V, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AsyncFrame")
    }
}

impl<Y, V, S> fmt::Debug for Caller<Y, V, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Caller")
    }
}

impl<Y, V, S> fmt::Debug for Yielding<'_, Y, V, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Yielding")
    }
}

impl<Y, V, S> fmt::Debug for Calling<'_, Y, V, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Calling")
    }
}
