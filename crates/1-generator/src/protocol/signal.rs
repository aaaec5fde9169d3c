//! Carries a request into a body: go on, a value, or an error.
//!
//! `()` is enough for a generator that receives nothing, and `Option<S>` for one that
//! receives values. Python's generators also receive errors, thrown in at the `yield`
//! where they wait. [`Signal`] combines the three in one type. A generator speaks the
//! full protocol if its [`Resume`](Generator::Resume) is a `Signal` and its return
//! value is a `Result`.
//!
//! ```text
//!      the caller sends        the waiting `x = yield y` ...
//!      Signal::Next            ... evaluates to None
//!      Signal::Send(v)         ... evaluates to v
//!      Signal::Throw(e)        ... raises e
//! ```
//!
//! A function that catches nothing need not mention errors at all: [`Uncaught`] wraps a
//! generator that receives no errors, and speaks the full protocol for it. The first error
//! thrown into it ends it and drops its locals, as an uncaught exception does with a Python
//! function.
//!
//! Invariant: no error is lost between the caller and the body. The body handles it or returns it.
//!
//! Read next: `protocol/coroutine.rs`, which checks each request before the body receives it.

use core::marker::PhantomData;

use crate::generator::Generator;
use crate::protocol::body::Body;
use crate::protocol::error::Exception;
use crate::step::Step;

/// One request to a generator that receives values (`S`) and errors (`E`).
/// [`received`](Signal::received) gives the result of the waiting `yield`.
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
    /// Returns the result of the waiting `yield`: a value, or a raised exception.
    ///
    /// With `?` a hand-written body reads like its Python original: errors pass through
    /// unless the body handles them.
    ///
    /// # Errors
    /// Returns the thrown exception.
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::{Exception, Signal};
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

/// A resume type that cannot carry an error: `()` or `Option<S>`.
///
/// [`Uncaught`] uses it to convert a [`Signal`] without an error.
pub trait FromSent: Default {
    /// The type of the values that can be sent.
    type Sent;

    /// Makes the argument of a resume from a sent value.
    fn from_sent(value: Self::Sent) -> Self;
}

/// Drops the sent `()`, because a generator with this resume type receives no values.
impl FromSent for () {
    type Sent = ();

    #[inline]
    fn from_sent((): ()) {}
}

impl<S> FromSent for Option<S> {
    type Sent = S;

    #[inline]
    fn from_sent(value: S) -> Self {
        Some(value)
    }
}

/// Wraps a plain generator for the full protocol: the first error thrown into it ends
/// it, as an uncaught exception ends a Python function.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Exception, Generator, Signal, Step, Uncaught};
/// use groundup::generator::machine::Countdown;
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
    G::Resume: FromSent,
{
    type Resume = Signal<<G::Resume as FromSent>::Sent, E>;
    type Yield = G::Yield;
    type Return = Result<G::Return, Exception<E>>;

    /// # Panics
    /// Panics if it is resumed after it has returned, raised or panicked.
    #[inline]
    fn resume(&mut self, signal: Self::Resume) -> Step<Self::Yield, Self::Return> {
        self.body.resume(|body| match signal.received() {
            Ok(None) => body.next().map_return(Ok),
            Ok(Some(value)) => body.resume(G::Resume::from_sent(value)).map_return(Ok),
            Err(exception) => Step::Return(Err(exception)),
        })
    }
}
