//! Delegation on an explicit stack of frames.
//!
//! A delegation ten thousand levels deep is resumed at its innermost level and
//! nowhere else. [`Frames`] keeps the levels in a `Vec` and steps the last one:
//! no matter how many wait below, a resume is one call.
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
//! A thrown error needs no rule of its own: it goes to the top, which either
//! handles it or returns it, and then it arrives at the caller as the result of
//! the call. Only the exit has one, because it must end every level (see
//! `delegate.rs`): `Stack::exit` unwinds the stack frame by frame, and a
//! frame that answers the exit with a value cannot stop it.
//!
//! A panic is no error, and no frame gets to see it: the frames beneath the one
//! that panicked are not on the call stack. The whole stack is dropped, and the
//! panic goes to the caller of the resume.
//!
//! Invariants
//! 1. The stack is gone exactly when the outermost frame has returned, or any
//!    frame has panicked.
//! 2. A resume that yields steps only frames that are on top of the stack at
//!    the time: 1 if nothing is called or returns meanwhile, at any depth.
//! 3. Frames are dropped from the top down, as a call stack is.
//!
//! Read next: `nested.rs`, the picture on the right, as the lesson.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crate::bridge::await_and_iterate;
use crate::delegation::stack_frame::{Frame, Input, Move};
use crate::generator::Generator;
use crate::protocol::{Body, Exception, Misuse, Signal};
use crate::step::Step;

/// A generator made of frames that call each other; its resume costs the same
/// at every depth.
///
/// It is a [`Generator`] whose `Resume` is `S`, for `S` one of `()`,
/// `Option<_>` and [`Signal<_, _>`](Signal). See [`Frame`] for an example.
#[must_use = "a generator does nothing until it is resumed"]
pub struct Frames<Y, V, S = ()> {
    stack: Body<Stack<Y, V, S>>,
    started: bool,
}

/// A stack that is never empty: without a top it is no stack any more.
struct Stack<Y, V, S> {
    /// The innermost call. Declared, and so dropped, before those beneath it.
    top: Box<dyn Frame<Y, V, S>>,
    waiting: Waiting<Y, V, S>,
}

/// The calls that wait for the one above them, the outermost first.
struct Waiting<Y, V, S>(Vec<Box<dyn Frame<Y, V, S>>>);

impl<Y, V, S> Frames<Y, V, S> {
    /// A stack that holds the outermost frame. Nothing runs yet.
    pub fn new(outermost: impl Frame<Y, V, S> + 'static) -> Self {
        Frames {
            stack: Body::new(Stack {
                top: Box::new(outermost),
                waiting: Waiting(Vec::new()),
            }),
            started: false,
        }
    }

    /// How many calls are open: 1 before any delegation, 0 after the end.
    pub fn depth(&self) -> usize {
        self.stack.get().map_or(0, Stack::depth)
    }

    /// The value of the first resume goes to nobody; see [`Generator`].
    #[inline]
    fn say(&mut self, value: S) -> Step<Y, V> {
        if self.started {
            let mut running = self.stack.running();
            // Speed: deep_frames. A top that just yields, without a look at the result.
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
    /// How many calls are open, at least 1.
    fn depth(&self) -> usize {
        self.waiting.0.len() + 1
    }

    /// Steps the top until something is yielded or the frame at `level` (1 is
    /// the outermost) has returned.
    ///
    /// A top that just yields is the common case, and all of it is here; calls
    /// and returns are in [`settle`](Stack::settle), out of line.
    #[inline]
    fn drive(&mut self, level: usize, input: Input<V, S>) -> Step<Y, V> {
        match self.top.step(input) {
            Move::Yield(value) => Step::Yield(value),
            call_or_return => self.settle(level, call_or_return),
        }
    }

    /// Does what the top asked for, and goes on until something is yielded or
    /// the frame at `level` has returned.
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
                    // The outermost frame is dropped with the stack, by `Body`.
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

    /// Drops the top, and makes its caller the top. Returns false if there is none.
    fn drop_top(&mut self) -> bool {
        let Some(caller) = self.waiting.0.pop() else {
            return false;
        };
        self.top = caller;
        true
    }
}

/// From the top down.
impl<Y, V, S> Drop for Waiting<Y, V, S> {
    fn drop(&mut self) {
        while let Some(frame) = self.0.pop() {
            drop(frame);
        }
    }
}

impl<Y, R, S, E> Stack<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// Throws [`Exception::Exit`] in: every open call has to end, the innermost
    /// first.
    ///
    /// Each frame gets the exit raised where it waits. If it returns, with a
    /// value or with the exit, its caller gets the exit; if it raises something
    /// else, its caller gets that; if it yields, it is dropped and its caller
    /// gets [`Misuse::IgnoredExit`]. What the outermost frame does is the
    /// answer.
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
