//! Which choices of a scheduler are free, and who makes them.
//!
//! Two tasks are ready: which one runs first? Nothing in the program says so.
//! A loop that always answers "the one that came first" hides every bug that
//! needs the other answer, and a loop that answers at random shows the bug
//! once and never again. So the answer is asked of a small trait: the same
//! program runs first-in-first-out, or from a seed, or from a list of choices
//! that some earlier run wrote down, and the trace is the same each time.
//!
//! ```text
//!                      ┌── Fifo        0, always
//!   choose(Ready, 3) ──┼── Seeded      1, 0, 2, 2, ...  the same for the same seed
//!       0, 1 or 2  ◄── ├── Replay      what the list says
//!                      └── Recording   asks another, writes the answer down
//! ```
//!
//! Invariants
//! 1. The answer is below the number of options. Zero always means "in the
//!    order of arrival", so that a list of zeros (and an empty list) is FIFO.
//! 2. A choice between fewer than two options is not a choice: nobody is asked.
//! 3. A chooser knows nothing but its own past answers. The same chooser asked
//!    the same questions answers the same.
//!
//! Read next: floor 1, `groundup-generator`, where something to schedule
//! comes from.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

/// What kind of free choice is to be made. A [`Chooser`] may answer each kind in
/// its own way.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Which of the steps that are ready in this iteration runs next.
    Ready,
    /// Which branch of several that could all go on is looked at first.
    Branch,
    /// Which of several waiters, or of several results, is taken. Reserved: no floor
    /// asks it yet. A program may, of the chooser of its loop.
    Pick,
    /// Which of several timers with the same deadline fires first. Reserved: no floor
    /// asks it yet. Timers that fire together are ordered as [`Choice::Ready`].
    Timer,
}

/// Makes the free choices of a scheduler.
///
/// ```
/// use groundup_trace::{Choice, Chooser};
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
    /// Must return a number below `options`, and is never called with fewer
    /// than two. Whoever asks may treat an answer out of range as a bug of the
    /// chooser and panic.
    fn choose(&mut self, choice: Choice, options: usize) -> usize;
}

impl<C: Chooser + ?Sized> Chooser for &mut C {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        (**self).choose(choice, options)
    }
}

impl<C: Chooser + ?Sized> Chooser for Box<C> {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        (**self).choose(choice, options)
    }
}

/// First in, first out: what came first is chosen first.
///
/// ```
/// use groundup_trace::{Choice, Chooser, Fifo};
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

/// Chooses by a stream of pseudo-random numbers: the same seed, the same
/// choices, on every machine.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014): a counter that
/// moves by a fixed odd step, and a function that mixes it. It visits every
/// 64-bit state once, so no seed is a bad one, not even zero. A number below
/// `options` is the upper half of a 128-bit product, and the few products that
/// would favour some options are drawn again, so every option is equally likely.
///
/// Not for secrets.
///
/// ```
/// use groundup_trace::{Choice, Chooser, Seeded};
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
    /// The chooser of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number of the stream.
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
        // 2^64 mod options: so many of the lowest products are one too many.
        let surplus = options.wrapping_neg() % options;
        loop {
            let product = u128::from(self.draw()) * u128::from(options);
            if product as u64 >= surplus {
                return (product >> 64) as usize;
            }
        }
    }
}

/// Chooses what a list says, in order; first in, first out once it is used up.
///
/// An entry that is too large for the number of options (the list comes from
/// another program, or was edited by hand) means the last option.
///
/// ```
/// use groundup_trace::{Choice, Chooser, Replay};
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
    /// Will choose what `choices` says, first to last.
    pub fn new(choices: impl Into<Vec<usize>>) -> Self {
        Self {
            choices: choices.into(),
            next: 0,
        }
    }

    /// How many entries of the list were not asked for yet.
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

/// One choice that was made: the question and the answer, as a [`Recording`] keeps
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chosen {
    /// What kind of choice it was.
    pub choice: Choice,
    /// How many options there were.
    pub options: usize,
    /// Which one was taken, counted from 0.
    pub picked: usize,
}

/// Asks another chooser and keeps a record of every answer.
///
/// A clone shares the chooser and the record: give one to the loop and keep
/// the other to read.
///
/// ```
/// use groundup_trace::{Choice, Chooser, Recording, Replay, Seeded};
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
    /// Records what `chooser` answers.
    pub fn new(chooser: C) -> Self {
        Self {
            chooser: Rc::new(RefCell::new(chooser)),
            record: Rc::default(),
        }
    }

    /// The answers so far, oldest first: what [`Replay::new`] takes.
    pub fn choices(&self) -> Vec<usize> {
        self.record
            .borrow()
            .iter()
            .map(|chosen| chosen.picked)
            .collect()
    }

    /// The questions and answers so far, oldest first.
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

impl<C: Chooser> Chooser for Recording<C> {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        let picked = self.chooser.borrow_mut().choose(choice, options);
        self.record.borrow_mut().push(Chosen {
            choice,
            options,
            picked,
        });
        picked
    }
}
