//! Delegates: a paused function calls another one, at any depth.
//!
//! If only values pass through, `yield from` needs a field and a `match`, as
//! `machine/sum_of_squares.rs` shows. Two questions are left. Which way does an error
//! or an exit take through a chain of calls? And how much does the depth of the chain
//! cost? If each generator owns the one that it calls, a resume makes a call per level. A
//! processor does not call functions that way. It keeps a stack, and a resume on a
//! stack costs the same at every depth.
//!
//! ```text
//!   def outer(): r = yield from inner()
//!
//!     caller ── resume, throw, close ──▶ outer ─────▶ inner    goes in, unchanged
//!     caller ◀─────────────── Yield(y) ─ outer ◀───── inner    goes out, unchanged
//!                                        outer ◀───── inner    Return(r) stays here
//!
//!     kept as       a resume, n calls deep         a drop, n calls deep
//!     nested        n calls and n returns          needs a loop of its own
//!     a stack       1 call                         pops n times
//! ```
//!
//! | file | defines | shows |
//! |---|---|---|
//! | `delegate.rs` | [`YieldFrom`], [`Items`] | the rule of errors and exits |
//! | `stack_frame.rs` | [`Frame`], [`Move`] | one function, written for a stack |
//! | `frames.rs` | [`Frames`] | the stack, and a resume that costs 1 call |
//! | `nested.rs` | [`Nested`] | the same frames nested, and their cost |
//! | `async_frame.rs` | [`AsyncFrame`] | a frame that the compiler writes |
//!
//! This folder is the second reading: floor 2 resumes generators of every form in the
//! same way, and does not see whether they delegate.
//!
//! Invariants
//! 1. A chain of delegations behaves as its innermost generator does, in each form.
//! 2. An exit ends every generator of the chain, the innermost first.
//! 3. On the stack a resume costs the same at every depth.
//! 4. A panic of one generator ends the chain, and all of the chain is dropped.
//!
//! Access: the levels of a [`Nested`] and the stack of [`Frames`] are private to their
//! files. A frame receives its own input, and sees nothing of the frames around it.
//!
//! Read next: `delegation/delegate.rs`.

mod async_frame;
mod delegate;
mod frames;
mod nested;
mod stack_frame;

pub use async_frame::{AsyncFrame, Caller, Calling, Yielding, frame};
pub use delegate::{Items, YieldFrom};
pub use frames::Frames;
pub use nested::Nested;
pub use stack_frame::{Arrival, Frame, Input, Leaf, Move};
