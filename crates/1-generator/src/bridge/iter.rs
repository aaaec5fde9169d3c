//! Makes an iterator from a generator.
//!
//! Python's `for x in generator` resumes without a value, takes the yielded values, and
//! drops the return value. In Rust that is an `Iterator`. The two traits stay apart in
//! this crate because they differ: an iterator has no return value, and receives
//! nothing from its caller.
//!
//! ```text
//!   Step::Yield(y)   ──▶  Some(y)
//!   Step::Return(r)  ──▶  None      (r is kept for returned())
//!   a panic          ──▶  the panic goes on, and None afterwards
//! ```
//!
//! Cost: `next` is one resume and one comparison. The consuming methods of `Iterator`
//! (`sum`, `for_each`, `collect`, ...) go through `fold`, a plain loop around `resume`.
//! The optimiser sees the whole machine in that loop, so it costs as much as a
//! hand-written iterator.
//!
//! Invariants
//! 1. The generator is not resumed after it has returned or panicked: the iterator is fused.
//! 2. The generator is dropped as soon as it has returned or panicked.
//! 3. A return value is lost only if a method consumes the whole iterator.
//!
//! Read next: `bridge/awaitable.rs`, which makes a future from the same generator.

use core::iter::FusedIterator;

use crate::generator::Generator;
use crate::protocol::Body;
use crate::step::Step;

/// Iterates over the yielded values of a generator. Made by [`values`].
#[derive(Debug, Clone)]
#[must_use = "iterators are lazy: nothing is resumed until next() is called"]
pub struct Values<G: Generator> {
    generator: Body<G>,
    returned: Option<G::Return>,
}

/// Iterates over the yielded values of `generator` (Python: `for value in generator`).
///
/// To continue with the generator afterwards, pass a borrow: `values(&mut generator)`.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::values;
/// use groundup::generator::machine::Squares;
///
/// let squares = Squares::new([1, 2, 3], |_: &str| ());
/// assert_eq!(values(squares).sum::<i64>(), 14);
/// ```
pub fn values<G>(generator: G) -> Values<G>
where
    G: Generator,
    G::Resume: Default,
{
    Values {
        generator: Body::new(generator),
        returned: None,
    }
}

impl<G: Generator> Values<G> {
    /// Returns the return value once, after the iteration has ended.
    ///
    /// ```
    /// # mod groundup { pub use groundup_generator as generator; }
    /// use groundup::generator::values;
    /// use groundup::generator::machine::Countdown;
    ///
    /// let mut count = values(Countdown::new(2));
    /// assert_eq!(count.by_ref().collect::<Vec<_>>(), [2, 1]);
    /// assert_eq!(count.returned(), Some("lift-off"));
    /// ```
    pub fn returned(&mut self) -> Option<G::Return> {
        self.returned.take()
    }
}

impl<G> Iterator for Values<G>
where
    G: Generator,
    G::Resume: Default,
{
    type Item = G::Yield;

    #[inline]
    fn next(&mut self) -> Option<G::Yield> {
        match self.generator.enter(Generator::next) {
            Ok(Step::Yield(value)) => Some(value),
            Ok(Step::Return(value)) => {
                self.returned = Some(value);
                None
            }
            Err(_over) => None,
        }
    }

    #[inline]
    fn fold<B, F>(mut self, start: B, mut add: F) -> B
    where
        F: FnMut(B, G::Yield) -> B,
    {
        let mut total = start;
        if let Some(mut generator) = self.generator.take() {
            while let Step::Yield(value) = generator.next() {
                total = add(total, value);
            }
        }
        total
    }
}

impl<G> FusedIterator for Values<G>
where
    G: Generator,
    G::Resume: Default,
{
}
