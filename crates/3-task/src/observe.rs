//! The trace: the sink, and what every event says beside its verb.
//!
//! The problem: pictures, explorers and blame need to see every move, and a program that
//! nobody observes must not pay for it. And an event needs the time and the iteration,
//! which only the floor above knows. So it sets them once an iteration, and, where time
//! passes during a step, gives a clock as well: an event is put together and stamped
//! where it happens.
//!
//! Invariants:
//! 1. Without a sink an event costs one look at a flag, made by the caller: observed
//!    slots take the slow path.
//! 2. Being observed changes no order and no time.
//! 3. Numbers are given to callbacks in the order in which a trace tells of them, and
//!    none twice. Tasks and promises have theirs from the core, watched or not.
//! 4. A sink that panics is told no more; what it threw is kept until the roof reports
//!    it (`run/report.rs`).
//! 5. A sink is told an event while nothing is borrowed, and may use the loop. What it
//!    causes by that is told to nobody: told to itself, it would never end. One that is
//!    set meanwhile takes its place after the event.
//!
//! Who may touch what: the fields are private to this page. The roof has the words for
//! them (`run/observing.rs`), and cancels tell of themselves.
//!
//! Read next: `cancel.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_interweave::trace::{Event, Sink, TaskId, Verb};

use crate::core::{Core, REPORTS};
use crate::error::drop_quietly;
use crate::store::lender::Lender;
use crate::store::slot::Slot;

/// A clock, in ns.
pub(crate) type Clock = Rc<dyn Fn() -> u64>;

/// How debug mode measures a step: a clock in ns, and the threshold.
pub(crate) type Stopwatch = (Clock, u64);

/// The sink of a loop, and what is told to it.
#[derive(Default)]
pub(crate) struct Trace {
    sink: Lender<Box<dyn Sink>>,
    /// Time and iteration of the last event, and of what the floor above has set since.
    stamp: Cell<(u64, u64)>,
    /// What time it is, if that changes during a step.
    clock: RefCell<Option<Clock>>,
    /// How many callbacks have a number.
    callbacks: Cell<u64>,
    /// Debug mode, if it is on.
    stopwatch: RefCell<Option<Stopwatch>>,
    /// What a sink has thrown, to be reported.
    broken: Cell<Option<Box<dyn Any + Send>>>,
}

impl Trace {
    /// Sets the sink, and drops the one before.
    pub(crate) fn set_sink(&self, core: &Core, sink: Option<Box<dyn Sink>>) {
        let before = self.sink.set(sink);
        self.observe(core);
        drop(before);
    }

    /// Takes the sink out for the end.
    pub(crate) fn take_sink(&self) -> Option<Box<dyn Sink>> {
        self.sink.set(None)
    }

    /// Sets the stopwatch of debug mode, and drops the one before.
    pub(crate) fn set_debug(&self, core: &Core, debug: Option<Stopwatch>) {
        let before = self.stopwatch.replace(debug);
        self.observe(core);
        drop(before);
    }

    /// Marks every slot as observed, or not.
    fn observe(&self, core: &Core) {
        core.observe(self.sink.is_set() || self.stopwatch.borrow().is_some());
    }

    /// The stopwatch of debug mode, if it is on.
    pub(crate) fn stopwatch(&self) -> Option<Stopwatch> {
        self.stopwatch.borrow().clone()
    }

    /// Sets time and iteration of the events that follow. Time never goes back.
    #[inline]
    pub(crate) fn set_stamp(&self, time: u64, iteration: u64) {
        self.stamp.set((time.max(self.stamp.get().0), iteration));
    }

    /// Sets the clock that stamps every event; without one they have the time that was set.
    pub(crate) fn set_clock(&self, clock: Option<Clock>) {
        drop(self.clock.replace(clock));
    }

    /// Returns true if there is a sink.
    pub(crate) fn has_sink(&self) -> bool {
        self.sink.is_set()
    }

    /// The number of a callback: it gets one when a trace tells of it first.
    pub(crate) fn number_of_callback(&self, core: &Core, slot: &Slot) -> u64 {
        core.extra_mut(slot, |extra| {
            if extra.number == 0 {
                self.callbacks.set(self.callbacks.get() + 1);
                extra.number = self.callbacks.get();
            }
            extra.number
        })
    }

    /// Hands an event to the sink, if there is one.
    pub(crate) fn emit(&self, core: &Core, task: Option<TaskId>, verb: Verb) {
        if !self.has_sink() {
            return;
        }
        let clock = self.clock.borrow().clone();
        let (time, iteration) = self.stamp.get();
        let time = clock.map_or(time, |clock| clock().max(time));
        self.stamp.set((time, iteration));
        let event = Event {
            time,
            iteration,
            task,
            verb,
        };
        let _busy = core.be_busy();
        let told = self.sink.lend(|sink| {
            catch_unwind(AssertUnwindSafe(|| sink.event(&event)))
                .inspect_err(|_| self.sink.give_up())
        });
        let Some((told, left)) = told else { return };
        drop_quietly(left);
        if let Err(payload) = told {
            self.observe(core);
            drop_quietly(self.broken.replace(Some(payload)));
            core.attend(REPORTS, true);
        }
    }

    /// Takes out what a sink has thrown.
    pub(crate) fn take_broken(&self) -> Option<Box<dyn Any + Send>> {
        self.broken.take()
    }
}
