//! Callbacks: functions the loop calls, beside the tasks it steps.
//!
//! The problem: a timer runs a function, done-callbacks are told of the end of a task
//! or promise. asyncio gives both the road of a task's step, one queue, first in, first
//! out. So a callback stands in a slot like a task, is done after one step and has no
//! output, and scheduling one is as cheap as spawning.
//!
//! Invariants:
//! 1. A callback never runs inline: not in `call_soon`, not in `set_result`.
//! 2. It runs at most once, and not at all once its handle was cancelled, also
//!    by code that ran earlier in the same iteration (L09).
//! 3. A panic in it is reported and goes no further (L11).
//!
//! Read next: `handles/local.rs`.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::handles::promise::Promise;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::object::Place;
use crate::store::waiters::{DoneCallback, Waiter};

/// A call that [`call_soon`](Scheduler::call_soon) has scheduled, to take it back by.
/// Dropping this changes nothing.
pub struct Handle {
    // Not a task, but a scheduler and a ticket, too.
    callback: TaskRef,
    cancelled: Cell<bool>,
}

impl Handle {
    /// Takes the call back, if it has not been made; the function is dropped at
    /// once. Calling it twice, or too late, does nothing more (L10).
    pub fn cancel(&self) {
        self.cancelled.set(true);
        let TaskRef { scheduler, ticket } = &self.callback;
        // A callback that is just running cancels itself too late.
        if let Some(slot) = self.callback.slot()
            && scheduler.core.current() != *ticket
        {
            let told = scheduler.dropped(*ticket, slot);
            scheduler.vacate(*ticket, slot);
            scheduler.tell_dropped(told);
        }
    }

    /// Whether [`cancel`](Handle::cancel) was called, in time or not.
    pub fn cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// The ticket of the callback, for a floor above that schedules it.
    pub fn ticket(&self) -> u64 {
        self.callback.ticket
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cancelled() {
            return f.write_str("<Handle cancelled>");
        }
        match self.callback.place() {
            Some(place) => write!(f, "<Handle scheduled at {place}>"),
            None => f.write_str("<Handle done>"),
        }
    }
}

impl Scheduler {
    /// Has `callback` called in the next round, behind all that is ready (L01).
    /// After [`close`](Scheduler::close) it is dropped instead, before this returns.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let (calls, scheduler) = (Rc::new(Cell::new(0)), groundup_task::Scheduler::new().unwrap());
    /// let count = |by| {
    ///     let calls = calls.clone();
    ///     move || calls.set(calls.get() + by)
    /// };
    /// scheduler.call_soon(count(1));
    /// scheduler.call_soon(count(10)).cancel();
    /// assert_eq!(calls.get(), 0, "never inline");
    /// scheduler.run_until_idle();
    /// assert_eq!(calls.get(), 1);
    /// ```
    #[track_caller]
    #[inline]
    pub fn call_soon(self: &Rc<Self>, callback: impl FnOnce() + 'static) -> Handle {
        self.clone().call_soon_at(callback, Location::caller())
    }

    /// Schedules a callback for a caller that knows the place in the source.
    #[inline]
    pub fn call_soon_at(self: Rc<Self>, callback: impl FnOnce() + 'static, place: Place) -> Handle {
        Handle {
            callback: TaskRef {
                ticket: self.post_callback(callback, place),
                scheduler: self,
            },
            cancelled: Cell::new(false),
        }
    }

    /// Puts a callback into a slot without scheduling it: for a timer.
    #[track_caller]
    #[inline]
    pub fn prepare_callback(self: &Rc<Self>, callback: impl FnOnce() + 'static) -> Handle {
        let ticket = self.occupy_callback(callback, 0, Location::caller());
        Handle {
            callback: TaskRef::new(self, ticket),
            cancelled: Cell::new(false),
        }
    }
}

impl TaskRef {
    /// Has `callback` called, in an iteration of its own, when the task is done;
    /// if it is done already, in the next one (F07, F08). Gives the callback back,
    /// to remove it by.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let (told, scheduler) = (Rc::new(Cell::new(false)), groundup_task::Scheduler::new().unwrap());
    /// let (task, tell) = (scheduler.spawn(async {}), told.clone());
    /// task.add_done_callback(move || tell.set(true));
    /// scheduler.run_until_idle();
    /// assert!(task.done() && told.get());
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        let callback = callback.into();
        callback.place(Location::caller());
        let core = &self.scheduler.core;
        let locals = self.scheduler.locals.current(core);
        if let Some(slot) = self.living() {
            let waiter = Waiter::Callback(callback.clone(), locals);
            core.extra_mut(slot, |extra| extra.waiters.put(0, waiter));
        } else {
            self.scheduler.schedule_done(callback.clone(), locals);
        }
        callback
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        let Some(slot) = self.slot().filter(|slot| slot.extra() != 0) else {
            return 0;
        };
        let key = callback.key();
        let core = &self.scheduler.core;
        // Counted and dropped when the table is not borrowed any more.
        core.extra_mut(slot, |extra| extra.waiters.take(key)).len()
    }
}

impl<T> Promise<T> {
    /// Has `callback` called when the promise is done, in the next iteration and in the
    /// order of registration (F07); if it is done already, in the next iteration from
    /// now (F08). A callback registered twice is called twice (F10).
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        self.promise.add_done_callback(callback)
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        self.promise.remove_done_callback(callback)
    }
}
