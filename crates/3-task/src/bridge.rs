//! The bridge: a generator can be awaited, an `async fn` can be stepped.
//!
//! The problem: floor 1 has paused functions that are resumed, floor 3 has
//! paused functions that are polled. They are the same thing, seen from two
//! sides, and a reader should be able to walk from one to the other:
//!
//! | generator (floor 1) | future |
//! |---|---|
//! | `resume(value)` | `poll(cx)` |
//! | `Step::Yield(y)` | `Poll::Pending` (and `y` went to whoever it was for) |
//! | `Step::Return(r)` | `Poll::Ready(r)` |
//! | the value sent in | what the awaited thing gives |
//! | who resumes again, and when? the deque, always | the waker, when there is a reason |
//! | `yield from` | `.await` |
//!
//! From generator to future: floor 1's `Awaitable` (and `IntoFuture` on its own
//! generators, so that `spawn` and `.await` take them with no marker). From
//! future to generator: [`Stepped`], below.
//!
//! Invariant: a generator driven through a future is resumed exactly as often as
//! one driven by hand.
//!
//! Read next: `observe.rs`, who looks on.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use groundup_interweave::generator::{Generator, Step};

/// A future to be stepped by hand: each suspension is one bare yield.
///
/// It is polled with a waker that does nothing, so it must be a future that makes
/// progress by being polled, as one made of generators and
/// [`yield_now`](crate::yield_now) is. A future that waits for a timer or another
/// task would never be told.
///
/// ```
/// use groundup_task::interweave::generator::{Generator, Step};
/// use groundup_task::{Stepped, yield_now};
///
/// async fn nine() -> u32 {
///     yield_now().await;
///     9
/// }
///
/// let mut stepped = Stepped::new(nine());
/// assert_eq!(stepped.resume(()), Step::Yield(()));
/// assert_eq!(stepped.resume(()), Step::Return(9));
/// ```
pub struct Stepped<F: Future> {
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Stepped<F> {
    /// Takes anything awaitable; nothing runs yet.
    pub fn new(future: impl IntoFuture<IntoFuture = F>) -> Self {
        Stepped {
            future: Some(Box::pin(future.into_future())),
        }
    }
}

impl<F: Future> Generator for Stepped<F> {
    type Resume = ();
    type Yield = ();
    type Return = F::Output;

    /// # Panics
    ///
    /// If it has returned before.
    fn resume(&mut self, (): ()) -> Step<(), F::Output> {
        let future = self
            .future
            .as_mut()
            .expect("Stepped was resumed after it had returned");
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Pending => Step::Yield(()),
            Poll::Ready(output) => {
                self.future = None;
                Step::Return(output)
            }
        }
    }
}

impl<F: Future> fmt::Debug for Stepped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stepped")
            .field("finished", &self.future.is_none())
            .finish()
    }
}
