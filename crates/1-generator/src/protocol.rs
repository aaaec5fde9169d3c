//! Implements Python's protocol: send, throw, close, and their rules.
//!
//! A [`Generator`](crate::Generator) trusts its caller: its one required method is `resume`,
//! which panics after the end. Python's generator object also receives values and errors,
//! can be closed, and answers a request at the wrong moment with an error. This folder has
//! that object, [`Coroutine`]. The rules are a table, `life.rs`, and the code asks the table
//! before each request. The *body* is the paused function inside the object.
//!
//! ```text
//!   next()  send(v)  throw(e)  close()
//!      └───────┴────┬────┴────────┘
//!                   ▼
//!             ┌───────────┐ 1 asks: allowed? ┌──────┐ refuses ┌────────┐
//!             │ Coroutine │ ───────────────▶ │ Life │ ──────▶ │ Misuse │
//!             └─────┬─────┘                  └──────┘         └────────┘
//!                   │ 2 resumes, with a Signal
//!                   ▼
//!                 body ── 3 stops with ──▶ Yield(y), Return(Ok(r)),
//!                                          Return(Err(Exception)), a panic
//! ```
//!
//! | file | defines | purpose |
//! |---|---|---|
//! | `life.rs` | [`Life`](life::Life) | a table of the answer to each request in each state |
//! | `error.rs` | [`Misuse`], [`Exception`] | refused requests, and the errors that a program throws |
//! | `body.rs` | `Body`, `Running` | the guard that finishes a body that panics |
//! | `signal.rs` | [`Signal`], [`Uncaught`] | a request on its way into the body |
//! | `coroutine.rs` | [`Coroutine`] | the object that asks the table and resumes the body |
//!
//! Invariants
//! 1. Each request has one answer in each state, and only `life.rs` decides it.
//! 2. No code of the program runs while a request is checked or refused. While a body runs
//!    under a [`Coroutine`] or in an async block, a guard of `body.rs` is alive.
//! 3. An error that is thrown in is caught by the body, or returned to the caller.
//! 4. A body that panicked is finished and dropped, in every form.
//!
//! Access: the life and the body of a [`Coroutine`] are private to `coroutine.rs`. The folders
//! `machine/`, `bridge/` and `delegation/` use four types of this folder, `Body`, `Signal`,
//! `Exception` and `Misuse`, and nothing else of it.
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
