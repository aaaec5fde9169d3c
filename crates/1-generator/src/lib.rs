//! Paused functions, by hand: the first floor.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod async_frame;
mod async_generator;
mod awaitable;
mod co;
mod coroutine;
mod delegate;
mod error;
mod frame;
mod frames;
mod generator;
mod iter;
pub mod life;
pub mod machine;
mod nested;
mod signal;
mod step;

pub use async_frame::{AsyncFrame, Caller, Calling, Yielding, frame};
pub use async_generator::{AsyncGenerator, conversation, generator};
pub use awaitable::Awaitable;
pub use co::{Co, Yield};
pub use coroutine::Coroutine;
pub use delegate::{Items, YieldFrom};
pub use error::{Exception, Misuse};
pub use frame::{Arrival, Frame, Input, Leaf, Move};
pub use frames::Frames;
pub use generator::{Generator, run};
pub use iter::{Values, values};
pub use nested::Nested;
pub use signal::{Hear, Signal, Uncaught};
pub use step::Step;

pub use groundup_trace as trace;
