//! Adding tasks, promises and callbacks to a loop.
//!
//! The problem: a program that is outside every loop, or that has several, must name the
//! loop it means. So everything here is a method of [`EventLoop`]. Code that runs inside a
//! loop uses the functions of the same names in `free_functions.rs` and `free_spawns.rs`.
//!
//! Invariants:
//! 1. Nothing that is added runs at once; the next iteration is the earliest.
//! 2. A closed loop accepts nothing. To add to it is the caller's bug, and panics. While a loop is
//!    being closed, it drops what the drops of its tasks add, as the free functions say.
//!
//! Read next: `event_loop/free_functions.rs`.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::{Handle, Locals, Promise, Task};

use super::EventLoop;
use super::free_spawns::spawn_from;
use crate::driver::nanos;
use crate::instant::Instant;
use crate::iteration::LoopCore;
use crate::time::handle::TimerHandle;

impl EventLoop {
    #[track_caller]
    pub(super) fn open(&self) -> &Rc<LoopCore> {
        assert!(
            !self.inner.scheduler().is_closed() || self.is_running(),
            "Event loop is closed: make a new one"
        );
        &self.inner
    }

    /// Makes a task of a future. The task takes its first step in the next iteration.
    /// Dropping the handle lets the task run on.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let task = event_loop.spawn(async { "ran" });
    /// assert!(!task.done());
    /// assert_eq!(event_loop.run_until_done(task).unwrap(), "ran");
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<<F::IntoFuture as Future>::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.open().scheduler().spawn(future.into_future())
    }

    /// Makes a task of a future, with a name for traces and reports: asyncio's
    /// `create_task(c, name=...)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let kettle = event_loop.spawn_named("kettle", async { "tea" });
    /// assert_eq!(kettle.name().as_deref(), Some("kettle"));
    /// ```
    #[track_caller]
    pub fn spawn_named<F>(
        &self,
        name: impl AsRef<str>,
        future: F,
    ) -> Task<<F::IntoFuture as Future>::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.open()
            .scheduler()
            .spawn_named(name.as_ref(), future.into_future())
    }

    /// Makes a task of a future that runs in the given context: asyncio's
    /// `create_task(..., context=...)`. All tasks that are spawned in a context share it.
    /// See [`Scheduler::spawn_in`](groundup_task::Scheduler::spawn_in) for an example.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn_in<F>(&self, locals: &Locals, future: F) -> Task<<F::IntoFuture as Future>::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        let future = future.into_future();
        self.open().scheduler().spawn_in(locals, future)
    }

    /// Makes a pending promise of this loop: a place for a value that is set later.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let promise = event_loop.create_promise();
    /// let setter = promise.clone();
    /// event_loop.call_soon(move || setter.set_result(5).unwrap());
    /// assert!(matches!(event_loop.run_until_complete(promise), Ok(Ok(5))));
    /// ```
    #[doc(alias = "create_future")]
    #[track_caller]
    pub fn create_promise<T: Clone + 'static>(&self) -> Promise<T> {
        self.open().scheduler().promise()
    }

    /// Schedules `callback` for the next iteration, behind all entries that are ready. The
    /// [`Handle`] can cancel the call; dropping the handle changes nothing.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let called = event_loop.call_soon(|| println!("called"));
    /// let taken_back = event_loop.call_soon(|| unreachable!());
    /// taken_back.cancel();
    /// # event_loop.stop();
    /// # event_loop.run_forever().unwrap();
    /// # assert!(!called.cancelled());
    /// ```
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.open().scheduler().call_soon(callback)
    }

    /// Schedules `callback` to be called when `delay` has passed, counted from now. The
    /// call is never early. Callbacks with equal deadlines are called in the order in which
    /// they were set. A delay beyond 584 years never passes.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, Instant, sleep, time};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let second = Duration::from_secs(1);
    /// event_loop.call_later(second, move || assert_eq!(time(), Instant::START + second));
    /// event_loop.run_until_complete(sleep(2 * second)).unwrap();
    /// ```
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        let inner = self.open();
        let when = inner.timers().read_clock().saturating_add(nanos(delay));
        TimerHandle::set(inner.timers(), when, callback)
    }

    /// Schedules `callback` to be called at `when`, a [`time`](EventLoop::time) of this
    /// loop. A time in the past is due in the next iteration.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::new();
    /// let noon = event_loop.time() + Duration::from_secs(6 * 3600);
    /// let bell = event_loop.call_at(noon, || println!("noon"));
    /// assert_eq!(bell.when(), noon);
    /// ```
    #[track_caller]
    pub fn call_at(&self, when: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
        TimerHandle::set(self.open().timers(), when.nanos(), callback)
    }

    /// Makes a task of a future after `delay`: asyncio's
    /// `call_later(delay, create_task, ...)`. Cancelling the timer drops the future.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, Instant, stop};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.spawn_later(Duration::from_secs(5), async { stop() });
    /// event_loop.run_forever().unwrap();
    /// assert_eq!(event_loop.time(), Instant::START + Duration::from_secs(5));
    /// ```
    #[track_caller]
    pub fn spawn_later<F>(&self, delay: Duration, future: F) -> TimerHandle
    where
        F: IntoFuture + 'static,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        let place = Location::caller();
        self.call_later(delay, move || spawn_from(future, place))
    }
}
