//! What goes into a performance, and what comes out.
//!
//! The problem: the same program is shown on a terminal, printed plain, judged
//! by a test and drawn on a page. So running it is one thing, looking at it
//! another: settings go in, an audience hears of everything at once, and
//! everything is in what comes out.
//!
//! Invariant: on virtual time the same program with the same settings gives an
//! equal performance.
//!
//! Read next: `named.rs`.

use groundup::trace::Event;

/// Which time a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Seconds are seconds.
    Real,
    /// Waiting takes no time and moves the clock.
    Virtual,
}

/// How a program is to be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// On which time.
    pub clock: Clock,
    /// What the source's delays are multiplied by.
    pub scale: f64,
    /// Who decides what is ready first: nobody (first in, first out), or a seed.
    pub seed: Option<u64>,
}

impl Settings {
    /// Virtual time, full scale, first in, first out: the same run every time.
    pub const EXACT: Settings = Settings {
        clock: Clock::Virtual,
        scale: 1.0,
        seed: None,
    };
}

/// One line that a program printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When, in ns since the program began.
    pub time: u64,
    /// How many events had happened before.
    pub after: usize,
    /// The line, without its end.
    pub line: String,
}

/// Hears of everything at the moment it happens.
pub trait Audience {
    /// The program printed a line.
    fn said(&mut self, said: &Said);
    /// The loop, or a named generator, did something.
    fn event(&mut self, event: &Event);
}

/// An audience that is not there.
pub struct Nobody;

impl Audience for Nobody {
    fn said(&mut self, _: &Said) {}
    fn event(&mut self, _: &Event) {}
}

/// What was seen of a program, from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performance {
    /// The lines, in order.
    pub said: Vec<Said>,
    /// The events, in order; their times are the stage's.
    pub events: Vec<Event>,
    /// How long it took, in ns.
    pub elapsed: u64,
    /// Why it did not come to its end, if it did not.
    pub failure: Option<String>,
}
