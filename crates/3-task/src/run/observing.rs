//! Observing and choosing: the words for sink, debug mode and chooser.
//!
//! The problem: whoever looks on may come and go while the loop runs. And the order of the ready queue is not the
//! only free choice of a program: a task that waits for the first of two has to look at
//! one of them first, and when both are there, that look decides. So it asks the chooser
//! that orders the rounds: one seed then explains the whole run.
//!
//! Invariants:
//! 1. A sink or a chooser is called, and dropped, while its place is not borrowed
//!    (`store/lender.rs`).
//! 2. Without a chooser the answer is 0, first in, first out, and costs one test.
//! 3. A choice between fewer than two options asks nobody.
//!
//! Read next: `run/events.rs`.

use std::rc::Rc;
use std::task::Poll;

use groundup_interweave::Round;
use groundup_interweave::trace::{Choice, Chooser, Sink};

use crate::core::WATCHER;
use crate::run::Scheduler;
use crate::run::report::{Report, ReportKind};
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::index;

/// The trace.
impl Scheduler {
    /// Who looks on: a sink for the trace, or `None`. From then on every new
    /// task takes the watched path; tasks that exist already take it too.
    ///
    /// A sink may use the loop. What it causes while it is told an event is told to
    /// nobody, or it could go on for ever; a sink that it sets is told from the next
    /// event on.
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
    /// for (event, verb) in recorder.events().iter().zip(verbs) {
    ///     assert_eq!(event.verb.word(), verb);
    /// }
    /// ```
    pub fn set_sink(&self, sink: Option<Box<dyn Sink>>) {
        self.trace.set_sink(&self.core, sink);
    }

    /// Debug mode: steps are timed with `clock` (in ns) and reported from
    /// `threshold` ns on, and results that nobody took are reported too.
    pub fn set_debug(&self, debug: Option<(Rc<dyn Fn() -> u64>, u64)>) {
        self.trace.set_debug(&self.core, debug);
    }

    /// Returns true if debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.trace.stopwatch().is_some()
    }

    /// Returns true if every move is told to a sink or to debug mode.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.core.attends(WATCHER)
    }

    /// Sets time and iteration of the events that follow.
    #[inline]
    pub fn set_stamp(&self, time: u64, iteration: u64) {
        self.trace.set_stamp(time, iteration);
    }

    /// Takes a step, and in debug mode measures it (L26).
    pub(super) fn timed(
        &self,
        ticket: u64,
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

    /// A report about the occupant of a slot.
    pub(super) fn about(&self, ticket: u64, slot: &Slot, what: (ReportKind, String)) -> Report {
        Report {
            kind: what.0,
            task: slot.is_task().then(|| self.core.name_of(ticket)).flatten(),
            number: if slot.is_task() {
                self.core.number(slot)
            } else {
                0
            },
            place: slot.place(),
            context: (!slot.has(Mark::Promise))
                .then(|| self.locals.at(index(ticket)))
                .flatten(),
            ..Report::new(what.1)
        }
    }
}

/// Free choices.
impl Scheduler {
    /// Who decides where order is free, or `None` for first in, first out. A chooser may
    /// use the loop, but it is not asked while it is being asked: what is chosen
    /// meanwhile is the first. One that it sets decides from the next choice on.
    ///
    /// ```
    /// use groundup_task::{NoRoot, Scheduler, trace::Seeded};
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
        drop(self.chooser.set(chooser));
    }

    /// Returns true if there is a chooser.
    #[inline]
    pub fn has_chooser(&self) -> bool {
        self.has_chooser.get()
    }

    /// Picks one of `options`, numbered from 0 in the order of arrival.
    ///
    /// ```
    /// use groundup_task::Scheduler;
    /// use groundup_task::trace::{Choice, Replay};
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

    /// Has the chooser order a round. One that panics has chosen nothing, and the round
    /// keeps its order.
    #[cold]
    pub(super) fn order_round(&self, round: &mut Round<u64>) {
        let order = || drop(self.chooser.lend(|chooser| round.order(chooser.as_mut())));
        self.guard((ReportKind::PanicInChooser, "a chooser panicked"), order);
    }
}
