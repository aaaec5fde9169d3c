//! Floor 0: records what a loop does, and makes its free choices.
//!
//! A loop that was built with [`Builder::trace`](crate::Builder::trace) sends every
//! [`Event`] to a [`Sink`]. A loop that was built with a seed, with recorded choices or
//! with any other [`Chooser`] asks it which task runs first.
//!
//! Invariant: these are all public names of the crate `groundup-trace`, whose front
//! page explains them, and the adapter that writes a trace to a file.
//!
//! Read next: `generator.rs`.

#[doc(inline)]
pub use groundup_io::executor::IoWriter;
#[doc(inline)]
pub use groundup_io::trace::{
    Access, Candidate, Cause, Choice, Chooser, Chosen, Counts, Event, Fifo, Footprints, Name,
    NullSink, Outcome, ParseError, PromiseOutcome, Recorder, Recording, Replay, Seeded, Sink,
    TaskId, TextSink, Touched, TraceError, VERSION, Verb, Visible, Wait, read_trace,
};
