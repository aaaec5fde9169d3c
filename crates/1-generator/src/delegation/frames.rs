//! Delegates on an explicit stack of frames.
//!
//! A delegation that is ten thousand levels deep is resumed only at its innermost
//! level. [`Frames`] keeps the levels in a `Vec` and steps the last one: a resume is
//! one call, no matter how many levels wait below.
//!
//! ```text
//!        resume                              nested: resume
//!          │                                     │
//!          ▼                                     ▼
//!     ┌─────────┐  top                      ┌─────────┐
//!     │ frame n │ ──▶ Yield                 │ level 1 │
//!     ├─────────┤                           └────┬────┘
//!     │   ...   │  not touched                   ▼
//!     ├─────────┤  until the one            ┌─────────┐
//!     │ frame 2 │  above returns            │   ...   │   n calls down,
//!     ├─────────┤                           └────┬────┘   n returns up
//!     │ frame 1 │                                ▼
//!     └─────────┘                           ┌─────────┐
//!                                           │ level n │ ──▶ Yield
//!                                           └─────────┘
//! ```
//!
//! A thrown error needs no rule of its own. It goes to the top frame, which either
//! handles it or returns it; then its caller receives it as the result of the call.
//! Only the exit has a rule, because it must end every level (see `delegate.rs`):
//! `Stack::exit` unwinds the stack frame by frame, and a frame that answers the exit
//! with a value cannot stop it.
//!
//! A panic is not an error, and no frame can handle it: the frames beneath the one that
//! panicked are not on the call stack. The whole stack is dropped, and the panic goes
//! on to the caller of the resume.
//!
//! Invariants
//! 1. The stack is dropped when the outermost frame has returned, when any frame has
//!    panicked, or when an error is thrown in before the start; and not before.
//! 2. A resume that yields steps only frames that are on top of the stack at the time.
//!    At any depth it takes one step, unless frames are called or return meanwhile.
//! 3. Frames are dropped from the top down, as a call stack is.
//!
//! Read next: `delegation/nested.rs`, the form in the right half of the picture.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crate::bridge::await_and_iterate;
use crate::delegation::stack_frame::{Frame, Input, Move};
use crate::generator::Generator;
use crate::protocol::{Body, Exception, Misuse, Signal};
use crate::step::Step;

/// Runs frames that call each other; a resume costs the same at every depth.
///
/// It is a [`Generator`] whose `Resume` is `S`: `()`, `Option<_>` or
/// [`Signal<_, _>`](Signal). See [`Frame`] for an example.
#[must_use = "a generator does nothing until it is resumed"]
pub struct Frames<Y, V, S = ()> {
    stack: Body<Stack<Y, V, S>>,
    started: bool,
}

/// A stack with at least one frame; without a frame there is no `Stack`.
struct Stack<Y, V, S> {
    /// The innermost call. It is declared before the waiting ones, and so dropped before them.
    top: Box<dyn Frame<Y, V, S>>,
    waiting: Waiting<Y, V, S>,
}

/// The calls that wait for the call above them, the outermost first.
struct Waiting<Y, V, S>(Vec<Box<dyn Frame<Y, V, S>>>);

impl<Y, V, S> Frames<Y, V, S> {
    /// Makes a stack of the outermost frame. Nothing runs yet.
    pub fn new(outermost: impl Frame<Y, V, S> + 'static) -> Self {
        Frames {
            stack: Body::new(Stack {
                top: Box::new(outermost),
                waiting: Waiting(Vec::new()),
            }),
            started: false,
        }
    }

    /// Returns how many calls are open: 1 before any delegation, 0 after the end.
    pub fn depth(&self) -> usize {
        self.stack.get().map_or(0, Stack::depth)
    }

    /// Resumes the top frame with `value`; the first resume drops it (see [`Generator`]).
    #[inline]
    fn say(&mut self, value: S) -> Step<Y, V> {
        if self.started {
            let mut running = self.stack.running();
            // Speed: deep_frames. A top that only yields skips the check of the result.
            return match running.body().top.step(Input::Sent(value)) {
                Move::Yield(value) => running.stop(Step::Yield(value)),
                asked => {
                    let step = running.body().settle(1, asked);
                    running.stop(step)
                }
            };
        }
        self.started = true;
        self.stack.resume(|stack| {
            drop(value);
            stack.drive(1, Input::Start)
        })
    }
}

impl<Y, V, S> Stack<Y, V, S> {
    /// Returns how many calls are open, at least 1.
    fn depth(&self) -> usize {
        self.waiting.0.len() + 1
    }

    /// Steps the top until a frame yields or the frame at `level` (1 is the outermost)
    /// has returned.
    ///
    /// A top that only yields is the common case, which this function handles alone.
    /// Calls and returns are in [`settle`](Stack::settle), which is not inlined.
    #[inline]
    fn drive(&mut self, level: usize, input: Input<V, S>) -> Step<Y, V> {
        match self.top.step(input) {
            Move::Yield(value) => Step::Yield(value),
            call_or_return => self.settle(level, call_or_return),
        }
    }

    /// Makes the move of the top frame, and steps on until a frame yields or the frame
    /// at `level` has returned.
    #[inline(never)]
    fn settle(&mut self, level: usize, mut asked: Move<Y, V, S>) -> Step<Y, V> {
        loop {
            let input = match asked {
                Move::Yield(value) => return Step::Yield(value),
                Move::Call(callee) => {
                    let caller = mem::replace(&mut self.top, callee);
                    self.waiting.0.push(caller);
                    Input::Start
                }
                Move::Return(value) => {
                    // `Body` drops the outermost frame together with the stack.
                    let outermost = !self.drop_top();
                    if outermost || self.depth() < level {
                        return Step::Return(value);
                    }
                    Input::Returned(value)
                }
            };
            asked = self.top.step(input);
        }
    }

    /// Drops the top and makes its caller the top. Returns false if the top has no caller.
    fn drop_top(&mut self) -> bool {
        let Some(caller) = self.waiting.0.pop() else {
            return false;
        };
        self.top = caller;
        true
    }
}

/// Drops the frames from the top down.
impl<Y, V, S> Drop for Waiting<Y, V, S> {
    fn drop(&mut self) {
        while let Some(frame) = self.0.pop() {
            drop(frame);
        }
    }
}

impl<Y, R, S, E> Stack<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// Throws [`Exception::Exit`] in, so that every open call ends, the innermost first.
    ///
    /// Each frame gets the exit raised at the place where it waits. If it returns, with
    /// a value or with the exit, its caller gets the exit. If it raises another
    /// exception, its caller gets that one. If it yields, it is dropped and its caller
    /// gets [`Misuse::IgnoredExit`]. The step of the outermost frame is the result.
    fn exit(&mut self) -> Step<Y, Result<R, Exception<E>>> {
        let mut level = self.depth();
        let mut input = Input::Sent(Signal::Throw(Exception::Exit));
        loop {
            let raised = match self.drive(level, input) {
                step if level <= 1 => return step,
                Step::Return(Ok(_)) => Exception::Exit,
                Step::Return(Err(exception)) => exception,
                Step::Yield(_) => Exception::Misuse(Misuse::IgnoredExit),
            };
            level -= 1;
            while self.depth() > level {
                self.drop_top();
            }
            input = Input::Returned(Err(raised));
        }
    }
}

impl<Y, V> Generator for Frames<Y, V, ()> {
    type Resume = ();
    type Yield = Y;
    type Return = V;

    #[inline]
    fn resume(&mut self, (): ()) -> Step<Y, V> {
        self.say(())
    }
}

impl<Y, V, S> Generator for Frames<Y, V, Option<S>> {
    type Resume = Option<S>;
    type Yield = Y;
    type Return = V;

    #[inline]
    fn resume(&mut self, value: Option<S>) -> Step<Y, V> {
        self.say(value)
    }
}

impl<Y, R, S, E> Generator for Frames<Y, Result<R, Exception<E>>, Signal<S, E>> {
    type Resume = Signal<S, E>;
    type Yield = Y;
    type Return = Result<R, Exception<E>>;

    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<Y, Result<R, Exception<E>>> {
        match signal {
            Signal::Throw(exception) if !self.started => {
                self.stack.resume(|_| Step::Return(Err(exception)))
            }
            Signal::Throw(Exception::Exit) => self.stack.resume(Stack::exit),
            signal => self.say(signal),
        }
    }
}

await_and_iterate!([Y, V] Frames<Y, V, ()>);

impl<Y, V, S> core::fmt::Debug for Frames<Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Frames")
            .field("depth", &self.depth())
            .field("started", &self.started)
            .finish()
    }
}
