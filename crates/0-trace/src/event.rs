//! Defines the events of a scheduler: time, task, verb and cause.
//!
//! The call stack of a program with many tasks shows the present step only, and not which
//! task ran before it, nor why. An [`Event`] records one moment of that history.
//! There are nineteen kinds of events, the verbs ([`Verb`]). The details of two verbs
//! explain a stuck program: a yield has a [`Wait`], the thing that the suspended task
//! waits for, and a wake has a [`Cause`], the thing that made the task ready again.
//!
//! ```text
//!   Spawn ──► (ready) ── Step ──► (running) ── Done ──► (ended)
//!                ▲                    │
//!      Wake      │                    │ Yield
//!      by: Cause │                    │ on: Wait
//!                └─── (suspended) ◄───┘
//! ```
//!
//! Invariants
//! 1. An event is a value: making one reads no clock and looks nothing up. Times are
//!    nanoseconds since the loop's beginning, on a real or a virtual clock.
//! 2. A [`TaskId`] identifies a task. A number identifies a promise, a callback or a
//!    timer; numbers start at 1, and a loop gives each number once.
//! 3. Every value of this file has exactly one written form (see the text module), and
//!    reading that form gives the same value.
//! 4. Each beginning has an end: a task ends in `Done`, a timer in `Fire` or `Disarm`,
//!    a promise in `Set`, a callback in `Run` or `Drop`, at the latest with its loop.
//!
//! Read next: `task_id.rs`, which identifies tasks.

use crate::task_id::{Name, TaskId};

/// One moment in the work of a scheduler.
///
/// Its [`Display`](core::fmt::Display) form is one line of text, and
/// [`FromStr`](core::str::FromStr) reads that line back.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, Verb, Wait};
/// let event = Event {
///     time: 0,
///     iteration: 1,
///     task: Some("kettle".into()),
///     verb: Verb::Yield { on: Wait::Timer { at: 3_000_000_000 } },
/// };
/// let line = "       0.000      1  yield      kettle        on timer at 3.000";
/// assert_eq!(event.to_string(), line);
/// assert_eq!(line.parse(), Ok(event));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Time of the event, not of its iteration's start, in ns since the loop's beginning.
    pub time: u64,
    /// Iteration of the loop at that time; 0 before the first iteration.
    pub iteration: u64,
    /// The task that the event is about; for `Make`, `Set`, `Call` and `Arm` the running task.
    /// `None` if there is no such task.
    pub task: Option<TaskId>,
    /// The kind of event, and its details.
    pub verb: Verb,
}

/// Lists the nineteen kinds of events.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Cause, Event, Verb};
/// let line = "       3.000      4  wake       kettle        by timer#1";
/// let event: Event = line.parse().unwrap();
/// assert_eq!(event.verb, Verb::Wake { by: Cause::Timer(1) });
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The task was created. First event of every task.
    Spawn {
        /// The task that was running at the time; `None` from outside any task.
        by: Option<TaskId>,
    },
    /// The task got a name. The event itself carries the old name.
    Name {
        /// The new name of the task.
        name: Name,
    },
    /// The loop resumes the task now. `Yield` or `Done` ends the step.
    Step,
    /// The task suspended itself, to wait or to let others run.
    Yield {
        /// The thing that the task waits for, as far as the loop knows.
        on: Wait,
    },
    /// The task became ready, and steps in the round that begins next. Threads and sockets wake it
    /// between two rounds, and tasks in a round. A timer fires before a round, and wakes it in that round.
    Wake {
        /// The cause of the wake.
        by: Cause,
    },
    /// A promise woke the task, and the step that has just ended did not poll the await of this
    /// promise. (The await is in a variable or in a stream of the task.) Follows the `Yield` of each
    /// such step. A step that leaves the task ready, as by a `yield_now`, has no such event, and no
    /// await of another thing than a promise has one: of a task, a lock, a queue, a timer.
    Unpolled {
        /// The number of the promise.
        promise: u64,
    },
    /// The task ended. Only reports (`Raise`) of its panic or of an unseen result may follow.
    Done {
        /// One of the four ways to end.
        how: Outcome,
    },
    /// A cancel of the task was requested. The task stops later, or catches the cancel.
    Cancel {
        /// The task that requested it; `None` from outside any task.
        by: Option<TaskId>,
    },
    /// A promise was made. The event carries the task that made it.
    Make {
        /// The number of the promise.
        promise: u64,
    },
    /// A promise was set. The following events wake its waiters.
    Set {
        /// The number of the promise.
        promise: u64,
        /// One of the four ways to set a promise.
        how: PromiseOutcome,
    },
    /// A function was registered as a callback, to be called soon, later, or at the end
    /// of a task.
    Call {
        /// The number of the callback.
        callback: u64,
    },
    /// The loop calls the callback now.
    Run {
        /// The number of the callback.
        callback: u64,
    },
    /// The loop will not call the callback: its handle cancelled it, or the loop was
    /// closed.
    Drop {
        /// The number of the callback.
        callback: u64,
    },
    /// A timer was set.
    Arm {
        /// The number of the timer.
        timer: u64,
        /// The deadline, in nanoseconds since the loop's beginning.
        at: u64,
    },
    /// A timer was due, and the loop took it.
    Fire {
        /// The number of the timer.
        timer: u64,
    },
    /// A timer was cancelled before it was due, or its loop was closed.
    Disarm {
        /// The number of the timer.
        timer: u64,
    },
    /// An iteration began: one pass of the loop, with one round (a step of each ready task).
    Iteration,
    /// The loop has nothing to run and waits.
    Park {
        /// Deadline of the wait, in ns since the loop's beginning; `None` if it has none.
        until: Option<u64>,
    },
    /// A report went to the loop's exception handler: an error that no awaiter receives.
    Raise {
        /// First line of the report that the handler received.
        what: Name,
    },
}

/// Names the thing that a suspended task waits for.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Wait;
/// let wait = Wait::Held { what: "lock#1".into(), by: Some("Task-2".into()) };
/// assert_eq!(wait.to_string(), "lock#1 held by Task-2");
/// assert_eq!(Wait::Timer { at: 1_500_000_000 }.to_string(), "timer at 1.500");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// Nothing: the task yielded to let other tasks run.
    Nothing,
    /// The end of another task.
    Task(TaskId),
    /// The promise of this number, until it is set.
    Promise(u64),
    /// A point in time.
    Timer {
        /// That time, in nanoseconds since the loop's beginning.
        at: u64,
    },
    /// An event that the loop cannot see: a foreign future, another thread.
    Outside,
    /// Several things: the first of them that happens, or all of them.
    Several,
    /// A lock, a permit or another thing that a task holds at the moment.
    Held {
        /// The name of that thing.
        what: Name,
        /// The task that holds it, if known.
        by: Option<TaskId>,
    },
    /// A socket, a pipe, a signal or the end of a process: what it is to give, such as `data from` an
    /// address.
    Io(Name),
    /// Anything else that has a name: a queue, an event, a barrier.
    Other(Name),
}

/// Names the cause that made a task ready.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Cause;
/// assert_eq!(Cause::Task("Task-2".into()).to_string(), "task Task-2");
/// assert_eq!(Cause::Timer(7).to_string(), "timer#7");
/// assert_eq!(Cause::Io("data from peer".into()).to_string(), "io \"data from peer\"");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The task itself: it yielded without waiting, or woke itself during its own step.
    Itself,
    /// Another task, which ended while this task awaited it, or which called this task's
    /// waker.
    Task(TaskId),
    /// The promise of this number, which was set.
    Promise(u64),
    /// The timer of this number, which was due.
    Timer(u64),
    /// The callback of this number, which woke the task while the loop ran it.
    Callback(u64),
    /// A cancel on its way to this task.
    Cancel,
    /// A socket or another source of the system, or a socket in memory; with the words of the wait
    /// that it has ended.
    Io(Name),
    /// Another thread.
    Thread,
    /// Code that the loop cannot see.
    Outside,
}

/// Lists the ways in which a task ends: the `how` of [`Verb::Done`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The task returned a result, which may itself be an error.
    Returned,
    /// The task was cancelled and stopped.
    Cancelled,
    /// The task panicked. The loop caught the panic and continues.
    Panicked,
    /// The loop was closed before the task ended.
    Dropped,
}

/// Lists the ways in which a promise is set: the `how` of [`Verb::Set`].
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Event, PromiseOutcome, Verb};
/// let event = Event::parse("3.000 4 set cook promise#1 fulfilled").unwrap();
/// assert_eq!(event.verb, Verb::Set { promise: 1, how: PromiseOutcome::Fulfilled });
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromiseOutcome {
    /// The promise has a value.
    Fulfilled,
    /// The promise has an error.
    Failed,
    /// The promise was cancelled, or its loop was closed.
    Cancelled,
    /// The last handle was dropped before the promise was set, so it can no longer be
    /// set.
    Dropped,
}
