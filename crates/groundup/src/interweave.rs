//! Floor 2: many generators, one thread.
//!
//! The deque: take the generator at the front, let it run until it pauses, put
//! it at the back. With a [`Chooser`](crate::trace::Chooser) in place of the
//! deque's order, and as two buffers, which is what the loop runs on.
//!
//! Invariant: these are all public names of the crate `groundup-interweave`,
//! whose front page is the chapter.
//!
//! Read next: `lowlevel.rs`.

#[doc(inline)]
pub use groundup_combinators::interweave::{
    Interweave, Lockstep, Outcomes, Round, Rounds, Weave, drain, interweave, lockstep, run_all,
    run_to_end, weave_rounds,
};
