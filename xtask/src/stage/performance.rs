//! The settings of a run, and its record.
//!
//! The problem: the same program is shown on a terminal, printed plain, judged by a test
//! and drawn on a page. So running it and looking at it are separate: settings go in, an
//! audience gets each line and event when it happens, and the record of all of them comes out.
//!
//! Invariant: on virtual time the same program with the same settings gives an equal record.
//!
//! Read next: `named.rs`.

use groundup::trace::Event;

use crate::verdict::SLACK;

/// The clock of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Seconds are seconds.
    Real,
    /// Waiting takes no time and moves the clock.
    Virtual,
}

/// The settings of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The clock.
    pub clock: Clock,
    /// The factor by which the source's delays are multiplied.
    pub scale: f64,
    /// The seed that decides the order of ready entries; `None` for first in, first out.
    pub seed: Option<u64>,
}

impl Settings {
    /// Virtual time, full scale, first in, first out: the same run every time.
    pub const EXACT: Settings = Settings {
        clock: Clock::Virtual,
        scale: 1.0,
        seed: None,
    };

    /// Returns what a reader of the tour needs to know about these settings, in sentences that
    /// begin with a blank.
    ///
    /// ```
    /// use xtask::stage::Settings;
    ///
    /// assert_eq!(Settings::EXACT.remarks(), "");
    /// let fast = Settings { scale: 0.1, ..Settings::EXACT };
    /// assert!(fast.remarks().ends_with("a picture shows them times 0.1."));
    /// ```
    pub fn remarks(self) -> String {
        let mut text = String::new();
        if self.scale != 1.0 {
            let scale = self.scale;
            text.push_str(" A sentence speaks of the seconds of the source, and ");
            text.push_str(&format!("a picture shows them times {scale}."));
        }
        if self.clock == Clock::Real {
            let slack = SLACK.as_millis();
            text.push_str(&format!(" A run is as expected up to {slack} ms late."));
        }
        text
    }
}

/// One line that a program printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The time, in ns since the program began.
    pub time: u64,
    /// The number of events before the line.
    pub after: usize,
    /// The line, without its end.
    pub line: String,
}

/// A receiver of each line and event at the moment it happens.
pub trait Audience {
    /// Receives a line that the program printed.
    fn said(&mut self, said: &Said);
    /// Receives an event of the loop, or of a named generator.
    fn event(&mut self, event: &Event);
}

/// An audience that ignores everything.
pub struct Nobody;

impl Audience for Nobody {
    fn said(&mut self, _: &Said) {}
    fn event(&mut self, _: &Event) {}
}

/// The record of a run, from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performance {
    /// The lines, in order.
    pub said: Vec<Said>,
    /// The events, in order; their times are the stage's.
    pub events: Vec<Event>,
    /// The time that it took, in ns.
    pub elapsed: u64,
    /// The reason for which it did not come to its end, if it did not.
    pub failure: Option<String>,
}
