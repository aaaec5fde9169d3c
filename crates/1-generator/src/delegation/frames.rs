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
//! `delegate.rs`): [`Frames::exit`] unwinds the stack frame by frame, and a
//! frame that answers the exit with a value cannot stop it.
//!
//! Invariants
//! 1. The stack is empty exactly when the outermost frame has returned.
//! 2. A resume that yields steps only frames that are on top of the stack at
//!    the time: 1 if nothing is called or returns meanwhile, at any depth.
//! 3. Frames are dropped from the top down, as a call stack is.
//!
//! Read next: `nested.rs`, the picture on the right, as the lesson.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::bridge::await_and_iterate;
use crate::delegation::stack_frame::{Frame, Input, Move};
use crate::generator::Generator;
use crate::protocol::{Exception, Misuse, Signal};
use crate::step::Step;

/// A generator made of frames that call each other; its resume costs the same
/// at every depth.
///
/// It is a [`Generator`] whose `Resume` is `S`, for `S` one of `()`,
/// `Option<_>` and [`Signal<_, _>`](Signal). See [`Frame`] for an example.
#[must_use = "a generator does nothing until it is resumed"]
pub struct Frames<Y, V, S = ()> {
    /// The innermost call last.
    stack: Vec<Box<dyn Frame<Y, V, S>>>,
    started: bool,
}

impl<Y, V, S> Frames<Y, V, S> {
    /// A stack that holds the outermost frame. Nothing runs yet.
    pub fn new(outermost: impl Frame<Y, V, S> + 'static) -> Self {
        Frames {
            stack: vec![Box::new(outermost)],
            started: false,
        }
    }

    /// How many calls are open: 1 before any delegation, 0 after the end.
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Steps the top until something is yielded or the frame at `level` (1 is
    /// the outermost) has returned.
    ///
    /// A top that just yields is the common case, and all of it is here; calls
    /// and returns are in [`settle`](Frames::settle), out of line.
    #[inline]
    fn drive(&mut self, level: usize, input: Input<V, S>) -> Step<Y, V> {
        let Some(top) = self.stack.last_mut() else {
            resumed_after_the_end();
        };
        match top.step(input) {
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
                    self.stack.push(callee);
                    Input::Start
                }
                Move::Return(value) => {
                    self.stack.pop();
                    if self.stack.len() < level {
                        return Step::Return(value);
                    }
                    Input::Returned(value)
                }
            };
            let Some(top) = self.stack.last_mut() else {
                resumed_after_the_end();
            };
            asked = top.step(input);
        }
    }

    /// The value of the first resume goes to nobody; see [`Generator`].
    #[inline]
    fn say(&mut self, value: S) -> Step<Y, V> {
        if self.started {
            return self.drive(1, Input::Sent(value));
        }
        self.started = true;
        self.drive(1, Input::Start)
    }

    /// Drops every frame above `level`, the topmost first.
    fn unwind(&mut self, level: usize) {
        while self.stack.len() > level {
            self.stack.pop();
        }
    }
}

impl<Y, R, S, E> Frames<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// Throws [`Exception::Exit`] in: every open call has to end, the innermost
    /// first.
    ///
    /// Each frame gets the exit raised where it waits. If it returns, with a
    /// value or with the exit, its caller gets the exit; if it raises something
    /// else, its caller gets that; if it yields, it is dropped and its caller
    /// gets [`Misuse::IgnoredExit`]. What the outermost frame does is the
    /// answer.
    fn exit(&mut self) -> Step<Y, Result<R, Exception<E>>> {
        let mut level = self.stack.len();
        let mut input = Input::Sent(Signal::Throw(Exception::Exit));
        loop {
            let raised = match self.drive(level, input) {
                step if level <= 1 => return step,
                Step::Return(Ok(_)) => Exception::Exit,
                Step::Return(Err(exception)) => exception,
                Step::Yield(_) => Exception::Misuse(Misuse::IgnoredExit),
            };
            level -= 1;
            self.unwind(level);
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
                assert!(!self.stack.is_empty(), "{}", Misuse::Finished);
                self.unwind(0);
                Step::Return(Err(exception))
            }
            Signal::Throw(Exception::Exit) => self.exit(),
            signal => self.say(signal),
        }
    }
}

await_and_iterate!([Y, V] Frames<Y, V, ()>);

#[cold]
fn resumed_after_the_end() -> ! {
    panic!("{}", Misuse::Finished)
}

impl<Y, V, S> Drop for Frames<Y, V, S> {
    fn drop(&mut self) {
        self.unwind(0);
    }
}

impl<Y, V, S> core::fmt::Debug for Frames<Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Frames")
            .field("depth", &self.depth())
            .field("started", &self.started)
            .finish()
    }
}
