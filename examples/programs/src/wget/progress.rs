//! A bar that shows how much has come.
//!
//! On a terminal the bar is drawn over and over. Elsewhere it is a line for each tenth, so that a log
//! has few lines, and the same ones however the bytes were cut on their way.

use std::io::{IsTerminal, stderr};

use crate::output::tell;

/// The length of the bar.
const WIDTH: u64 = 20;

/// Bytes between two lines, if the length of the whole is not known.
const STEP: u64 = 64 * 1024;

/// Shows the progress of a body on standard error.
#[derive(Debug)]
pub struct Progress {
    total: Option<u64>,
    came: u64,
    /// How many steps have been shown.
    shown: u64,
    redraws: bool,
}

impl Progress {
    /// Begins a bar for a body of this length, if it is known.
    pub fn new(total: Option<u64>) -> Self {
        Progress {
            total: total.filter(|&total| total > 0),
            came: 0,
            shown: 0,
            redraws: stderr().is_terminal(),
        }
    }

    /// Notes bytes that came.
    pub fn add(&mut self, bytes: usize) {
        self.came += bytes as u64;
        let step = match (self.total, self.redraws) {
            (Some(total), true) => self.came * 100 / total,
            // Few bytes come at once, and need one line.
            (Some(total), false) if total < STEP => self.came / total * 10,
            (Some(total), false) => self.came * 10 / total,
            (None, _) => self.came / STEP,
        };
        if self.redraws && step > self.shown {
            self.shown = step;
            tell(format_args!("\r{}", self.line(step)));
        }
        while self.shown < step {
            self.shown = match self.total {
                Some(total) if total < STEP => step,
                _ => self.shown + 1,
            };
            tell(format_args!("{}\n", self.line(self.shown)));
        }
    }

    /// Ends the line of the bar, so that what is printed next has a line of its own.
    pub fn end(&mut self) {
        if self.redraws && self.shown > 0 {
            tell(format_args!("\n"));
            self.shown = 0;
        }
    }

    /// Returns the line of a step.
    fn line(&self, step: u64) -> String {
        let Some(_) = self.total else {
            return format!("  {} KiB", step * STEP / 1024);
        };
        let percent = if self.redraws { step } else { step * 10 };
        let filled = (percent * WIDTH / 100) as usize;
        let empty = WIDTH as usize - filled;
        format!(
            "  [{}{}] {percent:3} %",
            "#".repeat(filled),
            " ".repeat(empty)
        )
    }
}

/// A download that fails or is cancelled has not ended its bar.
impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
