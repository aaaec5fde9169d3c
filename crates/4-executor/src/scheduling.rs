//! What can be put into a loop: tasks, promises, callbacks.
//!
//! The problem: a program that is not inside the loop yet, or that has several,
//! must say which loop it means. Everything here is a method of [`EventLoop`]; the
//! same by bare name, for those who are inside, stands in `running_loop.rs`.
//!
//! Invariants:
//! 1. Nothing that is put in runs at once: the earliest is the next iteration.
//! 2. A closed loop takes nothing: the caller's bug is a panic that says so (L15).
//!
//! Read next: `timer.rs`, the means to take a callback back.

use std::future::{Future, IntoFuture};
use std::rc::Rc;
use std::time::Duration;

use groundup_task::{Handle, Promise, Task};

use crate::driver::nanos;
use crate::event_loop::EventLoop;
use crate::iteration::Inner;
use crate::timer::TimerHandle;

impl EventLoop {
    #[track_caller]
    fn open(&self) -> &Rc<Inner> {
        assert!(
            !self.inner.scheduler.is_closed(),
            "Event loop is closed: make a new one"
        );
        &self.inner
    }

    /// Makes a task of a future, without running any of it (K01).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<<F::IntoFuture as Future>::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.open().scheduler.spawn(future.into_future())
    }

    /// A pending promise of this loop.
    #[track_caller]
    pub fn create_promise<T: Clone + 'static>(&self) -> Promise<T> {
        self.open().scheduler.promise()
    }

    /// Has `callback` called in the next iteration (L01).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.open().scheduler.call_soon(callback)
    }

    /// Has `callback` called when `delay` has passed; the delay counts from now.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        let inner = self.open();
        let when = inner.timers.look().saturating_add(nanos(delay));
        TimerHandle::set(&inner.timers, when, callback)
    }

    /// Has `callback` called at `when`, a [`time`](EventLoop::time) of this loop; a
    /// time that has passed is due at once.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_at(&self, when: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        TimerHandle::set(&self.open().timers, nanos(when), callback)
    }

    /// Makes a task of a future when `delay` has passed: asyncio's
    /// `call_later(delay, create_task, ...)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn_later<F>(&self, delay: Duration, future: F) -> TimerHandle
    where
        F: IntoFuture + 'static,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.call_later(delay, move || crate::run::spawn(future).detach())
    }
}
