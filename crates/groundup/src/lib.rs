#![doc = include_str!("../README.md")]
//!
//! # The crate
//!
//! The problem: eight floors are good for reading and inconvenient for use. This crate re-exports their names, and the
//! attributes of the crate `groundup-macros`. The names are asyncio's where Rust allows it. The root has the names of
//! floors 3 to 6 that programs use, and four others: [`Stepped`], [`Reactor`], [`Runner`] and [`run()`]. The other
//! names of floors 0 to 2 are in [`trace`], [`generator`] and [`interweave`], those of floor 7 in [`net`], `signal`,
//! `process`, [`host`] and [`web`]. [`IoWriter`](trace::IoWriter), of floor 4, is in [`trace`], too. [`lowlevel`] has
//! the parts for new primitives.
//!
//! Invariants:
//! 1. Every public name of every floor is here in exactly one place (the [`prelude`] repeats a few).
//! 2. This crate defines nothing.
//!
//! # Which `Result` is which
//!
//! Each thing that a program awaits or runs adds at most one `Result`, with an error type of its own. (`gather` has
//! the error type of a task.) A future that a `join`, a `race` or a `select` polls in place adds no `Result`.
//!
//! ```text
//!   event_loop.run_until_complete(f)  Result<T, RunError>             the loop could not go on
//!   task.await                        Result<T, TaskError>            the task was cancelled, or panicked
//!   gather(tasks).await               Result<Vec<T>, TaskError>       a child was cancelled, or panicked
//!   try_gather(tasks).await           Result<Vec<T>, GatherError<E>>  as gather, or a child returned an Err
//!   promise.await                     Result<T, PromiseError>         the promise was failed, or cancelled
//!   timeout(d, f).await               Result<T, Elapsed>              the time is over
//!   catch_cancel(f).await             Result<T, Cancelled>            a cancel was caught here
//!   task_group(body).await            Result<T, GroupError<E>>        children failed, or the body did
//!   to_thread(f).await                Result<T, JobError>             the job panicked, or did not run
//!   child.await, inside its group     T                               (if the child ends without a value, this await is cancelled)
//!   queue.get().await                 Result<T, QueueShutDown>        no item will come
//!   oneshot_receiver.await            Result<T, SenderDropped>        the sender was dropped
//!   broadcast_receiver.recv().await   Result<T, BroadcastError>       values were missed, or all senders dropped
//!   lock.acquire().await              LockGuard                       (it waits until the lock is free)
//!   reader.readline().await           Result<Vec<u8>, ReadError>      the line is too long, or the peer failed
//!   writer.drain().await              io::Result<()>                  the peer failed
//!   run(f), f.await                   T
//!
//!   timeout(d, task).await  =  Result< Result< Result<u32, MyError>, TaskError >, Elapsed >
//!                              time    task    your function
//! ```
//!
//! The outermost `Result` is of the tool called last. Every error works with `?`: it is `Send + Sync + 'static`, if
//! the value in it is; [`PutError::without_item`] and [`SendError::without_value`] drop one that is not. In [`GroupError`]
//! and [`GatherError`], the value also needs `Debug` and `Display`; in [`generator::Exception`], it must be an error.
//!
//! ```
//! use groundup::{run_virtual, sleep, spawn, timeout};
//! use std::{error::Error, num::ParseIntError, time::Duration};
//!
//! async fn read(text: &str) -> Result<u32, ParseIntError> {
//!     sleep(Duration::from_secs(1)).await;
//!     text.parse()
//! }
//!
//! async fn seven() -> Result<u32, Box<dyn Error + Send + Sync>> {
//!     let task = spawn(read("7"));
//!     Ok(timeout(Duration::from_secs(5), task).await???) // the time, the task, `read`
//! }
//!
//! assert_eq!(run_virtual(seven()).unwrap(), 7);
//! assert!(run_virtual(read("seven")).is_err());
//! ```
//!
//! # What panics, and what is an `Err`
//!
//! A bug of the caller panics, and the text says the cause and the cure:
//!
//! - a call that needs a running loop, where none runs, such as the making of a socket; [`run()`] inside a run; a
//!   `spawn` or a `call_soon` of a loop that is closed;
//! - a `gather`, `wait` or `shield` of a running task of another loop; an await of a lock or a queue for which tasks
//!   of another loop have waited. A plain await of another loop's task waits until that loop runs;
//! - a wait for nothing, a limit of zero calls at once, a period of zero, a queue or a broadcast without room, a pool
//!   of no threads;
//! - a wait that blocks the thread where a loop runs, such as [`RemoteTask::wait`];
//! - an await of oneself that returns no `Result`: [`ended`](TaskRef::ended), or `child.await` of a group's child;
//! - a loop beside 4,093 others, an [`Instant`] beyond its range, a [`Deadline`] that is used twice, the guard
//!   of another lock for a [`Condition`], the end of a main future of [`run()`] by a cancel;
//! - a poll after its end of a combinator, a job, or a wait for an object that tasks share. (A promise, a
//!   [`sleep()`] and a [`yield_now()`] are ready again.)
//!
//! Two awaits return a `Result` anyhow, and so give this error: a task that awaits itself by `task.await` or
//! `child.result().await` ([`AwaitedItself`](TaskError::AwaitedItself)), and a second await ([`Taken`](TaskError::Taken)).
//!
//! A thing that can happen to a correct program is an `Err`:
//!
//! - a run of an [`EventLoop`] that is closed or runs, or on a thread where a loop runs: [`RunError`];
//! - a task that was cancelled, or that panicked: [`TaskError`], [`ChildEnded`];
//! - a deadline that has passed: [`Elapsed`];
//! - a queue that was shut down, or is full or empty: [`QueueShutDown`], [`PutError`], [`GetError`];
//! - a channel whose other end was dropped, a slow receiver: [`SendError`], [`SenderDropped`], [`BroadcastError`];
//! - a barrier that was broken, or a release without an acquire: [`BrokenBarrier`], [`NotAcquired`];
//! - a call from a thread to a loop that is closed: [`LoopClosed`];
//! - a job that panicked, or that a pool did not run: [`JobError`];
//! - a message that is too long or incomplete: [`ReadError`](net::ReadError); everything else that
//!   a peer can do, and a socket outside its loop: [`std::io::Error`].
//!
//! # A future stays on its thread
//!
//! A loop and all its futures live on one thread. So they share state with `Rc` and `Cell`, and
//! they are not `Send`. Code that was written for a loop on many threads changes in these places:
//!
//! | for many threads | here |
//! |---|---|
//! | `future.boxed()`, `BoxFuture` | `future.boxed_local()`, `LocalBoxFuture` |
//! | `#[async_trait]` | `#[async_trait(?Send)]`, or an `async fn` in the trait |
//! | `Arc<Mutex<T>>` | `Rc<RefCell<T>>`, `Rc<Cell<T>>`; across an await, `Rc<Lock<T>>` |
//! | `tokio::spawn(future)` on another thread | [`Remote::spawn`] with a closure that makes the future |
//! | `tokio::task::spawn_blocking` | [`to_thread`] |
//! | a runtime of many worker threads | a [`Fleet`], whose tasks stay in their loops |
//!
//! # The chapters
//!
//! The front page of each floor is its chapter. Each chapter begins with the problem that the floor solves, and names
//! the files to read. The table under "Read in this order" has the examples of each floor.
//!
//! | floor | chapter | solves |
//! |---|---|---|
//! | 0 | [`groundup-trace`](groundup_io::trace) | to see, and to repeat, what a loop did |
//! | 1 | [`groundup-generator`](groundup_io::generator) | to pause a function and to resume it |
//! | 2 | [`groundup-interweave`](groundup_io::interweave) | to run many paused functions in turn |
//! | 3 | [`groundup-task`](groundup_io::task) | to resume a function only when it has a reason to run |
//! | 4 | [`groundup-executor`](groundup_io::executor) | to wait for a time, and for other threads |
//! | 5 | [`groundup-combinators`](groundup_io::combinators) | to wait for several things at once |
//! | 6 | [`groundup-sync`](groundup_io::sync) | to share state, and to wait for the work of another task |
//! | 7 | [`groundup-io`](groundup_io) | to wait for bytes of other programs |
//!
//! The path through the floors ends here. The other files of this crate are lists of names.
//!
//! Read next: `trace.rs`, the first of these lists.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

pub mod generator;
pub mod host;
pub mod interweave;
pub mod lowlevel;
pub mod net;
pub mod prelude;
#[cfg(unix)]
pub mod process;
#[cfg(unix)]
pub mod signal;
pub mod trace;
pub mod web;

// Runners for tests, and their outcomes. `run` and `Runner` are below.
#[doc(inline)]
pub use groundup_io::executor::{TestOutcome, run_test, run_virtual};

// The attributes of `main` and of a test.
#[doc(inline)]
pub use groundup_macros::{main, test};

// The event loop, its parts, and the errors of its calls.
#[doc(inline)]
pub use groundup_io::executor::{
    BuildError, Builder, CloseError, EventLoop, Instant, LoopHandle, Metrics, Progress, RunError,
    current_loop, iteration, keep, stop, time, try_iteration,
};

// Callbacks: `call_soon`, `call_later`, `call_at`, and the handles they return.
#[doc(inline)]
pub use groundup_io::executor::{TimerHandle, call_at, call_later, call_soon};
#[doc(inline)]
pub use groundup_io::task::{DoneCallback, Handle};

// Tasks: `create_task`, `current_task`, `all_tasks`, and the result of awaiting a task.
#[doc(inline)]
pub use groundup_io::executor::{
    all_tasks, current_task, spawn, spawn_in, spawn_later, spawn_named,
};
#[doc(inline)]
pub use groundup_io::task::{
    Abandon, CancelOnDrop, Exit, Finished, IntoTask, Join, Panic, Task, TaskError, TaskRef,
};

// Sleeping, yielding, and blocking on purpose.
#[doc(inline)]
pub use groundup_io::executor::{Sleep, block, sleep, sleep_until};
#[doc(inline)]
pub use groundup_io::task::{YieldNow, yield_now};

// Cancellation: `try: ... except CancelledError`, `raise`, scopes.
#[doc(inline)]
pub use groundup_io::task::{
    CancelScope, Cancelled, CatchCancel, RaiseCancelled, catch_cancel, raise_cancelled,
};

// Promises: what Python calls `asyncio.Future`.
#[doc(inline)]
pub use groundup_io::task::{Await, InvalidState, Promise, PromiseError, SharedError};

// Several at once: `gather`, `wait`, `as_completed`, `wait_for`, `timeout`, ...
#[doc(inline)]
pub use groundup_io::combinators::{
    AsCompleted, AsCompletedTimeout, Completed, CompletedItems, Gather, GatherError, GatherHandle,
    GatherOutcomes, Gathered, NextCompleted, Outcomes, TryGathered, as_completed, gather,
    try_gather,
};
#[doc(inline)]
pub use groundup_io::combinators::{
    BorrowingChild, BorrowingGroup, Child, ChildEnded, ChildError, ChildErrors, ChildValue,
    GroupClosed, GroupError, TaskGroup, borrowing_group, task_group,
};
#[doc(inline)]
pub use groundup_io::combinators::{
    Deadline, DeadlineError, Elapsed, MemberId, ReturnWhen, SetWait, Shield, Timeout, TimeoutExt,
    Wait, WaitSet, Waitable, shield, timeout, timeout_at, wait, wait_for,
};

// Several at once in one task, or under any executor: `join`, `race`, `select`, `unordered`.
#[doc(inline)]
pub use groundup_io::combinators::{
    IntoPlaces, IntoRace, IntoRaceOk, IntoSelect, IntoTryJoin, JoinAll, Race, RaceOk, Select,
    SelectBiased, Selected, TryJoinAll, Unordered, join, race, race_ok, select, select_biased,
    try_join, unordered,
};

// One function for many items: the source's `async_map`.
#[doc(inline)]
pub use groundup_io::combinators::{AsyncMap, Iterables, MaybeAsync, RunOn, async_map, plain};

// Streams that are driven by tasks, and ticks at regular times: tokio's `interval`.
#[doc(inline)]
pub use groundup_io::combinators::{
    Buffered, Interval, IntoStreams, Merge, MissedTickBehavior, Zip, Zippable, buffer_unordered,
    buffered, interval, interval_at, merge, zip,
};

// The objects that tasks share: `Lock`, `Event`, `Condition`, `Semaphore`, `Barrier`.
#[doc(inline)]
pub use groundup_io::sync::{
    Acquire, AcquirePermit, Barrier, BarrierWait, BoundedSemaphore, BrokenBarrier, Condition,
    ConditionWait, Event, EventWait, Lock, LockGuard, NotAcquired, OnceCell, OwnedLockGuard,
    OwnedPermit, Permit, Semaphore,
};

// .. and beside asyncio's objects: tokio's `RwLock`, `Notify`, `CancellationToken`.
#[doc(inline)]
pub use groundup_io::sync::{
    CancellationGuard, CancellationToken, CancellationWait, Notify, NotifyWait, RwLock, RwLockRead,
    RwLockReadGuard, RwLockWrite, RwLockWriteGuard,
};

// Queues: `Queue`, `PriorityQueue`, `LifoQueue`.
#[doc(inline)]
pub use groundup_io::sync::{
    BaseQueue, GetError, LifoQueue, Lowest, PriorityQueue, PutError, Queue, QueueGet, QueueJoin,
    QueuePut, QueueShutDown, QueueStore, QueueStream,
};

// Channels with two ends: one value, each value for all, the latest value.
#[doc(inline)]
pub use groundup_io::sync::{
    BroadcastError, BroadcastReceiver, BroadcastRecv, BroadcastSender, OneshotClosed,
    OneshotReceiver, OneshotSender, SendError, SenderDropped, WatchChanged, WatchReceiver,
    WatchSender, broadcast, oneshot, watch,
};

// Work that blocks, on threads: `to_thread`, `run_in_executor`, `ThreadPoolExecutor`.
#[doc(inline)]
pub use groundup_io::sync::{
    DefaultPool, JobError, RunInExecutor, ThreadPool, ThreadPoolBuilder, ToThread, UnfinishedJob,
    UnfinishedJobs, default_pool, run_in_executor, to_thread,
};

// Loops on several threads, and queues between them.
#[doc(inline)]
pub use groundup_io::sync::{
    Fleet, FleetBuilder, FleetError, FleetTask, LoopEnd, SharedGet, SharedPut, SharedQueue,
    SharedQueueGuard, UnfinishedLoops,
};

// Work in other processes: `ProcessPoolExecutor`.
#[cfg(feature = "processes")]
#[doc(inline)]
pub use groundup_io::sync::{
    ProcessError, ProcessJob, ProcessPool, ProcessPoolBuilder, RunInProcess, process_job,
    run_in_process, serve_jobs,
};

// Other threads: `call_soon_threadsafe`, `run_coroutine_threadsafe`.
#[doc(inline)]
pub use groundup_io::executor::{
    AtWork, LoopClosed, Remote, RemoteError, RemoteHandle, RemoteTask, remote,
};

// Contexts (`contextvars`), and errors without an awaiter: exception handler, deadlock report.
#[doc(inline)]
pub use groundup_io::task::{
    Combinator, Deadlock, ExceptionHandler, Local, Locals, Report, ReportKind, Stuck, Unpark,
};

// Drivers: clocks and ways to wait; the runners; a way to step an `async fn` like a generator.
#[doc(inline)]
pub use groundup_io::executor::{Driver, Outside, Parked, ThreadPark, Virtual, driver};
#[doc(inline)]
pub use groundup_io::{Reactor, Runner, generator::Stepped, run};
