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
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;

use crate::event::Event;
use crate::trace::Scribe;

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

/// Keeps events in memory: all of them, or the last so many. A clone shares the same
/// list: give one to the loop and keep the other to read.
///
/// ```
/// use groundup_trace::{Event, Recorder, Sink, Verb};
///
/// let recorder = Recorder::new();
/// let mut given_away = recorder.clone();
/// given_away.event(&Event { time: 0, iteration: 1, task: Some("main".into()), verb: Verb::Step });
/// assert_eq!(recorder.events().len(), 1);
/// assert_eq!(
///     recorder.text(),
///     "# groundup-trace 1\n       0.000      1  step       main\n",
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    kept: Rc<RefCell<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Event>,
    /// How many are kept at most; `None` for all.
    most: Option<usize>,
    /// How many have made room for later ones.
    left_out: u64,
}

impl Recorder {
    /// A recorder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// A recorder that keeps the last `most` events, for a program that runs long: what
    /// happened before something went wrong.
    ///
    /// ```
    /// use groundup_trace::{Event, Recorder, Sink, Verb};
    ///
    /// let mut recorder = Recorder::ring(2);
    /// for iteration in 1..=5 {
    ///     recorder.event(&Event { time: 0, iteration, task: None, verb: Verb::Iteration });
    /// }
    /// let kept: Vec<u64> = recorder.events().iter().map(|event| event.iteration).collect();
    /// assert_eq!((kept, recorder.left_out()), (vec![4, 5], 3));
    /// ```
    pub fn ring(most: usize) -> Self {
        let kept = Kept {
            most: Some(most),
            ..Kept::default()
        };
        Self {
            kept: Rc::new(RefCell::new(kept)),
        }
    }

    /// A copy of what is kept, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.kept.borrow().events.iter().cloned().collect()
    }

    /// What is kept as the text of a trace: a line that names the version, then one an
    /// event, each line ended. [`read_trace`](crate::read_trace) reads it back.
    pub fn text(&self) -> String {
        let mut lines = Lines::new(String::new());
        for event in &self.kept.borrow().events {
            lines.event(event);
        }
        lines.into_inner()
    }

    /// Takes what is kept; nothing is left.
    pub fn take(&self) -> Vec<Event> {
        let mut kept = self.kept.borrow_mut();
        core::mem::take(&mut kept.events).into()
    }

    /// How many events have made room for later ones: none, but in a ring.
    pub fn left_out(&self) -> u64 {
        self.kept.borrow().left_out
    }
}

impl Sink for Recorder {
    fn event(&mut self, event: &Event) {
        let mut kept = self.kept.borrow_mut();
        if kept.most == Some(kept.events.len()) {
            kept.left_out += 1;
            if kept.events.pop_front().is_none() {
                return;
            }
        }
        kept.events.push_back(event.clone());
    }
}

/// Writes a trace: a line that names its version, and then one for each event.
///
/// If the writer refuses, nothing more is written and [`Lines::failed`] says
/// so: a full disk must not stop the program that is being watched.
///
/// The writer is one of `core::fmt`, as a `String` is. For a file, where the standard
/// library is, `groundup-executor` has the adapter `IoWriter`.
///
/// ```
/// use groundup_trace::{Event, Lines, Sink, Verb};
///
/// let mut lines = Lines::new(String::new());
/// lines.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Iteration });
/// assert!(!lines.failed());
/// assert_eq!(lines.into_inner(), "# groundup-trace 1\n       0.000      1  iteration  -\n");
/// ```
#[derive(Clone, Debug)]
pub struct Lines<W> {
    out: W,
    scribe: Scribe,
    failed: bool,
}

impl<W: Write> Lines<W> {
    /// Lines that go to `out`, the first of them at once.
    pub fn new(mut out: W) -> Self {
        let (scribe, begun) = Scribe::begin(&mut out);
        Self {
            out,
            scribe,
            failed: begun.is_err(),
        }
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

impl<W: Write + Default> Default for Lines<W> {
    fn default() -> Self {
        Self::new(W::default())
    }
}

impl<W: Write> Sink for Lines<W> {
    fn event(&mut self, event: &Event) {
        self.failed = self.failed || self.scribe.event(event, &mut self.out).is_err();
    }
}
