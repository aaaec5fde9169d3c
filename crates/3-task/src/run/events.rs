//! Emits the events of the scheduler, and stores the cause of each wake.
//!
//! The problem: a wake happens far from its cause. A promise is set, a task ends, a timer
//! fires, a cancel reaches its task, a thread sends a message: all of them wake by the same few
//! lines. So a cause is set around its wakes. If none is set, the running task or callback is
//! the cause.
//!
//! ```text
//!   caused(Promise 1) ┬─ wake ──> "wake cook by promise#1"
//!                     ├─ a listener runs ── caused(Promise 2) ─ wake ──> by promise#2
//!                     └─ wake ──> by promise#1
//!   otherwise            wake ──> by the running task or callback, itself, or outside
//! ```
//!
//! Invariants:
//! 1. A cause ends where it began, also by a panic.
//! 2. Each task, promise and callback has one event that ends it: `Done`, `Set`, `Run` or
//!    `Drop`. The close of the loop emits the last of them (`run/close.rs`); later occupants
//!    have no events.
//! 3. Nothing is borrowed while a sink or a clock is called.
//!
//! Read next: `run/report.rs`.

use std::rc::Rc;

use groundup_interweave::trace::{Cause, Outcome, PromiseOutcome, TaskId, Verb};

use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::lender::Restored;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// Methods for the floor above.
impl Scheduler {
    /// Sets the clock, in ns, that stamps every event: for a loop whose time passes during a
    /// step. Without a clock, events have the time of the last [stamp](Self::set_stamp).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{NoRoot, Scheduler};
    /// use groundup::trace::Recorder;
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let (scheduler, recorder) = (Scheduler::new().unwrap(), Recorder::new());
    /// let time = Rc::new(Cell::new(0));
    /// let (clock, work) = (time.clone(), time.clone());
    /// scheduler.set_event_clock(Some(Rc::new(move || clock.get())));
    /// scheduler.set_sink(Some(Box::new(recorder.clone())));
    /// scheduler.spawn(async move { work.set(30) }).detach();
    /// scheduler.run_round(&mut NoRoot);
    /// let times: Vec<u64> = recorder.events().iter().map(|event| event.time).collect();
    /// assert_eq!(times, [0, 0, 30], "spawn, step, done");
    /// ```
    pub fn set_event_clock(&self, clock: Option<Rc<dyn Fn() -> u64>>) {
        self.trace.set_clock(clock);
    }

    /// Runs `wake`, and names `by` as the cause of every wake in it. Elsewhere the running task
    /// or callback is the cause.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{NoRoot, Scheduler};
    /// use groundup::trace::{Cause, Recorder, Verb};
    ///
    /// let (scheduler, recorder) = (Scheduler::new().unwrap(), Recorder::new());
    /// let task = scheduler.spawn(std::future::pending::<()>());
    /// scheduler.run_round(&mut NoRoot);
    /// scheduler.set_sink(Some(Box::new(recorder.clone())));
    /// scheduler.caused(Cause::Thread, || scheduler.wake(task.ticket()));
    /// assert_eq!(recorder.events()[0].verb, Verb::Wake { by: Cause::Thread });
    /// ```
    pub fn caused<R>(&self, by: Cause, wake: impl FnOnce() -> R) -> R {
        let _restored = Restored::after(&self.cause, Some(by));
        wake()
    }

    /// Returns the id of the running task; `None` in a callback, outside, and when the task has
    /// ended.
    pub fn running_id(&self) -> Option<TaskId> {
        self.core.running_id()
    }

    /// Emits an event to the sink, if there is one. A sink that panics gets no further events.
    pub fn emit(&self, task: Option<TaskId>, verb: Verb) {
        self.trace.emit(&self.core, task, verb);
        self.emit_broken();
    }
}

/// Events of the scheduler.
impl Scheduler {
    /// Wakes a task, and names the cause.
    #[inline]
    pub(super) fn wake_by(&self, ticket: Ticket, by: Cause) {
        if !self.core.wake_plain(ticket) {
            self.wake_slow_by(ticket, by);
        }
    }

    /// Wakes a task that the plain wake does not, such as an observed one, and names the cause.
    #[cold]
    #[inline(never)]
    pub(super) fn wake_slow_by(&self, ticket: Ticket, by: Cause) {
        self.caused(by, || self.wake_slow(ticket));
    }

    /// Returns the cause of a wake of this task.
    pub(super) fn cause_of_wake(&self, ticket: Ticket) -> Cause {
        let (core, set) = (&self.core, self.cause.take());
        self.cause.set(set.clone());
        set.unwrap_or_else(|| match core.slot_unnoted(core.current()) {
            None => Cause::Outside,
            Some(_) if core.current() == ticket => Cause::Itself,
            Some(slot) if slot.has(Mark::Callback) => Cause::Callback(self.callback(slot)),
            Some(_) => core.running_id().map_or(Cause::Outside, Cause::Task),
        })
    }

    /// Returns the number of a callback in the trace; 0 if there is no sink.
    fn callback(&self, slot: &Slot) -> u64 {
        match self.trace.has_sink() {
            true => self.trace.number_of_callback(&self.core, slot),
            false => 0,
        }
    }

    /// Emits that a promise was made or a callback scheduled.
    pub(super) fn emit_occupied(&self, slot: &Slot) {
        let verb = if slot.has(Mark::Promise) {
            self.core.note_made(slot);
            let promise = self.core.number(slot);
            Verb::Make { promise }
        } else if slot.has(Mark::Callback) {
            let callback = self.callback(slot);
            Verb::Call { callback }
        } else {
            return; // the event of a task is its spawn, see `emit_spawn`
        };
        self.emit(self.core.running_id(), verb);
    }

    /// Emits that a step of a task or a callback begins.
    pub(super) fn emit_step(&self, ticket: Ticket, slot: &Slot) {
        if slot.has(Mark::Callback) {
            let callback = self.callback(slot);
            self.emit(None, Verb::Run { callback });
        } else {
            self.emit(self.core.id_of(ticket), Verb::Step);
        }
    }

    /// Emits which promises have woken a task whose step did not poll their awaits.
    pub(super) fn emit_unpolled(&self, ticket: Ticket, slot: &Slot) {
        for promise in self.core.unpolled_after_step(ticket, slot) {
            let number = self
                .core
                .slot_unnoted(promise)
                .map(|slot| self.core.number(slot));
            if let Some(promise) = number {
                self.emit(self.core.id_of(ticket), Verb::Unpolled { promise });
            }
        }
    }

    /// Emits how a task or a promise ends, and returns the cause of the wakes that follow.
    pub(super) fn emit_end(&self, ticket: Ticket, slot: &Slot, how: Exit) -> Option<Cause> {
        if slot.has(Mark::Promise) {
            if how != Exit::Cancelled {
                self.core.note_set(slot);
            }
            let promise = self.core.number(slot);
            let how = match how {
                Exit::Returned => PromiseOutcome::Fulfilled,
                Exit::Failed => PromiseOutcome::Failed,
                Exit::Cancelled => PromiseOutcome::Cancelled,
            };
            self.emit(self.core.running_id(), Verb::Set { promise, how });
            return Some(Cause::Promise(promise));
        }
        let task = (slot.is_task())
            .then(|| self.core.id_of(ticket))
            .flatten()?;
        let how = match how {
            Exit::Returned => Outcome::Returned,
            Exit::Cancelled => Outcome::Cancelled,
            Exit::Failed => Outcome::Panicked,
        };
        self.core.note_ended(ticket, &task.name);
        self.emit(Some(task.clone()), Verb::Done { how });
        Some(Cause::Task(task))
    }

    /// Makes the event of an observed occupant that is dropped before it has ended or run. Call
    /// this before the drop, and [emit the event](Self::emit_dropped) after it.
    #[inline]
    pub(crate) fn drop_event(&self, ticket: Ticket, slot: &Slot) -> Option<(Option<TaskId>, Verb)> {
        let observed = slot.has(Mark::Observed) && !slot.is_done();
        observed.then(|| self.make_drop_event(ticket, slot))
    }

    #[cold]
    fn make_drop_event(&self, ticket: Ticket, slot: &Slot) -> (Option<TaskId>, Verb) {
        if slot.has(Mark::Promise) {
            let (promise, how) = (self.core.number(slot), PromiseOutcome::Dropped);
            (self.core.running_id(), Verb::Set { promise, how })
        } else if slot.has(Mark::Callback) {
            let callback = self.callback(slot);
            (None, Verb::Drop { callback })
        } else {
            let how = Outcome::Dropped;
            (self.core.id_of(ticket), Verb::Done { how })
        }
    }

    /// Emits the event that [`drop_event`](Self::drop_event) made.
    #[inline]
    pub(crate) fn emit_dropped(&self, event: Option<(Option<TaskId>, Verb)>) {
        if let Some((task, verb)) = event {
            self.emit(task, verb);
        }
    }
}
