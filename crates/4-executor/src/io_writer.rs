//! A trace in a file: text for `core::fmt` becomes bytes for `std::io`.
//!
//! The problem: floor 0 has no files. Its [`Lines`] write to anything that takes text,
//! and a file takes bytes. Here is the standard library, so here is the adapter.
//!
//! ```text
//!   loop ── &Event ──> Lines ── text ──> IoWriter ── bytes ──> a file, a socket, ..
//! ```
//!
//! Invariants:
//! 1. Bytes reach the writer in order, one line a write.
//! 2. After an error nothing more is written, and the error is kept.
//!
//! Read next: `error.rs`.
//!
//! [`Lines`]: crate::trace::Lines

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::rc::Rc;

/// Writes text to an [`io::Write`]: with it a [`Lines`](crate::trace::Lines) writes a
/// trace to a file. A clone shares the same writer, to ask for it later.
///
/// ```
/// use groundup_executor::trace::{Lines, read_trace};
/// use groundup_executor::{EventLoop, IoWriter};
///
/// // `File::create("run.trace")?` in place of a vector.
/// let file = IoWriter::new(Vec::new());
/// let event_loop = EventLoop::builder()
///     .virtual_time()
///     .trace(Lines::new(file.clone()))
///     .build();
/// event_loop.run_until_complete(async {}).unwrap();
/// drop(event_loop);
///
/// let bytes = file.into_inner().unwrap();
/// let text = String::from_utf8(bytes).unwrap();
/// assert!(text.starts_with("# groundup-trace 1\n"));
/// assert_eq!(read_trace(&text).unwrap()[0].verb.word(), "spawn");
/// ```
pub struct IoWriter<W> {
    to: Rc<RefCell<To<W>>>,
}

struct To<W> {
    writer: W,
    /// The line so far.
    line: String,
    /// Why nothing more is written.
    error: Option<io::Error>,
}

impl<W: io::Write> IoWriter<W> {
    /// Text that goes to `writer`, line by line.
    pub fn new(writer: W) -> Self {
        let to = To {
            writer,
            line: String::new(),
            error: None,
        };
        IoWriter {
            to: Rc::new(RefCell::new(to)),
        }
    }

    /// Takes the error with which writing has ended, if it has.
    pub fn take_error(&self) -> Option<io::Error> {
        self.to.try_borrow_mut().ok()?.error.take()
    }

    /// The writer, if no clone is left.
    pub fn into_inner(self) -> Option<W> {
        Rc::into_inner(self.to).map(|to| to.into_inner().writer)
    }
}

impl<W: io::Write> fmt::Write for IoWriter<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A writer that writes to itself is told no.
        let Ok(mut to) = self.to.try_borrow_mut() else {
            return Err(fmt::Error);
        };
        let To {
            writer,
            line,
            error,
        } = &mut *to;
        line.push_str(text);
        if !line.ends_with('\n') {
            return Ok(());
        }
        let written = writer.write_all(line.as_bytes());
        line.clear();
        written.map_err(|failure| {
            *error = Some(failure);
            fmt::Error
        })
    }
}

impl<W> Clone for IoWriter<W> {
    fn clone(&self) -> Self {
        IoWriter {
            to: self.to.clone(),
        }
    }
}

impl<W> fmt::Debug for IoWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IoWriter")
    }
}
