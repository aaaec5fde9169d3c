//! Wait for: asyncio's older way to say timeout.
//!
//! The problem: `wait_for` is what programs that come from asyncio use, and it has
//! two habits of its own. It takes a task as well as a future. And with no time left
//! it does not even begin: a future is never started, a task that is done gives its
//! value.
//!
//! Invariants:
//! 1. With time left it is a [`timeout`]: the future runs in this task (O08).
//! 2. With none left, nothing of a future runs (O04).
//! 3. What is ended is cancelled and waited for.
//!
//! Read next: `error.rs`.

use std::time::Duration;

use groundup_executor::task::{DoneCallback, IntoTask, Promise, TaskError, TaskRef};

use crate::running::loop_of;
use crate::timeout::error::Elapsed;
use crate::timeout::timeout;

/// Awaits a task or a future for at most `delay`; `None` is for ever (O05).
///
/// As [`timeout`], but a delay of zero does not even start a future: it is cancelled
/// before its first step, unless it is a task that is done (O04).
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep, spawn};
/// use groundup_combinators::{Elapsed, wait_for};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let second = Duration::from_secs(1);
///     assert_eq!(wait_for(async { 5 }, second).await, Ok(5));
///     assert_eq!(wait_for(sleep(2 * second), second).await, Err(Elapsed));
///     let task = spawn(async { 6 });
///     assert_eq!(wait_for(task, None).await.unwrap().unwrap(), 6);
/// }).unwrap();
/// ```
///
/// # Errors
///
/// [`Elapsed`] if the time was over. For a task the value is its own `Result`.
///
/// # Panics
///
/// When polled outside a task of a running loop, unless there is no limit.
///
/// # Cancel safety
///
/// A cancel goes to what is awaited (O06). Dropping it drops the future; a task is
/// detached, and runs on.
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
                // It ended by our cancel; one that had ended before says so itself.
                Some(Err(TaskError::Cancelled(_))) if !done => Err(Elapsed),
                Some(outcome) => A::awaited(outcome).map_err(|_| Elapsed),
                None => Err(Elapsed),
            }
        }
        Some(delay) => timeout(delay, awaitable.into_awaited()).await,
    }
}

/// Cancels a task and waits for its end, so that a cancel of the waiter does not
/// go to the task a second time.
async fn cancel_and_wait(task: &TaskRef) {
    let ended: Promise<()> = Promise::new();
    let tell = ended.clone();
    let callback = task.add_done_callback(move || {
        let _ = tell.set_result(());
    });
    let _told = Told { task, callback };
    task.cancel();
    if !task.scheduler().is_closed() {
        let _ = ended.await; // a loop that is being closed tells of no end
    }
}

/// A callback that goes with whoever waited for it: an end that nobody is told of
/// costs no iteration.
struct Told<'a> {
    task: &'a TaskRef,
    callback: DoneCallback,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.task.remove_done_callback(&self.callback);
    }
}
