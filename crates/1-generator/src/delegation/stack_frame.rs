//! Defines one function of a delegation, as a frame on a stack.
//!
//! In the nested form a generator that delegates holds the inner generator in a field
//! and resumes it itself. The inner one does the same with its own inner one, so every
//! resume walks from the outermost to the innermost. A processor does not call
//! functions that way. It keeps a stack of frames and runs the topmost; the callers
//! below wait until it returns. [`Frame`] is a generator written for such a stack. It
//! does not resume the frame to which it delegates: it *asks the stack to call* that
//! frame, and is resumed with the return value.
//!
//! ```text
//!      Input                  step                  Move
//!   ┌────────────┐                              ┌───────────┐
//!   │ Start      │──▶  begin at the top         │ Yield(y)  │──▶ to the caller of resume
//!   │ Sent(s)    │──▶  the `yield` gave s    ──▶│ Call(f)   │──▶ f runs on top of this frame
//!   │ Returned(v)│──▶  the call gave v          │ Return(v) │──▶ to the frame below
//!   └────────────┘                              └───────────┘
//! ```
//!
//! All frames of one stack share three types: `Y`, the type of the yielded values; `V`,
//! the type of the return values and so of the results of calls; and `S`, the type of
//! the values that the caller sends. If different functions return different types, `V`
//! is an enum. If errors are raised and thrown, `V` is a `Result<R, Exception<E>>` and
//! `S` a [`Signal<S, E>`](Signal). Then [`Input::arrive`] separates the errors from the
//! values.
//!
//! Invariants
//! 1. A frame receives `Start` once, first; then `Sent` after each `Yield` and
//!    `Returned` after each `Call`, and nothing after `Return` or a panic.
//! 2. A frame is dropped as soon as it has returned, and after the frames above it. A
//!    panic of any frame drops the whole stack.
//!
//! Read next: `delegation/frames.rs`, the stack; `delegation/nested.rs`, the same frames nested.

use alloc::boxed::Box;

use crate::generator::Generator;
use crate::protocol::{Exception, Signal};
use crate::step::Step;

/// The argument of a step: the reason why the frame runs. See [`Frame`] for an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input<V, S = ()> {
    /// The frame was just called, or resumed for the first time.
    Start,
    /// The `yield` at which the frame waits evaluates to this value.
    Sent(S),
    /// The call for which the frame waits returned this value.
    Returned(V),
}

/// The result of a step: the next move of the stack. See [`Frame`] for an example.
#[must_use = "a move says what the stack of frames has to do next"]
pub enum Move<Y, V, S = ()> {
    /// Yield this value, and wait to be resumed.
    Yield(Y),
    /// Call this frame, and resume the caller with its return value.
    Call(Box<dyn Frame<Y, V, S>>),
    /// Return this value to the caller.
    Return(V),
}

impl<Y, V, S> Move<Y, V, S> {
    /// Boxes `frame` and returns [`Move::Call`].
    #[inline]
    pub fn call(frame: impl Frame<Y, V, S> + 'static) -> Self {
        Move::Call(Box::new(frame))
    }
}

/// A function that waits and calls, written for a stack of frames.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Frame, Frames, Generator, Input, Move, Step};
///
/// // def down(n):
/// //     if n == 0:
/// //         yield "bottom"
/// //         return 0
/// //     return 1 + (yield from down(n - 1))
/// struct Down(u32);
///
/// impl Frame<&'static str, u32> for Down {
///     fn step(&mut self, input: Input<u32>) -> Move<&'static str, u32> {
///         match input {
///             Input::Start if self.0 == 0 => Move::Yield("bottom"),
///             Input::Start => Move::call(Down(self.0 - 1)),
///             Input::Sent(()) => Move::Return(0),
///             Input::Returned(value) => Move::Return(1 + value),
///         }
///     }
/// }
///
/// let mut stack = Frames::new(Down(10_000));
/// assert_eq!(stack.resume(()), Step::Yield("bottom"));
/// assert_eq!(stack.depth(), 10_001);
/// assert_eq!(stack.resume(()), Step::Return(10_000));
/// ```
///
/// A closure of the same shape is a frame as well.
pub trait Frame<Y, V, S = ()> {
    /// Runs the frame to its next `yield`, call or return.
    fn step(&mut self, input: Input<V, S>) -> Move<Y, V, S>;
}

impl<Y, V, S, F> Frame<Y, V, S> for F
where
    F: FnMut(Input<V, S>) -> Move<Y, V, S>,
{
    #[inline]
    fn step(&mut self, input: Input<V, S>) -> Move<Y, V, S> {
        self(input)
    }
}

/// An [`Input`] without its errors, for a frame that handles errors.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Arrival, Exception, Input, Signal};
///
/// type Heard = Input<Result<u32, Exception<&'static str>>, Signal<u32, &'static str>>;
/// assert_eq!(Heard::Returned(Ok(7)).arrive(), Ok(Arrival::Returned(7)));
/// assert_eq!(Heard::Sent(Signal::Throw("no".into())).arrive(), Err("no".into()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrival<R, S> {
    /// The frame was just called.
    Start,
    /// The frame was resumed without a value.
    Next,
    /// The frame was resumed with this value.
    Sent(S),
    /// The call returned this value.
    Returned(R),
}

impl<R, S, E> Input<Result<R, Exception<E>>, Signal<S, E>> {
    /// Separates errors from values: an error that was thrown at a `yield` or raised by
    /// a call becomes an `Err`. In Python, too, both arrive in the same way.
    ///
    /// # Errors
    /// Returns the exception that arrived.
    #[inline]
    pub fn arrive(self) -> Result<Arrival<R, S>, Exception<E>> {
        match self {
            Input::Start => Ok(Arrival::Start),
            Input::Sent(Signal::Next) => Ok(Arrival::Next),
            Input::Sent(Signal::Send(value)) => Ok(Arrival::Sent(value)),
            Input::Returned(Ok(value)) => Ok(Arrival::Returned(value)),
            Input::Sent(Signal::Throw(exception)) | Input::Returned(Err(exception)) => {
                Err(exception)
            }
        }
    }
}

/// Wraps any generator as a frame that calls nothing: the leaf of a delegation, or a
/// bridge to a generator that delegates in its own way.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Frames, Input, Items, Leaf, Move, values};
///
/// // def twice(): yield from range(2); yield from range(2)
/// let mut calls = 0;
/// let twice = Frames::new(move |_: Input<()>| {
///     calls += 1;
///     if calls <= 2 { Move::call(Leaf::new(Items::new(0..2))) } else { Move::Return(()) }
/// });
/// assert_eq!(values(twice).collect::<Vec<i32>>(), [0, 1, 0, 1]);
/// ```
#[derive(Debug, Clone)]
pub struct Leaf<G> {
    generator: G,
}

impl<G> Leaf<G> {
    /// Makes a frame from `generator`, which must not have been started.
    pub const fn new(generator: G) -> Self {
        Leaf { generator }
    }
}

impl<G, Y, V, S> Frame<Y, V, S> for Leaf<G>
where
    G: Generator<Resume = S, Yield = Y, Return = V>,
    S: Default,
{
    #[inline]
    fn step(&mut self, input: Input<V, S>) -> Move<Y, V, S> {
        let step = match input {
            Input::Sent(value) => self.generator.resume(value),
            Input::Start | Input::Returned(_) => self.generator.next(),
        };
        match step {
            Step::Yield(value) => Move::Yield(value),
            Step::Return(value) => Move::Return(value),
        }
    }
}

impl<Y: core::fmt::Debug, V: core::fmt::Debug, S> core::fmt::Debug for Move<Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Move::Yield(value) => out.debug_tuple("Yield").field(value).finish(),
            Move::Call(_) => out.write_str("Call(..)"),
            Move::Return(value) => out.debug_tuple("Return").field(value).finish(),
        }
    }
}
