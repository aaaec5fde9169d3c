//! Observes and steers a loop: its sink, debug mode and chooser.
//!
//! The problem: observers may come and go while the loop runs. And the order of the ready queue
//! is not the only free choice of a program: a task that waits for the first of two futures
//! must poll one of them first, and if both are ready, that order decides. So the task asks the
//! chooser that orders the rounds, and one seed explains the whole run. Without a chooser,
//! `next_start` names another one each time, so that none is always the first.
//!
//! Invariants:
//! 1. A sink or a chooser is called and dropped while its cell is not borrowed
//!    (`store/lender.rs`).
//! 2. Without a chooser, the answer is 0 (first in, first out), and costs one test.
//! 3. A choice between fewer than two options calls no chooser.
//!
//! Read next: `run/events.rs`.

use std::rc::Rc;
use std::task::Poll;

use groundup_interweave::Round;
use groundup_interweave::trace::{Choice, Chooser, Sink};

use crate::core::{CHOOSER, WATCHER};
use crate::run::Scheduler;
use crate::run::report::{Report, ReportKind};
use crate::store::key::Mark;
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

    /// Takes a step. In debug mode it measures the step, and reports a slow one.
    pub(super) fn timed(
        &self,
        ticket: Ticket,
        slot: &Slot,
        step: impl FnOnce() -> Poll<()>,
    ) -> Poll<()> {
        let observed = slot.has(Mark::Observed);
        let Some((clock, threshold)) = observed.then(|| self.trace.stopwatch()).flatten() else {
            return step();
        };
        let before = clock();
        let polled = step();
        let took = clock().saturating_sub(before);
        if took >= threshold {
            let mut report = self.about(ticket, slot, (ReportKind::SlowStep, String::new()));
            let who = report.task.as_deref().unwrap_or("a callback");
            report.message = format!("Executing {who} took {:.3} seconds", took as f64 / 1e9);
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
}

/// Free choices.
impl Scheduler {
    /// Sets the chooser, which decides where order is free; `None` means first in, first out. A
    /// chooser may use the loop. It is not called again inside its own call: a choice made
    /// there is the first option. A chooser that is set there decides from the next choice on.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{NoRoot, Scheduler};
    /// use groundup::trace::Seeded;
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let order = |seed| {
    ///     let (scheduler, order) = (Scheduler::new().unwrap(), Rc::new(RefCell::new(Vec::new())));
    ///     scheduler.set_chooser(Some(Box::new(Seeded::new(seed))));
    ///     for n in 0..9 {
    ///         let order = order.clone();
    ///         scheduler.call_soon(move || order.borrow_mut().push(n));
    ///     }
    ///     scheduler.run_round(&mut NoRoot);
    ///     order.take()
    /// };
    /// assert_eq!(order(7), order(7));
    /// assert_ne!(order(7), (0..9).collect::<Vec<_>>());
    /// ```
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.has_chooser.set(chooser.is_some());
        self.core.attend(CHOOSER, chooser.is_some());
        drop(self.chooser.set(chooser));
    }

    /// Returns the number of groups, and the number of registrations ever made. When every
    /// combinator is dropped, no group is left. The difference of registrations over a stretch
    /// of a program is the cost of its waits.
    pub fn groups(&self) -> (usize, u64) {
        self.groups.tally()
    }

    /// Returns true if there is a chooser.
    #[inline]
    pub fn has_chooser(&self) -> bool {
        self.has_chooser.get()
    }

    /// Returns true if the thread's scheduler has a chooser. Costs less than
    /// [`current`](Scheduler::current).
    #[inline]
    pub fn chooses_here() -> bool {
        Self::peek(Scheduler::has_chooser) == Some(true)
    }

    /// Picks one of `options`, numbered from 0 in the order of arrival.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::trace::{Choice, Replay};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// assert_eq!(scheduler.choose(Choice::Branch, 3), 0);
    /// scheduler.set_chooser(Some(Box::new(Replay::new([2]))));
    /// assert_eq!(scheduler.choose(Choice::Branch, 3), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If the chooser answers with a number that is not below `options`: a bug of
    /// the chooser.
    #[inline]
    pub fn choose(&self, choice: Choice, options: usize) -> usize {
        if options < 2 || !self.has_chooser() {
            return 0;
        }
        self.ask_chooser(choice, options)
    }

    #[cold]
    fn ask_chooser(&self, choice: Choice, options: usize) -> usize {
        let ask = |chooser: &mut Box<dyn Chooser>| chooser.choose(choice, options);
        let chosen = self.chooser.lend(ask).map_or(0, |(chosen, _)| chosen);
        assert!(
            chosen < options,
            "the chooser answered {chosen} to a choice of {options}: it must answer with a number below that"
        );
        chosen
    }

    /// Returns which of `options` equal things goes first this time, numbered from 0. A chooser is
    /// not asked. The calls of a task are counted, and the answer to call k is the fractional part
    /// of k times the golden ratio, times `options`. So each option is named at least once in
    /// 2 n calls for n options. A caller that comes in every d-th call of its task gets each in
    /// 2 n + 7 d of its calls: no multiple of the golden ratio is near a whole number for long. A run
    /// of the same program gets the same answers.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let first = [0; 6].map(|_| scheduler.next_start(3));
    /// assert_eq!(first, [0, 1, 0, 2, 1, 0]);
    /// ```
    #[inline]
    pub fn next_start(&self, options: usize) -> usize {
        self.core.next_start(options)
    }

    /// Lets the chooser order a round. If the chooser panics, the panic is reported, and the
    /// rest of the round keeps the order it has.
    #[cold]
    pub(super) fn order_round(&self, round: &mut Round<Entry>) {
        let order = || drop(self.chooser.lend(|chooser| round.order(chooser.as_mut())));
        self.guard((ReportKind::PanicInChooser, "a chooser panicked"), order);
    }
}
