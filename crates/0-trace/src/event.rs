//! The events of a scheduler: who, when, what, and because of whom.
//!
//! A program of many tasks has no call stack that would show what happened:
//! the interesting part is what happened *between* the calls. An [`Event`] is
//! one such moment. There are twelve kinds ([`Verb`]), and two of them carry
//! the answer to the question everybody asks: [`Wait`] says what a suspended
//! task waits for, [`Cause`] says what made it run again.
//!
//! ```text
//!            spawn ──► wake ──► step ──► done
//!                       ▲        │
//!                 Cause │        │ Wait
//!                       └─ yield ◄
//! ```
//!
//! Invariants
//! 1. Plain values only: no clock is read here and nothing is looked up.
//!    Times are nanoseconds since the loop's epoch, whatever clock it keeps.
//! 2. A task goes by its [`Name`]; a promise and a timer by their number,
//!    unique within one loop.
//! 3. Every value here has exactly one written form (see the text module),
//!    and reading it back gives the same value.
//!
//! Read next: `text.rs`, the written form; `sink.rs`, who receives events.

use alloc::sync::Arc;

/// What a task (or a lock, or a queue) is called in a trace: `"Task-1"`, `"main"`.
///
/// Shared and cheap to clone, because one name stands in many events.
///
/// ```
/// let name: groundup_trace::Name = "kettle".into();
/// assert_eq!(&*name, "kettle");
/// ```
pub type Name = Arc<str>;

/// One thing that happened in a scheduler.
///
/// Its [`Display`](core::fmt::Display) form is one line of text, and
/// [`FromStr`](core::str::FromStr) reads that line back.
///
/// ```
/// use groundup_trace::{Event, Verb, Wait};
///
/// let event = Event {
///     time: 0,
///     iteration: 1,
///     task: Some("kettle".into()),
///     verb: Verb::Yield { on: Wait::Timer { at: 3_000_000_000 } },
/// };
/// assert_eq!(
///     event.to_string(),
///     "       0.000      1  yield      kettle        on timer at 3.000",
/// );
/// assert_eq!(event.to_string().parse(), Ok(event));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Nanoseconds since the loop's epoch, real or virtual.
    pub time: u64,
    /// The iteration of the loop in which it happened; 0 before the first.
    pub iteration: u64,
    /// The task it happened to, or `None` where it is the loop's own affair.
    pub task: Option<Name>,
    /// What happened.
    pub verb: Verb,
}

/// What happened: the twelve verbs of a trace.
///
/// ```
/// use groundup_trace::{Cause, Event, Verb};
///
/// let line = "       3.000      4  wake       kettle        by timer#0";
/// let event: Event = line.parse().unwrap();
/// assert_eq!(event.verb, Verb::Wake { by: Cause::Timer(0) });
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The task came to be. First event of every task.
    Spawn {
        /// The task that was running at the time; `None` from outside any task.
        by: Option<Name>,
    },
    /// The task is resumed now. Ends in `Yield` or in `Done`.
    Step,
    /// The task suspended itself.
    Yield {
        /// What it now waits for, as far as the loop can tell.
        on: Wait,
    },
    /// The task became ready: it will be stepped in this iteration or the
    /// next one.
    Wake {
        /// What made it ready.
        by: Cause,
    },
    /// The task ended. Last event of every task.
    Done {
        /// In which of the three ways.
        how: Outcome,
    },
    /// Somebody asked the task to stop. It stops, or refuses, later.
    Cancel {
        /// The task that asked; `None` from outside any task.
        by: Option<Name>,
    },
    /// A timer was set.
    Arm {
        /// The number of the timer.
        timer: u64,
        /// When it is due, in nanoseconds since the loop's epoch.
        at: u64,
    },
    /// A timer ran out.
    Fire {
        /// The number of the timer.
        timer: u64,
    },
    /// A timer was given up before it ran out.
    Disarm {
        /// The number of the timer.
        timer: u64,
    },
    /// An iteration, one turn of the loop, began.
    Iteration,
    /// The loop has nothing to run and waits.
    Park {
        /// For how long at most, as a time since the epoch; `None` is for as
        /// long as it takes.
        until: Option<u64>,
    },
    /// Something went wrong where nobody could catch it: it went to the
    /// loop's exception handler.
    Raise {
        /// What the handler was told.
        what: Name,
    },
}

/// What a suspended task waits for.
///
/// ```
/// use groundup_trace::Wait;
///
/// let wait = Wait::Held { what: "lock#1".into(), by: Some("Task-2".into()) };
/// assert_eq!(wait.to_string(), "lock#1 held by Task-2");
/// assert_eq!(Wait::Timer { at: 1_500_000_000 }.to_string(), "timer at 1.500");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// For nothing: a bare yield, which only gives way to the others.
    Nothing,
    /// For another task to end.
    Task(Name),
    /// For the promise of this number to be kept.
    Promise(u64),
    /// For a time to come.
    Timer {
        /// In nanoseconds since the loop's epoch.
        at: u64,
    },
    /// For something the loop cannot see: a foreign future, another thread.
    Outside,
    /// For the first (or the last) of several things.
    Several,
    /// For a thing that somebody holds: a lock, a permit.
    Held {
        /// What is held.
        what: Name,
        /// Who holds it, where that is known.
        by: Option<Name>,
    },
    /// For anything else that has a name: a queue, an event, a barrier.
    Other(Name),
}

/// What made a task ready to run.
///
/// ```
/// use groundup_trace::Cause;
///
/// assert_eq!(Cause::Task("Task-2".into()).to_string(), "task Task-2");
/// assert_eq!(Cause::Timer(7).to_string(), "timer#7");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The task itself: a bare yield, or a wake during its own step.
    Itself,
    /// A task: it ended and this one awaited it, or it called the waker.
    Task(Name),
    /// The promise of this number was kept, broken or cancelled.
    Promise(u64),
    /// The timer of this number ran out.
    Timer(u64),
    /// A callback that the loop ran.
    Callback,
    /// A request to stop.
    Cancel,
    /// Another thread.
    Thread,
    /// Something the loop cannot see.
    Outside,
}

/// In which way a task ended: the `how` of [`Verb::Done`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It came to its end and has a result (which may itself be an error).
    Returned,
    /// It was asked to stop and did.
    Cancelled,
    /// It panicked; the loop caught it and goes on.
    Panicked,
}

impl Verb {
    /// The word that stands in the third column of a trace line.
    ///
    /// ```
    /// assert_eq!(groundup_trace::Verb::Step.word(), "step");
    /// ```
    pub fn word(&self) -> &'static str {
        match self {
            Self::Spawn { .. } => "spawn",
            Self::Step => "step",
            Self::Yield { .. } => "yield",
            Self::Wake { .. } => "wake",
            Self::Done { .. } => "done",
            Self::Cancel { .. } => "cancel",
            Self::Arm { .. } => "arm",
            Self::Fire { .. } => "fire",
            Self::Disarm { .. } => "disarm",
            Self::Iteration => "iteration",
            Self::Park { .. } => "park",
            Self::Raise { .. } => "raise",
        }
    }
}
