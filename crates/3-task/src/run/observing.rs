//! Observing: words for sink, debug mode, handler and chooser.
//!
//! The problem: an observer is set from outside, and events, reports and choices come
//! from all over the roof. The parts of `observe` do the work; here they are given the
//! core, and what a sink threw is reported as soon as the borrow of the sink has ended.
//!
//! Invariant: a sink, a handler or a chooser that is replaced is dropped after the
//! borrow of its place.
//!
//! Read next: `handles.rs`, what users hold.

use std::rc::Rc;
use std::task::Poll;

use groundup_interweave::trace::{Cause, Choice, Chooser, Name, Sink, Verb};

use crate::core::{REPORTS, WATCHER};
use crate::observe::report::{ExceptionHandler, Report, ReportKind};
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::slot::Slot;

/// The trace.
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
        let before = self.trace.set_sink(&self.core, sink);
        drop(before);
    }

    /// Debug mode: steps are timed with `clock` (in ns) and reported from
    /// `threshold` ns on, and results that nobody took are reported too.
    pub fn set_debug(&self, debug: Option<(Rc<dyn Fn() -> u64>, u64)>) {
        let before = self.trace.set_debug(&self.core, debug);
        drop(before);
    }

    /// Returns true if debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.trace.is_debug()
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

    /// Sets what causes the wakes that follow; with `None`, the running task does again.
    pub fn set_cause(&self, cause: Option<Cause>) {
        self.trace.set_cause(cause);
    }

    /// Hands an event to the sink. Nothing happens without one, and one that
    /// panics is told no more.
    pub fn emit(&self, task: Option<Name>, verb: Verb) {
        self.trace.emit(&self.core, task, verb);
        self.reports.tell_broken(&self.core, &self.trace);
    }

    /// Takes a step, and in debug mode measures it (L26).
    pub(super) fn timed(
        &self,
        ticket: u64,
        slot: &Slot,
        step: impl FnOnce() -> Poll<()>,
    ) -> Poll<()> {
        let stopwatch = if slot.has(Mark::Observed) {
            self.trace.stopwatch()
        } else {
            None
        };
        let Some((clock, threshold)) = stopwatch else {
            return step();
        };
        let before = clock();
        let polled = step();
        let took = clock().saturating_sub(before);
        if took >= threshold {
            self.report_slow(ticket, slot, took);
        }
        polled
    }

    fn report_slow(&self, ticket: u64, slot: &Slot, took: u64) {
        let name = || self.core.name_of(ticket);
        let task = if slot.has(Mark::Callback) {
            None
        } else {
            name()
        };
        let who = task.as_deref().unwrap_or("a callback");
        let seconds = took as f64 / 1e9;
        self.report(Report {
            kind: ReportKind::SlowStep,
            message: format!("Executing {who} took {seconds:.3} seconds"),
            task: task.clone(),
            place: self.core.place_of(ticket),
            error: None,
        });
    }
}

/// Reports.
impl Scheduler {
    /// Sets the exception handler; `None` brings the default back, which writes
    /// to standard error.
    ///
    /// ```
    /// use groundup_task::{NoRoot, ReportKind, Scheduler};
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let kinds: Rc<RefCell<Vec<ReportKind>>> = Rc::default();
    /// let seen = kinds.clone();
    /// scheduler.set_exception_handler(Some(Rc::new(move |report| {
    ///     seen.borrow_mut().push(report.kind);
    /// })));
    /// scheduler.call_soon(|| panic!("on a Monday"));
    /// # std::panic::set_hook(Box::new(|_| ()));
    /// scheduler.run_round(&mut NoRoot);
    /// assert_eq!(*kinds.borrow(), [ReportKind::CallbackPanicked]);
    /// ```
    pub fn set_exception_handler(&self, handler: Option<ExceptionHandler>) {
        let before = self.reports.set_handler(handler);
        drop(before);
    }

    /// Tells the exception handler at once.
    pub fn report(&self, report: Report) {
        self.reports.report(&self.core, &self.trace, report);
    }

    /// Tells the exception handler what was kept for the end of the iteration.
    #[inline]
    pub fn flush_reports(&self) {
        if self.core.attends(REPORTS) {
            self.reports.flush(&self.core, &self.trace);
        }
    }
}

/// Choices.
impl Scheduler {
    /// Who decides where order is free, or `None` for first in, first out.
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
        let before = self.choices.set(chooser);
        drop(before);
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
        self.choices.choose(choice, options)
    }

    /// Returns true if there is a chooser.
    #[inline]
    pub fn has_chooser(&self) -> bool {
        self.choices.has_chooser()
    }
}
