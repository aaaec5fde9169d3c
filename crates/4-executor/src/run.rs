//! The entrances: `run`, `Runner`, and what a task may call by bare name.
//!
//! The problem: most programs want one loop, one main function, and no loop
//! object in sight. Inside, `spawn`, `call_soon` and `time` mean the loop that is
//! running.
//!
//! Invariants:
//! 1. `run` cancels what is left at the end, waits for it, and then closes the
//!    loop: clean-up code runs (R01).
//! 2. The free functions fail with a sentence, not a hang, where no loop runs.
//!
//! Read next: `builder.rs`.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::time::Duration;

use groundup_task::{Handle, Scheduler, Task, TaskRef};

use crate::driver::nanos;
use crate::error::RunError;
use crate::event_loop::EventLoop;
use crate::iteration::Inner;
use crate::timer::TimerHandle;

/// Runs `main` on a loop of its own, and gives what it gives: asyncio's `run`.
///
/// At the end every task that is left is cancelled and waited for.
///
/// # Panics
///
/// If a loop is running on this thread already, if `main` panics, is cancelled,
/// or can never go on. [`Runner`] gives these as errors instead.
#[track_caller]
pub fn run<F: IntoFuture>(main: F) -> F::Output {
    match Runner::new().run(main) {
        Ok(output) => output,
        Err(RunError::AlreadyRunning | RunError::AnotherLoopRuns) => panic!(
            "run() cannot be called from a running event loop: await the future there, or spawn it"
        ),
        Err(error) => panic!("{error}"),
    }
}

/// A loop that runs one main function after another: asyncio's `Runner`.
///
/// Dropping it cancels the tasks that are left, waits for them, and closes the loop.
#[derive(Debug)]
pub struct Runner {
    event_loop: EventLoop,
}

impl Runner {
    /// A runner on the real clock.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Runner {
            event_loop: EventLoop::new(),
        }
    }

    /// A runner on a loop that was built otherwise.
    pub fn with_loop(event_loop: EventLoop) -> Self {
        Runner { event_loop }
    }

    /// The loop, for what the runner does not offer.
    pub fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Runs `main` to its end. Tasks that are left go on in the next run, which
    /// also begins with the [locals](groundup_task::Local) this one ended with (R03).
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        self.event_loop.run_main(main.into_future(), true)
    }

    /// Cancels what is left, waits for it, and closes the loop. Dropping the
    /// runner does the same.
    ///
    /// # Errors
    ///
    /// [`RunError::Deadlock`] if a task caught its cancel and now waits for ever;
    /// [`RunError::StillRunning`] from inside; [`RunError::AnotherLoopRuns`] if
    /// tasks are left that cannot be waited for, since another loop runs.
    pub fn close(&self) -> Result<(), RunError> {
        if self.event_loop.is_closed() {
            return Ok(());
        }
        let left = self.event_loop.all_tasks();
        let waited = if left.is_empty() {
            Ok(())
        } else {
            self.event_loop.run_until_complete(async move {
                for task in &left {
                    task.cancel();
                }
                for task in left {
                    task.ended().await;
                }
            })
        };
        match waited {
            Err(RunError::AlreadyRunning) => Err(RunError::StillRunning),
            Err(error @ RunError::AnotherLoopRuns) => Err(error),
            waited => self.event_loop.close().and(waited),
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Err(error) = self.close() {
            eprintln!("while a runner was closed: {error}");
        }
    }
}

/// Makes a task of a future, on the running loop. None of it runs yet (K01).
///
/// Dropping the handle lets the task run on.
///
/// # Panics
///
/// Outside a running loop.
#[track_caller]
#[inline]
pub fn spawn<F>(future: F) -> Task<<F::IntoFuture as Future>::Output>
where
    F: IntoFuture,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    let place = Location::caller();
    let future = future.into_future();
    Inner::with_current("spawn", |inner| inner.scheduler.spawn_at(future, place))
}

/// Makes a task of a future when `delay` has passed: asyncio's
/// `call_later(delay, create_task, ...)`.
///
/// # Panics
///
/// Outside a running loop.
#[track_caller]
pub fn spawn_later<F>(delay: Duration, future: F) -> TimerHandle
where
    F: IntoFuture + 'static,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    call_later(delay, move || spawn(future).detach())
}

/// Has `callback` called in the next iteration (L01).
///
/// # Panics
///
/// Outside a running loop.
#[track_caller]
#[inline]
pub fn call_soon(callback: impl FnOnce() + 'static) -> Handle {
    let place = Location::caller();
    Inner::with_current("call_soon", |inner| {
        inner.scheduler.call_soon_at(callback, place)
    })
}

/// Has `callback` called when `delay` has passed.
///
/// # Panics
///
/// Outside a running loop.
#[track_caller]
pub fn call_later(delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
    let inner = Inner::current("call_later");
    let when = inner.timers.look().saturating_add(nanos(delay));
    TimerHandle::set(&inner.timers, when, callback)
}

/// Has `callback` called at `when`, counted from the loop's beginning.
///
/// # Panics
///
/// Outside a running loop.
#[track_caller]
pub fn call_at(when: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
    TimerHandle::set(&Inner::current("call_at").timers, nanos(when), callback)
}

/// The time since the running loop's beginning.
///
/// # Panics
///
/// Outside a running loop.
pub fn time() -> Duration {
    Duration::from_nanos(Inner::current("time").timers.look())
}

/// The number of the running loop's present iteration.
///
/// # Panics
///
/// Outside a running loop.
pub fn iteration() -> u64 {
    Inner::current("iteration").iteration()
}

/// Ends the run of the running loop after this iteration (L06).
///
/// # Panics
///
/// Outside a running loop.
pub fn stop() {
    Inner::current("stop").stopping.set(true);
}

/// The running task; `None` in a callback and outside a loop (K08).
pub fn current_task() -> Option<TaskRef> {
    Scheduler::try_current(Scheduler::current_task).flatten()
}

/// All tasks of the running loop that are not done, oldest first (K08).
///
/// # Panics
///
/// Outside a running loop.
pub fn all_tasks() -> Vec<TaskRef> {
    Inner::current("all_tasks").scheduler.all_tasks()
}
