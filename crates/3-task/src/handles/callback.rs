//! Callbacks: functions the loop calls, beside the tasks it steps.
//!
//! The problem: not everything that happens is a task. A timer runs a function,
//! the end of a promise is told to its done-callbacks. asyncio gives both the same
//! road as a task's step, one queue, first in, first out, and so do we: a
//! callback stands in a slot like a task, is done after one step and has no
//! output. That makes scheduling one as cheap as spawning.
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

use crate::run::Scheduler;
use crate::store::key::SCHED;
use crate::store::object::Place;

/// What [`call_soon`](Scheduler::call_soon) gives back: the means to take the call
/// back.
///
/// Dropping it changes nothing; the callback stays scheduled.
pub struct Handle {
    scheduler: Rc<Scheduler>,
    ticket: u64,
    cancelled: Cell<bool>,
}

impl Handle {
    /// Takes the call back, if it has not been made; the function is dropped at
    /// once. Calling it twice, or too late, does nothing more (L10).
    pub fn cancel(&self) {
        self.cancelled.set(true);
        self.scheduler.discard_callback(self.ticket);
    }

    /// Whether [`cancel`](Handle::cancel) was called, in time or not.
    pub fn cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// The ticket of the callback, for a floor above that schedules it.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cancelled() {
            return f.write_str("<Handle cancelled>");
        }
        match self.scheduler.core.place_of(self.ticket) {
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
    /// use groundup_task::{Scheduler, yield_now};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let (calls, scheduler) = (Rc::new(Cell::new(0)), Scheduler::current().unwrap());
    /// let count = |by| {
    ///     let calls = calls.clone();
    ///     move || calls.set(calls.get() + by)
    /// };
    /// scheduler.call_soon(count(1));
    /// let handle = scheduler.call_soon(count(10));
    /// handle.cancel();
    /// assert_eq!(calls.get(), 0, "never inline");
    /// yield_now().await;
    /// assert_eq!(calls.get(), 1);
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    #[track_caller]
    #[inline]
    pub fn call_soon(self: &Rc<Self>, callback: impl FnOnce() + 'static) -> Handle {
        self.call_soon_at(callback, Location::caller())
    }

    /// The same, for a caller that knows the place.
    #[inline]
    pub fn call_soon_at(
        self: &Rc<Self>,
        callback: impl FnOnce() + 'static,
        place: Place,
    ) -> Handle {
        let ticket = self.occupy_callback(callback, SCHED, place);
        self.core.push(ticket);
        Handle {
            scheduler: self.clone(),
            ticket,
            cancelled: Cell::new(false),
        }
    }

    /// Puts a callback into a slot without scheduling it: for a timer.
    #[track_caller]
    #[inline]
    pub fn prepare_callback(self: &Rc<Self>, callback: impl FnOnce() + 'static) -> Handle {
        let ticket = self.occupy_callback(callback, 0, Location::caller());
        Handle {
            scheduler: self.clone(),
            ticket,
            cancelled: Cell::new(false),
        }
    }

    /// Drops a callback that has not run.
    fn discard_callback(&self, ticket: u64) {
        let Some(slot) = self.core.slot_of(ticket) else {
            return;
        };
        // A callback that is just running cancels itself too late.
        if self.core.current() != ticket {
            self.vacate(ticket, slot);
        }
    }
}
