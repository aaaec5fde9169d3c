//! The tour on a terminal.
//!
//! The problem: lines must appear when the programs print them, and not only at the end.
//! While a program sleeps, the terminal should show how far the tour is. The lines go to
//! standard output; the progress goes to standard error, and only if that is a terminal,
//! so that a file never contains it.
//!
//! ```text
//!   S0.P7  Mixin' it up
//!
//!      0.000  Mixin' it up                     as it is printed
//!      0.301  b a b a b
//!
//!            0      0.1      0.2     0.3 s     the timeline
//!   Task-1   ●────────────────■
//!
//!   elapsed  0.301 s, ...                      and the time it should be
//!   verdict  ok, as expected
//! ```
//!
//! Invariants
//! 1. The progress line is erased before anything else is printed.
//! 2. A reader who closes the pipe ends the tour after the running program; that is no failure.
//!
//! Read next: `output.rs`.

use std::io::{self, IsTerminal, Write};

use groundup::trace::Event;
use groundup_view::Timeline;

use crate::programs::Program;
use crate::stage::{Audience, Performance, Said, Settings, scaled};
use crate::tour::output::Out;
use crate::verdict::Verdict;

/// The audience of the full tour.
pub struct Display {
    out: Out,
    paint: Paint,
    progress: Progress,
    trace: bool,
    /// Whether the reader has closed the pipe.
    closed: bool,
}

impl Audience for Display {
    fn said(&mut self, said: &Said) {
        let time = seconds(said.time);
        self.print(&format!(
            "  {}  {}\n",
            self.paint.dim(&format!("{time:>8}")),
            said.line
        ));
    }

    fn event(&mut self, event: &Event) {
        if self.trace {
            self.print(&format!("{}\n", self.paint.dim(&event.to_string())));
        }
    }
}

impl Display {
    /// Makes a display that writes to `out`, with colours if `colours` is true.
    pub fn new(out: Out, colours: bool, trace: bool) -> Display {
        Display {
            out,
            paint: Paint(colours),
            progress: Progress::new(),
            trace,
            closed: false,
        }
    }

    /// Returns true if the reader has closed the pipe.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Returns true if standard output accepts colours.
    pub fn colours() -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// Prints `text` after erasing the progress line.
    pub fn print(&mut self, text: &str) {
        self.progress.hide();
        let mut out = self.out.borrow_mut();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        drop(out);
        self.closed |= written.is_err();
        self.progress.show();
    }

    /// Prints the title of a program that begins, and how far the tour is.
    pub fn begin(&mut self, program: &Program, progress: String) {
        self.progress.set(progress);
        let title = self
            .paint
            .bold(&format!("{}  {}", program.id, program.title));
        self.print(&format!("\n{title}\n\n"));
    }

    /// Prints the timeline, the time and the verdict of a program that has ended.
    pub fn end(
        &mut self,
        program: &Program,
        settings: &Settings,
        seen: &Performance,
        timeline: &Timeline,
        verdict: &Verdict,
    ) {
        let mut text = format!("\n  {}\n\n", program.see);
        for line in timeline.text().lines() {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str(&format!(
            "\n  elapsed  {}\n",
            elapsed(program, settings, seen)
        ));
        if !program.remark.is_empty() {
            text.push_str(&format!("  remark   {}\n", program.remark));
        }
        let verdict = match verdict.is_wrong() {
            true => self.paint.red(&verdict.to_string()),
            false => self.paint.green(&verdict.to_string()),
        };
        text.push_str(&format!("  verdict  {verdict}\n"));
        self.progress.set(String::new());
        self.print(&text);
    }

    /// Prints a heading.
    pub fn heading(&mut self, text: &str) {
        let text = self.paint.bold(text);
        self.print(&format!("{text}\n"));
    }
}

/// Returns the elapsed time, beside the expected time and the time that the source claims.
fn elapsed(program: &Program, settings: &Settings, seen: &Performance) -> String {
    let expected = scaled(program.exact, settings.scale);
    let mut text = format!(
        "{} s, expected {} s",
        seconds(seen.elapsed),
        seconds(expected.as_nanos() as u64)
    );
    match program.claim {
        Some(claim) if settings.scale == 1.0 => {
            text.push_str(&format!("; the source says {claim:.3} s"));
        }
        Some(claim) => {
            let here = claim * settings.scale;
            text.push_str(&format!(
                "; the source says {claim:.3} s, which is {here:.3} s at scale {}",
                settings.scale
            ));
        }
        None => text.push_str("; the source gives no time"),
    }
    text
}

/// Formats nanoseconds as seconds with three decimals.
pub(crate) fn seconds(ns: u64) -> String {
    format!("{:.3}", ns as f64 / 1e9)
}

/// The line on standard error that shows how far the tour is.
struct Progress {
    on: bool,
    shown: bool,
    text: String,
}

impl Progress {
    fn new() -> Progress {
        Progress {
            on: io::stderr().is_terminal(),
            shown: false,
            text: String::new(),
        }
    }

    fn set(&mut self, text: String) {
        self.hide();
        self.text = text;
    }

    fn hide(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }

    fn show(&mut self) {
        if self.on && !self.text.is_empty() {
            self.shown = write!(io::stderr(), "{}", self.text).is_ok();
        }
    }
}

/// A palette of colours, or of none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }
}
