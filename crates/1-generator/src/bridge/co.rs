//! The inside end of an async generator: how its block yields.
//!
//! An async block can suspend only by awaiting a future that is not ready. So
//! `yield` has to be a future: polled for the first time, it puts a value where
//! the caller will find it and says `Pending`; polled again, it finds what the
//! caller said and is ready with that.
//!
//! The two meet at one cell (`exchange.rs`). A first poll that finds another `yield_`
//! waiting finds one that was not awaited to its end and is still alive: it would get
//! the answer of the other, or the other would take its value back. It panics, with a
//! sentence about both.
//!
//! Invariant: a `yield_` that is dropped leaves the cell as if it had not been.
//!
//! Read next: `exchange.rs`, the cell.

use alloc::rc::Rc;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::bridge::exchange::Exchange;
use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// With this an async block yields. It gets it from
/// [`generator`](crate::generator) or [`conversation`](crate::conversation).
///
/// `Y` is what it yields, `S` what each resume says. The block owns it; it
/// cannot be cloned, so that helpers of the block borrow it (`&Co<Y, S>`).
///
/// ```
/// use groundup_generator::{Co, generator, values};
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

    /// Hands out `value` and waits: Python's `yield value`. It evaluates to
    /// what the next resume says.
    ///
    /// Cancel safety: dropped before it was ready, it takes its value back.
    ///
    /// # Panics
    /// When awaited while another `yield_` of the same block waits, as a `join`
    /// of two would do. One that was polled and then kept alive waits, too.
    #[inline]
    pub fn yield_(&self, value: Y) -> Yield<'_, Y, S> {
        Yield {
            exchange: &self.exchange,
            place: Place::Start(value),
        }
    }

    /// Delegates to another generator: Python's `yield from inner`. What it
    /// yields goes out, what is said goes in, and its return value is the value
    /// of the expression.
    ///
    /// Where errors can be thrown in (`S` is a [`Signal`]), delegate to
    /// [`YieldFrom::new(inner)`](crate::YieldFrom), which knows what an exit
    /// does.
    ///
    /// ```
    /// use groundup_generator::{generator, machine::Countdown, values};
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
    /// [`yield_`](Co::yield_), where a thrown error is an `Err`: with `?` it
    /// passes out of the block, as an exception does.
    ///
    /// # Errors
    /// What was thrown in; [`Exception::Exit`] if the generator is closed.
    ///
    /// ```
    /// use groundup_generator::{Co, Coroutine, Exception, Signal, Step, conversation};
    ///
    /// type Oven = Co<u32, Signal<(), &'static str>>;
    /// let oven = Coroutine::new(conversation(|co: Oven| async move {
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

/// The future of [`Co::yield_`]: a small machine itself.
#[must_use = "futures do nothing until they are awaited: write co.yield_(value).await"]
pub struct Yield<'c, Y, S> {
    exchange: &'c Exchange<Y, S>,
    place: Place<Y>,
}

enum Place<Y> {
    /// Not polled yet. Left to `Waiting`.
    Start(Y),
    /// The cell is in use for it. Left to `Over`.
    Waiting,
    /// The answer was fetched, or the cell was another's.
    Over,
}

/// Nothing in it is ever pinned.
impl<Y, S> Unpin for Yield<'_, Y, S> {}

impl<Y, S> Future for Yield<'_, Y, S> {
    type Output = S;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<S> {
        if let Place::Waiting = self.place {
            let Some(heard) = self.exchange.answer() else {
                return Poll::Pending;
            };
            self.place = Place::Over;
            return Poll::Ready(heard);
        }
        match mem::replace(&mut self.place, Place::Waiting) {
            Place::Start(value) if self.exchange.begin() => {
                self.exchange.hand_out(value);
                Poll::Pending
            }
            Place::Start(_) => {
                self.place = Place::Over;
                two_at_once()
            }
            _over => {
                self.place = Place::Over;
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
    #[inline]
    fn drop(&mut self) {
        if let Place::Waiting = self.place {
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
            .field("waiting", &matches!(self.place, Place::Waiting))
            .finish()
    }
}
