//! Floor 4: the interweaver that knows the time.
//!
//! # What is still missing
//!
//! Floor 3 runs what is ready, and a task that waits for another one is woken by
//! that one's end. But follow the wakes back to where they begin. A sleeper is
//! woken by nobody: its time has come, and somebody must notice. A message of
//! another thread wakes nobody who looks into no box. And when nothing is ready,
//! somebody must wait, and wait for the right thing: until the next deadline and
//! not longer, or until it is called.
//!
//! That somebody is the event loop. It adds three things to a ready queue: a
//! clock, a place to sleep, and a box for letters. Everything else it has from
//! below.
//!
//! ```text
//!                    the world
//!        time        threads       (sockets: floor 7)
//!          |            |
//!   +------|------------|------------------------------ floor 4 --+
//!   |      v            v                                         |
//!   |   +-----------------------+     +------------------------+  |
//!   |   | Driver                |     | Timers                 |  |
//!   |   |  now, park, glance..  |     |  who wants to be woken |  |
//!   |   +-----------------------+     |  when: the ladder      |  |
//!   |        ^ |                      +------------------------+  |
//!   |        | v                               ^ |                |
//!   |   +-----------------------------------------v------------+  |
//!   |   | EventLoop: iteration after iteration                 |  |
//!   |   +------------------------------------------------------+  |
//!   +------------------------|-------------------------------------+
//!                            v                          floor 3
//!          Scheduler: slots, ready queue, tasks, promises
//! ```
//!
//! # One iteration
//!
//! ```text
//!         .--> 1 mail? ---> 2 idle? ---> 3 due? ---> 4 round ---> 5 tell --.
//!         |     take         park         timers      one step     reports  |
//!         |     letters      until        become      for each              |
//!         |     in           called or    ready       that was              |
//!         |                  due                      ready                 |
//!         '---------------------- stop was not called <---------------------'
//!
//!   1  Scheduler::collect_mail       letters of other threads, behind what is ready
//!   2  Driver::park                  only if nothing is ready and nobody said stop
//!   3  Timers::fire                  all that is due, in the order of deadlines
//!   4  Scheduler::run_rounds         what was ready by now; what that wakes, is for
//!                                    the next iteration
//!   5  Scheduler::flush_reports      what nobody else hears of
//! ```
//!
//! The order is asyncio's, and so is the count: a program that runs on both sees
//! the same things happen in the same iteration of the same number. `tests/hops.rs`
//! has the table, and `tests/recorded/` programs with the trace that CPython's own
//! loop made of them.
//!
//! # The loop runs what is ready, and nothing that becomes ready by it
//!
//! This one rule makes the loop fair. A task that yields for ever, a callback that
//! schedules itself for ever: they come once in an iteration, like everybody else,
//! and the clock is looked at in between (not before each step, because a look
//! costs as much as a few short ones: `timers/pace.rs`). Timers are never early, equal deadlines fire in the
//! order in which they were set, and a million timeouts that are all cancelled
//! cost neither order nor memory: `timers/ladder.rs` sorts only what is due.
//!
//! # Virtual time
//!
//! The loop knows the world through one small trait, the [`Driver`]. So the world
//! can be exchanged. [`Virtual`] is a world in which waiting takes no time: where
//! the real driver would sleep until a deadline, it moves the clock there and
//! returns. The program is the same, its order is the same, its `time()` goes on
//! as it should; only nobody waits.
//!
//! ```
//! use std::time::Duration;
//!
//! use groundup_executor::{EventLoop, RunError, sleep, spawn, time};
//!
//! let event_loop = EventLoop::builder().virtual_time().build();
//! let day = Duration::from_secs(86_400);
//! event_loop.run_until_complete(async {
//!     let slow = spawn(async move {
//!         sleep(365 * day).await;
//!         "a year later"
//!     });
//!     assert_eq!(slow.await.unwrap(), "a year later");
//!     assert_eq!(time(), 365 * day);
//! }).unwrap();
//!
//! // And where a real clock would let a program hang, this one knows that it does.
//! let error = event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
//! assert!(matches!(error, RunError::Deadlock(_)));
//! ```
//!
//! With the clock gone, the only thing left that could differ from run to run is
//! the order of what is ready together, and that is asked of the
//! [chooser](trace::Chooser): a [seed](Builder::seed) is a run, to the byte of its
//! [trace](Builder::trace), and another seed is another run. A bug that shows once
//! in a thousand runs has a number.
//!
//! # What can go wrong, and who pays
//!
//! | who | gets |
//! |---|---|
//! | a task that panics | ends; the panic goes to whoever awaits it, or is reported |
//! | a callback that panics | is reported; the next one runs |
//! | a run inside a run | [`RunError`], and the loop that runs is as it was |
//! | a loop that is closed | drops everything, oldest task first, and says so from then on |
//! | a thread that calls a loop that has gone | its call back, in [`LoopClosed`] |
//! | a program in which nothing can happen any more | on virtual time, a paragraph that says who waits for what |
//!
//! # What this floor holds to
//!
//! 1. What becomes ready in an iteration runs in the next (L02).
//! 2. Timers are never early, fire in the order of their deadlines, and ties in
//!    the order of setting (T02 to T04).
//! 3. A busy loop looks at the clock at least every 64 steps, and oftener where steps
//!    are long (T06).
//! 4. A letter of another thread is never slept over (L23).
//! 5. The same program, seed and virtual time: the same trace, byte for byte.
//! 6. However a run ends, the loop can be run again.
//!
//! # The folders
//!
//! The files form a tower of their own. A folder imports folders beneath it and
//! none above; its page, `x.rs` beside the folder `x/`, says who may touch what.
//!
//! ```text
//!   remote/       Remote, RemoteTask, AtWork      the loop from other threads
//!   event_loop/   EventLoop, Builder, Runner      what a program holds, and the
//!                                                 free functions
//!   time/         Sleep, Alarm, TimerHandle       what waits for a time
//!   iteration/    the loop itself                 the five steps; which loop runs
//!   timers/       the ladder, the cached time     which timer is due when
//!   driver/       Driver, ThreadPark, Virtual     the outside
//!   io_writer.rs  IoWriter                        a trace in a file
//!   error.rs      RunError                        why a run gave no value
//! ```
//!
//! Read next: `driver.rs`, and from there each file names the next, up to
//! `remote/task.rs` and `error.rs`. Then floor 5, `groundup-combinators`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod driver;
mod error;
mod event_loop;
mod io_writer;
mod iteration;
mod remote;
mod time;
mod timers;

pub use groundup_task as task;
pub use groundup_task::{generator, interweave, trace};

pub use driver::real_time::ThreadPark;
pub use driver::virtual_time::Virtual;
pub use driver::{Driver, Outside, Parked};
pub use error::RunError;
pub use event_loop::EventLoop;
pub use event_loop::builder::Builder;
pub use event_loop::equipment::{driver, keep};
pub use event_loop::free_functions::{
    all_tasks, call_at, call_later, call_soon, current_task, iteration, stop, time,
};
pub use event_loop::free_spawns::{spawn, spawn_in, spawn_later, spawn_named};
pub use event_loop::runner::{Runner, run};
pub use io_writer::IoWriter;
pub use iteration::guest::Progress;
pub use remote::error::RemoteError;
pub use remote::handle::RemoteHandle;
pub use remote::presence::AtWork;
pub use remote::task::RemoteTask;
pub use remote::{LoopClosed, Remote, remote};
pub use time::alarm::Alarm;
pub use time::handle::TimerHandle;
pub use time::sleep::{Sleep, block, sleep, sleep_until};
