//! The events of a scheduler: who, when, what, and because of whom.
//!
//! A program of many tasks has no call stack that would show what happened:
//! the interesting part is what happened *between* the calls. An [`Event`] is
//! one such moment. There are eighteen kinds ([`Verb`]), and two of them carry
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
//! 2. A task goes by its [`TaskId`]; a promise, a callback and a timer by their
//!    number, counted from 1 and never given twice within one loop.
//! 3. Every value here has exactly one written form (see the text module),
//!    and reading it back gives the same value.
//! 4. What begins ends: a task in `Done`, a timer in `Fire` or `Disarm`, a promise
//!    in `Set`, a callback in `Run` or `Drop`, at the latest when its loop is closed.
//!
//! Read next: `task_id.rs`, who is who; `text.rs`, the written form; `sink.rs`, who
//! receives events.

use crate::task_id::{Name, TaskId};

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
    /// Nanoseconds since the loop's epoch, real or virtual: when it happened, not
    /// when its iteration began.
    pub time: u64,
    /// The iteration of the loop in which it happened; 0 before the first.
    pub iteration: u64,
    /// The task it happened to, or `None` where it is the loop's own affair.
    pub task: Option<TaskId>,
    /// What happened.
    pub verb: Verb,
}

/// What happened: the eighteen verbs of a trace.
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
        by: Option<TaskId>,
    },
    /// The task was given a name. The event itself bears the one before.
    Name {
        /// What it is called from now on.
        name: Name,
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
        /// In which of the four ways.
        how: Outcome,
    },
    /// Somebody asked the task to stop. It stops, or refuses, later.
    Cancel {
        /// The task that asked; `None` from outside any task.
        by: Option<TaskId>,
    },
    /// A promise was made. The event's task is the one that made it.
    Make {
        /// The number of the promise.
        promise: u64,
    },
    /// A promise is done. The events that follow wake its waiters.
    Set {
        /// The number of the promise.
        promise: u64,
        /// In which of the four ways.
        how: PromiseOutcome,
    },
    /// The loop was asked to call a function: soon, later, or when something ends.
    Call {
        /// The number of the callback.
        callback: u64,
    },
    /// The loop calls it now.
    Run {
        /// The number of the callback.
        callback: u64,
    },
    /// A callback will not be called: it was taken back, or its loop was closed.
    Drop {
        /// The number of the callback.
        callback: u64,
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
    /// A timer was given up before it ran out, or its loop was closed.
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
    Task(TaskId),
    /// For the promise of this number to be set.
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
        by: Option<TaskId>,
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
    Task(TaskId),
    /// The promise of this number was fulfilled, failed or cancelled.
    Promise(u64),
    /// The timer of this number ran out.
    Timer(u64),
    /// The callback of this number, which the loop ran.
    Callback(u64),
    /// A request to stop, which ends at this task.
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
    /// Its loop was closed before it came to an end.
    Dropped,
}

/// In which way a promise is done: the `how` of [`Verb::Set`].
///
/// ```
/// use groundup_trace::{Event, PromiseOutcome, Verb};
///
/// let event = Event::parse("3.000 4 set cook promise#1 fulfilled").unwrap();
/// assert_eq!(event.verb, Verb::Set { promise: 1, how: PromiseOutcome::Fulfilled });
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromiseOutcome {
    /// It has a value.
    Fulfilled,
    /// It has an error.
    Failed,
    /// It was cancelled, or its loop was closed.
    Cancelled,
    /// Its last handle went before it was set: nobody can set it any more.
    Dropped,
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
            Self::Name { .. } => "name",
            Self::Step => "step",
            Self::Yield { .. } => "yield",
            Self::Wake { .. } => "wake",
            Self::Done { .. } => "done",
            Self::Cancel { .. } => "cancel",
            Self::Make { .. } => "make",
            Self::Set { .. } => "set",
            Self::Call { .. } => "call",
            Self::Run { .. } => "run",
            Self::Drop { .. } => "drop",
            Self::Arm { .. } => "arm",
            Self::Fire { .. } => "fire",
            Self::Disarm { .. } => "disarm",
            Self::Iteration => "iteration",
            Self::Park { .. } => "park",
            Self::Raise { .. } => "raise",
        }
    }
}
