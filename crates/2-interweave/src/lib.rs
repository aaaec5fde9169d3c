//! Floor 2: many generators, one thread.
#![forbid(unsafe_code)]

mod rounds;

pub use groundup_generator as generator;
pub use groundup_generator::trace;

pub use rounds::{Round, Rounds};
