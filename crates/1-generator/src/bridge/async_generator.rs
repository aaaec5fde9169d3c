//! Makes a generator from an async block.
//!
//! It is instructive to write the enum of a generator by hand once, and tedious to write
//! many. The compiler does the same work for `async`: it turns a block into a value that
//! remembers its place, with one state for each `.await`. That value is a future, not a
//! generator. Two things are missing: a way to pass a value out at a suspension, and a
//! way to pass one in. One cell that the block and its caller share is enough for both,
//! because the two never run at the same time.
//!
//! ```text
//!   caller                              cell           async block
//!   resume(v) ─ Sent(v) ─────────────▶ ┌──────┐
//!             ─ poll ─────────────────────────────────▶ runs ...
//!                                      │      │ ◀────── co.yield_(y): Yielded(y)
//!             ◀───────────────────────────── Pending ─
//!   Yield(y)  ◀─ takes Yielded(y) ──── │      │
//!   resume(w) ─ Sent(w) ─────────────▶ └──────┘
//!             ─ poll ─────────────────────────────────▶ takes Sent(w): the yield_
//!                                                       is w; runs ... returns r
//!   Return(r) ◀──────────────────────────── Ready(r) ─
//! ```
//!
//! The block is boxed and pinned, because it may borrow from itself. A hand-written
//! enum never does, so it needs no pin. The waker is `Waker::noop()`, because the
//! caller resumes the generator whenever it likes.
//!
//! If the block awaits a future from elsewhere, it suspends without having yielded a
//! value. Then the poll returns `Pending` and the cell is empty. The generator detects
//! the mistake by this, and reports [`Misuse::ForeignAwait`].
//!
//! To close an async generator, drop it: its locals are dropped at the place where it
//! waits. A generator whose `Resume` is a [`Signal`](crate::Signal) can also receive an
//! exit, or an error, as a value; see [`Co::try_yield`].
//!
//! Invariants
//! 1. Nothing runs before the first resume.
//! 2. One suspension passes exactly one value out, and one value in.
//! 3. The block is dropped as soon as it has returned or panicked.
//!
//! Read next: `bridge/co.rs`, the part of the cell that the block uses.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::bridge::awaitable::await_and_iterate;
use crate::bridge::co::Co;
use crate::bridge::exchange::Exchange;
use crate::generator::Generator;
use crate::protocol::{Body, Misuse};
use crate::step::Step;

/// A generator made from an async block by [`generator`] or [`generator_with_input`].
///
/// `F` is the block, `Y` the type of the yielded values, `S` the type of the values
/// that the caller sends.
#[must_use = "a generator does nothing until it is resumed"]
pub struct AsyncGenerator<F, Y, S = ()> {
    block: Body<Pin<Box<F>>>,
    exchange: Rc<Exchange<Y, S>>,
}

/// Makes a generator from an async block.
///
/// The block receives the [`Co`] with which it yields. `co.yield_(y).await` is Python's `yield y`.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, generator};
///
/// let mut fibonacci = generator(|co| async move {
///     let (mut a, mut b) = (0u64, 1);
///     while a < 10 {
///         co.yield_(a).await;
///         (a, b) = (b, a + b);
///     }
///     "enough"
/// });
/// let first: Vec<u64> = (0..4).filter_map(|_| fibonacci.resume(()).yielded()).collect();
/// assert_eq!(first, [0, 1, 1, 2]);
/// assert_eq!(groundup::generator::run(fibonacci), "enough");
/// ```
///
/// `body` itself is called at once. Only the code inside `async move` waits for the first resume.
pub fn generator<B, F, Y>(body: B) -> AsyncGenerator<F, Y>
where
    B: FnOnce(Co<Y>) -> F,
    F: Future,
{
    generator_with_input(body)
}

/// Makes a generator from an async block that receives an input with each resume.
///
/// It works like [`generator`], and passes values in as well. The type of the [`Co`]
/// determines the type of these inputs: `Option<_>`, a [`Signal`](crate::Signal), or
/// any other type.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Co, Generator, Step, generator_with_input};
///
/// let mut echo = generator_with_input(|co: Co<Option<i32>, Option<i32>>| async move {
///     let mut heard = None;
///     loop {
///         heard = co.yield_(heard).await;
///         if heard == Some(0) {
///             return "bye";
///         }
///     }
/// });
/// assert_eq!(echo.next(), Step::Yield(None)); // the first resume only starts it
/// assert_eq!(echo.resume(Some(5)), Step::Yield(Some(5)));
/// assert_eq!(echo.resume(Some(0)), Step::Return("bye"));
/// ```
pub fn generator_with_input<B, F, Y, S>(body: B) -> AsyncGenerator<F, Y, S>
where
    B: FnOnce(Co<Y, S>) -> F,
    F: Future,
{
    let exchange = Rc::new(Exchange::new());
    let block = Box::pin(body(Co::new(Rc::clone(&exchange))));
    AsyncGenerator {
        block: Body::new(block),
        exchange,
    }
}

impl<F: Future, Y, S> AsyncGenerator<F, Y, S> {
    /// Resumes the generator as [`Generator::resume`] does, but returns an error
    /// instead of a panic.
    ///
    /// # Errors
    /// Returns [`Misuse::Finished`] if the block has returned or panicked. Returns
    /// [`Misuse::ForeignAwait`] if the block awaits a future other than one of its own
    /// `yield_`s; the next resume polls that future again.
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::{Co, Misuse, generator};
    ///
    /// let mut stray = generator(|_: Co<()>| std::future::pending::<()>());
    /// assert_eq!(stray.try_resume(()), Err(Misuse::ForeignAwait));
    /// ```
    #[inline]
    pub fn try_resume(&mut self, value: S) -> Result<Step<Y, F::Output>, Misuse> {
        let exchange = &self.exchange;
        match self.block.enter(|block| step(block, exchange, value))? {
            Step::Yield(Some(value)) => Ok(Step::Yield(value)),
            Step::Yield(None) => Err(Misuse::ForeignAwait),
            Step::Return(value) => Ok(Step::Return(value)),
        }
    }
}

impl<F: Future, Y, S> Generator for AsyncGenerator<F, Y, S> {
    type Resume = S;
    type Yield = Y;
    type Return = F::Output;

    /// # Panics
    /// Panics if the block has returned or panicked, and if it awaits a future other
    /// than one of its own `yield_`s. The generator is over then, as after any panic.
    /// [`try_resume`](AsyncGenerator::try_resume) returns both cases as errors.
    #[inline]
    fn resume(&mut self, value: S) -> Step<Y, F::Output> {
        let exchange = &self.exchange;
        self.block.resume(|block| {
            step(block, exchange, value).map_yield(|yielded| match yielded {
                Some(value) => value,
                None => Misuse::ForeignAwait.refuse(),
            })
        })
    }
}

/// Polls the block once. Yields `None` if the block suspended without having yielded.
#[inline]
fn step<F: Future, Y, S>(
    block: &mut Pin<Box<F>>,
    exchange: &Exchange<Y, S>,
    value: S,
) -> Step<Option<Y>, F::Output> {
    exchange.send(value);
    let mut context = Context::from_waker(Waker::noop());
    match block.as_mut().poll(&mut context) {
        Poll::Ready(value) => {
            exchange.receive();
            Step::Return(value)
        }
        Poll::Pending => Step::Yield(exchange.receive()),
    }
}

await_and_iterate!([F: Future, Y] AsyncGenerator<F, Y, ()>);

impl<F, Y, S> core::fmt::Debug for AsyncGenerator<F, Y, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("AsyncGenerator")
            .field("finished", &self.block.is_over())
            .finish()
    }
}
