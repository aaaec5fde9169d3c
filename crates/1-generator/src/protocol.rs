//! Python's protocol: send, throw, close, and the rules about them.
//!
//! A bare generator trusts its caller: it has one method, and it panics when it
//! is resumed after its end. Python's generator object offers more. It takes
//! values, it takes errors, it can be closed, and it answers a request that
//! makes no sense at the moment with an error. This folder is that object, its
//! rules apart from the code that obeys them.
//!
//! ```text
//!   next()  send(v)  throw(e)  close()
//!      └───────┴────┬────┴────────┘
//!                   ▼
//!             ┌───────────┐  1 may it, now?   ┌──────┐  no    ┌────────┐
//!             │ Coroutine │ ────────────────▶ │ Life │ ─────▶ │ Misuse │
//!             └─────┬─────┘                   └──────┘        └────────┘
//!                   │ 2 resume(Signal)
//!                   ▼
//!                 body ── 3 ──▶ Yield(y), Return(Ok(r)), Return(Err(Exception)),
//!                               a panic
//! ```
//!
//! | file | has | is |
//! |---|---|---|
//! | `life.rs` | [`Life`](life::Life) | the table: each request in each state, and its answer |
//! | `error.rs` | [`Misuse`], [`Exception`] | the refusals, and the errors a program throws |
//! | `body.rs` | `Body`, `Running` | a body entered and left, also by a panic |
//! | `signal.rs` | [`Signal`], [`Uncaught`] | one request on its way into the body |
//! | `coroutine.rs` | [`Coroutine`] | the object that asks the table and resumes the body |
//!
//! Invariants
//! 1. Each request has one answer in each state, and `life.rs` alone decides it.
//! 2. The table and the messages run no code of the program. A body is entered
//!    with a guard of `body.rs` beside it, in every form of generator.
//! 3. An error that is thrown in is caught by the body or comes back out.
//! 4. A body that panicked is finished and dropped, whatever form it has.
//!
//! Who may touch what: the life and the body of a coroutine are private to
//! `coroutine.rs`. The folders above keep their bodies in a `Body`, make signals,
//! return exceptions and name a misuse; they have no other way into this folder.
//!
//! Read next: `protocol/life.rs`.

mod body;
mod coroutine;
mod error;
pub mod life;
mod signal;

pub use coroutine::Coroutine;
pub use error::{Exception, Misuse};
pub use signal::{Hear, Signal, Uncaught};

pub(crate) use body::Body;
