//! Free choices inside a step: which branch is looked at first.
//!
//! The problem: the order of the ready queue is not the only free choice of a
//! program. A task that waits for whichever of two comes first has to look at
//! one of them first, and when both are there, that look decides. So it asks
//! the same chooser that orders the rounds: one seed then explains the whole run.
//!
//! Invariants:
//! 1. Without a chooser the answer is 0, first in, first out, and costs one test.
//! 2. A choice between fewer than two options asks nobody.
//!
//! Read next: `yielding.rs`, the plainest suspension.

use groundup_interweave::trace::{Choice, Chooser};

use crate::scheduler::Scheduler;

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
        self.has_chooser.set(chooser.is_some());
        let before = self.chooser.replace(chooser);
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
        if options < 2 || !self.has_chooser.get() {
            return 0;
        }
        self.ask(choice, options)
    }

    /// Whether somebody chooses where order is free.
    #[inline]
    pub fn has_chooser(&self) -> bool {
        self.has_chooser.get()
    }

    #[cold]
    fn ask(&self, choice: Choice, options: usize) -> usize {
        // A chooser that looks at the loop while it is being asked is not asked twice.
        let Ok(mut chooser) = self.chooser.try_borrow_mut() else {
            return 0;
        };
        let ask = |chooser: &mut Box<dyn Chooser>| chooser.choose(choice, options);
        let chosen = chooser.as_mut().map_or(0, ask);
        assert!(
            chosen < options,
            "the chooser answered {chosen} to a choice of {options}: it must answer with a number below that"
        );
        chosen
    }

    /// Whether the running step is one into which a cancel is being delivered, and
    /// no [`catch_cancel`](crate::catch_cancel) has taken it yet. A combinator that
    /// polls only what was woken polls everything then, or the cancel could not
    /// get through it.
    #[inline]
    pub fn is_delivering(&self) -> bool {
        self.delivering.get()
    }
}
