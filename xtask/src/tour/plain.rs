//! The tour with nothing added: what the programs print.
//!
//! The problem: to compare with what Python prints, byte for byte, standard
//! output must hold the programs' lines and no other.
//!
//! Invariant: everything else (events, a failure) goes to standard error.
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
    /// Nobody reads any more.
    closed: bool,
}

impl Plain {
    /// Prints lines on `out`; events, if wanted, on standard error.
    pub fn new(out: Out, trace: bool) -> Plain {
        Plain {
            out,
            trace,
            closed: false,
        }
    }

    /// Whether the reader went away (a closed pipe).
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
