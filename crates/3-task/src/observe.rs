//! What a watched loop tells: the events of the trace, and slow steps.
//!
//! The problem: pictures, explorers and blame need to see every move, and a
//! program that nobody watches must not pay for it. A watched slot carries one
//! more bit in its key, and the comparisons of the hot paths fail on it; all
//! that is here is reached only over the slow ones.
//!
//! Invariant: being watched changes no order and no time.
//!
//! Read next: `report.rs`, what nobody else would hear of.

use std::task::Poll;

use groundup_interweave::trace::{Cause, Event, Name, Sink, Verb};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::report::{Report, ReportKind, drop_quietly};
use crate::scheduler::{Scheduler, WATCHER};
use crate::slot::Slot;
use crate::ticket::{CALLBACK, OBSERVED, PROMISE, VACANT};

impl Scheduler {
    /// Says what causes the wakes that follow, or, with `None`, that the running
    /// task does again.
    pub fn set_cause(&self, cause: Option<Cause>) {
        *self.cause.borrow_mut() = cause;
    }

    pub(crate) fn emit_wake(&self, ticket: u64) {
        let said = self.cause.borrow().clone();
        let by = said.unwrap_or_else(|| self.running_cause(ticket));
        self.emit(self.name_of(ticket), Verb::Wake { by });
    }

    fn running_cause(&self, woken: u64) -> Cause {
        let current = self.current.get();
        match self.slot_of(current) {
            None => Cause::Outside,
            Some(_) if current == woken => Cause::Itself,
            Some(slot) if slot.key.get() & CALLBACK != 0 => Cause::Callback,
            Some(_) => self.name_of(current).map_or(Cause::Outside, Cause::Task),
        }
    }

    /// The running task's name; `None` in a callback and outside.
    pub(crate) fn running_name(&self) -> Option<Name> {
        let current = self.current.get();
        let slot = self.slot_of(current)?;
        if slot.key.get() & CALLBACK != 0 {
            return None;
        }
        self.name_of(current)
    }

    pub(crate) fn emit_spawn(&self, ticket: u64) {
        // One that was refused, since the scheduler is closed, never came to be.
        if let Some(name) = self.name_of(ticket) {
            let by = self.running_name();
            self.emit(Some(name), Verb::Spawn { by });
        }
    }

    pub(crate) fn emit_step(&self, ticket: u64, slot: &Slot) {
        let task = slot.key.get() & (CALLBACK | PROMISE) == 0;
        self.emit(task.then(|| self.name_of(ticket)).flatten(), Verb::Step);
    }

    /// Takes a step, and in debug mode measures it (L26).
    pub(crate) fn timed(
        &self,
        ticket: u64,
        slot: &Slot,
        step: impl FnOnce() -> Poll<()>,
    ) -> Poll<()> {
        if slot.key.get() & OBSERVED == 0 {
            return step();
        }
        let stopwatch = self.stopwatch.borrow().clone();
        let Some((clock, threshold)) = stopwatch else {
            return step();
        };
        let before = clock();
        let polled = step();
        let took = clock().saturating_sub(before);
        if took >= threshold {
            let callback = slot.key.get() & CALLBACK != 0;
            let task = if callback { None } else { self.name_of(ticket) };
            let who = task.as_deref().unwrap_or("a callback");
            let seconds = took as f64 / 1e9;
            self.report(Report {
                kind: ReportKind::SlowStep,
                message: format!("Executing {who} took {seconds:.3} seconds"),
                task: task.clone(),
                place: self.place_of(ticket),
                error: None,
            });
        }
        polled
    }
}

impl Scheduler {
    /// Who looks on: a sink for the trace, or `None`. From then on every new
    /// task takes the watched path; tasks that exist already take it too.
    ///
    /// ```
    /// use groundup_task::{NoRoot, Scheduler, trace::Recorder};
    ///
    /// let (scheduler, recorder) = (Scheduler::new().unwrap(), Recorder::new());
    /// scheduler.set_sink(Some(Box::new(recorder.clone())));
    /// scheduler.spawn(async {}).detach();
    /// scheduler.run_round(&mut NoRoot);
    /// let verbs = ["spawn", "step", "done"];
    /// assert_eq!(recorder.events().len(), verbs.len());
    /// for (line, verb) in recorder.text().lines().zip(verbs) {
    ///     assert!(line.contains(verb), "{line}");
    /// }
    /// ```
    pub fn set_sink(&self, sink: Option<Box<dyn Sink>>) {
        let before = self.sink.replace(sink);
        drop(before);
        self.observe();
    }

    /// Debug mode: steps are timed with `clock` (in ns) and reported from
    /// `threshold` ns on, and results that nobody took are reported too.
    pub fn set_debug(&self, debug: Option<(Rc<dyn Fn() -> u64>, u64)>) {
        self.debug.set(debug.is_some());
        let before = self.stopwatch.replace(debug);
        drop(before);
        self.observe();
    }

    /// Whether debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.debug.get()
    }

    /// Sets or clears `OBSERVED` in every living slot.
    fn observe(&self) {
        let watched = self.sink.borrow().is_some() || self.debug.get();
        let flag = if watched { OBSERVED } else { 0 };
        self.observed.set(flag);
        self.attend(WATCHER, watched);
        for (_, slot) in self.slots.iter() {
            let key = slot.key.get();
            if key & VACANT == 0 {
                slot.key.set((key & !OBSERVED) | flag);
            }
        }
    }

    /// Whether every move is told to somebody.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.observed.get() != 0
    }

    /// Says what time it is and which iteration, for the trace.
    #[inline]
    pub fn set_stamp(&self, time: u64, iteration: u64) {
        self.stamp.set((time, iteration));
    }

    /// Hands an event to the sink. Nothing happens without one, and one that
    /// panics is told no more.
    pub fn emit(&self, task: Option<Name>, verb: Verb) {
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
            self.observe();
            self.report_caught(ReportKind::PanicInSink, "a sink of the trace", payload);
        }
    }
}
