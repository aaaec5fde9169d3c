//! The second interweaver: a deque of those that are not over.
//!
//! Take the one at the front, resume it; if it yielded, put it at the back; if
//! it returned, do not. That is all, and it is a scheduler:
//!
//! ```text
//!     front                              back
//!       ┌───┬───┬───┐
//!   ┌── │ a │ b │ c │ ◄───────────┐  3. it yielded: to the back
//!   │   └───┴───┴───┘             │
//!   │ 1. take                     │
//!   └────────────► a.resume() ────┤
//!                    2. step      └──► it returned: noted, and gone
//! ```
//!
//! What first-in-first-out gives is fairness: nobody runs a second time before
//! everybody ran once. It falls out of the deque; nobody had to count anything.
//! One who counts is needed only when the order is left to a chooser: then a
//! round is the generators that were in the deque when it began, and the chooser
//! decides among those that have not run in this round.
//!
//! Invariants
//! 1. Fairness: no generator is resumed for the (k+1)-th time before every
//!    living one was resumed k times, whatever the chooser answers.
//! 2. Each generator's values come in its own order, each exactly once.
//! 3. A generator that returned is dropped at once and never resumed again.
//! 4. If a generator panics, it is dropped and the panic goes on to the caller;
//!    the others are untouched, and the next call goes on with them. A panic of
//!    the chooser costs no generator.
//!
//! Read next: `drain.rs`, the form that runs to the end; `rounds.rs`, the
//! same deque faster.

use std::collections::VecDeque;

use groundup_generator::trace::{Chooser, Fifo};
use groundup_generator::{Generator, Step};

use crate::order::ask;
use crate::outcomes::Outcomes;

/// Resumes the generators in turn and gives the values they yield, until all of
/// them are over.
///
/// What they return is dropped; see [`keep_outcomes`](Interweave::keep_outcomes).
/// They are lazy: nothing runs until a value is asked for. They may be of any
/// length, and of different types behind a `Box<dyn Generator<..>>`.
///
/// ```
/// use groundup_interweave::{generator::machine::Countdown, interweave};
///
/// let weave = interweave([5, 3, 1].map(Countdown::new));
/// assert!(weave.eq([5, 3, 1, 4, 2, 3, 1, 2, 1]));
/// ```
pub fn interweave<I>(generators: I) -> Interweave<I::Item>
where
    I: IntoIterator,
    I::Item: Generator,
{
    let mut weave = Interweave {
        queue: VecDeque::new(),
        given: 0,
        left: 0,
        chooser: Fifo,
        outcomes: Outcomes::new(),
        keep: false,
    };
    weave.extend(generators);
    weave
}

/// The values of several generators, one of each in turn.
///
/// Made by [`interweave`].
#[derive(Debug)]
pub struct Interweave<G: Generator, C = Fifo> {
    queue: VecDeque<Strand<G>>,
    /// How many generators were given, ended ones included.
    given: usize,
    /// How many at the front of the queue have not run in this round.
    left: usize,
    chooser: C,
    outcomes: Outcomes<G::Return>,
    keep: bool,
}

/// A generator and its place among those given.
#[derive(Debug)]
struct Strand<G> {
    generator: G,
    place: usize,
}

impl<G: Generator, C> Interweave<G, C> {
    /// Asks `chooser` who runs next, among those that have not run in the
    /// round ([`Choice::Ready`](crate::trace::Choice::Ready)).
    ///
    /// ```
    /// use groundup_interweave::{generator::machine::Countdown, interweave};
    /// use groundup_interweave::trace::{Recording, Replay, Seeded};
    ///
    /// let weave = || interweave([13, 23, 33].map(Countdown::new));
    ///
    /// let recording = Recording::new(Seeded::new(1));
    /// let woven: Vec<u32> = weave().order_by(recording.clone()).collect();
    /// assert_ne!(woven, weave().collect::<Vec<u32>>());
    ///
    /// let replay = Replay::new(recording.choices());
    /// assert_eq!(woven, weave().order_by(replay).collect::<Vec<u32>>());
    /// ```
    #[must_use]
    pub fn order_by<D: Chooser>(self, chooser: D) -> Interweave<G, D> {
        let Self {
            queue,
            given,
            left,
            outcomes,
            keep,
            ..
        } = self;
        Interweave {
            queue,
            given,
            left,
            chooser,
            outcomes,
            keep,
        }
    }

    /// Keeps what each generator returns, from now on.
    #[must_use]
    pub fn keep_outcomes(mut self) -> Self {
        self.keep = true;
        self.outcomes.reserve(self.given);
        self
    }

    /// What was kept so far. Nothing, unless
    /// [`keep_outcomes`](Self::keep_outcomes) was called.
    pub fn outcomes(&self) -> &Outcomes<G::Return> {
        &self.outcomes
    }

    /// What was kept; generators that are not over are dropped.
    pub fn into_outcomes(self) -> Outcomes<G::Return> {
        self.outcomes
    }

    /// Adds one more generator, at the back: it runs first in the next round.
    pub fn push(&mut self, generator: G) {
        self.queue.push_back(Strand {
            generator,
            place: self.given,
        });
        self.given += 1;
        if self.keep {
            self.outcomes.reserve(self.given);
        }
    }

    /// How many generators are not over.
    pub fn living(&self) -> usize {
        self.queue.len()
    }
}

impl<G: Generator, C> Extend<G> for Interweave<G, C> {
    fn extend<I: IntoIterator<Item = G>>(&mut self, generators: I) {
        generators
            .into_iter()
            .for_each(|generator| self.push(generator));
    }
}

impl<G: Generator, C: Chooser> Interweave<G, C> {
    /// Takes the generator whose turn it is out of the queue.
    fn take_next(&mut self) -> Option<Strand<G>> {
        if self.left == 0 {
            self.left = self.queue.len();
        }
        let chosen = ask(&mut self.chooser, self.left);
        let strand = match chosen {
            0 => self.queue.pop_front()?,
            _ => self.queue.remove(chosen)?,
        };
        self.left -= 1;
        Some(strand)
    }
}

impl<G, C> Iterator for Interweave<G, C>
where
    G: Generator,
    G::Resume: Default,
    C: Chooser,
{
    type Item = G::Yield;

    fn next(&mut self) -> Option<G::Yield> {
        loop {
            let mut strand = self.take_next()?;
            match strand.generator.next() {
                Step::Yield(value) => {
                    self.queue.push_back(strand);
                    return Some(value);
                }
                Step::Return(value) if self.keep => self.outcomes.note(strand.place, value),
                Step::Return(_) => {}
            }
        }
    }
}
