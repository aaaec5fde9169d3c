//! Callbacks: functions the loop calls, beside the tasks it steps.
//!
//! The problem: not everything that happens is a task. A timer runs a function,
//! the end of a promise is told to whoever asked. asyncio gives both the same
//! road as a task's step, one queue, first in, first out, and so do we: a
//! callback stands in a slot like a task, is done after one step and has no
//! output. That makes scheduling one as cheap as spawning.
//!
//! Invariants:
//! 1. A callback never runs inline: not in `call_soon`, not in `set_result`.
//! 2. It runs at most once, and not at all once its handle was cancelled, also
//!    by somebody who ran earlier in the same iteration (L09).
//! 3. A panic in it is reported and goes no further (L11).
//!
//! Read next: `group.rs`, one listener for many ends.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use groundup_interweave::trace::Cause;

use crate::local::Locals;
use crate::object::{CallbackObject, Place};
use crate::scheduler::Scheduler;
use crate::ticket::{CALLBACK, DETACHED, DONE, LOOP, SCHED, TAG, VACANT, index};
use crate::wait::WATCHED;

/// A function registered to be called when a task or a promise is done.
///
/// Cloning gives the same callback; two are equal if one is a clone of the
/// other. That is what `remove_done_callback` compares, as Python compares the
/// functions themselves.
///
/// ```
/// use groundup_task::DoneCallback;
///
/// let hello = DoneCallback::new(|| println!("done"));
/// assert_eq!(hello, hello.clone());
/// assert_ne!(hello, DoneCallback::new(|| println!("done")));
/// ```
#[derive(Clone)]
pub struct DoneCallback(Rc<Registered<dyn Fn()>>);

/// A function, and where it was registered first.
struct Registered<F: ?Sized> {
    place: Cell<Option<Place>>,
    function: F,
}

impl DoneCallback {
    /// Wraps a function.
    pub fn new(function: impl Fn() + 'static) -> Self {
        DoneCallback(Rc::new(Registered {
            place: Cell::new(None),
            function,
        }))
    }

    pub(crate) fn registered_at(&self, place: Place) {
        self.0.place.set(self.0.place.get().or(Some(place)));
    }

    fn place(&self) -> Place {
        self.0.place.get().unwrap_or(Location::caller())
    }

    fn call(&self) {
        (self.0.function)();
    }
}

impl<F: Fn() + 'static> From<F> for DoneCallback {
    fn from(function: F) -> Self {
        DoneCallback::new(function)
    }
}

impl PartialEq for DoneCallback {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DoneCallback {}

impl fmt::Debug for DoneCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoneCallback")
    }
}

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
        match self.scheduler.place_of(self.ticket) {
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
        self.push(ticket);
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

    /// A prepared callback is due: it joins the ready queue, unless it was cancelled.
    #[inline]
    pub fn schedule_callback(&self, ticket: u64) {
        if let Some(slot) = self.slot_of(ticket) {
            let key = slot.key.get();
            if key & (SCHED | DONE | VACANT) == 0 {
                slot.key.set(key | SCHED);
                self.push(ticket);
            }
        }
    }

    /// A callback of our own, of which nobody wants the handle.
    #[track_caller]
    pub(crate) fn call_soon_internal(&self, callback: impl FnOnce() + 'static) {
        let ticket = self.occupy_callback(callback, 0, Location::caller());
        self.schedule_callback(ticket);
    }

    /// A done-callback is due, with the locals of whoever registered it (F07).
    pub(crate) fn schedule_done(&self, callback: DoneCallback, locals: Option<Rc<Locals>>) {
        let place = callback.place();
        let ticket = self.occupy_callback(move || callback.call(), 0, place);
        if self.long_way.get() && self.slot_of(ticket).is_some() {
            drop(self.put_locals(index(ticket), locals));
        }
        self.schedule_callback(ticket);
    }

    /// Drops a callback that has not run.
    pub fn discard_callback(&self, ticket: u64) {
        let Some(slot) = self.slot_of(ticket) else {
            return;
        };
        // A callback that is just running cancels itself too late.
        if slot.key.get() & TAG == ticket & TAG && self.current.get() != ticket {
            self.vacate(ticket, slot);
        }
    }

    #[inline]
    pub(crate) fn occupy_callback(
        &self,
        callback: impl FnOnce() + 'static,
        flags: u64,
        place: Place,
    ) -> u64 {
        self.occupy(
            &mut Some(callback),
            |callback| Box::pin(CallbackObject::new(callback, place)),
            0,
            CALLBACK | DETACHED | flags,
            place,
        )
    }
}

impl Scheduler {
    /// A timer is due: a callback is scheduled, a task is woken by a relay, a scope
    /// is cancelled from its place in the queue.
    ///
    /// A sleeping task thus steps one iteration after its timer fired, as in
    /// asyncio, where the timer's callback sets the future the task awaits.
    #[inline]
    pub fn fire(self: &Rc<Self>, ticket: u64, timer: u64) {
        if ticket & LOOP == WATCHED {
            return self.post_scope(ticket);
        }
        let Some(slot) = self.slot_of(ticket) else {
            return;
        };
        if slot.key.get() & CALLBACK != 0 {
            self.schedule_callback(ticket);
        } else if self.is_observed() {
            self.fire_observed(ticket, timer);
        } else {
            self.relay(ticket);
        }
    }

    /// The same, by a callback that can say which timer it was.
    #[cold]
    fn fire_observed(self: &Rc<Self>, ticket: u64, timer: u64) {
        let scheduler = Rc::downgrade(self);
        self.call_soon_internal(move || {
            if let Some(scheduler) = scheduler.upgrade() {
                scheduler.set_cause(Some(Cause::Timer(timer)));
                scheduler.wake(ticket);
                scheduler.set_cause(None);
            }
        });
    }
}
