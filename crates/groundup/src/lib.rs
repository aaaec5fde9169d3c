//! Async from the ground up.
#![forbid(unsafe_code)]

pub use groundup_combinators::{generator, interweave, trace};

pub use groundup_combinators::executor::{
    Builder, Driver, EventLoop, LoopClosed, Parked, Remote, RemoteError, RemoteTask, RunError,
    Runner, Sleep, ThreadPark, TimerHandle, Virtual, all_tasks, block, call_at, call_later,
    call_soon, current_task, iteration, remote, run, sleep, sleep_until, spawn, spawn_later, stop,
    time,
};
pub use groundup_combinators::task::{
    Cancelled, CatchCancel, Deadlock, DoneCallback, Ended, ExceptionHandler, Handle, IntoTask,
    InvalidState, Join, Local, Locals, Panic, Promise, PromiseError, RaiseCancelled, Report,
    ReportKind, Stepped, Stuck, Task, TaskError, TaskRef, YieldNow, catch_cancel, raise_cancelled,
    yield_now,
};

pub mod prelude;
