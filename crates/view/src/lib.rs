//! Beside the tower: pictures of a run, made from its trace.
//!
//! # From a trace to a picture
//!
//! A program with three tasks prints a wrong number. Its trace has eighty lines, and the
//! reason is in them. A reader begins at the end: this task printed the number, because it
//! was woken, because a promise was set. Which task set the promise, and why did that task
//! run before the other one? Each question is a search through eighty lines, and after the
//! fourth question the reader has lost the first.
//!
//! Floor 0 made the trace exact: a number identifies each task, and each wake names its
//! cause. This crate makes it visible. It needs floor 0 and nothing else, because a trace
//! outlives its program: it may come from a file, from a test on another machine, or from
//! last year.
//!
//! ```text
//!                                      ┌──► text, svg        a picture
//!                                      ├──► page             one file: step, step back, why
//!   events ──► Timeline ── spans ──────┼──► perfetto         for very long runs
//!              lanes, causes           ├──► at(k), dot       who waits for whom
//!                                      ├──► blame, ledger    who delayed whom; what is open
//!   events ──► Timeline ───────────────┴──► diff             where two runs part
//! ```
//!
//! ```
//! # mod groundup { pub use groundup_trace as trace; }
//! use groundup::trace::read_trace;
//! use groundup_view::Timeline;
//!
//! // A program gets the same events from a `Recorder`, which it sets as the loop's trace.
//! let events = read_trace(
//!     "# groundup-trace 1
//!        0.000  0  spawn  main  #1
//!        0.000  1  step   main
//!        0.000  1  spawn  hog   #2 by main
//!        0.000  1  arm    main  timer#1 at 1.000
//!        0.000  1  yield  main  on timer at 1.000
//!        0.000  2  step   hog
//!        2.000  2  done   hog   returned
//!        2.000  2  fire   -     timer#1
//!        2.000  2  wake   main  by timer#1
//!        2.000  3  step   main
//!        2.000  3  done   main  returned",
//! )?;
//! let timeline = Timeline::of(&events).titled("late");
//! let page: String = timeline.page(); // write it to a file, and open that
//! assert!(page.contains("late"));
//! assert_eq!(groundup_view::blame(&events).to_string(), "hog delayed main by 1.000 s\n1.000 s in all\n");
//! assert_eq!(timeline.at(7).running(), None, "after seven events, hog has ended");
//! let picture = format!("\n{}", timeline.text());
//! assert_eq!(picture, "
//!       0.0            0.5            1.0            1.5            2.0 s
//! main  ●─────────────────────────────▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒■
//! hog   ████████████████████████████████████████████████████████████■
//! ");
//! # Ok::<(), groundup::trace::TraceError>(())
//! ```
//!
//! The picture says what the eleven lines hide. `main` sleeps for a second (`─`). Its timer is due at 1 s, and
//! `main` is late (`▒`) until 2 s, because `hog` runs (`█`) and does not await. Three steps lead from the
//! events to this picture:
//!
//! 1. *Lanes.* A task has one lane from its spawn to its end, by its number. Two tasks of one name have
//!    two lanes, and a task that is renamed keeps its own.
//! 2. *Spans.* Two neighbouring events of a lane enclose a span: the task is ready, runs, sleeps or
//!    waits. A span is an interval of event numbers, not of times, so the order of an instant is kept.
//! 3. *Places.* An axis gives each event a place: its time, or the number of steps before it.
//!
//! # The first version
//!
//! The idea fits forty lines: give each task a line, and walk over the events. A step
//! begins a run of `█`, a yield begins a run of `─`, an end puts a `■`. The example
//! `first_view` does this. Its lanes end in the same columns as those of [`Timeline::text`],
//! which adds an axis, and a `●` for a step that is shorter than a column.
//!
//! The first version has costs, and the files of this crate are the answers to them:
//!
//! 1. It draws one axis. On virtual time, the steps of an instant lie on one column, and
//!    their order is lost. (`timeline/axis.rs`, `svg.rs`)
//! 2. It does not say why. A wake names a number, and the reader looks for it.
//!    (`timeline/causes.rs`)
//! 3. It shows the whole run and no moment of it. A program that stepped through the
//!    events could go forward only. (`state.rs`)
//! 4. A task that is late looks like a task that sleeps. (`timeline/builder.rs`,
//!    `blame.rs`)
//! 5. It draws every task and every event, however many there are. (`page.rs`)
//!
//! # A step back
//!
//! A debugger that goes back usually records the changes and undoes them. Here nothing is
//! undone. A span of a lane is an interval of event numbers, and so is the life of a timer.
//! The state after k events is a look at the intervals around k: one binary search for
//! each lane. So a step back is a step forward with a smaller number, and both reach the
//! same state. The page has the same intervals as data, and looks in the same way.
//!
//! # What it costs
//!
//! | | memory and time |
//! |---|---|
//! | `Timeline::of` | one pass; a span for every second event or so |
//! | `at(k)` | a binary search for each lane, a look at each earlier timer |
//! | `text`, `svg` | all spans |
//! | `page` | about 25 bytes for an event, and 45 KB for style and script |
//! | `blame` | the time: for each delay, the steps during the delay; the memory: 10,000 charges |
//! | the program that is watched | the trace, and nothing of this crate |
//!
//! # What it cannot do
//!
//! It knows what the events know. A wait on several things does not list them. A promise
//! has no name. A callback does not say which timer calls it. If a foreign combinator never polls
//! a woken future again, there is an event (`unpolled`) only if the future awaits a promise.
//!
//! # What this crate holds to
//!
//! 1. Every list of events has a picture. A trace that is cut off gets one sentence, and
//!    no view panics.
//! 2. Equal events give equal texts, pictures and pages, to the byte.
//! 3. Going forward and back reaches the same state.
//! 4. Charges add up to the delays, to the nanosecond.
//! 5. No name in a trace can become markup.
//!
//! # First path
//!
//! 1. `examples/first_view.rs`: the first version.
//! 2. `timeline.rs`: moments, spans and causes.
//! 3. `timeline/lane.rs`: one task.
//! 4. `state.rs`: the whole run at one moment, and the step back.
//! 5. `page.rs`: the page and its parts.
//! 6. `blame.rs`: who delayed whom.
//!
//! The other files are the second reading. It begins at `timeline/thing.rs`, and each file
//! names the next.
//!
//! Read next: `examples/first_view.rs`, then `timeline.rs`. Second reading:
//! `timeline/thing.rs`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod blame;
mod diff;
mod dot;
mod ledger;
mod page;
mod perfetto;
mod state;
mod svg;
mod text;
mod timeline;
mod words;

pub use blame::{Blame, Charge, Culprit, Victim, blame};
pub use diff::{Diff, Difference, diff};
pub use ledger::{Account, Ledger, ledger};
pub use state::{Edge, State};
pub use text::LEGEND;
pub use timeline::{Axis, Doing, Gap, Kind, Lane, Span, Thing, Timeline};
