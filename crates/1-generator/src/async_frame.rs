//! A frame written as an async block.
//!
//! `async_generator.rs` let the compiler write the machine. Its delegation,
//! `co.yield_from(..)`, nests: an async block awaits another, and a poll walks
//! down through all of them. Here the block does what a [`Frame`] does. It asks
//! the stack to call somebody, suspends, and is resumed with the return value;
//! in between nobody polls it. The result reads like ordinary code and costs,
//! at any depth, one poll of one block per resume.
//!
//! ```text
//!   block                          cells              Frames
//!   call.yield_(y).await     asked = Yield(y)   ──▶   Move::Yield(y)
//!   call.call(frame).await   asked = Call(f)    ──▶   Move::Call(f): f on top
//!      v  ◀───────────────   told = Returned(v) ◀──   f has returned v
//! ```
//!
//! Invariants
//! 1. A suspension asks for exactly one thing, and is told exactly one.
//! 2. The answer fits the question: a `yield_` is told `Sent`, a `call`
//!    `Returned`. [`Frames`](crate::Frames) keeps that order.
//!
//! Read next: floor 2, `groundup-interweave`: several of all these at once.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::{Exception, Frame, Input, Misuse, Move, Signal};

/// An async block as a [`Frame`], made by [`frame`].
pub struct AsyncFrame<F, Y, V, S = ()> {
    block: Pin<Box<F>>,
    cells: Rc<Cells<Y, V, S>>,
}

/// What the block asked for, and what it was told.
struct Cells<Y, V, S> {
    asked: Cell<Option<Move<Y, V, S>>>,
    told: Cell<Option<Input<V, S>>>,
}

/// Makes a frame of an async block, which gets a [`Caller`] to yield and to
/// call with. The block's output is the frame's return value.
///
/// ```
/// use groundup_generator::{Caller, Frame, Frames, Generator, Step, frame};
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
    let cells = Rc::new(Cells {
        asked: Cell::new(None),
        told: Cell::new(None),
    });
    let block = Box::pin(body(Caller {
        cells: Rc::clone(&cells),
    }));
    AsyncFrame { block, cells }
}

impl<F, Y, V, S> Frame<Y, V, S> for AsyncFrame<F, Y, V, S>
where
    F: Future<Output = V>,
{
    /// # Panics
    /// If the block awaits anything but its [`Caller`]
    /// ([`Misuse::ForeignAwait`]), or is stepped after it returned.
    #[inline]
    fn step(&mut self, input: Input<V, S>) -> Move<Y, V, S> {
        self.cells.told.set(Some(input));
        let mut context = Context::from_waker(Waker::noop());
        match self.block.as_mut().poll(&mut context) {
            Poll::Ready(value) => Move::Return(value),
            Poll::Pending => match self.cells.asked.take() {
                Some(asked) => asked,
                None => panic!("{}", Misuse::ForeignAwait),
            },
        }
    }
}

/// With this the async block of a [`frame`] yields and calls.
pub struct Caller<Y, V, S = ()> {
    cells: Rc<Cells<Y, V, S>>,
}

impl<Y, V, S> Caller<Y, V, S> {
    /// Hands out `value` and waits: `yield value`. Evaluates to what the next
    /// resume says.
    ///
    /// # Panics
    /// When awaited while another question of the same block waits.
    #[inline]
    pub fn yield_(&self, value: Y) -> Yielding<'_, Y, V, S> {
        Yielding(self.ask(Move::Yield(value)))
    }

    /// Calls `callee` and waits for its return value: `yield from callee`.
    ///
    /// The callee is boxed before anything waits, so a function may call
    /// itself.
    ///
    /// # Panics
    /// When awaited while another question of the same block waits.
    #[inline]
    pub fn call(&self, callee: impl Frame<Y, V, S> + 'static) -> Calling<'_, Y, V, S> {
        Calling(self.ask(Move::call(callee)))
    }

    fn ask(&self, asked: Move<Y, V, S>) -> Asking<'_, Y, V, S> {
        Asking {
            cells: &self.cells,
            asked: Some(asked),
        }
    }
}

impl<Y, R, S, E> Caller<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// [`yield_`](Caller::yield_), where a thrown error is an `Err`.
    ///
    /// # Errors
    /// What was thrown in.
    pub async fn try_yield(&self, value: Y) -> Result<Option<S>, Exception<E>> {
        self.yield_(value).await.received()
    }
}

/// The future of [`Caller::yield_`].
#[must_use = "futures do nothing until they are awaited"]
pub struct Yielding<'c, Y, V, S>(Asking<'c, Y, V, S>);

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
pub struct Calling<'c, Y, V, S>(Asking<'c, Y, V, S>);

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

/// The future under both: asks at its first poll, is ready at
/// the next.
struct Asking<'c, Y, V, S> {
    cells: &'c Cells<Y, V, S>,
    /// `Some` until the first poll.
    asked: Option<Move<Y, V, S>>,
}

/// Nothing in it is ever pinned.
impl<Y, V, S> Unpin for Asking<'_, Y, V, S> {}

impl<Y, V, S> Future for Asking<'_, Y, V, S> {
    type Output = Input<V, S>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Input<V, S>> {
        match self.asked.take() {
            None => match self.cells.told.take() {
                Some(told) => Poll::Ready(told),
                None => Poll::Pending,
            },
            Some(asked) => {
                // `Start`, or what a question that was dropped did not fetch.
                self.cells.told.set(None);
                let waiting = self.cells.asked.replace(Some(asked));
                assert!(
                    waiting.is_none(),
                    "one frame asks for two things at the same time, and the stack can answer \
                     only one of them: await them one after the other",
                );
                Poll::Pending
            }
        }
    }
}

impl<Y, V, S> Drop for Asking<'_, Y, V, S> {
    /// A question that nobody has read yet is taken back.
    #[inline]
    fn drop(&mut self) {
        if self.asked.is_none() {
            self.cells.asked.set(None);
        }
    }
}

impl<F, Y, V, S> core::fmt::Debug for AsyncFrame<F, Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("AsyncFrame")
    }
}

impl<Y, V, S> core::fmt::Debug for Caller<Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Caller")
    }
}

impl<Y, V, S> core::fmt::Debug for Yielding<'_, Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Yielding")
    }
}

impl<Y, V, S> core::fmt::Debug for Calling<'_, Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Calling")
    }
}
