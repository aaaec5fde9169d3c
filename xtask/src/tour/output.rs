//! Standard output: a pipe that closes, or a disk that is full.
//!
//! The problem: both are an error of the same call. A reader who closes the pipe has seen
//! enough, and that is no failure. A line that could not be written is a failure: the
//! output may be compared later, so the tour must report it now.
//!
//! Invariant: the first failure is stored, a closed pipe never is.
//!
//! Read next: `../page.rs`.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Write};
use std::rc::Rc;

/// The destination of the output.
pub type Out = Rc<RefCell<dyn Write>>;

/// The reason for which output is missing, if it is.
#[derive(Clone, Default)]
pub struct Missing(Rc<RefCell<Option<io::Error>>>);

impl Missing {
    /// Passes all output on to `to`, and stores the first error.
    ///
    /// ```
    /// use xtask::tour::output::Missing;
    ///
    /// struct FullDisk;
    ///
    /// impl std::io::Write for FullDisk {
    ///     fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
    ///         Err(std::io::ErrorKind::StorageFull.into())
    ///     }
    ///     fn flush(&mut self) -> std::io::Result<()> {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let missing = Missing::default();
    /// missing.watch(Vec::new()).borrow_mut().write_all(b"here").unwrap();
    /// assert!(missing.complain().is_ok());
    /// missing.watch(FullDisk).borrow_mut().write_all(b"lost").unwrap_err();
    /// assert!(missing.complain().unwrap_err().contains("cannot be written"));
    /// ```
    pub fn watch(&self, to: impl Write + 'static) -> Out {
        let missing = self.clone();
        Rc::new(RefCell::new(Watched { to, missing }))
    }

    /// Takes the stored error.
    ///
    /// # Errors
    /// A message that says why output was not written.
    pub fn complain(&self) -> Result<(), String> {
        match self.0.take() {
            Some(why) => Err(format!("the output cannot be written: {why}")),
            None => Ok(()),
        }
    }

    fn note<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if let Err(why) = &written
            && why.kind() != ErrorKind::BrokenPipe
        {
            let again = io::Error::new(why.kind(), why.to_string());
            self.0.borrow_mut().get_or_insert(again);
        }
        written
    }
}

/// A writer whose errors are stored.
struct Watched<W> {
    to: W,
    missing: Missing,
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        self.missing.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.missing.note(flushed)
    }
}
