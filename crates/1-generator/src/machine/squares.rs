//! Squares: a generator that computes each value on demand.
//!
//! ```python
//! def squares(numbers):
//!     for n in numbers:
//!         print("Computing square of", n)
//!         yield n*n
//! ```
//!
//! The printed line shows *when* the work is done: not when the generator is made, and
//! not all at once, but one number at each resume. With two such generators the caller
//! decides which one runs next, so their lines can alternate.
//!
//! ```text
//!   ┌─────────────────────┐  a number is left: print, Yield(n * n)
//!   │ Squaring { numbers, │ ──────────────────────┐
//!   │            print }  │ ◀─────────────────────┘
//!   └─────────┬───────────┘
//!             │ no number is left: Return(())
//!             ▼
//!   ┌─────────────────────┐
//!   │ Over                │
//!   └─────────────────────┘
//! ```
//!
//! Start and `yield` share a variant here, because the code after both is the same:
//! "the next number, if there is one". The `for` loop hides a local, the iterator over
//! `numbers`, and the variant holds it.
//!
//! Invariant: one line is printed for each yielded value, just before it.
//!
//! Read next: `machine/sum_of_squares.rs`, one machine inside another.

use alloc::format;
use alloc::vec::{IntoIter, Vec};
use core::mem;

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Yields the square of each number, and prints a line just before.
///
/// Squares of numbers up to about three thousand million fit. A larger number
/// overflows, as `i64` arithmetic does.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use std::cell::RefCell;
/// use groundup::generator::{Generator, Step};
/// use groundup::generator::machine::Squares;
///
/// let lines = RefCell::new(Vec::new());
/// let mut squares = Squares::new([3, 4], |line: &str| lines.borrow_mut().push(line.to_owned()));
/// assert!(lines.borrow().is_empty());
/// assert_eq!(squares.resume(()), Step::Yield(9));
/// assert_eq!(*lines.borrow(), ["Computing square of 3"]);
/// assert_eq!(squares.resume(()), Step::Yield(16));
/// assert_eq!(squares.resume(()), Step::Return(()));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum Squares<P> {
    /// At the top of the loop: not started, or waiting at the `yield`.
    Squaring {
        /// The numbers that are not squared yet.
        numbers: IntoIter<i64>,
        /// The function that prints a line.
        print: P,
    },
    /// The function has returned.
    Over,
}

impl<P: FnMut(&str)> Squares<P> {
    /// Makes a machine that yields the squares of `numbers` in order; nothing is computed yet.
    pub fn new(numbers: impl Into<Vec<i64>>, print: P) -> Self {
        Squares::Squaring {
            numbers: numbers.into().into_iter(),
            print,
        }
    }
}

impl<P: FnMut(&str)> Generator for Squares<P> {
    type Resume = ();
    type Yield = i64;
    type Return = ();

    fn resume(&mut self, (): ()) -> Step<i64, ()> {
        match mem::replace(self, Squares::Over) {
            Squares::Squaring {
                mut numbers,
                mut print,
            } => {
                let Some(n) = numbers.next() else {
                    return Step::Return(());
                };
                print(&format!("Computing square of {n}"));
                let square = n * n;
                *self = Squares::Squaring { numbers, print };
                Step::Yield(square)
            }
            Squares::Over => panic!("{}", Misuse::Finished),
        }
    }
}

crate::bridge::await_and_iterate!([P: FnMut(&str)] Squares<P>);
