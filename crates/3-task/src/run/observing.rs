//! Observes a loop: its sink, and debug mode.
//!
//! The problem: observers may come and go while the loop runs. Each of them is code of the user's,
//! and is called in the middle of other work.
//!
//! ```text
//!   set_sink, set_debug ──> every occupant is marked as observed ──> its steps are slow ones,
//!                                                                    which emit events
//! ```
//!
//! Invariant: a sink is called and dropped while its cell is not borrowed (`store/lender.rs`).
//!
//! Read next: `run/events.rs`. Second reading: `run/observing/choices.rs`, the chooser.

mod candidate;
mod choices;
mod held_up;

use std::rc::Rc;
use std::task::Poll;

use groundup_interweave::trace::{Counts, Sink};

use crate::core::WATCHER;
use crate::run::Scheduler;
use crate::run::report::{Report, ReportKind};
use crate::store::key::Mark;
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, Ticket};

/// The trace.
impl Scheduler {
    /// Sets the sink of the trace, or removes it with `None`. From then on every task, new or
    /// old, takes the observed path.
    ///
    /// A sink may use the loop. Events that it causes while it handles an event are not
    /// emitted, since the sink would otherwise call itself without end. A sink that it sets
    /// gets the next event.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{NoRoot, Scheduler};
    /// use groundup::trace::Recorder;
    ///
    /// let (scheduler, recorder) = (Scheduler::new().unwrap(), Recorder::new());
    /// scheduler.set_sink(Some(Box::new(recorder.clone())));
    /// scheduler.spawn(async {}).detach();
    /// scheduler.run_round(&mut NoRoot);
    /// let verbs = ["spawn", "step", "done"];
    /// assert_eq!(recorder.events().len(), verbs.len());
    /// for (event, verb) in recorder.events().iter().zip(verbs) {
    ///     assert_eq!(event.verb.word(), verb);
    /// }
    /// ```
    pub fn set_sink(&self, sink: Option<Box<dyn Sink>>) {
        self.trace.set_sink(&self.core, sink);
    }

    /// Switches debug mode on or off. In debug mode each step is timed with `clock` (in ns),
    /// and reported if it takes `threshold` ns or more. A result that is never taken is
    /// reported too.
    pub fn set_debug(&self, debug: Option<(Rc<dyn Fn() -> u64>, u64)>) {
        self.trace.set_debug(&self.core, debug);
        self.note_long_rounds();
    }

    /// Notes whether a round needs more than its turns: an order, or a clock.
    fn note_long_rounds(&self) {
        let long = self.has_chooser() || self.is_debug();
        self.long_rounds.set(long);
    }

    /// Returns true if a chooser orders the rounds, or debug mode measures their steps.
    #[inline]
    pub(super) fn has_long_rounds(&self) -> bool {
        self.long_rounds.get()
    }

    /// Returns true if debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.trace.stopwatch().is_some()
    }

    /// Returns true if a sink or debug mode observes the moves of the loop.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.core.attends(WATCHER)
    }

    /// Sets the time and the iteration of the events that follow.
    #[inline]
    pub fn set_stamp(&self, time: u64, iteration: u64) {
        self.trace.set_stamp(time, iteration);
    }

    /// Takes a step. In debug mode it measures the step, and reports a slow one, with those that it
    /// has held up. `rest` is the rest of the round.
    pub(super) fn timed(
        &self,
        (ticket, slot): (Ticket, &Slot),
        root: &mut dyn Root,
        rest: &[Entry],
        step: impl FnOnce(&mut dyn Root) -> Poll<()>,
    ) -> Poll<()> {
        let observed = slot.has(Mark::Observed);
        let Some((clock, threshold)) = observed.then(|| self.trace.stopwatch()).flatten() else {
            return step(root);
        };
        // What the step itself makes ready comes behind these.
        let (ready, before) = (self.core.ready_len(), clock());
        let polled = step(root);
        let now = clock();
        let took = now.saturating_sub(before);
        if took >= threshold {
            let mut report = self.about(ticket, slot, (ReportKind::SlowStep, String::new()));
            let who = report.task.as_deref().unwrap_or("a callback");
            let queued = self.core.first_ready(ready);
            let held_up = self.held_up_by(ticket, root, now, rest.iter().chain(&queued));
            report.message = format!(
                "Executing {who} took {:.3} seconds{held_up}",
                took as f64 / 1e9
            );
            self.report(report);
        }
        polled
    }

    /// Makes a report about the occupant of a slot.
    pub(super) fn about(&self, ticket: Ticket, slot: &Slot, what: (ReportKind, String)) -> Report {
        let number = || self.core.number(slot);
        Report {
            kind: what.0,
            task: slot.is_task().then(|| self.core.name_of(ticket)).flatten(),
            number: slot.is_task().then(number).unwrap_or(0),
            place: slot.call_site(),
            context: (!slot.has(Mark::Promise))
                .then(|| self.locals.at(ticket.index()))
                .flatten(),
            ..Report::new(what.1)
        }
    }

    /// Returns the number of groups, and the number of registrations ever made. When every
    /// combinator is dropped, no group is left. The difference of registrations over a stretch
    /// of a program is the cost of its waits.
    pub fn groups(&self) -> (usize, u64) {
        self.groups.tally()
    }

    /// Counts the tasks, promises, callbacks, groups, scopes and named primitives that live, and the
    /// ends that no code has looked at. The floor above adds the rest. Costs a look at each slot that is
    /// in use.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let task = scheduler.spawn(async {});
    /// assert_eq!(scheduler.counts().tasks, 1);
    /// scheduler.run_until_idle();
    /// assert_eq!((scheduler.counts().tasks, scheduler.counts().unread), (0, 1));
    /// drop(task);
    /// assert!(scheduler.counts().is_zero());
    /// ```
    pub fn counts(&self) -> Counts {
        let mut counts = self.core.counts();
        counts.groups = self.groups.tally().0;
        counts.scopes = self.cancels.open_scopes();
        counts
    }
}
