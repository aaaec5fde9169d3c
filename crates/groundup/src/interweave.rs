//! Floor 2: runs many generators on one thread.
//!
//! The deque takes the generator at the front, runs it until it pauses, and puts it at
//! the back. A [`Chooser`](crate::trace::Chooser) may pick another order. [`Rounds`]
//! keeps the deque as two buffers, and the event loop uses that form.
//!
//! Invariant: these are all public names of the crate `groundup-interweave`, whose
//! front page explains them.
//!
//! Read next: `host.rs`.

#[doc(inline)]
pub use groundup_io::interweave::{
    Interweave, Lockstep, NextRound, Outcomes, Round, Rounds, Weave, drain, interweave, lockstep,
    run_all, run_to_end, weave_rounds,
};
