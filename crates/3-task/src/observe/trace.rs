//! The trace: the sink, and what every event says beside its verb.
//!
//! The problem: an event needs the time, the iteration and a cause, which are known
//! in different places at different moments. So the floor above sets time and
//! iteration once an iteration, whatever wakes on its own account sets a cause, and
//! an event is put together where it happens.
//!
//! Invariants:
//! 1. Without a sink an event costs one look at a flag, made by the caller.
//! 2. A sink that panics is taken out; what it threw is kept until it can be reported.
//!
//! Read next: `observe/report.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_interweave::trace::{Cause, Event, Name, Sink, Verb};

use crate::core::{Core, REPORTS};
use crate::error::drop_quietly;
use crate::store::key::Mark;

/// How debug mode measures a step: a clock in ns, and the threshold.
pub(crate) type Stopwatch = (Rc<dyn Fn() -> u64>, u64);

/// The sink of a loop, and what is told to it.
#[derive(Default)]
pub(crate) struct Trace {
    sink: RefCell<Option<Box<dyn Sink>>>,
    /// A cause for the next wakes, if it is not the running task.
    cause: RefCell<Option<Cause>>,
    /// Time and iteration, kept by the floor above.
    stamp: Cell<(u64, u64)>,
    /// Debug mode, if it is on.
    stopwatch: RefCell<Option<Stopwatch>>,
    /// What a sink has thrown, to be reported.
    broken: Cell<Option<Box<dyn Any + Send>>>,
}

impl Trace {
    /// Sets the sink; gives the one before for the caller to drop.
    pub(crate) fn set_sink(
        &self,
        core: &Core,
        sink: Option<Box<dyn Sink>>,
    ) -> Option<Box<dyn Sink>> {
        let before = self.sink.replace(sink);
        self.observe(core);
        before
    }

    /// Sets the stopwatch of debug mode; gives the one before for the caller to drop.
    pub(crate) fn set_debug(&self, core: &Core, debug: Option<Stopwatch>) -> Option<Stopwatch> {
        let before = self.stopwatch.replace(debug);
        self.observe(core);
        before
    }

    /// Returns true if debug mode is on.
    pub(crate) fn is_debug(&self) -> bool {
        self.stopwatch.borrow().is_some()
    }

    /// The stopwatch of debug mode.
    pub(crate) fn stopwatch(&self) -> Option<Stopwatch> {
        self.stopwatch.borrow().clone()
    }

    /// Marks every slot as observed, or not.
    fn observe(&self, core: &Core) {
        core.observe(self.sink.borrow().is_some() || self.is_debug());
    }

    /// Sets what causes the wakes that follow; with `None`, the running task does.
    pub(crate) fn set_cause(&self, cause: Option<Cause>) {
        let before = self.cause.replace(cause);
        drop(before);
    }

    /// Sets time and iteration of the events that follow.
    #[inline]
    pub(crate) fn set_stamp(&self, time: u64, iteration: u64) {
        self.stamp.set((time, iteration));
    }

    /// Hands an event to the sink, if there is one.
    pub(crate) fn emit(&self, core: &Core, task: Option<Name>, verb: Verb) {
        let Ok(mut place) = self.sink.try_borrow_mut() else {
            return;
        };
        let Some(sink) = place.as_mut() else { return };
        let (time, iteration) = self.stamp.get();
        let event = Event {
            time,
            iteration,
            task,
            verb,
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| sink.event(&event))) {
            let broken = place.take();
            drop(place);
            drop_quietly(broken);
            self.observe(core);
            self.broken.set(Some(payload));
            core.attend(REPORTS, true);
        }
    }

    /// Takes out what a sink has thrown.
    pub(crate) fn take_broken(&self) -> Option<Box<dyn Any + Send>> {
        self.broken.take()
    }

    /// Tells that a task was woken, and by what.
    pub(crate) fn emit_wake(&self, core: &Core, ticket: u64) {
        let set = self.cause.borrow().clone();
        let by = set.unwrap_or_else(|| running_cause(core, ticket));
        self.emit(core, core.name_of(ticket), Verb::Wake { by });
    }

    /// Tells that a task was spawned.
    pub(crate) fn emit_spawn(&self, core: &Core, ticket: u64) {
        // One that was refused, since the loop is closed, never came to be.
        if let Some(name) = core.name_of(ticket) {
            let by = core.running().and_then(|_| core.name_of(core.current()));
            self.emit(core, Some(name), Verb::Spawn { by });
        }
    }

    /// Tells that a task or a callback takes a step.
    pub(crate) fn emit_step(&self, core: &Core, ticket: u64) {
        let task = core.slot_of(ticket).is_some_and(|slot| slot.is_task());
        let name = task.then(|| core.name_of(ticket)).flatten();
        self.emit(core, name, Verb::Step);
    }
}

/// Who wakes, if nothing else is set: the running task or callback.
fn running_cause(core: &Core, woken: u64) -> Cause {
    let current = core.current();
    match core.slot_of(current) {
        None => Cause::Outside,
        Some(_) if current == woken => Cause::Itself,
        Some(slot) if slot.has(Mark::Callback) => Cause::Callback,
        Some(_) => core.name_of(current).map_or(Cause::Outside, Cause::Task),
    }
}
