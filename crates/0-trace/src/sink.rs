//! Who receives the events: nobody, a list, a text, a closure.
//!
//! The loop knows one trait, [`Sink`], and calls it at the moments that
//! `event.rs` lists. What becomes of the events is no affair of the loop's.
//!
//! ```text
//!                  ┌──► Off          nothing at all
//!   loop ── &Event ┼──► Recorder     kept in memory, shared, compared
//!                  ├──► Lines        one line of text each
//!                  └──► |event| ..   whatever a closure does
//! ```
//!
//! Invariants
//! 1. A sink sees the events in the order in which they happened.
//! 2. A sink only looks: it has no way to change what happens next. (The one
//!    who may do that is the chooser.)
//! 3. No sink of this file ever panics or reads a clock.
//!
//! Read next: `chooser.rs`, the other seam of this floor.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;

use crate::event::Event;

/// Receives the events of one scheduler, one at a time, in order.
///
/// Every closure that takes `&Event` is a sink.
///
/// ```
/// use groundup_trace::{Event, Sink, Verb};
///
/// let mut steps = 0;
/// let mut sink = |event: &Event| steps += usize::from(event.verb == Verb::Step);
/// sink.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Step });
/// assert_eq!(steps, 1);
/// ```
pub trait Sink {
    /// Takes note of one event.
    ///
    /// Called from inside the scheduler: do not call back into it from here.
    fn event(&mut self, event: &Event);
}

impl<F: FnMut(&Event)> Sink for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

impl Sink for Box<dyn Sink> {
    fn event(&mut self, event: &Event) {
        (**self).event(event);
    }
}

/// The sink that wants nothing.
///
/// A scheduler that is given it may as well not build the events at all.
///
/// ```
/// use groundup_trace::{Event, Off, Sink, Verb};
///
/// Off.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Iteration });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Sink for Off {
    fn event(&mut self, _: &Event) {}
}

/// Keeps every event in memory. A clone shares the same list: give one to the
/// loop and keep the other to read.
///
/// ```
/// use groundup_trace::{Event, Recorder, Sink, Verb};
///
/// let recorder = Recorder::new();
/// let mut given_away = recorder.clone();
/// given_away.event(&Event { time: 0, iteration: 1, task: Some("main".into()), verb: Verb::Step });
/// assert_eq!(recorder.events().len(), 1);
/// assert_eq!(recorder.text(), "       0.000      1  step       main\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    events: Rc<RefCell<Vec<Event>>>,
}

impl Recorder {
    /// A recorder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of what was recorded so far, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// What was recorded so far as text: one line an event, each line ended.
    pub fn text(&self) -> String {
        let mut lines = Lines::new(String::new());
        for event in &*self.events.borrow() {
            lines.event(event);
        }
        lines.into_inner()
    }

    /// Takes what was recorded so far; the list is empty afterwards.
    pub fn take(&self) -> Vec<Event> {
        self.events.take()
    }
}

impl Sink for Recorder {
    fn event(&mut self, event: &Event) {
        self.events.borrow_mut().push(event.clone());
    }
}

/// Writes one line of text for each event.
///
/// If the writer refuses, nothing more is written and [`Lines::failed`] says
/// so: a full disk must not stop the program that is being watched.
///
/// ```
/// use groundup_trace::{Event, Lines, Sink, Verb};
///
/// let mut lines = Lines::new(String::new());
/// lines.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Iteration });
/// assert!(!lines.failed());
/// assert_eq!(lines.into_inner(), "       0.000      1  iteration  -\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lines<W> {
    out: W,
    failed: bool,
}

impl<W: Write> Lines<W> {
    /// Lines that go to `out`.
    pub fn new(out: W) -> Self {
        Self { out, failed: false }
    }

    /// Whether the writer has refused a line; it is not asked again then.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// The writer, with all that was written to it.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Sink for Lines<W> {
    fn event(&mut self, event: &Event) {
        self.failed = self.failed || writeln!(self.out, "{event}").is_err();
    }
}
