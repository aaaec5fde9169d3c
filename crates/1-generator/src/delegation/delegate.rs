//! `yield from`: one generator inside another.
//!
//! A function that can wait wants to call another function that can wait. Its
//! caller must not notice: what the inner one yields goes out, what is sent
//! goes in, and the return value of the inner one is the value of the `yield
//! from` expression. For plain values nothing is needed but a field that holds
//! the inner generator and a `match` (`machine/sum_of_squares.rs` shows it).
//! Errors need one rule more, and this file is that rule.
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
//! The rule: an exit is not an error among others. Whoever closes the outer
//! generator wants *both* to end, so an inner one that swallows the exit and
//! returns a value does not keep the outer one alive (PEP 380, and
//! `gen_close_iter` in CPython).
//!
//! Invariants
//! 1. A chain of delegations behaves as the flat generator would.
//! 2. After an exit the inner generator is over; if it yields all the same, the
//!    outer one gets [`Misuse::IgnoredExit`] raised at its `yield from`.
//! 3. The inner generator is dropped as soon as it has returned or panicked.
//!
//! Each resume walks through every level of the chain. `frames.rs` does away
//! with that.
//!
//! Read next: `stack_frame.rs`, a function written for a stack.

use core::marker::PhantomData;

use crate::generator::Generator;
use crate::protocol::{Body, Exception, Misuse, Signal};
use crate::step::Step;

/// Delegation to a generator that speaks the full protocol.
///
/// Start it with [`Signal::Next`]; from then on hand it every signal that the
/// outer generator receives, pass on what it yields, and when it returns, go
/// on in the outer generator with `Ok(value)`, or with `Err(exception)` raised.
///
/// ```
/// use groundup_generator::{Exception, Generator, Signal, Step, YieldFrom};
/// use groundup_generator::machine::{Echo, Said};
///
/// // def outer(): yield from echo()
/// let mut inner = YieldFrom::new(Echo::<i32, &str>::new());
/// assert_eq!(inner.resume(Signal::Next), Step::Yield(Said::Nothing));
/// assert_eq!(inner.resume(Signal::Send(5)), Step::Yield(Said::Value(5)));
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

    /// The generator to which it delegates, or `None` once that is over
    /// (Python: `gi_yieldfrom`).
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
    /// If the inner generator does, and if it is resumed after its end.
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

/// Delegation to anything that can be iterated: its items are yielded, and the
/// value of the delegation is `()`.
///
/// `S` is the resume type of the generator that delegates: `()`, or a
/// [`Signal`]. An iterator hears nothing: a value sent to it is
/// [`Misuse::NoSend`] and an error thrown into it ends it, both raised in the
/// generator that delegates.
///
/// ```
/// use groundup_generator::{Generator, Items, Step};
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
    /// The items of `iterable`, for a generator that is only ever asked to go on.
    pub fn new(iterable: impl IntoIterator<IntoIter = I>) -> Self {
        Items {
            iterator: Body::new(iterable.into_iter()),
            resume: PhantomData,
        }
    }
}

impl<I: Iterator, S, E> Items<I, Signal<S, E>> {
    /// The items of `iterable`, for a generator that speaks the full protocol.
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
    /// If the iterator does, and if it is resumed after its end.
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
    /// If the iterator does, and if it is resumed after its end.
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
