//! Runs a program under many schedules, and cancels it everywhere.
//!
//! # The smallest model checker
//!
//! A test of async code runs one schedule, always the same. The program of the user runs another
//! one. A bug that needs the second task to run before the first is in the code for years, and
//! then costs a night.
//!
//! The loop of this tower leaves no order to chance: it asks a chooser. So a model checker replaces no
//! part of the program, and needs sixty lines. It runs the program with a list of
//! answers, and records all questions. An answer is a number below the number of options. The checker
//! adds one to the last answer that is not yet at its maximum, removes the answers behind it from the
//! list (they are 0 again), and runs the program again. When all answers are at their maximum, it has
//! seen every schedule. The example `first_explorer` is that checker, and it finds a lost
//! update. Three tasks that take one step each ask two questions, so they have six schedules:
//!
//! ```text
//!   which of a, b, c?    0          1          2
//!                       a          b          c           one is added to the last
//!   which of the rest?  0    1     0    1     0    1      answer that can grow, as in an
//!                       abc  acb   bac  bca   cab  cba    odometer
//! ```
//!
//! ```
//! use std::{cell::Cell, rc::Rc};
//!
//! use groundup::{spawn, yield_now};
//! use groundup_testkit::Explore;
//!
//! async fn bump(counter: Rc<Cell<u32>>) {
//!     let read = counter.get();
//!     yield_now().await; // the other task runs here
//!     counter.set(read + 1);
//! }
//!
//! let found = Explore::new().check(|| async {
//!     let counter = Rc::new(Cell::new(0));
//!     let tasks = [bump(counter.clone()), bump(counter.clone())].map(spawn);
//!     for task in tasks {
//!         task.await.unwrap();
//!     }
//!     assert_eq!(counter.get(), 2);
//! });
//! assert!(found.unwrap_err().failure.text.contains("left: 1"));
//! ```
//!
//! The first checker has costs, and the files of this crate are the answers to them:
//!
//! 1. A program with a hundred questions has too many schedules. The simple ones come first: all with
//!    one *deviation*, an answer that is not first in, first out, then all with two. (`search.rs`)
//! 2. A bug that needs more is found at random, by a schedule with forty deviations. This schedule is
//!    made smaller before the test fails. (`search/shrink.rs`)
//! 3. A list of numbers tells nothing. The loop names the options of each question, and the trace
//!    knows the names of the tasks. (`schedule/story.rs`)
//! 4. The schedule must reach a colleague. A token of one deviation has nine characters or a few
//!    more, and says if it no longer fits. (`schedule/token.rs`)
//! 5. A program that is not repeatable would be explored in vain. The kit runs each failing
//!    schedule twice, and compares the traces. (`explore/repeat.rs`)
//! 6. A program may have several right answers. (`census.rs`)
//! 7. A random order is a new one in each round, and many bugs need one that lasts. Half of the random
//!    schedules give each task a priority. (`schedule/priorities.rs`)
//! 8. Most orders of two timers that fire together cannot differ. [`Explore::reduced`] runs one order
//!    of those. (`schedule/normal_form.rs`)
//! 9. Most orders of two tasks cannot differ either, if the tasks touch nothing in common. The loop notes
//!    what each task touches, and [`Explore::by_footprints`] runs one order of those. (`explore/learn.rs`)
//!
//! # Cancel everywhere
//!
//! The order of tasks is not the only thing that the program does not decide. Each of its tasks may
//! be cancelled where it waits, the future may be dropped after any poll, the loop may be closed.
//! These points can be counted, so [`cancel_everywhere`] makes a run for each.
//!
//! ```text
//!   iteration      1        2            3        4
//!   steps of       main     child ~ 1 s  child    main
//!   cancelled     ▲        ▲▲           ▲▲       ▲        each living task, before an iteration
//!   dropped            ▲                             ▲    the future (of `main`), after a poll of it
//!   closed        ▲        ▲            ▲        ▲        the loop, before an iteration
//! ```
//!
//! The kit asks the same chooser, "cancel nothing, or one of these tasks?", so a cancel is one more
//! deviation of a schedule. (`run/disturbance.rs`, `cancel.rs`)
//!
//! The page `TABLES.md` of this crate has the counts of these runs for the project itself: a row for each tool of
//! floor 5, each object of floor 6, and the streams of floor 7. `Fleet` and `run_in_process` have no row, since
//! their work is in loops and processes of their own. A test prints the page again.
//!
//! # What a program leaves
//!
//! A program can pass all its asserts and still leak: a promise in a circle of `Rc`s, a timer of a
//! future that it has forgotten. In a server, the leak grows with each request. So each run goes
//! on until the loop is at *rest*: all tasks have ended, and nothing is ready. The kit then asks which
//! things the loop still holds. A run that leaves a task that cannot end, a promise that is not set, a
//! callback, a timer, a group, a scope or an unread error fails. The failure names the thing and the
//! line that made it. (`run/left.rs`)
//!
//! ```text
//! the loop is at rest, and the program has left something in it (promises 1):
//!   promise 1 (made at tests/cache.rs:31:27), which is not set
//!   first in, first out, except: cancel loader before iteration 3
//!   found after 9 schedules; GROUNDUP_REPLAY=gu1:n8g31 runs it alone
//! ```
//!
//! The kit does not count a lock, a queue, or the handle and value of a task that has ended: they may
//! outlive the run. A program may state that they must be in a certain state, such as "all permits are
//! free", by a law of its [`Case`]. The `Err` of a detached task is a value, too: here the loop reports
//! it only if the program has asked for that with `detach_reporting`.
//!
//! # A failing test
//!
//! ```text
//! main panicked (at tests/counter.rs:14:9): assertion `left == right` failed
//!   left: 1
//!  right: 2
//!   first in, first out, except: in iteration 2: w2, w1, .. instead of w1, w2, ..
//!   found after 35 schedules; GROUNDUP_REPLAY=gu1:4zk00 runs it alone
//! ```
//!
//! `GROUNDUP_REPLAY=gu1:4zk00 cargo test no_update_is_lost` runs that schedule, also on another
//! machine. If the program has changed up to the last deviation, the run says so.
//!
//! # What the kit controls
//!
//! | free choice | how |
//! |---|---|
//! | the order of ready tasks and callbacks, of timers that are due together | the chooser of the loop |
//! | the branch that a `race` or a `select` polls first | the chooser, too |
//! | the order in which jobs on threads end | the loop lets them in by turns |
//! | the order of messages of other threads that arrive in one iteration | they are entries of its round |
//! | which packet of the network in memory is late, comes first, or is lost, and where a write is cut | [`Network`](groundup::net::Network) asks the chooser |
//! | how late a timer fires | [`Explore::late`] |
//! | a choice of the program | [`pick`], [`pick_from`] |
//! | random numbers | [`rng`] |
//! | cancels, drops, the end of the loop | [`cancel_everywhere`] |
//!
//! Programs on `futures`, `tokio::sync` and `async-channel` run unchanged, because their wakers are
//! the loop's. The kit does not control the order of a `HashMap`, the branches of
//! `futures::select!`, statics and thread-locals that survive a run, a clock that the program
//! reads itself, and threads that the loop does not know. If such a thing changes a failing run,
//! the kit says that the program is not repeatable.
//!
//! # How many schedules
//!
//! [`Explore::reduced`] runs fewer schedules. The outcomes are equal, if no branch of a race writes a plain
//! cell that another branch of it reads. [`Explore::by_footprints`] runs fewer still. The outcomes are equal,
//! if tasks share no plain cell either, but objects of the library and [`Shared`]. A *plain cell* is a `Cell`, a
//! `RefCell` or another place in memory whose use the loop cannot see. The tests of the last two rows take
//! minutes, so they are ignored, and `.ci/full` runs them (`tests/it/reductions.rs`):
//!
//! | program | all schedules | reduced | by footprints |
//! |---|--:|--:|--:|
//! | three sleeps that end together | 216 | 36 | not run: they share a plain cell |
//! | two clients that race twice | 8,192 | 128 | not run: they share a plain cell |
//! | five workers of two steps, of which two share a cell | 14,400 | 14,400 | 2 |
//! | a program of 40 iterations (`tests/programs/p9.rs`) | 331,776 | 221,184 | 36,864 |
//!
//! `reduced` leaves out no order of the steps of two tasks, since both may use a plain cell. It
//! leaves out no order of a race at a lock or a queue either, since that order decides who is first in line.
//!
//! A *footprint* has all that a task has read and changed in a run: tasks, promises, combinators, locks,
//! queues, cells of type [`Shared`]. Two tasks *conflict* if one of them has changed a thing that the other
//! has touched: then both orders are run, in each round. A task conflicts with the tasks that it wakes,
//! cancels or awaits, and a callback with everything. Two tasks that use one [`Shared`] conflict in the
//! rounds in which both do, and two tasks of one combinator in the round in which both end. So the last
//! program begins its tasks in one order, and ends them in all: 36,864 schedules are a sixth of 221,184.
//! The search starts without conflicts, and begins anew when a run shows one (`explore/learn.rs`).
//!
//! How many of 1,000 seeds find a bug? There are three ways to draw a random schedule ([`Sampling`]);
//! PCT gives each task a priority. The bug shows if the last of n tasks runs first in each of k rounds,
//! or, in the last two rows, first in two rounds and last in the two after them (`tests/it/sampling.rs`):
//!
//! | n | k | uniform | sparse | PCT, depth 1 | depth 2 | depth 3 |
//! |--:|--:|--:|--:|--:|--:|--:|
//! | 4 | 2 | 48 | 71 | 243 | 222 | 192 |
//! | 4 | 3 | 13 | 47 | 243 | 200 | 166 |
//! | 4 | 4 | 2 | 31 | 243 | 183 | 147 |
//! | 6 | 4 | 4 | 17 | 169 | 131 | 137 |
//! | 4 | 2 first, 2 last | 5 | 1 | 0 | 15 | 17 |
//! | 6 | 2 first, 2 last | 0 | 0 | 0 | 11 | 10 |
//!
//! # Bad input
//!
//! - A program that **is not repeatable** fails with the first event in which two runs differ.
//! - A program that **never ends** fails after a limit of iterations, with the names of its tasks.
//! - A program that **blocks** its thread holds the search up. The result names the time of the
//!   slowest run, if it is more than a second. While a run takes more than ten seconds, the kit reports it on
//!   standard error: see [`Explore::slow`]. [`Explore::limit`] ends a search between two runs, and the shrinking, too.
//! - A **token of another program**, or of an earlier version of the same program, is refused if the
//!   questions up to its last deviation differ.
//! - A **panic hook** of the user stays. It sees no panic of an explored run, unless it is set after
//!   the first exploration; then it sees all.
//! - A program that **leaks its loops** fails when the process has 4,093 of them.
//! - An **outcome without an order** does not compile in a census, and the compiler says what to
//!   return instead.
//!
//! # What this crate holds to
//!
//! 1. It uses the facade and its attributes, and nothing that a user could not use.
//! 2. Equal programs and equal schedules give equal runs; a failure counts only if it repeats.
//! 3. Without a limit of time, a result is the same on each machine.
//! 4. The first failure of the search by deviations has the fewest deviations.
//!
//! # First path
//!
//! 1. `examples/first_explorer.rs`: the idea in sixty lines.
//! 2. `schedule.rs`: questions, answers, deviations.
//! 3. `run.rs`: one run, from a new loop until it is at rest: all tasks have ended, and nothing is ready.
//! 4. `search.rs`: all schedules with k deviations.
//! 5. `cancel.rs`: a cancel is a choice.
//!
//! Read next: `examples/first_explorer.rs`, then `schedule.rs`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod cancel;
mod census;
mod explore;
mod run;
mod schedule;
mod search;
mod shared;

pub use cancel::report::{CancelReport, Point};
pub use cancel::{CancelEverywhere, Case, cancel_everywhere};
pub use census::{Census, Outcome, census};
pub use explore::found::{Explored, Found};
pub use explore::options::Explore;
pub use explore::sampling::Sampling;
pub use explore::{explore, run_test};
#[doc(inline)]
pub use groundup_macros::explored as test;
pub use run::failure::{Failure, FailureKind};
pub use schedule::Disturbance;
pub use schedule::pick::{Rng, pick, pick_from, rng};
pub use shared::Shared;
