//! Squares: a generator that computes each value when it is asked.
//!
//! ```python
//! def squares(numbers):
//!     for n in numbers:
//!         print("Computing square of", n)
//!         yield n*n
//! ```
//!
//! The printed line shows *when* the work is done: not when the generator is
//! made, and not all at once, but one number at each resume. With two of them
//! the caller decides whose turn it is, and the lines of both alternate.
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
//! Start and `yield` share a variant here: at both, what is left to do is "the
//! next number, if there is one". The `for` loop hides a local, the iterator
//! over `numbers`, and that is what the variant holds.
//!
//! Invariant: one line is printed for each value yielded, just before it.
//!
//! Read next: `sum_of_squares.rs`, one machine inside another.

use alloc::format;
use alloc::vec::{IntoIter, Vec};
use core::mem;

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Yields the square of each number, and says so just before.
///
/// The squares of numbers up to about three thousand million fit; a larger one
/// overflows, as `i64` arithmetic does.
///
/// ```
/// use std::cell::RefCell;
/// use groundup_generator::{Generator, Step, machine::Squares};
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
    /// At the top of the loop: at the start, or waiting at the `yield`.
    Squaring {
        /// The numbers that were not taken yet.
        numbers: IntoIter<i64>,
        /// What prints.
        print: P,
    },
    /// The function has returned.
    Over,
}

impl<P: FnMut(&str)> Squares<P> {
    /// The squares of `numbers`, in order; nothing is computed yet.
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
