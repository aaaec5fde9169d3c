//! Implements Python's protocol: send, throw, close, and their rules.
//!
//! A bare generator trusts its caller: it has one method, and panics if it is resumed
//! after its end. Python's generator object offers more. It receives values and errors,
//! it can be closed, and it answers a request at the wrong moment with an error. This
//! folder is that object. Its rules stand apart from the code that obeys them.
//!
//! ```text
//!   next()  send(v)  throw(e)  close()
//!      └───────┴────┬────┴────────┘
//!                   ▼
//!             ┌───────────┐  1 is it allowed? ┌──────┐  no    ┌────────┐
//!             │ Coroutine │ ────────────────▶ │ Life │ ─────▶ │ Misuse │
//!             └─────┬─────┘                   └──────┘        └────────┘
//!                   │ 2 resume(Signal)
//!                   ▼
//!                 body ── 3 ──▶ Yield(y), Return(Ok(r)), Return(Err(Exception)),
//!                               a panic
//! ```
//!
//! | file | defines | purpose |
//! |---|---|---|
//! | `life.rs` | [`Life`](life::Life) | a table of the answer to each request in each state |
//! | `error.rs` | [`Misuse`], [`Exception`] | refused requests, and the errors that a program throws |
//! | `body.rs` | `Body`, `Running` | entering and leaving a body, also by a panic |
//! | `signal.rs` | [`Signal`], [`Uncaught`] | a request on its way into the body |
//! | `coroutine.rs` | [`Coroutine`] | the object that asks the table and resumes the body |
//!
//! Invariants
//! 1. Each request has one answer in each state, and only `life.rs` decides it.
//! 2. The table and the messages run no code of the program. In every form of
//!    generator, a body is entered together with a guard of `body.rs`.
//! 3. The body catches an error that is thrown in, or the caller gets it back.
//! 4. A body that panicked is finished and dropped, in every form.
//!
//! Access: the life and the body of a coroutine are private to `coroutine.rs`. The
//! folders above keep their bodies in a `Body`, make signals, return exceptions and
//! name a misuse; they have no other way into this folder.
//!
//! Read next: `bridge.rs`, generators, iterators and futures. Second reading:
//! `protocol/life.rs`.

mod body;
mod coroutine;
mod error;
pub mod life;
mod signal;

pub use coroutine::Coroutine;
pub use error::{Exception, Misuse};
pub use signal::{FromSent, Signal, Uncaught};

pub(crate) use body::Body;
