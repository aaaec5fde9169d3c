//! Makes a future from a generator, so that an `async fn` can await it.
//!
//! The source of this course says: "a generator is a function that waits", and `await`
//! waits for such functions. In Python a coroutine can await a generator that carries a
//! mark (`@types.coroutine`). Rust needs no mark: a type that implements `IntoFuture`
//! can be awaited.
//!
//! ```text
//!   generator                     future
//!   Yield(_)      ──▶   Pending, after it woke itself
//!   Return(r)     ──▶   Ready(r)
//! ```
//!
//! A yield means "not yet" and does not say when to continue. So the future is ready to
//! be polled again at once: each yield is one bare suspension that waits for nothing.
//! An event loop that runs several such futures steps them in turn, exactly as floor 2
//! does with bare generators. The yielded values are dropped. A caller that needs them
//! resumes the generator instead.
//!
//! Invariants
//! 1. Each poll is one resume, and each yield is one `Pending`.
//! 2. The waker is called before `Pending` is returned, so an executor that polls only
//!    woken futures polls this one again.
//! 3. The generator is dropped as soon as it has returned or panicked.
//!
//! Read next: `bridge/stepped.rs`, which makes a generator from a future.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::generator::Generator;
use crate::protocol::Body;
use crate::step::Step;

/// Awaits a generator: drives it to its end and returns its return value.
///
/// A generator of this crate implements `IntoFuture` with this type if it can be
/// resumed without a value, so `generator.await` is enough. For any other generator
/// write `Awaitable::new(generator).await`.
///
/// Cancel safety: if the future is dropped half-way, it drops the generator at the
/// place where it waits.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use core::future::Future;
/// use core::pin::pin;
/// use core::task::{Context, Poll, Waker};
/// use groundup::generator::machine::Square;
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
    /// Makes a future from `generator`. Nothing runs yet.
    pub const fn new(generator: G) -> Self {
        Awaitable {
            generator: Body::new(generator),
        }
    }
}

/// The future may move between two polls, because `resume` takes an ordinary `&mut` and
/// never pins the generator.
impl<G> Unpin for Awaitable<G> {}

impl<G> Future for Awaitable<G>
where
    G: Generator,
    G::Resume: Default,
{
    type Output = G::Return;

    /// # Panics
    /// Panics if it is polled after it was ready or has panicked.
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

/// Implements `IntoFuture` and `IntoIterator` for a concrete generator type. The orphan
/// rule forbids a blanket implementation for every `G: Generator`, because both traits
/// belong to the standard library.
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
