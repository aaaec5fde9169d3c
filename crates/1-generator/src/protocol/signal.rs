//! What a caller can say: go on, take this, here is an error.
//!
//! `()` and `Option<S>` are enough for a generator that is only asked for
//! values or only told some. Python's generators understand a third sentence:
//! an error thrown in at the `yield` where they wait. [`Signal`] is all three
//! in one type, and a generator whose [`Resume`](Generator::Resume) is a
//! `Signal` and whose return value is a `Result` speaks the full protocol.
//!
//! ```text
//!      caller says             the waiting `x = yield y` ...
//!      Signal::Next            ... evaluates to None
//!      Signal::Send(v)         ... evaluates to v
//!      Signal::Throw(e)        ... raises e
//! ```
//!
//! A function that catches nothing does not have to mention errors at all:
//! [`Uncaught`] makes a full generator of a plain one, which ends, its locals
//! dropped, at the first error thrown into it. That is what an uncaught
//! exception does to a Python function.
//!
//! Invariant: an error never gets lost between the caller and the body. It is
//! either handled by the body or comes back as its return value.
//!
//! Read next: `coroutine.rs`, which keeps the rules of who may say what when.

use core::marker::PhantomData;

use crate::generator::Generator;
use crate::protocol::body::Body;
use crate::protocol::error::Exception;
use crate::step::Step;

/// One thing said to a generator that understands values (`S`) and errors (`E`).
/// [`received`](Signal::received) is what a waiting `yield` makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Signal<S, E> {
    /// Go on (`next(g)`, `g.send(None)`).
    #[default]
    Next,
    /// Go on with this value (`g.send(value)`).
    Send(S),
    /// Go on with this error (`g.throw(error)`); `Throw(Exit)` is a close.
    Throw(Exception<E>),
}

impl<S, E> Signal<S, E> {
    /// What the waiting `yield` does: it evaluates to a value, or it raises.
    ///
    /// With `?` a hand-written body reads as its Python original does: errors
    /// pass through unless somebody looks at them.
    ///
    /// # Errors
    /// The thrown exception.
    ///
    /// ```
    /// use groundup_generator::{Exception, Signal};
    ///
    /// assert_eq!(Signal::<_, &str>::Send(4).received(), Ok(Some(4)));
    /// assert_eq!(Signal::<u8, &str>::Next.received(), Ok(None));
    /// assert_eq!(
    ///     Signal::<u8, _>::Throw(Exception::Error("no")).received(),
    ///     Err(Exception::Error("no")),
    /// );
    /// ```
    #[inline]
    pub fn received(self) -> Result<Option<S>, Exception<E>> {
        match self {
            Signal::Next => Ok(None),
            Signal::Send(value) => Ok(Some(value)),
            Signal::Throw(exception) => Err(exception),
        }
    }
}

/// A resume type that has no word for an error: `()` or `Option<S>`.
///
/// [`Uncaught`] uses it to translate the errorless part of a [`Signal`].
pub trait Hear: Default {
    /// The type of the values that can be sent.
    type Sent;

    /// What the generator hears when `value` is sent.
    fn hear(value: Self::Sent) -> Self;
}

/// Whoever listens to nothing can be sent `()`, and does not notice.
impl Hear for () {
    type Sent = ();

    #[inline]
    fn hear((): ()) {}
}

impl<S> Hear for Option<S> {
    type Sent = S;

    #[inline]
    fn hear(value: S) -> Self {
        Some(value)
    }
}

/// A plain generator in the full protocol: the first error thrown into it ends
/// it, as an uncaught exception ends a Python function.
///
/// ```
/// use groundup_generator::{Exception, Generator, Signal, Step, Uncaught, machine::Countdown};
///
/// let mut count = Uncaught::<_, &str>::new(Countdown::new(3));
/// assert_eq!(count.resume(Signal::Next), Step::Yield(3));
/// assert_eq!(
///     count.resume(Signal::Throw("abort".into())),
///     Step::Return(Err(Exception::Error("abort"))),
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Uncaught<G, E> {
    body: Body<G>,
    error: PhantomData<fn(E)>,
}

impl<G, E> Uncaught<G, E> {
    /// Wraps `generator`, which catches nothing.
    pub const fn new(generator: G) -> Self {
        Uncaught {
            body: Body::new(generator),
            error: PhantomData,
        }
    }
}

impl<G, E> Generator for Uncaught<G, E>
where
    G: Generator,
    G::Resume: Hear,
{
    type Resume = Signal<<G::Resume as Hear>::Sent, E>;
    type Yield = G::Yield;
    type Return = Result<G::Return, Exception<E>>;

    /// # Panics
    /// If it is resumed after it returned, raised or panicked.
    #[inline]
    fn resume(&mut self, signal: Self::Resume) -> Step<Self::Yield, Self::Return> {
        self.body.resume(|body| match signal.received() {
            Ok(None) => body.next().map_return(Ok),
            Ok(Some(value)) => body.resume(G::Resume::hear(value)).map_return(Ok),
            Err(exception) => Step::Return(Err(exception)),
        })
    }
}
