//! Free choices: the order of a round, and of branches.
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
//! Read next: `cancel.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use groundup_interweave::Round;
use groundup_interweave::trace::{Choice, Chooser};

/// The chooser of a loop.
#[derive(Default)]
pub(crate) struct Choices {
    chooser: RefCell<Option<Box<dyn Chooser>>>,
    /// There is a chooser: looked at in every round.
    // Speed: yield_one, hand_off.
    there: Cell<bool>,
}

impl Choices {
    /// Sets the chooser; gives the one before for the caller to drop.
    pub(crate) fn set(&self, chooser: Option<Box<dyn Chooser>>) -> Option<Box<dyn Chooser>> {
        self.there.set(chooser.is_some());
        self.chooser.replace(chooser)
    }

    /// Returns true if there is a chooser.
    #[inline]
    pub(crate) fn has_chooser(&self) -> bool {
        self.there.get()
    }

    /// Picks one of `options`, numbered from 0 in the order of arrival.
    #[inline]
    pub(crate) fn choose(&self, choice: Choice, options: usize) -> usize {
        if options < 2 || !self.there.get() {
            return 0;
        }
        self.ask(choice, options)
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

    /// Orders a round. A chooser that panics has chosen nothing, and the round keeps its
    /// order.
    ///
    /// # Errors
    ///
    /// What the chooser threw.
    #[cold]
    pub(crate) fn order(&self, round: &mut Round<u64>) -> Result<(), Box<dyn Any + Send>> {
        catch_unwind(AssertUnwindSafe(|| {
            if let Some(chooser) = self.chooser.borrow_mut().as_mut() {
                round.order(chooser.as_mut());
            }
        }))
    }
}
