//! Spawning on the running loop, by bare name.
//!
//! The problem: most programs spawn more often than they do anything else with a loop. So
//! each way to spawn is a free function: at once, with a name, in a shared context, or
//! after a delay.
//!
//! Invariant: each function does the same as the method of its name on
//! [`EventLoop`](crate::EventLoop), and panics if no loop runs.
//!
//! Read next: `event_loop/equipment.rs`.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::time::Duration;

use groundup_task::{Locals, Task};

use crate::event_loop::free_functions::call_later;
use crate::iteration::LoopCore;
use crate::time::handle::TimerHandle;

/// Makes a task of a future on the running loop. The task takes its first step in the next
/// iteration.
///
/// Dropping the handle lets the task run on.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{run, spawn};
///
/// let value = run(async {
///     let task = spawn(async { 5 });
///     task.await
/// });
/// assert_eq!(value.unwrap(), 5);
/// ```
#[doc(alias("create_task", "ensure_future", "spawn_local", "start_soon"))]
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
    LoopCore::scheduler_of("spawn").spawn_at(future, place)
}

/// Makes a task of a future on the running loop, with a name for traces and reports:
/// asyncio's `create_task(c, name=...)`. [`set_name`](groundup_task::TaskRef::set_name)
/// names a task later.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{run, spawn_named};
///
/// run(async {
///     let kettle = spawn_named("kettle", async { "tea" });
///     assert_eq!(kettle.name().as_deref(), Some("kettle"));
///     assert_eq!(kettle.await.unwrap(), "tea");
/// });
/// ```
#[track_caller]
pub fn spawn_named<F>(name: impl AsRef<str>, future: F) -> Task<<F::IntoFuture as Future>::Output>
where
    F: IntoFuture,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    let place = Location::caller();
    let future = future.into_future();
    LoopCore::scheduler_of("spawn_named").spawn_named_at(name.as_ref(), future, place)
}

/// Makes a task of a future that runs in the given context: asyncio's
/// `create_task(..., context=...)`. All tasks that are spawned in a context share it. See
/// [`Scheduler::spawn_in`](groundup_task::Scheduler::spawn_in).
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{Local, Locals, run, spawn, spawn_in};
///
/// static USER: Local<&str> = Local::new();
///
/// run(async {
///     let session = Locals::current();
///     spawn_in(&session, async { USER.set("ada") }).await.unwrap();
///     assert_eq!(spawn_in(&session, async { USER.get() }).await.unwrap(), Some("ada"));
///     assert_eq!(spawn(async { USER.get() }).await.unwrap(), None);
/// });
/// ```
#[track_caller]
pub fn spawn_in<F>(locals: &Locals, future: F) -> Task<<F::IntoFuture as Future>::Output>
where
    F: IntoFuture,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    LoopCore::scheduler_of("spawn_in").spawn_in(locals, future.into_future())
}

/// Makes a task of a future after `delay`: asyncio's `call_later(delay, create_task, ...)`.
/// Cancelling the timer drops the future.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{run_virtual, sleep, spawn_later, time};
///
/// run_virtual(async {
///     let late = Duration::from_secs(5);
///     spawn_later(late, async { assert_eq!(time().to_string(), "5 s") });
///     sleep(2 * late).await;
/// });
/// ```
#[track_caller]
pub fn spawn_later<F>(delay: Duration, future: F) -> TimerHandle
where
    F: IntoFuture + 'static,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    let place = Location::caller();
    call_later(delay, move || spawn_from(future, place))
}

/// Spawns `future` on the running loop, as a spawn that was called at `place`.
pub(super) fn spawn_from<F>(future: F, place: &'static Location<'static>)
where
    F: IntoFuture,
    F::IntoFuture: 'static,
    <F::IntoFuture as Future>::Output: 'static,
{
    let future = future.into_future();
    LoopCore::scheduler_of("spawn")
        .spawn_at(future, place)
        .detach();
}
