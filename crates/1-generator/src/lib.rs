//! Floor 1: paused functions as values, written by hand.
//!
//! # The problem
//!
//! A called function runs to its end, and its caller waits. This wait is convenient and
//! wasteful: a cook who waits for a kettle could meanwhile cut bread. To stop in the
//! middle and go on later, a function has to remember its place and its locals. The
//! call stack remembers place and locals, but only of the functions that run right now.
//!
//! So we take the function off the stack and put it into a value. **A function that can
//! wait is a value that remembers where it was.** Such a value is a generator. A resume
//! runs it until it stops. A generator stops in two ways: it yields a value and waits for
//! the next resume, or it returns its result and is over. Between two resumes a generator
//! is an ordinary value, and a program can keep it in a list with a thousand others. The
//! floors above are about that list.
//!
//! # The picture
//!
//! ```text
//!  def countdown(n):                     enum Countdown {
//!      while n > 0:                          Start    { n },
//!          yield n  ── becomes ───────────▶  Counting { n },  the variant stores the place,
//!          n -= 1                            Over,            its fields store the locals
//!      return "lift-off"                 }
//!
//!     caller                                 the value
//!       │ resume(())                          Start { n: 2 }
//!       │───────────▶ runs to the yield ────▶ Counting { n: 2 }
//!       │◀─ Yield(2)
//!       │ resume(())
//!       │───────────▶ runs on, to the yield ▶ Counting { n: 1 }
//!       │◀─ Yield(1)
//!       │ resume(())
//!       │───────────▶ runs on, to the end ──▶ Over
//!       │◀─ Return("lift-off")
//! ```
//!
//! ```
//! # mod groundup { pub use groundup_generator as generator; }
//! use groundup::generator::{Generator, Step};
//! use groundup::generator::machine::Countdown;
//!
//! let mut count = Countdown::new(2);
//! assert_eq!(count.resume(()), Step::Yield(2));
//! assert_eq!(count.resume(()), Step::Yield(1));
//! assert_eq!(count.resume(()), Step::Return("lift-off"));
//! ```
//!
//! # Who calls `next`
//!
//! A generator runs only while a caller resumes it. Python's function for this is
//! `next(g)`. This floor and the next follow a Python notebook, "Async IO from Ground Up".
//! The notebook has two callers that resume a generator to its end: a `for` loop, and a
//! function `run`. These callers resume in the same way. The `for` loop keeps the yielded
//! values and drops the return value, and `run` does the opposite:
//!
//! ```text
//!   for value in g: print(value)          def run(g):
//!
//!     g = iter(g)          once             try:
//!     while True:                               while True:
//!         try:                                      g.send(None)     drops the value
//!             value = next(g)               except StopIteration as e:
//!         except StopIteration:                 return e.value       keeps the result
//!             break        drops e.value
//!         print(value)     keeps the value
//! ```
//!
//! `next(g)` is `g.send(None)`. In Python the end reaches the caller as an exception,
//! which carries the return value. Here the end is a variant of [`Step`]: [`run`] returns
//! the value of this variant, and a `for` loop stops there. Rust's `for` calls `into_iter` once,
//! and then `Iterator::next` until that gives `None`:
//!
//! ```
//! # mod groundup { pub use groundup_generator as generator; }
//! use groundup::generator::{run, values};
//! use groundup::generator::machine::Countdown;
//!
//! let mut seen = Vec::new();
//! for value in Countdown::new(2) {
//!     seen.push(value);
//! }
//! assert_eq!(seen, [2, 1]);
//!
//! // Without `for`. The iterator also keeps the return value, `e.value` in Python.
//! let mut count = values(Countdown::new(2));
//! while let Some(value) = count.next() {
//!     seen.push(value);
//! }
//! assert_eq!(seen, [2, 1, 2, 1]);
//! assert_eq!(count.returned(), Some("lift-off"));
//!
//! assert_eq!(run(Countdown::new(2)), "lift-off");
//! ```
//!
//! | caller | calls `next` | keeps |
//! |---|---|---|
//! | `for`, [`Values`] | until the end; the body of the loop runs between two calls | the yielded values |
//! | [`run`] | until the end; no code runs between two calls | the return value |
//! | `yield from` | once for each resume of the generator that contains it | the return value; the yielded values go on to the caller |
//! | `.await` | once for each poll of the future that contains it | the return value; only the pauses go on to the caller |
//! | the deque of floor 2 | once a round for each generator | the yielded values; the return values on request |
//!
//! # Four ways to write a generator
//!
//! The forms differ in the memory that stores the place of the pause:
//!
//! | form | the place of the pause is stored | file |
//! |---|---|---|
//! | an enum by hand | in the variant | [`machine`] |
//! | an async block, [`generator`] | in the future that the compiler generates | `bridge/async_generator.rs` |
//! | frames on a stack, [`Frames`] | in each [`Frame`]; the frames are in a `Vec` | `delegation/frames.rs` |
//! | an async block as a frame, [`frame()`] | in the future of each frame; the frames are in a `Vec` | `delegation/async_frame.rs` |
//!
//! The two forms with frames exist for delegation: a generator calls another and waits for
//! its end, and the called generator may call a third. If each generator owns the generator
//! that it calls ([`Nested`], [`YieldFrom`]), a resume makes a call per level. If a stack (the
//! `Vec`) holds the generators, a resume costs the same at any depth.
//!
//! # Two paused functions, one protocol
//!
//! Rust's own paused function, the `async fn`, is a generator that yields no values: a poll
//! is a resume, `Pending` is a yield without a value, `Ready` is the return. So each form
//! can be used as the other. An `async fn` may await a generator, and [`Stepped`] resumes
//! an `async fn` by hand, without a waker and a loop:
//!
//! ```
//! # mod groundup { pub use groundup_generator::*; pub use groundup_generator as generator; }
//! use groundup::generator::{Generator, Step};
//! use groundup::generator::machine::Countdown;
//! use groundup::Stepped;
//!
//! async fn launch() -> String {
//!     format!("{}!", Countdown::new(2).await)
//! }
//!
//! let mut launch = Stepped::new(launch());
//! assert_eq!(launch.resume(()), Step::Yield(())); // 2
//! assert_eq!(launch.resume(()), Step::Yield(())); // 1
//! assert_eq!(launch.resume(()), Step::Return("lift-off!".to_owned()));
//! ```
//!
//! `bridge.rs` has the table of the two vocabularies, on which floor 3 builds, and shows
//! which bounds take the place of Python's `isgeneratorfunction` and
//! `iscoroutinefunction`.
//!
//! # Python's words and ours
//!
//! | Python | here |
//! |---|---|
//! | a generator function | a constructor; or [`generator`] with an async block |
//! | a generator object | any [`Generator`]; with all rules of the protocol, a [`Coroutine`] (Python's own *coroutine* is below: [`Stepped`]) |
//! | `yield value` | [`Step::Yield`]; in an async block `co.yield_(value).await` ([`Co`]) |
//! | `x = yield value` | the argument of [`Generator::resume`], of type [`Generator::Resume`] |
//! | `return value`, `StopIteration(value)` | [`Step::Return`] |
//! | an exception that leaves the generator | [`Step::Return`] of an `Err`; or a panic, which also ends the generator |
//! | `next(g)`, `g.send(None)` | [`Generator::next`], [`Coroutine::next`] |
//! | `g.send(value)` | `resume(Some(value))`, [`Coroutine::send`] |
//! | `g.throw(error)` | [`Coroutine::throw`], [`Signal::Throw`] |
//! | `g.close()`, `GeneratorExit` | [`Coroutine::close`], [`Exception::Exit`]; or drop it |
//! | `try: .. finally:` around a `yield` | a local with a destructor |
//! | `yield from g` | [`YieldFrom`], [`Move::Call`], `co.yield_from(g).await` |
//! | `yield from iterable` | [`Items`] |
//! | `for value in g` | `for value in g`, [`values`] |
//! | `inspect.isgeneratorfunction(f)`, `co_flags & 0x20` | a bound: `f` returns a `G: Generator` |
//! | `inspect.iscoroutinefunction(f)`, `co_flags & 0x80` | a bound: `f` returns an `F: Future` |
//! | `await g`, `@types.coroutine` | `g.await`, [`Awaitable`]: a type needs no mark |
//! | `c.send(None)` for a coroutine `c` of an `async def` | [`Stepped`], then `c.resume(())` |
//! | `inspect.getgeneratorstate(g)` | [`Coroutine::life`], a [`Life`](life::Life) |
//! | `g.gi_yieldfrom` | [`YieldFrom::inner`] |
//! | "can't send non-None value to a just-started generator" | [`Misuse::JustStarted`] |
//! | "generator already executing" | [`Misuse::AlreadyExecuting`] |
//! | "generator ignored GeneratorExit" | [`Misuse::IgnoredExit`] |
//! | `StopIteration` from a generator that is over | [`Misuse::Finished`] |
//! | "generator raised StopIteration" | cannot happen: an end is a [`Step`], not an error |
//! | `run(coroutine)` of the notebook's first chapters | [`run`] |
//!
//! Two things differ from Python on purpose. The drop of a generator throws no `Exit` into
//! it: the drop of its locals is Rust's `finally`. Delegation to a generator that is over
//! is an error here ([`Misuse::Finished`]), while Python goes on with `None`.
//!
//! # Invariants
//!
//! 1. Making a generator runs nothing.
//! 2. One resume gives one [`Step`]; [`Step::Return`] is the last.
//! 3. A yielded value is never mistaken for a return value, and no error is lost.
//! 4. Delegation is transparent: a chain of generators behaves as its innermost
//!    generator does, and closing the outermost closes all.
//! 5. A generator is an ordinary value, which may be moved between two resumes; a part
//!    that must not move is boxed inside.
//! 6. A generator that panicked is over, in every form: the panic goes on to the
//!    caller, the locals are dropped, and the next request gets [`Misuse::Finished`].
//!
//! This crate needs an allocator and nothing else: no standard library, no clock, no
//! thread, no unsafe code.
//!
//! # First path
//!
//! 1. `step.rs`: a yield and a return, as two variants.
//! 2. `generator.rs`: the trait with its one required method, and the smallest caller.
//! 3. `machine.rs`: how a function with pauses becomes an enum.
//! 4. `machine/countdown.rs`: the first such enum, beside its Python original.
//! 5. `protocol.rs`: the way of a send, a throw or a close to a body.
//! 6. `bridge.rs`: generators as iterators and futures, and async blocks as generators.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `04_countdown`, `05_running_mean`,
//! `06_delegation`.
//!
//! The other files are the second reading, from `machine/squares.rs` on. It goes on with the other
//! machines, the files of `protocol/` and `bridge/`, and `delegation.rs`, a generator that calls
//! another. Each file names the next.
//!
//! Read next: `step.rs`; after the first path floor 2, `groundup-interweave`, which runs
//! several generators at once.
#![no_std]
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;

mod bridge;
mod delegation;
mod generator;
pub mod machine;
mod protocol;
mod step;

pub use bridge::{
    AsyncGenerator, Awaitable, Co, Stepped, Values, Yield, generator, generator_with_input, values,
};
pub use delegation::{
    Arrival, AsyncFrame, Caller, Calling, Frame, Frames, Input, Items, Leaf, Move, Nested,
    YieldFrom, Yielding, frame,
};
pub use generator::{Generator, run};
pub use protocol::{Coroutine, Exception, FromSent, Misuse, Signal, Uncaught, life};
pub use step::Step;

/// Re-exports floor 0, for the floors above.
pub use groundup_trace as trace;
