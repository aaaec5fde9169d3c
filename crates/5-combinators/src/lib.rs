//! Floor 5 of groundup: everything that waits for several things at once.
#![forbid(unsafe_code)]
pub use groundup_executor as executor;
pub use groundup_executor::{generator, interweave, task, trace};
