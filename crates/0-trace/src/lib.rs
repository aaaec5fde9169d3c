//! Floor 0: what may be observed, and which choices are free.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod chooser;
mod event;
mod reader;
mod sink;
mod text;

pub use chooser::{Choice, Chooser, Chosen, Fifo, Recording, Replay, Seeded};
pub use event::{Cause, Event, Name, Outcome, Verb, Wait};
pub use reader::ParseError;
pub use sink::{Lines, Off, Recorder, Sink};
