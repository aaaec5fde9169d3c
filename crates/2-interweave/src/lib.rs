//! Floor 2: many generators, one thread.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod drain;
mod interweave;
mod lockstep;
mod order;
mod outcomes;
mod rounds;
mod sweep;
mod weave;

pub use groundup_generator as generator;
pub use groundup_generator::trace;

pub use drain::{drain, run_all, run_to_end};
pub use interweave::{Interweave, interweave};
pub use lockstep::{Lockstep, lockstep};
pub use outcomes::Outcomes;
pub use rounds::{Round, Rounds};
pub use weave::{Weave, weave_rounds};
