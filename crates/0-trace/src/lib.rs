//! Floor 0: what may be observed, and which choices are free.
//!
//! # Why a scheduler must be watchable
//!
//! When one function calls another and something goes wrong, the call stack
//! tells the story: who called whom, down to the line that failed. When a
//! hundred tasks take turns on one thread there is no such stack. The line that
//! failed is in one task, the reason is in another that ran three iterations ago,
//! and between the two stands the scheduler, which knows the whole story and
//! says nothing.
//!
//! So the first thing we build is not a scheduler but what a scheduler must be
//! able to say. It is little: eighteen verbs, each with a time, the number of
//! the iteration (one turn of the loop), and a task.
//!
//! ```text
//!        time  iter.  verb       task          details
//!        0.000      0  spawn      kettle        #2 by Task-1
//!        0.000      1  step       kettle
//!        0.000      1  arm        kettle        timer#1 at 3.000
//!        0.000      1  yield      kettle        on timer at 3.000
//!        0.000      1  park       -             until 3.000
//!        3.000      2  iteration  -
//!        3.000      2  fire       -             timer#1
//!        3.000      2  wake       kettle        by timer#1
//!        3.000      2  step       kettle
//!        3.000      2  done       kettle        returned
//! ```
//!
//! Read the two words that matter most: `yield .. on` says what a task waits
//! for, `wake .. by` says what made it run again. Every wake has a cause that
//! stands in an earlier line, so the story can be read backwards from the end.
//!
//! # Who is who
//!
//! A task is known by its number; its name is for people, and can be given at the
//! spawn or later (`name` says so). A promise, a callback and a timer have numbers
//! only. None of them is given twice in one loop. So a program that reads a trace
//! follows a number, and never sees one task as two or two as one. In the text a
//! number is left out while the name alone says whose it is: the kettle's stands in
//! the line of its spawn, and a second kettle would be written `kettle#9`.
//!
//! A trace begins with a line that names the version of this format,
//! `# groundup-trace 1`. Later versions add words; [`read_trace`] reads all up to its own.
//!
//! # The eighteen verbs
//!
//! | verb | of | says | details |
//! |---|---|---|---|
//! | `spawn` | a task | it came to be | `by` the task that made it |
//! | `name` | a task | it was given a name | the name; the line bears the one before |
//! | `step` | a task | it is resumed now | |
//! | `yield` | a task | it suspended itself | `on` what it waits for |
//! | `wake` | a task | it became ready | `by` what made it so |
//! | `done` | a task | it ended | `returned`, `cancelled`, `panicked`; `dropped` with its loop |
//! | `cancel` | a task | it was asked to stop | `by` the task that asked |
//! | `make` | its maker | a promise was made | `promise#1` |
//! | `set` | its setter | a promise is done | `promise#1`, then `fulfilled`, `failed`, `cancelled` or `dropped` |
//! | `call` | who asks | a function is to be called | `callback#1` |
//! | `run` | the loop | it is called now | `callback#1` |
//! | `drop` | the loop | it will not be called | `callback#1` |
//! | `arm` | a task | a timer was set | `timer#1 at` when it is due |
//! | `fire` | the loop | a timer ran out | `timer#1` |
//! | `disarm` | the loop | a timer was given up | `timer#1` |
//! | `iteration` | the loop | one turn of it began | |
//! | `park` | the loop | there is nothing to run | `until` when, if that is known |
//! | `raise` | a task | an error nobody could catch | what was reported |
//!
//! ```text
//!        1 spawn                      1  spawn: a task is ready when it is made
//!           │                         2  step: it leaves the ready ones and runs
//!           ▼       5 wake            3  yield .. on Wait: another thing must
//!        (ready) ◄─────────────┐         happen first
//!           │                  │      4  cancel: a request; the answer is a wake,
//!    2 step │             (suspended)    a step, and then 3 or 6
//!           ▼                  ▲      5  wake .. by Cause: that thing happened
//!       (running) ─────────────┘      6  done .. Outcome: nothing more to say
//!           │       3 yield
//!    6 done │
//!           ▼
//!        (ended)
//! ```
//!
//! # Whose choices are free
//!
//! Two tasks are ready. Which one runs first? The program does not say. A good
//! program is right either way, and a bug that shows only one way in a thousand
//! is the worst kind there is. A scheduler that makes such choices in secret
//! cannot be tested; one that asks a [`Chooser`] each time can be asked to try
//! them all, to try them by a [seed](Seeded), or to repeat exactly
//! [what it did](Replay) in the run that failed.
//!
//! The two seams belong together. Same program, same choices: then the same
//! trace, byte for byte.
//!
//! ```
//! use groundup_trace::{Choice, Chooser, Event, Recorder, Seeded, Sink, TaskId, Verb};
//!
//! // A scheduler in five lines, watched and steered.
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
//! 1. Plain values: no clock, no I/O, no thread, no dependency; `no_std` with
//!    `alloc`. Whoever emits an event knows what time it is.
//! 2. An event has one written form, and the form can be read back. So has a trace.
//! 3. Watching changes nothing. Only a chooser has a say in what happens next,
//!    and only where the program leaves it open.
//! 4. Off costs nothing: a scheduler without a sink builds no events, and one
//!    without a chooser asks nobody.
//!
//! Read next: `event.rs` (the verbs), `task_id.rs`, `text.rs`, `columns.rs`,
//! `names.rs`, `reader.rs` and `words.rs` (the line), `trace.rs` (many lines),
//! `sink.rs`, `chooser.rs`; then floor 1, `groundup-generator`.
#![no_std]
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;

mod chooser;
mod columns;
mod event;
mod names;
mod reader;
mod sink;
mod task_id;
mod text;
mod trace;
mod words;

pub use chooser::{Choice, Chooser, Chosen, Fifo, Recording, Replay, Seeded};
pub use event::{Cause, Event, Outcome, PromiseOutcome, Verb, Wait};
pub use sink::{Lines, Off, Recorder, Sink};
pub use task_id::{Name, TaskId};
pub use trace::{TraceError, read_trace};
pub use words::{ParseError, VERSION};
