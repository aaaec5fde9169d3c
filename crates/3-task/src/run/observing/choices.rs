//! Asks the chooser of a loop.
//!
//! The problem: the order of the ready queue is not the only free choice of a program. A task that
//! waits for the first of two futures must poll one of them first, and if both are ready, that order
//! decides. So the task asks the chooser that orders the rounds, and one seed explains the whole run.
//! Without a chooser, `next_start` names another one each time, so that none is always the first.
//!
//! ```text
//!   run_rounds ── order_round ──> the entries of the round, by their names ──┐
//!   race, job, pick ── choose ──────────────────────────────────────────────┴──> Chooser
//!   race: no branch is in a line ── moot ── if no other choice was made since ─> Chooser
//! ```
//!
//! Invariants:
//! 1. A chooser is called and dropped while its cell is not borrowed (`store/lender.rs`).
//! 2. Without a chooser, the answer is 0 (first in, first out), and costs one test.
//! 3. A choice between fewer than two options calls no chooser.
//!
//! Read next: `run/observing/candidate.rs`.

use groundup_interweave::Round;
use groundup_interweave::trace::{Access, Candidate, Choice, Chooser, Touched};

use crate::cancel::gate;
use crate::core::places::any_is_watched;
use crate::core::step;
use crate::core::{CHOOSER, NOTED};
use crate::run::Scheduler;
use crate::run::report::ReportKind;
use crate::store::object::Root;
use crate::store::ticket::Entry;

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
        self.note_long_rounds();
        self.core.attend(CHOOSER, chooser.is_some());
        let footprints = chooser.as_ref().and_then(|chooser| chooser.footprints());
        if footprints.is_some() || self.core.attends(NOTED) {
            self.core.keep_footprints(footprints);
            self.trace.observe(&self.core);
        }
        if chooser.is_some() {
            step::set(step::CHOOSER); // for the rest of this step
        }
        drop(self.chooser.set(chooser));
    }

    /// Notes that the present entry of the thread's scheduler touches a thing, if its chooser wants
    /// footprints. A primitive of a floor above calls this for each look at a state that tasks share, and
    /// for each change of it. Otherwise it costs a load and a branch.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::trace::{Access, Candidate, Choice, Chooser, Footprints, Touched};
    ///
    /// struct Wants(Footprints);
    ///
    /// impl Chooser for Wants {
    ///     fn choose(&mut self, _: Choice, _: usize) -> usize {
    ///         0
    ///     }
    ///
    ///     fn footprints(&self) -> Option<Footprints> {
    ///         Some(self.0.clone())
    ///     }
    /// }
    ///
    /// let (scheduler, footprints) = (Scheduler::new().unwrap(), Footprints::new());
    /// scheduler.set_chooser(Some(Box::new(Wants(footprints.clone()))));
    /// for object in [7, 7, 8] {
    ///     let step = async move { Scheduler::touch(Touched::Object(object), Access::Write) };
    ///     scheduler.spawn(step).detach();
    /// }
    /// scheduler.run_until_idle();
    /// let conflicts: Vec<_> = footprints.conflicts().into_iter().collect();
    /// assert_eq!(conflicts, [(Candidate::Task(1), Candidate::Task(2))]);
    /// ```
    #[inline(always)]
    pub fn touch(thing: Touched, access: Access) {
        if any_is_watched() {
            Self::touch_watched(thing, access);
        }
    }

    #[cold]
    #[inline(never)]
    fn touch_watched(thing: Touched, access: Access) {
        Self::peek(|scheduler| scheduler.core.touch(thing, access));
    }

    /// Returns true if the running step may poll a primitive on its short path. It may not while a cancel
    /// looks for its region, since the poll must ask [`holds_back`](Self::holds_back). Nor if the chooser
    /// wants footprints, since the poll must [note](Self::touch) the object. Both together are one test.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.spawn(async { assert!(Scheduler::polls_plainly()) }).detach();
    /// scheduler.run_until_idle();
    /// ```
    #[inline]
    pub fn polls_plainly() -> bool {
        gate::is_plain()
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
        self.choose_among(choice, options, &|_| Candidate::Unnamed)
    }

    /// Does what [`choose`](Self::choose) does, and `candidate` returns the name of each option for
    /// the chooser. It must not ask for a choice.
    ///
    /// # Panics
    ///
    /// See [`choose`](Self::choose).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::trace::{Candidate, Choice, Replay};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.set_chooser(Some(Box::new(Replay::new([1]))));
    /// let jobs = [7, 9].map(Candidate::Job);
    /// assert_eq!(scheduler.choose_among(Choice::Pick, 2, &|at| jobs[at]), 1);
    /// ```
    #[inline]
    pub fn choose_among(
        &self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        if options < 2 || !self.has_chooser() {
            return 0;
        }
        self.ask_chooser(choice, options, candidate)
    }

    #[cold]
    fn ask_chooser(
        &self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        self.asked.set(self.asked.get() + 1);
        let ask = |chooser: &mut Box<dyn Chooser>| chooser.choose_among(choice, options, candidate);
        let chosen = self.chooser.lend(ask).map_or(0, |(chosen, _)| chosen);
        assert!(
            chosen < options,
            "the chooser answered {chosen} to a choice of {options}: it must answer with a number below that"
        );
        chosen
    }

    /// Returns how many choices were made inside the rounds so far.
    pub fn choices(&self) -> u64 {
        self.asked.get()
    }

    /// Tells the chooser that the answer to its last question made no difference, if no choice was
    /// made since there were so many [`choices`](Self::choices).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::trace::{Choice, Chooser};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// struct Counts(Rc<Cell<u32>>);
    ///
    /// impl Chooser for Counts {
    ///     fn choose(&mut self, _: Choice, _: usize) -> usize {
    ///         0
    ///     }
    ///
    ///     fn moot(&mut self) {
    ///         self.0.set(self.0.get() + 1);
    ///     }
    /// }
    ///
    /// let (scheduler, moot) = (Scheduler::new().unwrap(), Rc::new(Cell::new(0)));
    /// scheduler.set_chooser(Some(Box::new(Counts(moot.clone()))));
    /// scheduler.choose(Choice::Branch, 2);
    /// let first = scheduler.choices();
    /// scheduler.choose(Choice::Branch, 2);
    /// scheduler.moot(first);
    /// assert_eq!(moot.get(), 0, "the first answer was not the last one");
    /// scheduler.moot(scheduler.choices());
    /// assert_eq!(moot.get(), 1);
    /// ```
    #[cold]
    pub fn moot(&self, choices: u64) {
        if self.asked.get() == choices {
            drop(self.chooser.lend(|chooser| chooser.moot()));
        }
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
    pub(in crate::run) fn order_round(&self, round: &mut Round<Entry>, root: &dyn Root) {
        step::set(step::CHOOSER);
        if self.core.begin_prints() {
            gate::note_polls();
        }
        let named = |entry: &Entry| self.candidate(*entry, root);
        let mut order = || {
            let order = |chooser: &mut Box<dyn Chooser>| round.order_among(chooser, &named);
            drop(self.chooser.lend(order));
        };
        self.guard(
            (ReportKind::PanicInChooser, "a chooser panicked"),
            &mut order,
        );
    }
}
