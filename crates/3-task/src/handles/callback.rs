//! Schedules callbacks: functions that the loop calls beside its tasks.
//!
//! The problem: a timer runs a function, and a done-callback runs at the end of a task or
//! promise. asyncio sends both the way of a task's step: through one queue, first in, first
//! out. So a callback occupies a slot like a task, is done after one step and has no output.
//! Scheduling a callback is as cheap as spawning a task.
//!
//! Invariants:
//! 1. A callback never runs inline: not in `call_soon`, not in `set_result`.
//! 2. It runs at most once. It does not run if its handle was cancelled before, even by code
//!    that ran earlier in the same iteration.
//! 3. A panic in it is reported and goes no further.
//!
//! Read next: `handles/local.rs`.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::handles::promise::Promise;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::SCHED;
use crate::store::object::CallSite;
use crate::store::ticket::Ticket;
use crate::store::waiters::{DoneCallback, Waiter};

/// A handle that can take back a call scheduled by [`call_soon`](Scheduler::call_soon).
/// Dropping the handle changes nothing. A clone is a handle of the same call.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{call_soon, run, yield_now};
///
/// run(async {
///     let call = call_soon(|| unreachable!("it was taken back"));
///     let same = call.clone();
///     same.cancel();
///     assert!(call.cancelled());
///     yield_now().await;
/// });
/// ```
#[derive(Clone)]
pub struct Handle {
    // The occupant is no task, but a `TaskRef` is a scheduler and a ticket, as needed here.
    callback: TaskRef,
    cancelled: Flag,
}

/// A flag that clones share. A flag that was never cloned allocates nothing.
#[derive(Default)]
struct Flag {
    own: Cell<bool>,
    shared: OnceCell<Arc<AtomicBool>>,
}

impl Flag {
    fn set(&self) {
        match self.shared.get() {
            Some(shared) => shared.store(true, Ordering::Relaxed),
            None => self.own.set(true),
        }
    }

    fn get(&self) -> bool {
        let own = || self.own.get();
        (self.shared.get()).map_or_else(own, |shared| shared.load(Ordering::Relaxed))
    }
}

impl Clone for Flag {
    fn clone(&self) -> Self {
        let shared = (self.shared).get_or_init(|| Arc::new(AtomicBool::new(self.own.get())));
        Flag {
            own: Cell::default(),
            shared: OnceCell::from(shared.clone()),
        }
    }
}

impl Handle {
    /// Takes the call back, if the callback has not run; the function is dropped at once. A
    /// second cancel, or a late one, does nothing.
    pub fn cancel(&self) {
        self.cancelled.set();
        let TaskRef { scheduler, ticket } = &self.callback;
        // A callback that is running cancels itself too late.
        if let Some(slot) = self.callback.slot()
            && scheduler.core.current() != *ticket
        {
            let event = scheduler.drop_event(*ticket, slot);
            scheduler.vacate(*ticket, slot);
            scheduler.emit_dropped(event);
        }
    }

    /// Returns true if [`cancel`](Handle::cancel) was called on this handle or a clone, in time or
    /// not.
    pub fn cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Returns the ticket of the callback, for a floor above that schedules it.
    pub fn ticket(&self) -> Ticket {
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
    /// Schedules `callback` for the next round, behind all that is ready. After
    /// [`close`](Scheduler::close) the callback is dropped instead, before this returns.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let (calls, scheduler) = (Rc::new(Cell::new(0)), groundup::lowlevel::Scheduler::new().unwrap());
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

    /// Schedules a callback for a caller that passes its place in the source.
    #[inline]
    pub fn call_soon_at(
        self: Rc<Self>,
        callback: impl FnOnce() + 'static,
        call_site: CallSite,
    ) -> Handle {
        Handle {
            callback: TaskRef {
                ticket: self.occupy_callback(callback, SCHED, call_site),
                scheduler: self,
            },
            cancelled: Flag::default(),
        }
    }

    /// Puts a callback into a slot without scheduling it: for a timer.
    #[track_caller]
    #[inline]
    pub fn prepare_callback(self: &Rc<Self>, callback: impl FnOnce() + 'static) -> Handle {
        let ticket = self.occupy_callback(callback, 0, Location::caller());
        Handle {
            callback: TaskRef::new(self, ticket),
            cancelled: Flag::default(),
        }
    }
}

impl TaskRef {
    /// Registers `callback` to be called in the iteration after the task's end. If the task is
    /// done already, it is called in the next iteration. Returns the callback, as a key for
    /// [`remove_done_callback`](TaskRef::remove_done_callback).
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{run, spawn};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// run(async {
    ///     let told = Rc::new(Cell::new(false));
    ///     let (task, tell) = (spawn(async {}), told.clone());
    ///     task.add_done_callback(move || tell.set(true));
    ///     task.ended().await;
    ///     assert!(task.done() && told.get());
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        let callback = callback.into();
        callback.call_site(Location::caller());
        let core = &self.scheduler.core;
        let locals = self.scheduler.locals.current(core);
        if let Some(slot) = self.living() {
            let waiter = Waiter::Callback(callback.clone(), locals);
            core.rare_mut(slot).waiters.put(0, waiter);
        } else {
            self.scheduler.schedule_done(callback.clone(), locals);
        }
        callback
    }

    /// Removes every registration of `callback`, and returns their number.
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        let Some(slot) = self.slot().filter(|slot| slot.rare() != 0) else {
            return 0;
        };
        let key = callback.key();
        let core = &self.scheduler.core;
        // The callbacks are counted and dropped after the borrow of the table has ended.
        let taken = core.rare_mut(slot).waiters.take(key);
        taken.len()
    }
}

impl<T> Promise<T> {
    /// Registers `callback` to be called in the iteration after the promise is done, in the
    /// order of registration. If the promise is done already, it is called in the next
    /// iteration. A callback that is registered twice is called twice.
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        self.promise.add_done_callback(callback)
    }

    /// Removes every registration of `callback`, and returns their number.
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        self.promise.remove_done_callback(callback)
    }
}
