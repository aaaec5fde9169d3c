//! Resumes a list of generators until one is over: the first interweaver.
//!
//! The simplest way to run several generators "at the same time" is a loop in a loop:
//!
//! ```text
//!   while True:                    a ──► b ──► c ─┐
//!       for g in generators:       ▲              │
//!           yield next(g)          └──────────────┘
//! ```
//!
//! The loop works as long as all generators have the same length. As soon as one of them is
//! over, it has no value to give, and the loop can only stop, with the other generators in the
//! middle of their work. This fragile form is here to show the mistake before the cure.
//!
//! In Python the program above stops in a curious way. `next(g)` raises
//! `StopIteration`, which leaves the loop, since the loop is itself a generator. Up to
//! CPython 3.6 the caller took this exception for the normal end of the loop. Since 3.7 (PEP 479) a
//! `StopIteration` that leaves a generator becomes `RuntimeError: generator raised
//! StopIteration`. Here a [`Step`] is either a yield or a return, and no exception can
//! leave: [`Lockstep`] ends without an error, as in 3.6. For an empty list Python's loop
//! never ends, while a `Lockstep` ends at once.
//!
//! Invariants
//! 1. Values come in the order of the list, again and again.
//! 2. A [`Lockstep`] ends at the first generator that is over, by a return or by a panic.
//!    After that no generator is resumed, so the remaining values of the others are never
//!    computed.
//! 3. A [`Lockstep`] panics only if a generator panics.
//!
//! Read next: `interweave.rs`, the cure.

use std::iter::FusedIterator;
use std::mem;

use groundup_generator::{Generator, Step};

/// Resumes the generators in turn and gives their values; ends at the first one that is over.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::Squares;
/// use groundup::interweave::lockstep;
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
        // While a generator runs, all are on the call stack, so that a panic drops all.
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
