//! The plain tour: only the lines that the programs print.
//!
//! The problem: to compare the output with Python's, byte for byte, standard output must
//! contain the lines of the programs and no other.
//!
//! Invariant: all other output (events, a failure) goes to standard error.
//!
//! Read next: `display.rs`.

use std::io::Write;

use groundup::trace::Event;

use super::output::Out;
use crate::stage::{Audience, Said};

/// The audience of `--plain`.
pub struct Plain {
    out: Out,
    trace: bool,
    /// Whether the reader has closed the pipe.
    closed: bool,
}

impl Plain {
    /// Makes an audience that prints lines to `out`, and events to standard error if
    /// `trace` is true.
    pub fn new(out: Out, trace: bool) -> Plain {
        Plain {
            out,
            trace,
            closed: false,
        }
    }

    /// Returns true if the reader has closed the pipe.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Audience for Plain {
    fn said(&mut self, said: &Said) {
        let mut out = self.out.borrow_mut();
        let written = writeln!(out, "{}", said.line).and_then(|()| out.flush());
        self.closed |= written.is_err();
    }

    fn event(&mut self, event: &Event) {
        if self.trace {
            let _ = writeln!(std::io::stderr(), "{event}");
        }
    }
}
