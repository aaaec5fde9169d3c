//! What a watched loop tells: the events of the trace, and slow steps.
//!
//! The problem: pictures, explorers and blame need to see every move, and a
//! program that nobody watches must not pay for it. A watched slot carries one
//! more bit in its key, and the comparisons of the hot paths fail on it; all
//! that is here is reached only over the slow ones.
//!
//! Invariant: being watched changes no order and no time.
//!
//! Read next: `bridge.rs`.

use std::task::Poll;

use groundup_interweave::trace::{Cause, Name, Verb};

use crate::report::{Report, ReportKind};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CALLBACK, OBSERVED, PROMISE};

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
        self.emit(
            self.name_of(ticket),
            Verb::Spawn {
                by: self.running_name(),
            },
        );
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
