//! Receives events: drops them, keeps them, or writes them as lines.
//!
//! The loop knows one trait, [`Sink`], and calls it at the moments that `event.rs`
//! lists. The sink alone decides what happens to an event.
//!
//! ```text
//!                  ┌──► NullSink     drops it
//!   loop ── &Event ┼──► Recorder     keeps it in memory, in a shared list
//!                  ├──► TextSink     writes one line of text
//!                  └──► |event| ..   calls a closure
//! ```
//!
//! Invariants
//! 1. A sink sees the events in the order in which they happened.
//! 2. A sink returns nothing, so it changes no order unless it uses the loop itself. (A
//!    chooser returns numbers, and these numbers are the order.)
//! 3. No sink of this file panics or reads a clock.
//!
//! Read next: `chooser.rs`, which makes the free choices.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;

use crate::event::Event;
use crate::text::Scribe;

/// Receives the events of one scheduler, one at a time, in order.
///
/// Every closure that takes `&Event` is a sink.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, Sink, Verb};
///
/// let mut steps = 0;
/// let mut sink = |event: &Event| steps += usize::from(event.verb == Verb::Step);
/// sink.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Step });
/// assert_eq!(steps, 1);
/// ```
pub trait Sink {
    /// Receives one event.
    ///
    /// The scheduler calls this in the middle of its own work, and each scheduler says whether
    /// a sink may use the scheduler. The scheduler of floor 3 allows that, and emits no events
    /// of the calls that a sink makes.
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

/// Drops every event.
///
/// A scheduler that gets this sink need not build events at all.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, NullSink, Sink, Verb};
///
/// NullSink.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Iteration });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NullSink;

impl Sink for NullSink {
    fn event(&mut self, _: &Event) {}
}

/// Keeps events in memory: all of them, or the last ones. A clone shares the same list:
/// the loop gets a clone, and the program reads the original.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, Recorder, Sink, Verb};
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
    /// The largest number of events to keep; `None` to keep all.
    most: Option<usize>,
    /// How many events were dropped to make room for later ones.
    left_out: u64,
}

impl Recorder {
    /// Creates a recorder that keeps every event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a recorder that keeps the last `most` events. In a program that runs
    /// long, these are the events before an error.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::{Event, Recorder, Sink, Verb};
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

    /// Returns a copy of the kept events, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.kept.borrow().events.iter().cloned().collect()
    }

    /// Returns the kept events as the text of a trace: a version line, then one line an
    /// event. Each line ends in a line break. [`read_trace`](crate::read_trace) reads
    /// the text back.
    pub fn text(&self) -> String {
        let mut lines = TextSink::new(String::new());
        for event in &self.kept.borrow().events {
            lines.event(event);
        }
        lines.into_inner()
    }

    /// Removes the kept events from the list and returns them.
    pub fn take(&self) -> Vec<Event> {
        let mut kept = self.kept.borrow_mut();
        core::mem::take(&mut kept.events).into()
    }

    /// Returns how many events were dropped to make room for later ones: 0 unless this
    /// is a ring.
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

/// Writes a trace as text: a version line, then one line an event.
///
/// If the writer fails, the sink writes nothing more, and [`TextSink::failed`] returns
/// true: a full disk must not stop the observed program.
///
/// The writer implements `core::fmt::Write`, as `String` does. For a file,
/// `groundup-executor` has the adapter `IoWriter`, because it uses the standard
/// library.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, Sink, TextSink, Verb};
///
/// let mut sink = TextSink::new(String::new());
/// sink.event(&Event { time: 0, iteration: 1, task: None, verb: Verb::Iteration });
/// assert!(!sink.failed());
/// assert_eq!(sink.into_inner(), "# groundup-trace 1\n       0.000      1  iteration  -\n");
/// ```
#[derive(Clone, Debug)]
pub struct TextSink<W> {
    out: W,
    scribe: Scribe,
    failed: bool,
}

impl<W: Write> TextSink<W> {
    /// Creates a sink that writes to `out`, and writes the version line at once.
    pub fn new(mut out: W) -> Self {
        let (scribe, begun) = Scribe::begin(&mut out);
        Self {
            out,
            scribe,
            failed: begun.is_err(),
        }
    }

    /// Returns true if the writer has failed; the sink does not call it again.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Returns the writer, with everything written so far.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write + Default> Default for TextSink<W> {
    fn default() -> Self {
        Self::new(W::default())
    }
}

impl<W: Write> Sink for TextSink<W> {
    fn event(&mut self, event: &Event) {
        self.failed = self.failed || self.scribe.event(event, &mut self.out).is_err();
    }
}
