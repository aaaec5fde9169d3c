//! Makes the free choices of a scheduler.
//!
//! Two tasks are ready. Which task runs first? The program leaves this open. A loop
//! that always picks the oldest task hides every bug that needs another order. A loop
//! that picks at random shows such a bug once and never again. So the loop asks a
//! chooser, a value with the trait [`Chooser`]. A program can run first in, first out,
//! or by a seed, or by the recorded choices of an earlier run. Runs with equal choices
//! write the same trace.
//!
//! ```text
//!                      ┌── Fifo        0, always
//!   choose(Ready, 3) ──┼── Seeded      1, 0, 2, 2, ...  the same for the same seed
//!       0, 1 or 2  ◄── ├── Replay      the entries of a list
//!                      └── Recording   asks another chooser, keeps the answers
//! ```
//!
//! Invariants
//! 1. The answer is below the number of options. Zero is the usual answer: of entries and jobs
//!    the oldest, of branches the first, of a packet no jitter and no loss. So a list of zeros
//!    (or an empty list) is first in, first out.
//! 2. A scheduler asks only if there are at least two options.
//! 3. An answer depends only on the state of the chooser and on the questions: two
//!    choosers in equal states give equal answers to equal questions.
//!
//! A chooser that orders at random needs the number of options and nothing else. A chooser that tells
//! what it does, or that tries only the orders that differ, needs to know which task, callback or
//! timer each option is: [`Chooser::choose_among`] has a name for each option.
//!
//! Read next: floor 1, `groundup-generator`, which makes functions that can be
//! scheduled. Second reading: `chooser/candidate.rs`, the names of the options.

pub(crate) mod candidate;
pub(crate) mod footprints;
pub(crate) mod recording;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::chooser::candidate::Candidate;
use crate::chooser::footprints::Footprints;

/// Names the kind of a free choice. A [`Chooser`] may answer each kind differently.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Picks the next step among the ready ones of this iteration.
    Ready,
    /// Picks the branch to poll first, among several that may all continue.
    Branch,
    /// Picks one of several things that may happen next. Floor 6 picks the job (a call on a thread)
    /// that ends next, on a clock that jumps. Floor 7 picks packets of a network in memory, their
    /// jitter and their loss. A program may ask the chooser of its loop, too.
    Pick,
    /// Picks one of several timers with the same deadline. No floor makes this choice yet:
    /// [`Choice::Ready`] orders the steps of timers that fire together.
    Timer,
}

/// Makes the free choices of a scheduler.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Choice, Chooser};
///
/// /// Last in, first out.
/// struct Lifo;
///
/// impl Chooser for Lifo {
///     fn choose(&mut self, _: Choice, options: usize) -> usize {
///         options - 1
///     }
/// }
///
/// assert_eq!(Lifo.choose(Choice::Ready, 3), 2);
/// ```
pub trait Chooser {
    /// Picks one of `options`, numbered from 0 in the order of arrival.
    ///
    /// The caller passes at least two options. The answer must be below `options`; if
    /// it is not, the caller may treat that as a bug of the chooser and panic.
    fn choose(&mut self, choice: Choice, options: usize) -> usize;

    /// Picks one of `options`, as [`choose`](Chooser::choose) does; `candidate` returns the name of
    /// each. A loop calls this method. Without an implementation it ignores the names.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::{Candidate, Choice, Chooser};
    ///
    /// /// Runs one task as late as possible, and leaves the others in their order.
    /// struct Last(u64);
    ///
    /// impl Chooser for Last {
    ///     fn choose(&mut self, _: Choice, _: usize) -> usize {
    ///         0
    ///     }
    ///
    ///     fn choose_among(
    ///         &mut self,
    ///         _: Choice,
    ///         options: usize,
    ///         candidate: &dyn Fn(usize) -> Candidate,
    ///     ) -> usize {
    ///         let another = |at: &usize| candidate(*at) != Candidate::Task(self.0);
    ///         (0..options).find(another).unwrap_or(0)
    ///     }
    /// }
    ///
    /// let ready = [2, 3, 4].map(Candidate::Task);
    /// assert_eq!(Last(2).choose_among(Choice::Ready, 3, &|at| ready[at]), 1);
    /// ```
    fn choose_among(
        &mut self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        let _ = candidate;
        self.choose(choice, options)
    }

    /// Learns that the last answer made no difference, as far as the loop can see: the branches of a race
    /// were polled, each waits for one timer, task or promise, and nothing became ready. A plain cell that
    /// one branch writes and another one reads is not seen. If there is none, a chooser that tries
    /// all answers need not try the others here.
    fn moot(&mut self) {}

    /// Returns a place for the footprints of the run, if the chooser wants to know which entry has
    /// touched which thing. The loop asks once, when the chooser is set. Without an implementation there
    /// is none, and the loop notes nothing.
    fn footprints(&self) -> Option<Footprints> {
        None
    }
}

/// Passes each question on to the chooser in a pointer.
macro_rules! pass_on {
    ($($pointer:ty)+) => {$(
        impl<C: Chooser + ?Sized> Chooser for $pointer {
            fn choose(&mut self, choice: Choice, options: usize) -> usize {
                (**self).choose(choice, options)
            }

            fn choose_among(
                &mut self,
                choice: Choice,
                options: usize,
                candidate: &dyn Fn(usize) -> Candidate,
            ) -> usize {
                (**self).choose_among(choice, options, candidate)
            }

            fn moot(&mut self) {
                (**self).moot();
            }

            fn footprints(&self) -> Option<Footprints> {
                (**self).footprints()
            }
        }
    )+};
}

pass_on!(&mut C Box<C>);

/// Chooses the oldest option: first in, first out.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Choice, Chooser, Fifo};
///
/// assert_eq!(Fifo.choose(Choice::Ready, 5), 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl Chooser for Fifo {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        0
    }
}

/// Chooses by a stream of pseudo-random numbers: the same seed gives the same choices
/// on every machine.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014): a counter that moves by a
/// fixed odd step, and a function that mixes it. The counter visits every 64-bit state
/// once, so every seed is a good one, even zero. The answer is the upper half of a
/// 128-bit product, a number below `options`. A few products would favour some options;
/// the chooser draws again for these, so every option is equally likely.
///
/// Do not use it for secrets.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Choice, Chooser, Seeded};
///
/// let (mut one, mut other) = (Seeded::new(7), Seeded::new(7));
/// for options in 2..100 {
///     assert_eq!(one.choose(Choice::Ready, options), other.choose(Choice::Ready, options));
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Seeded {
    state: u64,
}

impl Seeded {
    /// Creates the chooser of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns the next number of the stream.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Chooser for Seeded {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        let options = options as u64;
        // The upper half of a product is the choice. A product whose lower half is below 2^64 mod
        // options is drawn again: then equally many numbers lead to each choice.
        let surplus = options.wrapping_neg() % options;
        loop {
            let product = u128::from(self.draw()) * u128::from(options);
            if product as u64 >= surplus {
                return (product >> 64) as usize;
            }
        }
    }
}

/// Chooses the entries of a list in order, and then first in, first out.
///
/// An entry that is too large for the number of options, as in an edited list, means the
/// last option.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Choice, Chooser, Replay};
///
/// let mut replay = Replay::new([2, 9]);
/// assert_eq!(replay.choose(Choice::Ready, 3), 2);
/// assert_eq!(replay.choose(Choice::Ready, 3), 2); // 9 is out of range: the last
/// assert_eq!(replay.choose(Choice::Ready, 3), 0); // used up: first in, first out
/// ```
#[derive(Clone, Debug, Default)]
pub struct Replay {
    choices: Vec<usize>,
    next: usize,
}

impl Replay {
    /// Creates a chooser that answers with the entries of `choices`, first to last.
    pub fn new(choices: impl Into<Vec<usize>>) -> Self {
        Self {
            choices: choices.into(),
            next: 0,
        }
    }

    /// Returns how many entries of the list are still unused.
    pub fn left(&self) -> usize {
        self.choices.len() - self.next
    }
}

impl Chooser for Replay {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        let Some(&wanted) = self.choices.get(self.next) else {
            return 0;
        };
        self.next += 1;
        wanted.min(options.saturating_sub(1))
    }
}
