//! Wait for: asyncio's older timeout, which takes tasks as well.
//!
//! The problem: programs that come from asyncio use `wait_for`, which has two habits of its
//! own. It takes a task as well as a future. And with no time left it begins nothing: a future
//! is never started, and only a task that is done returns its value.
//!
//! Invariants:
//! 1. With time left, `wait_for` is a [`timeout`]: the future runs in this task.
//! 2. With no time left, no code of a future runs.
//! 3. A task or future whose time is over is cancelled and then waited for.
//!
//! Read next: `timeout/error.rs`.

use std::time::Duration;

use groundup_executor::task::{Cancelled, DoneCallback, IntoTask, Promise, TaskError, TaskRef};

use crate::running::loop_of;
use crate::timeout::error::Elapsed;
use crate::timeout::timeout;

/// Awaits a task or a future for at most `delay`; returns its output, or [`Elapsed`]. `None` means
/// no limit.
///
/// ```text
/// wait_for(future, delay).await  ->  Ok(output) | Err(Elapsed)
/// wait_for(task, delay).await    ->  Ok(Ok(value)) | Ok(Err(TaskError)) | Err(Elapsed)
/// ```
///
/// As [`timeout`], but with a delay of zero a future is cancelled before its first step. A task
/// that is done still returns its value.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Elapsed, run_virtual, sleep, spawn, wait_for};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let second = Duration::from_secs(1);
///     assert_eq!(wait_for(async { 5 }, second).await, Ok(5));
///     assert_eq!(wait_for(sleep(2 * second), second).await, Err(Elapsed));
///     let task = spawn(async { 6 });
///     assert!(matches!(wait_for(task, None).await, Ok(Ok(6))));
/// });
/// ```
///
/// # What it takes
///
/// A task, or a future that owns all that it uses (`'static`), since `wait_for` may make a task of it.
/// The waits of shared objects borrow: for `event.wait()` or `queue.get()`, use [`timeout`], which
/// takes any future. The compiler says "argument requires that `event` is borrowed for `'static`"
/// otherwise.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Elapsed, run_virtual, sleep, timeout};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let (name, second) = (String::from("db"), Duration::from_secs(1));
///     let borrows = async {
///         sleep(2 * second).await;
///         name.len()
///     };
///     assert_eq!(timeout(second, borrows).await, Err(Elapsed)); // asyncio: wait_for(borrows, 1)
/// });
/// ```
///
/// # Errors
///
/// [`Elapsed`] if the time was over. The value of a task is its own `Result`.
///
/// # Panics
///
/// When polled outside a task of a running loop, unless there is no limit.
///
/// # Cancel safety
///
/// A cancel goes to the awaited task or future. Dropping `wait_for` drops the future; a task is
/// detached and runs on.
pub async fn wait_for<A: IntoTask>(
    awaitable: A,
    delay: impl Into<Option<Duration>>,
) -> Result<A::Awaited, Elapsed> {
    match delay.into() {
        None => Ok(awaitable.into_awaited().await),
        Some(Duration::ZERO) => {
            let mut task = awaitable.into_task(&loop_of("wait_for"));
            let done = task.done();
            if !done {
                cancel_and_wait(&task).await;
            }
            match task.take_result() {
                // It ended by our cancel. A task that had ended before reports its own cancel.
                Some(Err(TaskError::Cancelled(_))) if !done => Err(Elapsed),
                Some(outcome) => match A::awaited(outcome) {
                    Ok(value) => Ok(value),
                    Err(TaskError::Closed) => Err(Elapsed),
                    // Awaiting it would raise: a child of a group that has no value.
                    Err(TaskError::Cancelled(cancelled)) => match cancelled.raise().await {},
                    Err(error) => match Cancelled::with_reason(&error.to_string()).raise().await {},
                },
                None => Err(Elapsed),
            }
        }
        Some(delay) => timeout(delay, awaitable.into_awaited()).await,
    }
}

/// Cancels a task and waits for its end. It waits through a promise, so that a cancel of the
/// waiter does not go to the task a second time.
async fn cancel_and_wait(task: &TaskRef) {
    let ended: Promise<()> = Promise::new();
    let tell = ended.clone();
    let callback = task.add_done_callback(move || {
        let _ = tell.set_result(());
    });
    let _told = CallbackGuard { task, callback };
    task.cancel();
    if !task.scheduler().is_closed() {
        let _ = ended.await; // a loop that is being closed tells of no end
    }
}

/// Removes the done-callback when its waiter is dropped: an end without a waiter costs no
/// iteration.
struct CallbackGuard<'a> {
    task: &'a TaskRef,
    callback: DoneCallback,
}

impl Drop for CallbackGuard<'_> {
    fn drop(&mut self) {
        self.task.remove_done_callback(&self.callback);
    }
}
