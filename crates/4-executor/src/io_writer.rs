//! A trace in a file: text of `core::fmt` becomes bytes for `std::io`.
//!
//! The problem: floor 0 has no files. Its [`TextSink`] writes to anything that accepts
//! text, and a file accepts bytes. This floor has the standard library, so the adapter is
//! here.
//!
//! ```text
//!   loop ── &Event ──> TextSink ── text ──> IoWriter ── bytes ──> a file, a socket, ..
//! ```
//!
//! Invariants:
//! 1. Bytes reach the writer in order, one line a write.
//! 2. The error of a write is stored. [`TextSink`] writes nothing after an error.
//!
//! Read next: `error.rs`.
//!
//! [`TextSink`]: crate::trace::TextSink

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::rc::Rc;

/// Writes text to an [`io::Write`]. With it, a [`TextSink`](crate::trace::TextSink) writes
/// a trace to a file. A clone shares the same writer, so the program can take the writer
/// back later.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; pub mod trace { pub use groundup_executor::{*,
/// #     trace::*}; } }
/// use groundup::trace::{IoWriter, TextSink, read_trace};
/// use groundup::EventLoop;
///
/// // `File::create("run.trace")?` in place of a vector.
/// let file = IoWriter::new(Vec::new());
/// let event_loop = EventLoop::builder()
///     .virtual_time()
///     .trace(TextSink::new(file.clone()))
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
    /// The present line, as far as it has come.
    line: String,
    /// The error of the last write that failed.
    error: Option<io::Error>,
}

impl<W: io::Write> IoWriter<W> {
    /// Makes a writer of text that passes each finished line to `writer`.
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

    /// Takes the error of a write that failed, if there is one.
    pub fn take_error(&self) -> Option<io::Error> {
        self.to.try_borrow_mut().ok()?.error.take()
    }

    /// Returns the writer if no other clone is left.
    pub fn into_inner(self) -> Option<W> {
        Rc::into_inner(self.to).map(|to| to.into_inner().writer)
    }
}

impl<W: io::Write> fmt::Write for IoWriter<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A writer that writes to itself gets an error.
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
