//! Generators beside Rust's iterators, futures and async blocks.
//!
//! Rust has two paused functions of its own. An iterator gives values and hears
//! nothing. A future gives one value at its end, and says "not yet" before. A
//! generator is the sum of the two. It can therefore be used as either, and the
//! compiler, which writes futures, can be made to write generators.
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
//! The floors above poll futures, this floor resumes generators, and a reader
//! may walk from the one to the other:
//!
//! | generator | future |
//! |---|---|
//! | `resume(value)` | `poll(cx)` |
//! | `Step::Yield(y)` | `Poll::Pending`; `y` goes to the caller, a future has no place for it |
//! | `Step::Return(r)` | `Poll::Ready(r)` |
//! | the value sent in | the output of the awaited future |
//! | resumed again by the deque of floor 2, in each round | by its waker, when there is a reason |
//! | `yield from` | `.await` |
//!
//! | file | from | to |
//! |---|---|---|
//! | `iter.rs` | a generator | an iterator, [`Values`] |
//! | `awaitable.rs` | a generator | a future, [`Awaitable`] |
//! | `stepped.rs` | a future, an `async fn` | a generator, [`Stepped`] |
//! | `async_generator.rs` | an async block | a generator, [`AsyncGenerator`] |
//! | `co.rs` | the inside of that block | its `yield`, [`Co`] |
//! | `exchange.rs` | that block | its caller, and back: the cell |
//!
//! Invariants
//! 1. A step here is a step there: one resume is one `next` or one poll. A
//!    generator driven through a future is resumed exactly as often as by hand.
//! 2. Nothing runs before the first resume, `next` or poll.
//! 3. A function that has returned or panicked is dropped, and never resumed again.
//!
//! Who may touch what: the cell between an async block and its caller is private
//! to `exchange.rs`; `co.rs` yields through it, and `async_generator.rs` resumes.
//! The machines and the stacks of frames use [`await_and_iterate`] alone.
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
