//! Paused functions, by hand: the first floor.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod generator;
mod step;

pub use crate::generator::{Generator, run};
pub use crate::step::Step;
pub use groundup_trace as trace;
