//! Emits trace events: the sink, and the fields of every event.
//!
//! The problem: diagrams, explorers and debugging tools need every move of the loop, and a
//! program without an observer must not pay for that. An event also needs the time and the
//! iteration, which only the floor above knows. So the floor above sets both once an iteration.
//! If time passes during a step, it provides a clock as well, and every event is stamped at the
//! moment it is emitted.
//!
//! Invariants:
//! 1. While neither a sink nor debug mode is set, an event costs one test of a flag in the key.
//!    Observed slots take the slow path.
//! 2. Observation by itself changes neither the order of a program nor its time.
//! 3. A callback gets its number with its first event, so callbacks are numbered in the order
//!    of the trace, and no number is used twice. Tasks and promises get their numbers from the
//!    core, observed or not.
//! 4. A sink that panics gets no further events. The trace keeps the panic's payload until the
//!    scheduler reports it (`run/panics.rs`).
//! 5. A sink is called while nothing is borrowed, and may use the loop. Events that the sink
//!    itself causes are not emitted, since the sink would otherwise call itself without end. A
//!    sink that is set during such a call takes its place after the event.
//!
//! Access: the fields are private to this page. The scheduler has the public methods
//! (`run/observing.rs`), and the cancel parts emit their own events.
//!
//! Read next: `examples/oracle.rs`, the rules of cancels in one program.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_interweave::trace::{Event, Sink, TaskId, Verb};

use crate::core::{Core, REPORTS};
use crate::error::panic::drop_quietly;
use crate::store::lender::Lender;
use crate::store::slot::Slot;

/// A clock, in ns.
pub(crate) type Clock = Rc<dyn Fn() -> u64>;

/// The clock by which debug mode measures a step (in ns), and the threshold in ns.
pub(crate) type Stopwatch = (Clock, u64);

/// The sink of a loop, and the data of its events.
#[derive(Default)]
pub(crate) struct Trace {
    sink: Lender<Box<dyn Sink>>,
    /// Time and iteration of the last event, or those that the floor above has set since.
    stamp: Cell<(u64, u64)>,
    /// A clock for the time of each event, if time passes during a step.
    clock: RefCell<Option<Clock>>,
    /// Number of callbacks that have a number.
    callbacks: Cell<u64>,
    /// The stopwatch of debug mode, if debug mode is on.
    stopwatch: RefCell<Option<Stopwatch>>,
    /// The payload of a sink's panic, until it is reported.
    broken: Cell<Option<Box<dyn Any + Send>>>,
}

impl Trace {
    /// Sets the sink, and drops the previous one.
    pub(crate) fn set_sink(&self, core: &Core, sink: Option<Box<dyn Sink>>) {
        let before = self.sink.set(sink);
        self.observe(core);
        drop(before);
    }

    /// Sets the stopwatch of debug mode, and drops the previous one.
    pub(crate) fn set_debug(&self, core: &Core, debug: Option<Stopwatch>) {
        let before = self.stopwatch.replace(debug);
        self.observe(core);
        drop(before);
    }

    /// Marks every slot as observed if there is a sink or a stopwatch, else as not observed.
    pub(crate) fn observe(&self, core: &Core) {
        core.observe(self.sink.is_set() || self.stopwatch.borrow().is_some());
    }

    /// Returns the stopwatch of debug mode, if debug mode is on.
    pub(crate) fn stopwatch(&self) -> Option<Stopwatch> {
        self.stopwatch.borrow().clone()
    }

    /// Sets the time and the iteration of the events that follow. Time never goes back.
    #[inline]
    pub(crate) fn set_stamp(&self, time: u64, iteration: u64) {
        self.stamp.set((time.max(self.stamp.get().0), iteration));
    }

    /// Sets the clock that stamps every event. Without a clock, events have the time of the
    /// stamp.
    pub(crate) fn set_clock(&self, clock: Option<Clock>) {
        drop(self.clock.replace(clock));
    }

    /// Returns true if there is a sink.
    pub(crate) fn has_sink(&self) -> bool {
        self.sink.is_set()
    }

    /// Returns the number of a callback, and assigns it on the first call.
    pub(crate) fn number_of_callback(&self, core: &Core, slot: &Slot) -> u64 {
        let mut rare = core.rare_mut(slot);
        if rare.number == 0 {
            self.callbacks.set(self.callbacks.get() + 1);
            rare.number = self.callbacks.get();
        }
        rare.number
    }

    /// Emits an event to the sink, if there is one.
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
        let result = self.sink.lend(|sink| {
            catch_unwind(AssertUnwindSafe(|| sink.event(&event)))
                .inspect_err(|_| self.sink.give_up())
        });
        let Some((result, left)) = result else { return };
        drop_quietly(left);
        if let Err(payload) = result {
            self.observe(core);
            drop_quietly(self.broken.replace(Some(payload)));
            core.attend(REPORTS, true);
        }
    }

    /// Takes the payload of a sink's panic, if a sink has panicked.
    pub(crate) fn take_broken(&self) -> Option<Box<dyn Any + Send>> {
        self.broken.take()
    }
}
