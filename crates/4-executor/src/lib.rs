//! Floor 4: the interweaver that knows the time.
//!
//! # What is still missing
//!
//! Floor 3 runs the ready tasks, and the end of a task wakes the tasks that await it. But
//! follow the wakes back to where they begin. No task wakes a sleeper: the program must
//! notice that the deadline of the sleeper has passed. A message from another thread wakes
//! no task until the mailbox is read. And while no task is ready, the thread must wait:
//! until the next deadline and no longer, or until another thread calls.
//!
//! # The first version
//!
//! `examples/first_loop.rs` adds to the first version of floor 3 a heap of timers and a park
//! of the thread: `cargo run -p groundup-executor --example first_loop`. Its costs, and the
//! answers of this floor:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | each poll of a sleep pushes a timer | one entry per poll | a sleep owns one timer: `time/sleep.rs` |
//! | a dropped sleep leaves its timer | memory until the deadline | the timer is cancelled: `timers/ladder.rs` |
//! | a heap | the cost of a timer grows with the logarithm of the number of timers | far timers stand in buckets, and only near ones are sorted |
//! | the clock is read every round | a reading costs more than a short step | a budget of steps between two readings: `timers/pace.rs` |
//! | one clock | tests wait in real time | a [`Driver`], real or virtual: `driver.rs` |
//! | a program that nothing can wake parks for ever | a hang | a deadlock report on virtual time |
//!
//! # The event loop
//!
//! The event loop adds timers, a clock and a way to park to the ready queue of floor 3, and it
//! reads the mailbox in each iteration. Everything else comes from the floors below.
//!
//! ```text
//!                  outside the loop
//!        time        threads       (sockets: floor 7)
//!          │            │
//!   ┌──────│────────────│────────────────────────────── floor 4 ──┐
//!   │      v            v                                         │
//!   │   ┌───────────────────────┐     ┌────────────────────────┐  │
//!   │   │ Driver                │     │ Timers                 │  │
//!   │   │  now, park, glance .. │     │  deadlines and tickets │  │
//!   │   └───────────────────────┘     └────────────────────────┘  │
//!   │          ^                          ^               │       │
//!   │          │ reads the time, parks    │ sets          │ due   │
//!   │          │                          │               v       │
//!   │   ┌──────────────────────────────────────────────────────┐  │
//!   │   │ EventLoop: iteration after iteration                 │  │
//!   │   └──────────────────────────────────────────────────────┘  │
//!   └────────────────────────│────────────────────────────────────┘
//!                            v runs a round             floor 3
//!          Scheduler: slots, ready queue, tasks, promises
//! ```
//!
//! # One iteration
//!
//! ```text
//!         .--> 1 mail? ---> 2 idle? ---> 3 due? ---> 4 round ---> 5 flush -.
//!         |     collect      park until   timers      each ready   reports  |
//!         |     messages     a call or    become      entry takes  to the   |
//!         |                  a deadline   ready       one step     handler  |
//!         '---------------------- stop was not called <---------------------'
//!
//!   1  Scheduler::collect_mail       messages of other threads join the ready queue
//!   2  Driver::park                  only if nothing is ready and stop was not called
//!   3  Timers::fire                  all due timers, in the order of their deadlines
//!   4  Scheduler::run_rounds         the entries that are ready by now; an entry that
//!                                    becomes ready meanwhile runs in the next iteration.
//!                                    While the other parts have nothing to do, 4 goes on with
//!                                    further rounds, and each counts as an iteration
//!   5  Scheduler::flush_reports      errors that no code has retrieved
//! ```
//!
//! A timer that fires in part 3 puts an entry into the round of part 4, where asyncio calls the
//! callback of the timer. This entry wakes the sleeping task. So the task is polled one iteration
//! after its timer has fired.
//!
//! Steps run in asyncio's order and in asyncio's iterations: a step that CPython's loop runs in its
//! fifth iteration runs here in iteration 5. (A combinator of floor 5 may need fewer iterations than
//! asyncio's.) `tests/it/hops.rs` has the table. `tests/recorded/` has programs, each with the trace
//! that CPython's own loop produced.
//!
//! # The loop is fair
//!
//! An entry that becomes ready during the round of an iteration runs in the next iteration. So a
//! task that yields for ever, or a callback that schedules itself for ever, takes one step an
//! iteration, as every other entry does.
//!
//! A reading of the clock costs as much as a few short steps, so the loop does not read the clock
//! before each step. The loop counts the steps since the last reading. When the count reaches a
//! *budget* of at most 64, the loop finishes the round, and then reads the clock (`timers/pace.rs`).
//! A busy loop reads the clock only while a timer is set or the driver watches for events outside.
//!
//! Timers never fire early, and timers with equal deadlines fire in the order in which they
//! were set. A million timeouts that are all cancelled are never sorted: `timers/ladder.rs`
//! sorts only the timers of the present millisecond. A timer has 16 bytes in a table until it is
//! cancelled or has woken its task, and then a later timer gets these bytes. The table never shrinks:
//! it has room for the largest number of timers that were in it at one time. (Bytes that two
//! billion timers have used, one after another, are not used again.)
//!
//! # Virtual time
//!
//! The loop knows the outside only through one small trait, the [`Driver`], so the outside
//! can be exchanged. With the driver [`Virtual`], waiting takes no time: where the real
//! driver blocks until a deadline, `Virtual` moves the clock to the deadline and returns. The
//! program, its order and its `time()` are the same; only the thread does not wait.
//!
//! ```
//! # mod groundup { pub use groundup_executor::*; }
//! use std::time::Duration;
//!
//! use groundup::{EventLoop, Instant, RunError, sleep, spawn, time};
//!
//! let event_loop = EventLoop::builder().virtual_time().build();
//! let day = Duration::from_secs(86_400);
//! event_loop.run_until_complete(async {
//!     let slow = spawn(async move {
//!         sleep(365 * day).await;
//!         "a year later"
//!     });
//!     assert_eq!(slow.await.unwrap(), "a year later");
//!     assert_eq!(time(), Instant::START + 365 * day);
//! }).unwrap();
//!
//! // Where a program would hang on a real clock, the loop reports a deadlock.
//! let error = event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
//! assert!(matches!(error, RunError::Deadlock(_)));
//! ```
//!
//! On virtual time and without other threads, two runs of a program differ only if a
//! [chooser](trace::Chooser) picks another order of the entries that are ready together. So a
//! [seed](Builder::seed) determines the run, to the byte of its [trace](Builder::trace),
//! and another seed may give another run. A bug that shows once in a thousand runs has a
//! number: its seed.
//!
//! # What can go wrong, and what happens then
//!
//! | event | effect |
//! |---|---|
//! | a task panics | the task ends; its awaiter gets the panic, or the panic is reported |
//! | a callback panics | the panic is reported; the next callback runs |
//! | a run begins inside a run | the methods of [`EventLoop`] and [`Runner`] return a [`RunError`], [`run`] and [`run_virtual`] panic; the running loop is not affected |
//! | a loop is closed | it drops all callbacks, the oldest first, and then all tasks and promises, the oldest first; later runs return an error |
//! | a thread calls a loop that is closed | the thread gets its call back, in [`LoopClosed`] |
//! | nothing can ever happen again | on virtual time, an error lists each task and the reason of its wait |
//!
//! # What this floor holds to
//!
//! 1. An entry that becomes ready in the round of an iteration runs in the next iteration.
//! 2. Timers never fire early. Timers fire in the order of their deadlines, and timers with
//!    equal deadlines in the order in which they were set.
//! 3. A busy loop with a timer reads the clock after the round in which a budget of at most 64
//!    steps is spent; the budget is smaller where steps are long.
//! 4. The loop never parks while the mailbox holds a message of another thread.
//! 5. On virtual time and without calls of other threads, the same program and seed give the same
//!    trace, byte for byte. A floor above may let the results of threads in at defined points
//!    (`iteration/completions.rs`).
//! 6. However a run ends, the loop can be run again until it is closed.
//!
//! # The folders
//!
//! The files form a tower of their own. A folder imports folders beneath it and none above.
//! The page of a folder `x/`, `x.rs`, says in "Access" which other code may use the folder.
//!
//! ```text
//!   remote/       Remote, RemoteTask, AtWork      the loop from other threads
//!   event_loop/   EventLoop, Builder, Runner      the types a program holds, and the
//!                                                 free functions
//!   time/         Sleep, Alarm, TimerHandle       futures and callbacks with a deadline
//!   iteration/    the loop itself                 the five parts; the thread's running loop
//!   instant/      Instant                         a time of a loop, and its text
//!   timers/       the ladder, the cached time     deadlines in order; the last reading of the
//!                                                 clock
//!   driver/       Driver, ThreadPark, Virtual     the outside
//!   io_writer.rs  IoWriter                        a trace in a file
//!   error.rs      RunError                        the reason why a run returned no value
//! ```
//!
//! # First path
//!
//! 1. `examples/first_loop.rs`: the whole idea on one page.
//! 2. `driver.rs`: the trait through which the loop knows the outside.
//! 3. `timers/ladder.rs`: near timers in order, far timers in buckets.
//! 4. `iteration.rs`: the five parts of an iteration.
//! 5. `time/sleep.rs`: a future that owns a timer.
//! 6. `event_loop/runs.rs`: a run from its start to its value or its error.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `12_timers`, `13_virtual_day`, `14_deadlock`,
//! `15_threads`, `16_slow_step`, `22_guest`.
//!
//! The other files are the second reading, which begins at `driver/real_time.rs`. From there each
//! file names the next, up to `error.rs`. The floor above is `groundup-combinators`.
//!
//! Read next: `examples/first_loop.rs`, then `driver.rs`. Second reading:
//! `driver/real_time.rs`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod driver;
mod error;
mod event_loop;
mod instant;
mod io_writer;
mod iteration;
mod remote;
mod time;
mod timers;

pub use groundup_task as task;
pub use groundup_task::{generator, interweave, trace};

pub use driver::real_time::{Parker, ThreadPark};
pub use driver::virtual_time::Virtual;
pub use driver::{Driver, Outside, Parked};
pub use error::{BuildError, CloseError, RunError};
pub use event_loop::EventLoop;
pub use event_loop::builder::Builder;
pub use event_loop::clean_up::CleanUp;
pub use event_loop::equipment::{driver, keep, with_driver};
pub use event_loop::free_functions::{
    all_tasks, call_at, call_later, call_soon, current_task, iteration, stop, time, try_iteration,
};
pub use event_loop::free_spawns::{spawn, spawn_in, spawn_later, spawn_named};
pub use event_loop::handle::{LoopHandle, current_loop};
pub use event_loop::observation::Metrics;
pub use event_loop::runner::{Runner, run, run_virtual};
pub use event_loop::testing::{TestOutcome, run_test};
pub use instant::Instant;
pub use io_writer::IoWriter;
pub use iteration::completions::{Completion, Completions, completions};
pub use iteration::guest::Progress;
pub use remote::error::LoopClosed;
pub use remote::error::RemoteError;
pub use remote::handle::RemoteHandle;
pub use remote::presence::AtWork;
pub use remote::task::RemoteTask;
pub use remote::{Remote, remote};
pub use time::alarm::Alarm;
pub use time::block::block;
pub use time::handle::TimerHandle;
pub use time::sleep::{Sleep, sleep, sleep_until};
pub use time::sleep_ticket::{SleepTicket, sleep_ticket};
