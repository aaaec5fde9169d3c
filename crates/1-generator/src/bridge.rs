//! Converts generators to and from iterators, futures and async blocks.
//!
//! Rust has two paused functions of its own. An iterator yields values and receives
//! none. A future returns one value at its end, and answers "not yet" before that. A
//! generator yields values and returns one, so it can serve as either of them. The compiler
//! turns an async block into a future, and this folder turns that future into a
//! generator.
//!
//! ```text
//!                    values                  Awaitable, `.await`
//!     Iterator ◀─────────────── Generator ────────────────────▶ Future
//!                                 ▲   ▲                            │
//!                      generator, │   └────────────────────────────┘
//!            generator_with_input │              Stepped
//!                            async block
//! ```
//!
//! The floors above poll futures, and this floor resumes generators. The table maps the
//! words of generators to the words of futures:
//!
//! | generator | future |
//! |---|---|
//! | `resume(value)` | `poll(cx)`, which carries no `value` |
//! | `Step::Yield(y)` | `Poll::Pending`, which carries no `y` |
//! | `Step::Return(r)` | `Poll::Ready(r)` |
//! | the `value` of `resume`, as the result of `yield` | the output of the awaited future, as the result of `.await` |
//! | resumed in each round by the deque of floor 2 | polled after its waker was called |
//! | `yield from` | `.await` |
//!
//! | file | from | to |
//! |---|---|---|
//! | `iter.rs` | a generator | an iterator, [`Values`] |
//! | `awaitable.rs` | a generator | a future, [`Awaitable`] |
//! | `stepped.rs` | a future, an `async fn` | a generator, [`Stepped`] |
//! | `async_generator.rs` | an async block | a generator, [`AsyncGenerator`] |
//!
//! Two more files serve the async generator. `co.rs` defines [`Co`], whose `yield_` gives
//! the future [`Yield`] that the block awaits. `exchange.rs` defines the cell through
//! which the block and its caller pass values.
//!
//! A program with two kinds of paused functions must tell them apart. Python's compiler
//! leaves flags in the code of each function, and a caller looks at the flags while the
//! program runs. A Rust function returns a value with a type. A caller that needs a
//! generator says so in a bound, and the compiler checks the bound at each call:
//!
//! ```text
//!   Python                    co_flags          Rust
//!
//!   def f(): yield            0x20              fn f() -> impl Generator
//!   @types.coroutine, def f   0x20 and 0x100    fn f() -> impl Generator + IntoFuture
//!   async def f(): ..         0x80              async fn f()
//!
//!   await f(), without a flag                   f().await, without `IntoFuture`
//!     while the program runs: TypeError           before it runs: error E0277
//! ```
//!
//! | question | Python | Rust |
//! |---|---|---|
//! | does a call of `f` give a generator? | `isgeneratorfunction(f)`: `co_flags & 0x20` | `G: Generator`, for `f: impl Fn() -> G` |
//! | does a call of `f` give a coroutine? | `iscoroutinefunction(f)`: `co_flags & 0x80` | `F: Future`, for `f: impl Fn() -> F` |
//! | may `await` take `x`? | it is a coroutine, its code has the flag 0x100, or it has `__await__` | `X: IntoFuture` |
//! | may `for` take `x`? | it has `__iter__` | `X: IntoIterator` |
//!
//! In Python at most one of the first two answers is yes: `types.coroutine` marks a
//! generator function for `await`, but `iscoroutinefunction` still says no. A bound asks
//! only for the abilities that its caller needs. A [`machine`](crate::machine) is a
//! generator that `for` and `.await` take as well, and it needs no mark.
//!
//! ```
//! # mod groundup { pub use groundup_generator::*; pub use groundup_generator as generator; }
//! use groundup::generator::{Generator, run};
//! use groundup::generator::machine::Countdown;
//! use groundup::Stepped;
//!
//! // assert inspect.isgeneratorfunction(f)
//! fn twice<G: Generator<Resume = ()>>(f: impl Fn() -> G) -> [G::Return; 2] {
//!     [run(f()), run(f())]
//! }
//!
//! async fn launch() -> &'static str {
//!     Countdown::new(2).await
//! }
//!
//! assert_eq!(twice(|| Countdown::new(3)), ["lift-off"; 2]);
//! assert_eq!(twice(|| Stepped::new(launch())), ["lift-off"; 2]);
//! ```
//!
//! An `async fn` by itself is a future, so the compiler refuses it here:
//!
//! ```compile_fail,E0277
//! # fn twice<G: groundup_generator::Generator<Resume = ()>>(_: impl Fn() -> G) {}
//! async fn launch() {}
//!
//! twice(launch); // write `|| Stepped::new(launch())`
//! ```
//!
//! Invariants
//! 1. One `next` or one poll is one resume. A generator inside a future is resumed
//!    exactly as often as one without a future around it.
//! 2. Nothing runs before the first resume, `next` or poll.
//! 3. A function that has returned or panicked is dropped, and never resumed again.
//!
//! Access: only `co.rs`, which yields, and `async_generator.rs`, which resumes, use the
//! cell between an async block and its caller; its content is private to `exchange.rs`.
//! `machine/` and `delegation/` use the macro [`await_and_iterate`] and, for frames made of
//! async blocks (`delegation/async_frame.rs`), the async generator with its `Co` and `Yield`.
//!
//! Read next: floor 2, `groundup-interweave`. Second reading: `bridge/iter.rs`.

mod async_generator;
mod awaitable;
mod co;
mod exchange;
mod iter;
mod stepped;

pub use async_generator::{AsyncGenerator, generator, generator_with_input};
pub use awaitable::Awaitable;
pub use co::{Co, Yield};
pub use iter::{Values, values};
pub use stepped::Stepped;

pub(crate) use awaitable::await_and_iterate;
