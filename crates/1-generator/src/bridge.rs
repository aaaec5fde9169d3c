//! Converts between generators and iterators, futures, async blocks.
//!
//! Rust has two paused functions of its own. An iterator yields values and receives
//! none. A future returns one value at its end, and answers "not yet" before that. A
//! generator can do both, so it can serve as an iterator or as a future. The compiler
//! already writes futures, and this folder makes it write generators as well.
//!
//! ```text
//!                    values                  Awaitable, `.await`
//!     Iterator ◀─────────────── Generator ────────────────────▶ Future
//!                                 ▲   ▲                            │
//!         generator, conversation │   └────────────────────────────┘
//!                                 │              Stepped
//!                            async block
//! ```
//!
//! The floors above poll futures, and this floor resumes generators. The table maps the
//! words of the one to the words of the other:
//!
//! | generator | future |
//! |---|---|
//! | `resume(value)` | `poll(cx)` |
//! | `Step::Yield(y)` | `Poll::Pending`; the caller of a generator gets `y`, a future has no place for it |
//! | `Step::Return(r)` | `Poll::Ready(r)` |
//! | the value sent in | the output of the awaited future |
//! | resumed in each round by the deque of floor 2 | polled after its waker was called |
//! | `yield from` | `.await` |
//!
//! | file | from | to |
//! |---|---|---|
//! | `iter.rs` | a generator | an iterator, [`Values`] |
//! | `awaitable.rs` | a generator | a future, [`Awaitable`] |
//! | `stepped.rs` | a future, an `async fn` | a generator, [`Stepped`] |
//! | `async_generator.rs` | an async block | a generator, [`AsyncGenerator`] |
//! | `co.rs` | a `yield_` in that block | a future, [`Co`] |
//! | `exchange.rs` | that block | its caller, and back: the cell |
//!
//! Invariants
//! 1. One resume is one `next` or one poll. A generator inside a future is resumed
//!    exactly as often as a bare one.
//! 2. Nothing runs before the first resume, `next` or poll.
//! 3. A function that has returned or panicked is dropped, and never resumed again.
//!
//! Access: only `co.rs`, which yields, and `async_generator.rs`, which resumes, use the
//! cell between an async block and its caller; its content is private to `exchange.rs`.
//! The machines and the stacks of frames use only [`await_and_iterate`].
//!
//! Read next: `bridge/iter.rs`.

mod async_generator;
mod awaitable;
mod co;
mod exchange;
mod iter;
mod stepped;

pub use async_generator::{AsyncGenerator, conversation, generator};
pub use awaitable::Awaitable;
pub use co::{Co, Yield};
pub use iter::{Values, values};
pub use stepped::Stepped;

pub(crate) use awaitable::await_and_iterate;
