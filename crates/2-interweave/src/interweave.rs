//! Interweaves generators with a deque: the second interweaver.
//!
//! Take the generator at the front and resume it. If it yielded, put it at the back; if
//! it returned, drop it. This loop is a complete scheduler:
//!
//! ```text
//!     front                              back
//!       ┌───┬───┬───┐
//!   ┌── │ a │ b │ c │ ◄───────────┐  3. it yielded: to the back
//!   │   └───┴───┴───┘             │
//!   │ 1. take                     │
//!   └────────────► a.resume() ────┤
//!                    2. step      └──► it returned: drop it
//! ```
//!
//! First in, first out is fair: no generator runs a second time before all others ran
//! once. The deque alone ensures this fairness, but a chooser needs a counter as well. A
//! round consists of the generators that were in the deque when the round began. The counter
//! is the number of them that have not run, and the chooser picks one of these.
//!
//! Invariants
//! 1. Fairness: a round resumes each generator that was alive at its beginning once, for any
//!    answers of the chooser. A generator that is added joins in the next round.
//! 2. Each generator's values come in its own order, each exactly once.
//! 3. A generator that returned is dropped at once and never resumed again.
//! 4. If a generator panics, it is dropped and the panic goes on to the caller. The next
//!    call continues with the other generators. A panic of the chooser drops no generator.
//!
//! Read next: `drain.rs`, the form that runs to the end. Second reading: `outcomes.rs`,
//! the return values.

use std::collections::VecDeque;

use groundup_generator::trace::{Candidate, Chooser, Fifo};
use groundup_generator::{Generator, Step};

use crate::order::ask;
use crate::outcomes::Outcomes;

/// Resumes the generators in turn and gives their values, until all of them are over.
///
/// The return values are dropped, unless [`keep_outcomes`](Interweave::keep_outcomes)
/// is called. Nothing runs before the first value is requested. The generators may
/// differ in length, and in type behind a `Box<dyn Generator<..>>`.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::Countdown;
/// use groundup::interweave::interweave;
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
        added: 0,
        left: 0,
        chooser: Fifo,
        outcomes: Outcomes::new(),
        keep: false,
    };
    weave.extend(generators);
    weave
}

/// Iterates over the values of several generators, one of each in turn.
///
/// Made by [`interweave`].
#[derive(Debug)]
pub struct Interweave<G: Generator, C = Fifo> {
    queue: VecDeque<Strand<G>>,
    /// How many generators were added, including the ended ones.
    added: usize,
    /// How many generators at the front of the queue have not run in this round.
    left: usize,
    chooser: C,
    outcomes: Outcomes<G::Return>,
    keep: bool,
}

/// A generator and its place in the order of the arguments.
#[derive(Debug)]
struct Strand<G> {
    generator: G,
    place: usize,
}

impl<G: Generator, C> Interweave<G, C> {
    /// Lets `chooser` pick the next generator among the ones that have not run in the
    /// round ([`Choice::Ready`](crate::trace::Choice::Ready)).
    ///
    /// ```
    /// # mod groundup { pub use groundup_interweave::generator;
    /// #     pub use groundup_interweave as interweave; pub use groundup_interweave::trace; }
    /// use groundup::generator::machine::Countdown;
    /// use groundup::interweave::interweave;
    /// use groundup::trace::{Recording, Replay, Seeded};
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
            added,
            left,
            outcomes,
            keep,
            ..
        } = self;
        Interweave {
            queue,
            added,
            left,
            chooser,
            outcomes,
            keep,
        }
    }

    /// Keeps the return value of each generator, from now on.
    #[must_use]
    pub fn keep_outcomes(mut self) -> Self {
        self.keep = true;
        self.outcomes.reserve(self.added);
        self
    }

    /// Returns the return values so far; none unless
    /// [`keep_outcomes`](Self::keep_outcomes) was called.
    pub fn outcomes(&self) -> &Outcomes<G::Return> {
        &self.outcomes
    }

    /// Returns the kept return values, and drops the generators that are not over.
    pub fn into_outcomes(self) -> Outcomes<G::Return> {
        self.outcomes
    }

    /// Adds a generator at the back, which takes its first step in the next round.
    pub fn push(&mut self, generator: G) {
        self.queue.push_back(Strand {
            generator,
            place: self.added,
        });
        self.added += 1;
        if self.keep {
            self.outcomes.reserve(self.added);
        }
    }

    /// Returns how many generators are not over.
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
    /// Takes the next generator out of the queue.
    fn take_next(&mut self) -> Option<Strand<G>> {
        if self.left == 0 {
            self.left = self.queue.len();
        }
        let chosen = ask(&mut self.chooser, self.left, &|_| Candidate::Unnamed);
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
