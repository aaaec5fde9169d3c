//! Floor 0: what may be observed, and which choices are free.
//!
//! A loop that was built with [`Builder::trace`](crate::Builder::trace) tells a
//! [`Sink`] everything that happens, one [`Event`] at a time. One that was built
//! with a seed, with recorded choices or with any other [`Chooser`] lets it
//! decide who goes first.
//!
//! Invariant: these are all public names of the crate `groundup-trace`, whose
//! front page is the chapter, and the adapter that writes a trace to a file.
//!
//! Read next: `generator.rs`.

#[doc(inline)]
pub use groundup_combinators::executor::IoWriter;
#[doc(inline)]
pub use groundup_combinators::trace::{
    Cause, Choice, Chooser, Chosen, Event, Fifo, Lines, Name, Off, Outcome, ParseError,
    PromiseOutcome, Recorder, Recording, Replay, Seeded, Sink, TaskId, TraceError, VERSION, Verb,
    Wait, read_trace,
};
