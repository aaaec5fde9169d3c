//! A generator as a future, so that an `async fn` can await it.
//!
//! The source of all this: "a generator is a function that waits", and `await`
//! waits for functions that wait. Python lets a coroutine await a generator
//! once it carries a mark (`@types.coroutine`). Rust needs no mark: a type says
//! by itself that it can be awaited, by implementing `IntoFuture`.
//!
//! ```text
//!   generator                     future
//!   Yield(_)      ──▶   Pending, after waking itself: "ask me again"
//!   Return(r)     ──▶   Ready(r)
//! ```
//!
//! A yield says "not yet" and nothing about when, so the future that comes of
//! it is one that is always ready to be asked again: each yield is one bare
//! suspension. It waits for nothing, and an event loop that runs several of
//! them takes turns, exactly as floor 2 does with bare generators. The yielded
//! values are dropped; whoever wants them resumes the generator instead.
//!
//! Invariants
//! 1. Each poll is one resume, and each yield is one `Pending`.
//! 2. The waker is called before `Pending` is given back: the future is never
//!    forgotten by an executor that polls only what was woken.
//! 3. The generator is dropped as soon as it has returned or panicked.
//!
//! Read next: `stepped.rs`, the way back: a future that is a generator.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::generator::Generator;
use crate::protocol::Body;
use crate::step::Step;

/// Any generator as a future: awaiting it drives it to its end and gives its
/// return value.
///
/// The generators of this crate that can be resumed with nothing to say
/// implement `IntoFuture` with it, so `generator.await` is enough for them;
/// for one's own, write `Awaitable::new(generator).await`.
///
/// Cancel safety: dropped half-way, it drops the generator where it waits.
///
/// ```
/// use core::future::Future;
/// use core::pin::pin;
/// use core::task::{Context, Poll, Waker};
/// use groundup_generator::machine::Square;
///
/// // async def sum_of_squares(x, y): return await square(x) + await square(y)
/// async fn sum_of_squares(x: i64, y: i64) -> i64 {
///     Square::new("square", x, |_: &str| ()).await
///         + Square::new("square", y, |_: &str| ()).await
/// }
///
/// let mut sum = pin!(sum_of_squares(3, 4));
/// let mut context = Context::from_waker(Waker::noop());
/// assert_eq!(sum.as_mut().poll(&mut context), Poll::Pending); // square(3) yields
/// assert_eq!(sum.as_mut().poll(&mut context), Poll::Pending); // square(4) yields
/// assert_eq!(sum.as_mut().poll(&mut context), Poll::Ready(25));
/// ```
#[derive(Debug, Clone)]
#[must_use = "futures do nothing until they are awaited or polled"]
pub struct Awaitable<G> {
    generator: Body<G>,
}

impl<G> Awaitable<G> {
    /// Makes a future of `generator`. Nothing runs yet.
    pub const fn new(generator: G) -> Self {
        Awaitable {
            generator: Body::new(generator),
        }
    }
}

/// The generator is never pinned: `resume` takes an ordinary `&mut`, so the
/// future may move between two polls whatever the generator is.
impl<G> Unpin for Awaitable<G> {}

impl<G> Future for Awaitable<G>
where
    G: Generator,
    G::Resume: Default,
{
    type Output = G::Return;

    /// # Panics
    /// If it is polled after it was ready or panicked.
    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<G::Return> {
        let step = self.generator.resume(|generator| {
            let step = generator.next();
            if let Step::Yield(_) = step {
                context.waker().wake_by_ref();
            }
            step
        });
        match step {
            Step::Yield(_) => Poll::Pending,
            Step::Return(value) => Poll::Ready(value),
        }
    }
}

/// Lets a concrete generator type be awaited and iterated over: a blanket
/// implementation for every `G: Generator` is not allowed by the orphan rule,
/// because both traits belong to the standard library.
macro_rules! await_and_iterate {
    ([$($parameters:tt)*] $generator:ty $(where $($bounds:tt)*)?) => {
        impl<$($parameters)*> ::core::future::IntoFuture for $generator
        $(where $($bounds)*)?
        {
            type Output = <Self as $crate::Generator>::Return;
            type IntoFuture = $crate::Awaitable<Self>;

            #[inline]
            fn into_future(self) -> $crate::Awaitable<Self> {
                $crate::Awaitable::new(self)
            }
        }

        impl<$($parameters)*> ::core::iter::IntoIterator for $generator
        $(where $($bounds)*)?
        {
            type Item = <Self as $crate::Generator>::Yield;
            type IntoIter = $crate::Values<Self>;

            #[inline]
            fn into_iter(self) -> $crate::Values<Self> {
                $crate::values(self)
            }
        }
    };
}
pub(crate) use await_and_iterate;
