//! Records the answers of another chooser.
//!
//! The problem: a run by a seed has failed. The seed repeats it, but tells nothing: the run asked a
//! hundred questions, and perhaps one answer matters. So a recording keeps the answers as a list, which
//! a [`Replay`](crate::Replay) gives again, also after it was edited.
//!
//! ```text
//!   the loop ── a question ──> Recording ── passes it on ──> Seeded
//!                 the answer <──── keeps it <──── the answer
//! ```
//!
//! Invariant: a recording changes no answer, and passes on all that the other chooser may learn.
//!
//! Read next: floor 1, `groundup-generator`.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::chooser::candidate::Candidate;
use crate::chooser::footprints::Footprints;
use crate::chooser::{Choice, Chooser};

/// One question and its answer, as a [`Recording`] keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chosen {
    /// The kind of the choice.
    pub choice: Choice,
    /// The number of options.
    pub options: usize,
    /// The chosen option, counted from 0.
    pub picked: usize,
}

/// Asks another chooser and records every answer.
///
/// A clone shares the chooser and the record: the loop gets a clone, and the program
/// reads the original.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Choice, Chooser, Recording, Replay, Seeded};
///
/// let recording = Recording::new(Seeded::new(7));
/// let mut given_away = recording.clone();
/// let first: Vec<usize> = (2..9).map(|n| given_away.choose(Choice::Ready, n)).collect();
///
/// let mut replay = Replay::new(recording.choices());
/// let again: Vec<usize> = (2..9).map(|n| replay.choose(Choice::Ready, n)).collect();
/// assert_eq!(first, again);
/// ```
#[derive(Debug)]
pub struct Recording<C> {
    chooser: Rc<RefCell<C>>,
    record: Rc<RefCell<Vec<Chosen>>>,
}

impl<C> Recording<C> {
    /// Creates a recording of the answers of `chooser`.
    pub fn new(chooser: C) -> Self {
        Self {
            chooser: Rc::new(RefCell::new(chooser)),
            record: Rc::default(),
        }
    }

    /// Returns the answers so far, oldest first, as [`Replay::new`](crate::Replay::new) takes them.
    pub fn choices(&self) -> Vec<usize> {
        self.record
            .borrow()
            .iter()
            .map(|chosen| chosen.picked)
            .collect()
    }

    /// Returns the questions and answers so far, oldest first.
    pub fn record(&self) -> Vec<Chosen> {
        self.record.borrow().clone()
    }
}

impl<C> Clone for Recording<C> {
    fn clone(&self) -> Self {
        Self {
            chooser: Rc::clone(&self.chooser),
            record: Rc::clone(&self.record),
        }
    }
}

impl<C: Chooser> Recording<C> {
    /// Asks the other chooser, and records its answer.
    fn ask(&self, (choice, options): (Choice, usize), ask: impl FnOnce(&mut C) -> usize) -> usize {
        let picked = ask(&mut self.chooser.borrow_mut());
        self.record.borrow_mut().push(Chosen {
            choice,
            options,
            picked,
        });
        picked
    }
}

impl<C: Chooser> Chooser for Recording<C> {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        self.ask((choice, options), |other| other.choose(choice, options))
    }

    fn choose_among(
        &mut self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        self.ask((choice, options), |other| {
            other.choose_among(choice, options, candidate)
        })
    }

    fn moot(&mut self) {
        self.chooser.borrow_mut().moot();
    }

    fn footprints(&self) -> Option<Footprints> {
        self.chooser.borrow().footprints()
    }
}
