//! Wraps a generator in an object with Python's full protocol.
//!
//! A [`Generator`] trusts its caller. Python's generator object does not: it knows
//! its state, refuses requests at the wrong moment, and answers after every kind of
//! end. [`Coroutine`] is such an object around any body that receives [`Signal`]s.
//!
//! ```text
//!   next()  send(v)  throw(e)  close()
//!      └───────┴────┬────┴────────┘
//!                   ▼
//!             Life::ask(..) ── refuse, raise, nothing ──▶ answered at once
//!                   │ enter
//!                   ▼
//!             body.resume(Next | Send(v) | Throw(e))
//!                   │
//!                   ▼
//!             Life::leave(..) ──▶ Ok(Yield(y))   Ok(Return(r))   Err(exception)
//!                            └──▶ the panic of the body goes on
//! ```
//!
//! Its methods take `&self`, because Python's generators are shared: a body can hold a
//! handle to its own object (an `Rc`, for example) and resume itself by mistake. The
//! rule "already executing" exists for that mistake, so it must be possible here.
//!
//! Invariants
//! 1. The body is resumed only while the life is `Running`, and never nested.
//! 2. A body that ended, raised or panicked is dropped at once and not resumed again. So
//!    is a body that is closed or gets an error thrown in before its start.
//! 3. The body is dropped after the life became `Finished`, and outside of every
//!    borrow: a destructor that calls the object again gets an answer.
//!
//! Dropping a `Coroutine` drops the body and its locals, which is Rust's `finally`. It
//! throws no `Exit` in. Call [`close`](Coroutine::close) if the body is to react to the
//! end.
//!
//! Read next: `bridge/iter.rs`, a generator in a `for` loop.

use core::cell::{Cell, RefCell};

use crate::generator::Generator;
use crate::protocol::body::{BodyHolder, Running};
use crate::protocol::error::{Exception, Misuse};
use crate::protocol::life::{Answer, Ask, Leave, Life};
use crate::protocol::signal::{FromSent, Signal, Uncaught};
use crate::step::Step;

/// A generator object: next, send, throw, close, and all their rules.
///
/// `G` is the body. Its return value is a `Result`: `Err` is an exception that the body
/// did not catch or raised itself.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Coroutine, Exception, Misuse, Step};
/// use groundup::generator::machine::{Echo, Echoed};
///
/// let echo = Coroutine::new(Echo::<i32, &str>::new());
/// assert_eq!(echo.send(1), Err(Exception::Misuse(Misuse::JustStarted)));
/// assert_eq!(echo.next(), Ok(Step::Yield(Echoed::Nothing)));
/// assert_eq!(echo.send(7), Ok(Step::Yield(Echoed::Value(7))));
/// assert_eq!(echo.throw("spam"), Ok(Step::Yield(Echoed::Error("spam"))));
/// assert_eq!(echo.close(), Ok(None));
/// assert_eq!(echo.next(), Err(Exception::Misuse(Misuse::Finished)));
/// ```
#[derive(Debug)]
#[must_use = "a generator does nothing until it is resumed"]
pub struct Coroutine<G> {
    life: Cell<Life>,
    body: RefCell<Option<G>>,
}

impl<G> Coroutine<G> {
    /// Wraps a body that speaks the full protocol. Nothing runs yet.
    pub const fn new(body: G) -> Self {
        Coroutine {
            life: Cell::new(Life::Created),
            body: RefCell::new(Some(body)),
        }
    }

    /// Returns the state of the generator object.
    #[inline]
    pub fn life(&self) -> Life {
        self.life.get()
    }

    /// Asks the life for the answer, and drops the body if the life is finished.
    fn ask(&self, ask: Ask) -> Answer {
        let (life, answer) = self.life.get().ask(ask);
        self.life.set(life);
        if life == Life::Finished {
            self.discard();
        }
        answer
    }

    /// Drops the body outside of every borrow (invariant 3).
    fn discard(&self) {
        let body = self.body.borrow_mut().take();
        drop(body);
    }
}

impl<G: Generator, E> Coroutine<Uncaught<G, E>>
where
    G::Resume: FromSent,
{
    /// Wraps a plain generator, which cannot receive errors. The first error thrown
    /// into it ends it.
    pub const fn plain(generator: G) -> Self {
        Coroutine::new(Uncaught::new(generator))
    }
}

impl<G, S, Y, R, E> Coroutine<G>
where
    G: Generator<Resume = Signal<S, E>, Yield = Y, Return = Result<R, Exception<E>>>,
{
    /// Runs the body to its next `yield` or to its end.
    ///
    /// # Errors
    /// Returns [`Misuse::Finished`], [`Misuse::AlreadyExecuting`], or the exception
    /// that the body raised; in the last case the object is finished.
    #[inline]
    pub fn next(&self) -> Result<Step<Y, R>, Exception<E>> {
        self.speak(Ask::Next, Signal::Next)
    }

    /// Runs the body; the `yield` at which it waits evaluates to `value`.
    ///
    /// # Errors
    /// Returns the errors of [`next`](Coroutine::next). Returns [`Misuse::JustStarted`]
    /// if no `yield` waits yet; then the object is unchanged and `value` is dropped.
    #[inline]
    pub fn send(&self, value: S) -> Result<Step<Y, R>, Exception<E>> {
        self.speak(Ask::Send, Signal::Send(value))
    }

    /// Runs the body; the `yield` at which it waits raises `error`.
    ///
    /// If the body was never started or is over, it does not receive the error: the
    /// caller gets the error back, and the object is finished.
    ///
    /// # Errors
    /// Returns the error itself if the body does not catch it, any other exception that
    /// the body raised, or [`Misuse::AlreadyExecuting`].
    #[inline]
    pub fn throw(&self, error: impl Into<Exception<E>>) -> Result<Step<Y, R>, Exception<E>> {
        self.speak(Ask::Throw, Signal::Throw(error.into()))
    }

    /// Closes the object: throws [`Exception::Exit`] in and expects the body to end.
    ///
    /// Returns the return value of a body that returned. Returns `None` if the body did
    /// not catch the exit, never ran, or was over already.
    ///
    /// # Errors
    /// Returns [`Misuse::IgnoredExit`] if the body yielded (it stays suspended, and can
    /// be closed again), [`Misuse::AlreadyExecuting`], or an exception that the body
    /// raised.
    pub fn close(&self) -> Result<Option<R>, Exception<E>> {
        match self.ask(Ask::Close) {
            Answer::Refuse(misuse) => Err(Exception::Misuse(misuse)),
            Answer::Nothing | Answer::Raise => Ok(None),
            Answer::Enter => match self.enter(Signal::Throw(Exception::Exit)) {
                Ok(Step::Yield(_)) => Err(Exception::Misuse(Misuse::IgnoredExit)),
                Ok(Step::Return(value)) => Ok(Some(value)),
                Err(Exception::Exit) => Ok(None),
                Err(other) => Err(other),
            },
        }
    }

    #[inline]
    fn speak(&self, ask: Ask, signal: Signal<S, E>) -> Result<Step<Y, R>, Exception<E>> {
        match self.ask(ask) {
            Answer::Enter => self.enter(signal),
            Answer::Refuse(misuse) => Err(Exception::Misuse(misuse)),
            Answer::Raise | Answer::Nothing => match signal {
                Signal::Throw(exception) => Err(exception),
                Signal::Next | Signal::Send(_) => unreachable!("only a throw is handed back"),
            },
        }
    }

    /// Resumes the body; the life is already `Running`.
    #[inline]
    fn enter(&self, signal: Signal<S, E>) -> Result<Step<Y, R>, Exception<E>> {
        let running = Running::new(self);
        let step = match self.body.borrow_mut().as_mut() {
            Some(body) => body.resume(signal),
            None => unreachable!("a body is dropped only when the life is Finished"),
        };
        match running.stop(step) {
            Step::Yield(value) => Ok(Step::Yield(value)),
            Step::Return(result) => result.map(Step::Return),
        }
    }
}

impl<G> BodyHolder for &Coroutine<G> {
    #[inline]
    fn leave(&mut self, how: Leave) {
        let life = self.life.get().leave(how);
        self.life.set(life);
        if life == Life::Finished {
            self.discard();
        }
    }
}

/// Resumes the object as a body of the full protocol, so that it can be delegated
/// to, boxed or awaited. A misuse becomes a raised exception.
impl<G, S, Y, R, E> Generator for Coroutine<G>
where
    G: Generator<Resume = Signal<S, E>, Yield = Y, Return = Result<R, Exception<E>>>,
{
    type Resume = Signal<S, E>;
    type Yield = Y;
    type Return = Result<R, Exception<E>>;

    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<Y, Result<R, Exception<E>>> {
        said(self, signal)
    }
}

/// Resumes a shared generator object, as Python does with every generator: any code with a
/// reference may resume it, or delegate to it.
impl<G, S, Y, R, E> Generator for &Coroutine<G>
where
    G: Generator<Resume = Signal<S, E>, Yield = Y, Return = Result<R, Exception<E>>>,
{
    type Resume = Signal<S, E>;
    type Yield = Y;
    type Return = Result<R, Exception<E>>;

    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<Y, Result<R, Exception<E>>> {
        said(self, signal)
    }
}

fn said<G, S, Y, R, E>(
    coroutine: &Coroutine<G>,
    signal: Signal<S, E>,
) -> Step<Y, Result<R, Exception<E>>>
where
    G: Generator<Resume = Signal<S, E>, Yield = Y, Return = Result<R, Exception<E>>>,
{
    let answer = match signal {
        Signal::Next => coroutine.next(),
        Signal::Send(value) => coroutine.send(value),
        Signal::Throw(exception) => coroutine.throw(exception),
    };
    match answer {
        Ok(Step::Yield(value)) => Step::Yield(value),
        Ok(Step::Return(value)) => Step::Return(Ok(value)),
        Err(exception) => Step::Return(Err(exception)),
    }
}
