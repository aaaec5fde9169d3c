//! Resumes a fixed list of generators in a loop, until one is over.
//!
//! The simplest way to run several generators "at the same time" is a loop in a loop:
//!
//! ```text
//!   while True:                    a ──► b ──► c ─┐
//!       for g in generators:       ▲              │
//!           yield next(g)          └──────────────┘
//! ```
//!
//! The loop works as long as all generators have the same length. When the first one is
//! over, there is no value to give, and the loop can only stop, with the others in the
//! middle of their work. This fragile form is here to show the mistake before the cure.
//!
//! In Python the program above stops in a curious way. `next(g)` raises
//! `StopIteration`, which leaks out of the generator. Up to CPython 3.6 that looks like
//! its normal end: silence. Since 3.7 (PEP 479) a `StopIteration` that leaks out of a
//! generator becomes `RuntimeError: generator raised StopIteration`, after the same
//! lines were printed. Here a step *says* whether it is a yield or a return, so nothing
//! can leak: [`Lockstep`] ends without an error, as 3.6 did. For an empty list Python's
//! loop never ends, and this one ends at once.
//!
//! Invariants
//! 1. Values come in the order of the list, again and again.
//! 2. It ends at the first generator that is over, by a return or by a panic. No
//!    generator is resumed after that, and the remaining values of the others are never
//!    computed.
//! 3. It never panics by itself.
//!
//! Read next: `interweave.rs`, the cure.

use std::iter::FusedIterator;
use std::mem;

use groundup_generator::{Generator, Step};

/// Resumes the generators in turn and gives their values; ends at the first one that is over.
///
/// ```
/// use groundup_interweave::{generator::machine::Squares, lockstep};
///
/// let squares = |numbers: &[i64]| Squares::new(numbers, |_: &str| ());
///
/// // Two of the same length: fine. The second is longer: 900 is never given.
/// assert!(lockstep([squares(&[1, 2]), squares(&[10, 20])]).eq([1, 100, 4, 400]));
/// assert!(lockstep([squares(&[1, 2]), squares(&[10, 20, 30])]).eq([1, 100, 4, 400]));
/// // The first is longer: one more of it is computed and given, then no more.
/// assert!(lockstep([squares(&[1, 2, 3, 4]), squares(&[10, 20])]).eq([1, 100, 4, 400, 9]));
/// ```
pub fn lockstep<I>(generators: I) -> Lockstep<I::Item>
where
    I: IntoIterator,
    I::Item: Generator,
{
    Lockstep {
        generators: generators.into_iter().collect(),
        next: 0,
    }
}

/// Iterates over the values of several generators in turn, until one of them is over.
///
/// Made by [`lockstep`].
#[derive(Clone, Debug)]
pub struct Lockstep<G> {
    /// Empty once the first generator is over.
    generators: Vec<G>,
    next: usize,
}

impl<G> Iterator for Lockstep<G>
where
    G: Generator,
    G::Resume: Default,
{
    type Item = G::Yield;

    fn next(&mut self) -> Option<G::Yield> {
        // Kept on the call stack while one of them runs, so that a panic drops all.
        let mut generators = mem::take(&mut self.generators);
        match generators.get_mut(self.next)?.next() {
            Step::Yield(value) => {
                self.next += 1;
                if self.next == generators.len() {
                    self.next = 0;
                }
                self.generators = generators;
                Some(value)
            }
            Step::Return(_) => None,
        }
    }
}

impl<G> FusedIterator for Lockstep<G>
where
    G: Generator,
    G::Resume: Default,
{
}
