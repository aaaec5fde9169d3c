//! Delegates by nesting, and counts the cost of each level.
//!
//! If each generator holds the one to which it delegates, `yield from` nests: to resume
//! the outer one is to resume the inner one, which resumes *its* inner one. This form
//! comes to mind first, and both `async fn` in Rust and `yield from` in CPython have
//! it. It is correct, and every resume of a chain of depth d makes d calls and d
//! returns.
//!
//! ```text
//!   depth                 1        100      10,000
//!   steps, Frames         1          1           1
//!   calls, Nested         1        100      10,000      (Nested::walked)
//! ```
//!
//! Nesting has two more effects. The call stack of the thread bounds the depth: a few
//! ten thousand levels use it up. And dropping a chain recurses in the same way, unless
//! a `Drop` takes the chain apart, as it does here.
//!
//! Invariants
//! 1. From outside it behaves as [`Frames`](crate::Frames) does with the same frames:
//!    the same yields, returns and errors.
//! 2. `callee` is `Some` exactly while `frame` waits for a call.
//! 3. A panic of any level ends all of them; they are dropped innermost first.
//!
//! Read next: `delegation/async_frame.rs`, a frame written as an async block.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crate::bridge::await_and_iterate;
use crate::delegation::stack_frame::{Frame, Input, Move};
use crate::generator::Generator;
use crate::protocol::{Body, Exception, Misuse, Signal};
use crate::step::Step;

/// Runs frames that hold each other; a resume costs more the deeper they are.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Frame, Generator, Input, Move, Nested, Step};
///
/// // def down(n): return 1 + (yield from down(n - 1)) if n else (yield) or 0
/// struct Down(usize);
///
/// impl Frame<(), usize> for Down {
///     fn step(&mut self, input: Input<usize>) -> Move<(), usize> {
///         match input {
///             Input::Start if self.0 == 0 => Move::Yield(()),
///             Input::Start => Move::call(Down(self.0 - 1)),
///             Input::Sent(()) => Move::Return(0),
///             Input::Returned(value) => Move::Return(1 + value),
///         }
///     }
/// }
///
/// let mut nest = Nested::new(Down(99));
/// assert_eq!(nest.resume(()), Step::Yield(()));
/// assert_eq!(nest.resume(()), Step::Return(99));
/// assert_eq!(nest.walked(), 100, "the second resume went through every level");
/// ```
#[must_use = "a generator does nothing until it is resumed"]
pub struct Nested<Y, V, S = ()> {
    outermost: Body<Level<Y, V, S>>,
    started: bool,
    walked: usize,
}

/// One generator of the chain, and the generator to which it delegates now.
struct Level<Y, V, S> {
    frame: Box<dyn Frame<Y, V, S>>,
    callee: Option<Box<Level<Y, V, S>>>,
}

impl<Y, V, S> Level<Y, V, S> {
    const fn new(frame: Box<dyn Frame<Y, V, S>>) -> Self {
        Level {
            frame,
            callee: None,
        }
    }

    /// Passes `input` to the innermost level, through every level above it.
    fn resume(&mut self, input: Input<V, S>, walked: &mut usize) -> Step<Y, V> {
        *walked += 1;
        let Some(callee) = &mut self.callee else {
            return self.go_on(input, walked);
        };
        match callee.resume(input, walked) {
            Step::Yield(value) => Step::Yield(value),
            Step::Return(value) => {
                self.callee = None;
                self.go_on(Input::Returned(value), walked)
            }
        }
    }

    /// Steps the frame of this level and the frames it calls, until one yields or this
    /// frame returns.
    fn go_on(&mut self, mut input: Input<V, S>, walked: &mut usize) -> Step<Y, V> {
        loop {
            match self.frame.step(input) {
                Move::Yield(value) => return Step::Yield(value),
                Move::Return(value) => return Step::Return(value),
                Move::Call(frame) => {
                    let callee = self.callee.insert(Box::new(Level::new(frame)));
                    match callee.resume(Input::Start, walked) {
                        Step::Yield(value) => return Step::Yield(value),
                        Step::Return(value) => {
                            self.callee = None;
                            input = Input::Returned(value);
                        }
                    }
                }
            }
        }
    }
}

impl<Y, R, S, E> Level<Y, Result<R, Exception<E>>, Signal<S, E>> {
    /// Closes the inner level, then raises the exit in this level, or the exception of
    /// the inner one.
    fn exit(&mut self, walked: &mut usize) -> Step<Y, Result<R, Exception<E>>> {
        *walked += 1;
        let Some(callee) = &mut self.callee else {
            return self.go_on(Input::Sent(Signal::Throw(Exception::Exit)), walked);
        };
        let raised = match callee.exit(walked) {
            Step::Return(Ok(_)) => Exception::Exit,
            Step::Return(Err(exception)) => exception,
            Step::Yield(_) => Exception::Misuse(Misuse::IgnoredExit),
        };
        self.callee = None;
        self.go_on(Input::Returned(Err(raised)), walked)
    }
}

/// Drops the innermost level first, without recursion: dropping a deep chain needs no
/// deep call stack.
impl<Y, V, S> Drop for Level<Y, V, S> {
    fn drop(&mut self) {
        let mut chain = Vec::new();
        let mut next = self.callee.take();
        while let Some(mut level) = next {
            next = level.callee.take();
            chain.push(level);
        }
        while let Some(level) = chain.pop() {
            drop(level);
        }
    }
}

impl<Y, V, S> Nested<Y, V, S> {
    /// Makes a chain of the outermost frame alone. Nothing runs yet.
    pub fn new(outermost: impl Frame<Y, V, S> + 'static) -> Self {
        Nested {
            outermost: Body::new(Level::new(Box::new(outermost))),
            started: false,
            walked: 0,
        }
    }

    /// Returns how many calls are open: 1 before any delegation, 0 after the end.
    pub fn depth(&self) -> usize {
        let first = self.outermost.get();
        core::iter::successors(first, |level| level.callee.as_deref()).count()
    }

    /// Returns how many levels the last resume went through.
    pub fn walked(&self) -> usize {
        self.walked
    }

    fn say(&mut self, value: S) -> Step<Y, V> {
        let started = mem::replace(&mut self.started, true);
        self.enter(|level, walked| {
            let input = if started {
                Input::Sent(value)
            } else {
                Input::Start
            };
            level.resume(input, walked)
        })
    }

    /// Runs `resume` on the outermost level and counts the levels from 0.
    fn enter(
        &mut self,
        resume: impl FnOnce(&mut Level<Y, V, S>, &mut usize) -> Step<Y, V>,
    ) -> Step<Y, V> {
        self.walked = 0;
        let walked = &mut self.walked;
        self.outermost.resume(|level| resume(level, walked))
    }
}

impl<Y, V> Generator for Nested<Y, V, ()> {
    type Resume = ();
    type Yield = Y;
    type Return = V;

    #[inline]
    fn resume(&mut self, (): ()) -> Step<Y, V> {
        self.say(())
    }
}

impl<Y, V, S> Generator for Nested<Y, V, Option<S>> {
    type Resume = Option<S>;
    type Yield = Y;
    type Return = V;

    #[inline]
    fn resume(&mut self, value: Option<S>) -> Step<Y, V> {
        self.say(value)
    }
}

impl<Y, R, S, E> Generator for Nested<Y, Result<R, Exception<E>>, Signal<S, E>> {
    type Resume = Signal<S, E>;
    type Yield = Y;
    type Return = Result<R, Exception<E>>;

    #[inline]
    fn resume(&mut self, signal: Signal<S, E>) -> Step<Y, Result<R, Exception<E>>> {
        match signal {
            Signal::Throw(exception) if !self.started => {
                self.enter(|_, _| Step::Return(Err(exception)))
            }
            Signal::Throw(Exception::Exit) => self.enter(Level::exit),
            signal => self.say(signal),
        }
    }
}

await_and_iterate!([Y, V] Nested<Y, V, ()>);

impl<Y, V, S> core::fmt::Debug for Nested<Y, V, S> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Nested")
            .field("depth", &self.depth())
            .field("started", &self.started)
            .finish()
    }
}
