#![doc = include_str!("../README.md")]
//!
//! # The crate
//!
//! The problem: six floors are good for reading and inconvenient for use. This crate
//! re-exports their names, and the attributes of the crate `groundup-macros`. The names are asyncio's where Rust allows
//! it. The root has the names that programs use. The names of floors 0 to 2 are in
//! [`trace`], [`generator`] and [`interweave`]. The parts for new primitives are in
//! [`lowlevel`].
//!
//! Invariants:
//! 1. Every public name of every floor is here in exactly one place (the [`prelude`]
//!    repeats a few).
//! 2. This crate defines nothing.
//!
//! The path through the floors ends here. The other files of this crate are lists of names.
//!
//! Read next: `trace.rs`, the first of these lists.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

pub mod generator;
pub mod interweave;
pub mod lowlevel;
pub mod prelude;
pub mod trace;

// Runners: `asyncio.run`, `Runner`.
#[doc(inline)]
pub use groundup_combinators::executor::{Runner, TestOutcome, run, run_test, run_virtual};

// The attributes of `main` and of a test.
#[doc(inline)]
pub use groundup_macros::{main, test};

// The event loop, its parts, and the errors of its calls.
#[doc(inline)]
pub use groundup_combinators::executor::{
    BuildError, Builder, CloseError, EventLoop, LoopHandle, Metrics, Progress, RunError,
    current_loop, iteration, keep, stop, try_current_loop,
};

// Times of a loop: `loop.time()`.
#[doc(inline)]
pub use groundup_combinators::executor::{Instant, time};

// Callbacks: `call_soon`, `call_later`, `call_at`, and the handles they return.
#[doc(inline)]
pub use groundup_combinators::executor::{TimerHandle, call_at, call_later, call_soon};
#[doc(inline)]
pub use groundup_combinators::task::{DoneCallback, Handle};

// Tasks: `create_task`, `current_task`, `all_tasks`, and the result of awaiting a task.
#[doc(inline)]
pub use groundup_combinators::executor::{
    all_tasks, current_task, spawn, spawn_in, spawn_later, spawn_named,
};
#[doc(inline)]
pub use groundup_combinators::task::{
    Abandon, CancelOnDrop, Exit, Finished, IntoTask, Join, Panic, Task, TaskError, TaskRef,
};

// Sleeping, yielding, and blocking on purpose.
#[doc(inline)]
pub use groundup_combinators::executor::{Sleep, block, sleep, sleep_until};
#[doc(inline)]
pub use groundup_combinators::task::{YieldNow, yield_now};

// Cancellation: `try: ... except CancelledError`, `raise`, scopes.
#[doc(inline)]
pub use groundup_combinators::task::{
    CancelScope, Cancelled, CatchCancel, RaiseCancelled, catch_cancel, raise_cancelled,
};

// Promises: what Python calls `asyncio.Future`.
#[doc(inline)]
pub use groundup_combinators::task::{Await, InvalidState, Promise, PromiseError, SharedError};

// Several at once: `gather`, `wait`, `as_completed`, `wait_for`, `timeout`, ...
#[doc(inline)]
pub use groundup_combinators::{
    AsCompleted, AsCompletedTimeout, Completed, CompletedItems, Gather, GatherError, GatherHandle,
    GatherOutcomes, Gathered, NextCompleted, Outcomes, TryGathered, as_completed, gather,
    try_gather,
};
#[doc(inline)]
pub use groundup_combinators::{
    BorrowingChild, BorrowingGroup, Child, ChildEnded, ChildError, ChildErrors, ChildValue,
    GroupClosed, GroupError, TaskGroup, borrowing_group, task_group,
};
#[doc(inline)]
pub use groundup_combinators::{
    Deadline, DeadlineError, Elapsed, Timeout, TimeoutExt, timeout, timeout_at, wait_for,
};
#[doc(inline)]
pub use groundup_combinators::{
    MemberId, ReturnWhen, SetWait, Shield, Wait, WaitSet, Waitable, shield, wait,
};

// Several at once in one task, or under any executor: `join`, `race`, `select`.
#[doc(inline)]
pub use groundup_combinators::{
    IntoPlaces, IntoRace, JoinAll, Race, RaceOk, Select, SelectBiased, Selected, TryJoinAll, join,
    race, race_ok, select, select_biased, try_join,
};

// One function for many items: the source's `async_map`.
#[doc(inline)]
pub use groundup_combinators::{AsyncMap, Iterables, MaybeAsync, RunOn, async_map, plain};

// Ticks at regular times: tokio's `interval`.
#[doc(inline)]
pub use groundup_combinators::{Interval, MissedTickBehavior, interval, interval_at};

// Streams that are driven by tasks.
#[doc(inline)]
pub use groundup_combinators::{
    Buffered, IntoStreams, Merge, Zip, Zippable, buffer_unordered, buffered, merge, zip,
};

// Other threads: `call_soon_threadsafe`, `run_coroutine_threadsafe`.
#[doc(inline)]
pub use groundup_combinators::executor::{
    AtWork, LoopClosed, Remote, RemoteError, RemoteHandle, RemoteTask, remote,
};

// Contexts: `contextvars`.
#[doc(inline)]
pub use groundup_combinators::task::{Local, Locals};

// Errors without an awaiter: the exception handler and the deadlock report.
#[doc(inline)]
pub use groundup_combinators::task::{
    Combinator, Deadlock, ExceptionHandler, Report, ReportKind, Stuck,
};

// Drivers: clocks and ways to wait.
#[doc(inline)]
pub use groundup_combinators::executor::{Driver, Outside, Parked, ThreadPark, Virtual, driver};
#[doc(inline)]
pub use groundup_combinators::task::Unpark;

// Steps an `async fn` like a generator.
#[doc(inline)]
pub use groundup_combinators::generator::Stepped;
