//! Delegates to one generator inside another: `yield from`.
//!
//! A function that can wait calls another function that can wait, and its own caller
//! must not notice. A value that the inner one yields goes to the caller, a value that
//! the caller sends goes to the inner one, and the return value of the inner one is the
//! value of the `yield from` expression. Plain values need only a field that holds the
//! inner generator, and a `match` (`machine/sum_of_squares.rs` shows it). Errors need
//! one more rule, and this file implements it.
//!
//! ```text
//!   caller          outer                   inner
//!     │  next/send    │         the same      │
//!     ├──────────────▶│──────────────────────▶│
//!     │    Yield(y)   │        Yield(y)       │
//!     │◀──────────────│◀──────────────────────┤
//!     │  throw(error) │         the same      │
//!     ├──────────────▶│──────────────────────▶│
//!     │               │    Return(Ok(r))      │
//!     │               │◀──────────────────────┤   r is the value of `yield from`
//!     │  throw(Exit)  │         close         │
//!     ├──────────────▶│──────────────────────▶│   must end; then the exit goes on
//!     │               │ Exit raised here, too │   in the outer one
//! ```
//!
//! The rule: an exit is not an ordinary error. The caller that closes the outer
//! generator wants *both* to end. So if the inner one swallows the exit and returns a
//! value, the outer one ends all the same (PEP 380, and `gen_close_iter` in CPython).
//!
//! Invariants
//! 1. A chain of delegations behaves as one flat generator would.
//! 2. After an exit the inner generator is over. If it yields instead of ending,
//!    [`Misuse::IgnoredExit`] is raised at the `yield from` of the outer one.
//! 3. The inner generator is dropped as soon as it has returned or panicked.
//!
//! Each resume walks through every level of the chain. `frames.rs` removes that cost.
//!
//! Read next: `delegation/stack_frame.rs`, a function written for a stack.

use core::marker::PhantomData;

use crate::generator::Generator;
use crate::protocol::{Body, Exception, Misuse, Signal};
use crate::step::Step;

/// Delegates to a generator that speaks the full protocol.
///
/// Start it with [`Signal::Next`]. Then pass it every signal that the outer generator
/// receives, and yield the values that it yields. When it returns, continue the outer
/// generator with `Ok(value)`, or raise the `Err(exception)` there.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Exception, Generator, Signal, Step, YieldFrom};
/// use groundup::generator::machine::{Echo, Echoed};
///
/// // def outer(): yield from echo()
/// let mut inner = YieldFrom::new(Echo::<i32, &str>::new());
/// assert_eq!(inner.resume(Signal::Next), Step::Yield(Echoed::Nothing));
/// assert_eq!(inner.resume(Signal::Send(5)), Step::Yield(Echoed::Value(5)));
/// // outer is closed: the exit ends the inner one, and goes on in the outer.
/// assert_eq!(
///     inner.resume(Signal::Throw(Exception::Exit)),
///     Step::Return(Err(Exception::Exit)),
/// );
/// ```
#[derive(Debug, Clone)]
pub struct YieldFrom<G> {
    inner: Body<G>,
}

impl<G> YieldFrom<G> {
    /// Delegates to `inner`, which must not have been started.
    pub const fn new(inner: G) -> Self {
        YieldFrom {
            inner: Body::new(inner),
        }
    }

    /// Returns the inner generator, or `None` once it is over (Python: `gi_yieldfrom`).
    pub const fn inner(&self) -> Option<&G> {
        self.inner.get()
    }
}

impl<G, S, Y, R, E> Generator for YieldFrom<G>
where
    G: Generator<Resume = Signal<S, E>, Yield = Y, Return = Result<R, Exception<E>>>,
{
    type Resume = Signal<S, E>;
    type Yield = Y;
    type Return = Result<R, Exception<E>>;

    /// # Panics
    /// Panics if the inner generator panics, and if it is resumed after its end.
    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<Y, Result<R, Exception<E>>> {
        let closing = matches!(signal, Signal::Throw(Exception::Exit));
        self.inner.resume(|inner| match inner.resume(signal) {
            Step::Yield(_) if closing => Step::Return(Err(Exception::Misuse(Misuse::IgnoredExit))),
            Step::Return(Ok(_)) if closing => Step::Return(Err(Exception::Exit)),
            step => step,
        })
    }
}

/// Delegates to an iterator: yields its items, and returns `()`.
///
/// `S` is the resume type of the generator that delegates: `()`, or a [`Signal`]. An
/// iterator receives nothing. So a value sent to it raises [`Misuse::NoSend`] in the
/// generator that delegates, and an error thrown into it ends it and is raised there.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Items, Step};
///
/// // yield from range(2)
/// let mut items = Items::new(0..2);
/// assert_eq!(items.next(), Step::Yield(0));
/// assert_eq!(items.next(), Step::Yield(1));
/// assert_eq!(items.next(), Step::Return(()));
/// ```
#[derive(Debug, Clone)]
pub struct Items<I, S = ()> {
    iterator: Body<I>,
    resume: PhantomData<fn(S)>,
}

impl<I: Iterator> Items<I> {
    /// Yields the items of `iterable`, for a generator that receives no values.
    pub fn new(iterable: impl IntoIterator<IntoIter = I>) -> Self {
        Items {
            iterator: Body::new(iterable.into_iter()),
            resume: PhantomData,
        }
    }
}

impl<I: Iterator, S, E> Items<I, Signal<S, E>> {
    /// Yields the items of `iterable`, for a generator that speaks the full protocol.
    pub fn with_signals(iterable: impl IntoIterator<IntoIter = I>) -> Self {
        Items {
            iterator: Body::new(iterable.into_iter()),
            resume: PhantomData,
        }
    }
}

impl<I: Iterator> Generator for Items<I, ()> {
    type Resume = ();
    type Yield = I::Item;
    type Return = ();

    /// # Panics
    /// Panics if the iterator panics, and if it is resumed after its end.
    #[inline]
    fn resume(&mut self, (): ()) -> Step<I::Item, ()> {
        self.iterator.resume(|iterator| match iterator.next() {
            Some(item) => Step::Yield(item),
            None => Step::Return(()),
        })
    }
}

impl<I: Iterator, S, E> Generator for Items<I, Signal<S, E>> {
    type Resume = Signal<S, E>;
    type Yield = I::Item;
    type Return = Result<(), Exception<E>>;

    /// # Panics
    /// Panics if the iterator panics, and if it is resumed after its end.
    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<I::Item, Self::Return> {
        self.iterator.resume(|iterator| match signal {
            Signal::Next => match iterator.next() {
                Some(item) => Step::Yield(item),
                None => Step::Return(Ok(())),
            },
            Signal::Send(_) => Step::Return(Err(Exception::Misuse(Misuse::NoSend))),
            Signal::Throw(exception) => Step::Return(Err(exception)),
        })
    }
}
