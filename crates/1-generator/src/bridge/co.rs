//! Yields from inside an async block, through a shared cell.
//!
//! An async block can suspend only by awaiting a future that is not ready. So `yield`
//! has to be a future. Its first poll puts a value into the cell, where the caller
//! finds it, and returns `Pending`. Its second poll takes the caller's answer from the
//! cell and returns it.
//!
//! The cell (`exchange.rs`) serves one `yield_` at a time. If a second `yield_` started
//! while the first one is alive and waits, one of the two would get the answer of the
//! other, or would take back the other's value. So the second one panics with a message
//! that explains the mistake.
//!
//! Invariant: a dropped `yield_` leaves nothing in the cell.
//!
//! Read next: `bridge/exchange.rs`, the cell.

use alloc::rc::Rc;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::bridge::exchange::Exchange;
use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// Yields values from an async block. [`generator`](crate::generator) and
/// [`generator_with_input`](crate::generator_with_input) pass it to the block.
///
/// `Y` is the type of the yielded values, `S` the type of the values that the caller
/// sends. The block owns its `Co`, which cannot be cloned; helper functions of the
/// block borrow it (`&Co<Y, S>`).
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Co, generator, values};
///
/// /// A helper that yields for the block that lends it its `Co`.
/// async fn twice(co: &Co<u32>, value: u32) {
///     co.yield_(value).await;
///     co.yield_(value).await;
/// }
///
/// let doubled = generator(|co| async move {
///     twice(&co, 1).await;
///     twice(&co, 2).await;
/// });
/// assert_eq!(values(doubled).collect::<Vec<_>>(), [1, 1, 2, 2]);
/// ```
pub struct Co<Y, S = ()> {
    exchange: Rc<Exchange<Y, S>>,
}

impl<Y, S> Co<Y, S> {
    pub(super) const fn new(exchange: Rc<Exchange<Y, S>>) -> Self {
        Co { exchange }
    }

    /// Yields `value` and waits for the next resume: Python's `yield value`. Returns
    /// the value that the resume sends.
    ///
    /// Cancel safety: if the future is dropped before it was ready, it takes its value back.
    ///
    /// # Panics
    /// Panics when it is awaited while another `yield_` of the same block waits, as in
    /// a `join` of two of them. A `yield_` that was polled and is kept alive still
    /// waits.
    #[inline]
    pub fn yield_(&self, value: Y) -> Yield<'_, Y, S> {
        Yield {
            exchange: &self.exchange,
            place: YieldState::Start(value),
        }
    }

    /// Delegates to another generator: Python's `yield from inner`. Yields the values
    /// of `inner`, sends it the values of the caller, and returns its return value.
    ///
    /// If the caller can throw errors (`S` is a [`Signal`]), delegate to
    /// [`YieldFrom::new(inner)`](crate::YieldFrom), which handles an exit.
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::{generator, values};
    /// use groundup::generator::machine::Countdown;
    ///
    /// let twice = generator(|co| async move {
    ///     co.yield_from(Countdown::new(2)).await;
    ///     co.yield_from(Countdown::new(1)).await
    /// });
    /// assert_eq!(values(twice).collect::<Vec<_>>(), [2, 1, 1]);
    /// ```
    pub async fn yield_from<G>(&self, mut inner: G) -> G::Return
    where
        S: Default,
        G: Generator<Resume = S, Yield = Y>,
    {
        let mut heard = S::default();
        loop {
            match inner.resume(heard) {
                Step::Yield(value) => heard = self.yield_(value).await,
                Step::Return(value) => return value,
            }
        }
    }
}

impl<Y, S, E> Co<Y, Signal<S, E>> {
    /// Yields like [`yield_`](Co::yield_), and returns a thrown error as `Err`: with
    /// `?` it leaves the block, as an exception does.
    ///
    /// # Errors
    /// Returns the thrown exception; that is [`Exception::Exit`] if the generator is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::{
    ///     Co, Coroutine, Exception, Signal, Step, generator_with_input,
    /// };
    ///
    /// type Oven = Co<u32, Signal<(), &'static str>>;
    /// let oven = Coroutine::new(generator_with_input(|co: Oven| async move {
    ///     for minute in 1.. {
    ///         match co.try_yield(minute).await {
    ///             Err(Exception::Error("door opened")) => {} // close it, go on
    ///             other => _ = other?,
    ///         }
    ///     }
    ///     Ok(())
    /// }));
    /// assert_eq!(oven.next(), Ok(Step::Yield(1)));
    /// assert_eq!(oven.throw("door opened"), Ok(Step::Yield(2)));
    /// assert_eq!(oven.throw("fire"), Err(Exception::Error("fire")));
    /// ```
    #[inline]
    pub async fn try_yield(&self, value: Y) -> Result<Option<S>, Exception<E>> {
        self.yield_(value).await.received()
    }
}

/// The future of [`Co::yield_`], a small machine by itself.
#[must_use = "futures do nothing until they are awaited: write co.yield_(value).await"]
pub struct Yield<'c, Y, S> {
    exchange: &'c Exchange<Y, S>,
    place: YieldState<Y>,
}

enum YieldState<Y> {
    /// Not polled yet. Next: `Waiting`, or `Over` if another `yield_` waits.
    Start(Y),
    /// This `yield_` uses the cell. Next: `Over`.
    Waiting,
    /// The answer was returned, or another `yield_` used the cell.
    Over,
}

/// No field is ever pinned.
impl<Y, S> Unpin for Yield<'_, Y, S> {}

impl<Y, S> Future for Yield<'_, Y, S> {
    type Output = S;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<S> {
        if let YieldState::Waiting = self.place {
            let Some(heard) = self.exchange.answer() else {
                return Poll::Pending;
            };
            self.place = YieldState::Over;
            return Poll::Ready(heard);
        }
        match mem::replace(&mut self.place, YieldState::Waiting) {
            YieldState::Start(value) if self.exchange.begin() => {
                self.exchange.hand_out(value);
                Poll::Pending
            }
            YieldState::Start(_) => {
                self.place = YieldState::Over;
                two_at_once()
            }
            _over => {
                self.place = YieldState::Over;
                Misuse::Finished.refuse()
            }
        }
    }
}

#[cold]
fn two_at_once() -> ! {
    panic!(
        "two yield_s of one generator wait at the same time, and one resume can answer only \
         one of them: await each to its end, or drop it, before the next one"
    )
}

impl<Y, S> Drop for Yield<'_, Y, S> {
    /// Takes a value back that the caller has not fetched; drops an answer that has arrived.
    #[inline]
    fn drop(&mut self) {
        if let YieldState::Waiting = self.place {
            self.exchange.take_back();
        }
    }
}

impl<Y, S> core::fmt::Debug for Co<Y, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Co")
    }
}

impl<Y, S> core::fmt::Debug for Yield<'_, Y, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Yield")
            .field("waiting", &matches!(self.place, YieldState::Waiting))
            .finish()
    }
}
