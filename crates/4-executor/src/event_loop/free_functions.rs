//! Functions for the running loop, by bare name.
//!
//! The problem: a task runs deep in a program that passes no loop around. It calls
//! `call_soon`, `time` or `stop`, and means the loop that is polling it.
//!
//! Invariants:
//! 1. Each function does the same as the method of its name on [`EventLoop`].
//! 2. Where no loop runs, it panics with a message that says so, and never waits for a
//!    loop.
//!
//! Read next: `event_loop/free_spawns.rs`, spawning by bare name.
//!
//! [`EventLoop`]: crate::EventLoop

use std::panic::Location;
use std::time::Duration;

use groundup_task::{Handle, Scheduler, TaskRef};

use crate::driver::nanos;
use crate::instant::Instant;
use crate::iteration::LoopCore;
use crate::time::handle::TimerHandle;

/// Schedules `callback` for the next iteration, behind all entries that are ready.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{call_soon, run, yield_now};
///
/// run(async {
///     call_soon(|| println!("second"));
///     println!("first");
///     yield_now().await;
///     println!("third");
/// });
/// ```
#[track_caller]
#[inline]
pub fn call_soon(callback: impl FnOnce() + 'static) -> Handle {
    let place = Location::caller();
    LoopCore::scheduler_of("call_soon").call_soon_at(callback, place)
}

/// Schedules `callback` to be called when `delay` has passed, counted from now. The call is
/// never early.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{call_later, run_virtual, sleep};
///
/// run_virtual(async {
///     let timer = call_later(Duration::from_secs(5), || unreachable!());
///     sleep(Duration::from_secs(4)).await;
///     timer.cancel();
/// });
/// ```
#[track_caller]
pub fn call_later(delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
    let inner = LoopCore::current("call_later");
    let when = inner.timers().read_clock().saturating_add(nanos(delay));
    TimerHandle::set(inner.timers(), when, callback)
}

/// Schedules `callback` to be called at `when`, a time of the loop. A time in
/// the past is due in the next iteration.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{call_at, run, time};
///
/// run(async {
///     let when = time() + Duration::from_secs(60);
///     let timer = call_at(when, || ());
///     assert_eq!(timer.when(), when);
/// });
/// ```
#[track_caller]
pub fn call_at(when: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
    TimerHandle::set(
        LoopCore::current("call_at").timers(),
        when.nanos(),
        callback,
    )
}

/// Returns the present time of the running loop: asyncio's `loop.time()`.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{run_virtual, sleep, time};
///
/// run_virtual(async {
///     let begun = time();
///     sleep(Duration::from_secs(9)).await;
///     assert_eq!(time() - begun, Duration::from_secs(9));
/// });
/// ```
#[doc(alias("now", "current_time"))]
#[track_caller]
pub fn time() -> Instant {
    Instant::from_nanos(LoopCore::current("time").timers().read_clock())
}

impl Instant {
    /// Returns the time that has passed since this instant, on the clock of the running loop:
    /// `time() - self`. It is zero if the instant is still to come.
    ///
    /// # Panics
    ///
    /// Outside a running loop: there is no clock to ask. There, subtract two times of one loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{run_virtual, sleep, time};
    ///
    /// run_virtual(async {
    ///     let begun = time();
    ///     sleep(Duration::from_secs(9)).await;
    ///     assert_eq!(begun.elapsed(), Duration::from_secs(9));
    /// });
    /// ```
    #[track_caller]
    pub fn elapsed(self) -> Duration {
        Instant::from_nanos(LoopCore::current("Instant::elapsed").timers().read_clock()) - self
    }
}

/// Returns the number of the running loop's present iteration.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{iteration, run, yield_now};
///
/// run(async {
///     assert_eq!(iteration(), 1);
///     yield_now().await;
///     assert_eq!(iteration(), 2);
/// });
/// ```
#[track_caller]
pub fn iteration() -> u64 {
    LoopCore::current("iteration").iteration()
}

/// Returns the number of the running loop's present iteration; `None` where no loop runs.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{run, try_iteration};
///
/// assert_eq!(try_iteration(), None);
/// run(async { assert_eq!(try_iteration(), Some(1)) });
/// ```
#[inline]
pub fn try_iteration() -> Option<u64> {
    LoopCore::try_current(|inner| inner.iteration())
}

/// Ends the run of the running loop after this iteration.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{EventLoop, stop};
///
/// let event_loop = EventLoop::new();
/// event_loop.call_soon(stop);
/// event_loop.run_forever().unwrap();
/// ```
#[track_caller]
pub fn stop() {
    LoopCore::current("stop").set_stopping(true);
}

/// Returns the running task; `None` in a callback and outside a loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{current_task, run};
///
/// run(async {
///     let me = current_task().unwrap();
///     me.set_name("me");
///     assert_eq!(me.name().as_deref(), Some("me"));
/// });
/// assert_eq!(current_task(), None);
/// ```
pub fn current_task() -> Option<TaskRef> {
    Scheduler::current().and_then(|scheduler| scheduler.current_task())
}

/// Returns all tasks of the running loop that are not done, oldest first.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{all_tasks, run, spawn};
///
/// run(async {
///     let other = spawn(async {});
///     assert_eq!(all_tasks().len(), 2);
///     assert_eq!(all_tasks()[1], other.task_ref());
/// });
/// ```
#[track_caller]
pub fn all_tasks() -> Vec<TaskRef> {
    LoopCore::current("all_tasks").scheduler().all_tasks()
}
