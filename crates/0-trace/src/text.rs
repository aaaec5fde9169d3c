//! Defines the written form of events, which can be read back.
//!
//! A trace outlives the program that wrote it: a test compares it with an earlier one,
//! another program draws it, a person reads it. So events need a written form that loses
//! nothing. A writer and a reader share that form. Writer and reader keep equal lists of
//! names, because a line omits the number of a task whose name an earlier line introduced.
//!
//! ```text
//!                     the writer                        the reader
//!
//!   Event ── line.rs ──▶  3.000  2  wake  kettle  by timer#1  ── reader.rs ──▶ Event
//!               │                    one line                        │
//!               ├─ columns.rs   where a field begins     words.rs ───┤
//!               │                                                    │
//!               └────────── names.rs: kettle is task 2 ──────────────┘
//!
//!   trace.rs       many lines: the version first, then one event a line
//! ```
//!
//! | file | defines | purpose |
//! |---|---|---|
//! | `line.rs` | `Line`, the `Display` forms | an event as one line of five columns |
//! | `columns.rs` | `Columns`, `Seconds` | aligned fields, exact times |
//! | `visible.rs` | [`Visible`] | characters that hide or turn a text, as escapes |
//! | `names.rs` | `Names` | when a line omits a task's number |
//! | `reader.rs` | [`Event::parse`](crate::Event::parse) | a line as an event again |
//! | `words.rs` | `Words`, [`ParseError`] | a line as words, and the mistakes in it |
//! | `trace.rs` | [`read_trace`], `Scribe` | a whole trace, written and read |
//!
//! The files of this folder are the second reading: the floors above make events and
//! pass them to a sink, and write no text themselves.
//!
//! Invariants
//! 1. Every event has exactly one written form, and reading that form gives the event.
//! 2. A line depends on the event and on the names of the earlier lines, on nothing else.
//! 3. A text that is not a trace is refused with the word at fault. No input causes a
//!    panic.
//!
//! Access: a sink writes through a `Scribe` and cannot reach the names in it. The rest
//! of the crate uses `Display`, `FromStr` and [`read_trace`].
//!
//! Read next: `sink.rs`, which receives events. Second reading: `text/line.rs`.

mod columns;
mod line;
mod names;
mod reader;
mod trace;
mod visible;
mod words;

pub use trace::{TraceError, read_trace};
pub use visible::Visible;
pub use words::{ParseError, VERSION};

pub(crate) use trace::Scribe;
