//! The inside end of an async generator: how its block yields.
//!
//! An async block can suspend only by awaiting a future that is not ready. So
//! `yield` has to be a future: polled for the first time, it puts a value where
//! the caller will find it and says `Pending`; polled again, it finds what the
//! caller said and is ready with that.
//!
//! ```text
//!          1 first poll               2 the caller fetches y
//!   Idle ─────────────▶ Yielded(y) ──────────────────────────▶ Asked
//!    ▲                                                           │ 3 a resume
//!    │              4 second poll: Ready(s)                      ▼   sends s
//!    └────────────────────────────────────────────────────── Answered(s)
//!
//!   any ── 5 the yield_ that waits is dropped ──▶ Idle
//! ```
//!
//! Only in `Idle` does no `yield_` wait. A first poll in any other state finds
//! one that was not awaited to its end and is still alive: it would get the
//! answer of the other, or the other would take its value back. It panics, with
//! a sentence about both.
//!
//! Invariants
//! 1. The cell is only read and written in whole (`Cell::replace`): there is no
//!    borrow that could be held across a suspension.
//! 2. At most one `yield_` of a block waits at any time: each needs a resume of
//!    its own.
//! 3. While the caller runs, the cell holds no value.
//!
//! Read next: floor 2, `groundup-interweave`, several generators at once; or,
//! first, `delegation.rs`, a generator inside another.

use alloc::rc::Rc;
use core::cell::Cell;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// The one cell between a block and its caller.
pub(super) struct Exchange<Y, S>(Cell<Held<Y, S>>);

/// What is in the cell, and whether a `yield_` waits. The numbers are those of
/// the moves in the drawing above.
enum Held<Y, S> {
    /// No `yield_` waits. Left to `Yielded` (1).
    Idle,
    /// A value on the way out. Left to `Asked` (2), or taken back (5).
    Yielded(Y),
    /// The value was fetched, and no answer has come. Left to `Answered` (3).
    Asked,
    /// An answer on the way in. Left to `Idle` (4, 5).
    Answered(S),
}

impl<Y, S> Exchange<Y, S> {
    pub(super) const fn new() -> Self {
        Exchange(Cell::new(Held::Idle))
    }

    /// Answers the `yield_` that waits. If none does, `value` is dropped: that
    /// is the value of the first resume.
    #[inline]
    pub(super) fn send(&self, value: S) {
        match self.0.replace(Held::Idle) {
            Held::Idle => drop(value),
            _asked => self.0.set(Held::Answered(value)),
        }
    }

    /// Fetches the yielded value, if there is one.
    #[inline]
    pub(super) fn receive(&self) -> Option<Y> {
        match self.0.replace(Held::Asked) {
            Held::Yielded(value) => Some(value),
            other => {
                self.0.set(other);
                None
            }
        }
    }
}

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
        match mem::replace(&mut self.place, Place::Waiting) {
            Place::Start(value) => match self.exchange.0.replace(Held::Idle) {
                Held::Idle => {
                    self.exchange.0.set(Held::Yielded(value));
                    Poll::Pending
                }
                of_another => {
                    self.exchange.0.set(of_another);
                    self.place = Place::Over;
                    two_at_once()
                }
            },
            Place::Waiting => match self.exchange.0.replace(Held::Idle) {
                Held::Answered(heard) => {
                    self.place = Place::Over;
                    Poll::Ready(heard)
                }
                unanswered => {
                    self.exchange.0.set(unanswered);
                    Poll::Pending
                }
            },
            Place::Over => Misuse::Finished.refuse(),
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
    /// What nobody has fetched yet is taken back; an answer on its way is lost.
    #[inline]
    fn drop(&mut self) {
        if let Place::Waiting = self.place {
            self.exchange.0.set(Held::Idle);
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
