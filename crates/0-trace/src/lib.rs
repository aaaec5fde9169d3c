//! Floor 0: records what a scheduler does, and makes its free choices.
//!
//! # Why a scheduler must be watchable
//!
//! When one function calls another and something goes wrong, the call stack shows which
//! function called which, down to the line that failed. A hundred tasks that take turns
//! on one thread have no such stack. The line that failed is in one task. The reason is
//! in another task, which ran some time before. The scheduler stands between these
//! two tasks and knows the whole story, but an ordinary scheduler reports none of it.
//!
//! So this tower begins not with a scheduler, but with the language in which a scheduler
//! reports its work. The language is small: nineteen verbs. Each event has
//! a verb, a time, and the number of the iteration (one pass of the loop). An event about
//! a task also names the task.
//!
//! ```text
//!        time  iter.  verb       task          details
//!        0.000      1  spawn      kettle        #2 by Task-1
//!        0.000      2  iteration  -
//!        0.000      2  step       kettle
//!        0.000      2  arm        kettle        timer#1 at 180.000
//!        0.000      2  yield      kettle        on timer at 180.000
//!        0.000      3  iteration  -
//!        0.000      3  park       -             until 180.000
//!      180.000      3  fire       -             timer#1
//!      180.000      3  wake       kettle        by timer#1
//!      180.000      4  iteration  -
//!      180.000      4  step       kettle
//!      180.000      4  done       kettle        returned
//! ```
//!
//! (These are some lines of the first trace in the README.)
//!
//! Two words matter most. `yield .. on` names the thing that a task waits for, and
//! `wake .. by` names the cause that made the task ready again. The cause is an event
//! on an earlier line, unless it comes from outside the loop. So a reader can follow the
//! story backwards from its end.
//!
//! # Who is who
//!
//! A number identifies a task. A name is for people: a task may get one at its spawn, or
//! later by a `name` event. A promise, a callback and a timer have
//! numbers only. A loop gives each number once. So a program that reads a trace
//! follows numbers, and never sees one task as two or two tasks as one. The line of a
//! task's spawn has its number and its name, and later lines have the name alone. If a
//! second task gets the same name, the lines of both tasks have their numbers from then on:
//! `kettle#2`, `kettle#9`.
//!
//! A trace begins with a line that names the version of this format,
//! `# groundup-trace 1`. Later versions add words. [`read_trace`] reads its own version
//! and every earlier one.
//!
//! # The nineteen verbs
//!
//! | verb | task column | meaning | details |
//! |---|---|---|---|
//! | `spawn` | the new task | the task was created | `by` the task that created it |
//! | `name` | the task | the task got a name | the new name; the line shows the old one |
//! | `step` | the task | the loop resumes the task now | |
//! | `yield` | the task | the task suspended itself | `on` the thing it waits for |
//! | `wake` | the task | the task became ready | `by` the cause |
//! | `unpolled` | the task | its step did not poll the await for which a promise had woken the task | `promise#1` |
//! | `done` | the task | the task ended | `returned`, `cancelled`, `panicked`; `dropped` with its loop |
//! | `cancel` | the task | a cancel was requested | `by` the task that requested it |
//! | `make` | the running task | a promise was made | `promise#1` |
//! | `set` | the running task | a promise was set | `promise#1`, then `fulfilled`, `failed`, `cancelled` or `dropped` |
//! | `call` | the running task | a function was registered to be called | `callback#1` |
//! | `run` | - | the loop calls the function now | `callback#1` |
//! | `drop` | - | the loop will not call the function | `callback#1` |
//! | `arm` | the running task | a timer was set | `timer#1 at` the time when it is due |
//! | `fire` | - | a timer is due | `timer#1` |
//! | `disarm` | - | a timer was cancelled before it was due, or its loop was closed | `timer#1` |
//! | `iteration` | - | one pass of the loop began | |
//! | `park` | - | the loop has nothing to run and waits | `until` the next deadline, if there is one |
//! | `raise` | the task, if there is one | an error went to the exception handler | the first line of the report |
//!
//! ```text
//!        1 spawn                      1  spawn: a new task is ready at once
//!           │                         2  step: the loop resumes the task
//!           ▼       5 wake            3  yield .. on Wait: the task waits until
//!        (ready) ◄─────────────┐         another thing happens
//!           │                  │      4  cancel (no arrow): a request; the task
//!    2 step │             (suspended)    learns of it in a later step
//!           ▼                  ▲      5  wake .. by Cause: that thing happened
//!       (running) ─────────────┘      6  done .. Outcome: the task has ended
//!           │       3 yield
//!    6 done │
//!           ▼
//!        (ended)
//! ```
//!
//! # Free choices
//!
//! Two tasks are ready. Which task runs first? The program leaves this order open, and a
//! correct program works in both orders. A bug that shows in one order out of a thousand is
//! hard to find. If a scheduler makes such choices in secret, no test can cover them.
//! A loop of this tower can have a [`Chooser`], which makes each choice. The chooser can try all
//! orders, choose by a [seed](Seeded), or [repeat the choices](Replay) of the run that failed. The
//! loop names the options of a choice ([`Candidate`]), for a chooser that wants to know them.
//!
//! Events and choices belong together: the same program with the same choices writes
//! the same trace, byte for byte.
//!
//! ```
//! # mod groundup { pub use groundup_trace as trace; }
//! use groundup::trace::{Choice, Chooser, Event, Recorder, Seeded, Sink, TaskId, Verb};
//!
//! // A scheduler in five lines, with a chooser and a sink.
//! fn schedule(names: &[&str], chooser: &mut dyn Chooser, sink: &mut dyn Sink) {
//!     let mut ready: Vec<TaskId> = names.iter().map(|&name| name.into()).collect();
//!     while !ready.is_empty() {
//!         let next = if ready.len() > 1 { chooser.choose(Choice::Ready, ready.len()) } else { 0 };
//!         let task = Some(ready.remove(next));
//!         sink.event(&Event { time: 0, iteration: 1, task, verb: Verb::Step });
//!     }
//! }
//!
//! let watched = |seed| {
//!     let mut recorder = Recorder::new();
//!     schedule(&["ann", "ben", "cleo", "dan"], &mut Seeded::new(seed), &mut recorder);
//!     recorder.text()
//! };
//! assert_eq!(watched(7), watched(7));
//! assert_ne!(watched(7), watched(8));
//! ```
//!
//! # What this floor holds to
//!
//! 1. This crate consists of plain values: no clock, no I/O, no thread, no dependency;
//!    `no_std` with `alloc`. The scheduler passes the time with each event.
//! 2. Every event and every trace has exactly one written form, and reading that form
//!    gives the event or the trace again.
//! 3. A sink returns nothing, so it changes no order unless it uses the loop itself. A
//!    chooser decides the order of events only where the program leaves it open.
//! 4. Unused features cost a branch at most: a scheduler without a sink builds no events, and a
//!    scheduler without a chooser makes no call for a choice.
//!
//! # First path
//!
//! 1. `event.rs`: an event, the nineteen verbs, and the two types that explain a stuck
//!    program.
//! 2. `task_id.rs`: why an event has a number and a name of its task.
//! 3. `text.rs`: the way of an event to a line of text and back.
//! 4. `sink.rs`: the trait to which a loop reports, and four kinds of sinks.
//! 5. `chooser.rs`: the trait that a loop asks, and how a run is repeated.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `02_trace`, `03_replay`.
//!
//! The other files are the second reading: `counts.rs`, and the files in `text/` and `chooser/`. The
//! second reading begins at `text/line.rs`, and each file names the next.
//!
//! Read next: `event.rs`; after the first path floor 1, `groundup-generator`.
#![no_std]
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;

mod chooser;
mod counts;
mod event;
mod sink;
mod task_id;
mod text;

pub use chooser::candidate::Candidate;
pub use chooser::footprints::{Access, Footprints, Touched};
pub use chooser::recording::{Chosen, Recording};
pub use chooser::{Choice, Chooser, Fifo, Replay, Seeded};
pub use counts::Counts;
pub use event::{Cause, Event, Outcome, PromiseOutcome, Verb, Wait};
pub use sink::{NullSink, Recorder, Sink, TextSink};
pub use task_id::{Name, TaskId};
pub use text::{ParseError, TraceError, VERSION, Visible, read_trace};
