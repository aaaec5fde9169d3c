//! Sum of squares: a function that waits calls another that waits.
//!
//! ```python
//! def square(x):
//!     yield
//!     print("Computing square of ", x)
//!     return x*x
//!
//! def sum_of_squares(numbers):
//!     result = 0
//!     for n in numbers:
//!         n2 = yield from square(n)
//!         result += n2
//!     yield
//!     print("sum_of_squares", numbers, result)
//!     return result
//! ```
//!
//! `square` yields no value. Its `yield` is only a pause, in which other generators may
//! run. It returns its result, and `yield from` passes that result to `sum_of_squares`.
//! The caller of `sum_of_squares` sees only the pauses.
//!
//! ```text
//!            ┌──── next number ────┐
//!            ▼                     │ square returned: add
//!   Start ─▶ Summing { square, .. } ─▶ Last { .. } ─▶ Over
//!              │ ▲                     Yield(())       print, Return(result)
//!              └─┘ square yielded:
//!                  Yield(()) goes straight out
//! ```
//!
//! The whole of `yield from` is the field `square` and the `match` that resumes it.
//! (Python's `print` puts a space between its arguments, so a label that ends in a
//! space gives two. The label is a parameter because the same function appears later
//! with another label.)
//!
//! Invariants
//! 1. A `SumOfSquares` over k numbers yields k + 1 times.
//! 2. The inner machine is dropped as soon as it has returned, and the locals as soon
//!    as the outer machine has.
//!
//! Read next: `machine/display.rs`, where pauses let two functions share the screen.

use alloc::format;
use alloc::vec::Vec;
use core::mem;

use crate::bridge::await_and_iterate;
use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Waits once, prints `label` and `x` with a space between, and returns `x * x`.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Step};
/// use groundup::generator::machine::Square;
///
/// let mut square = Square::new("square", 3, |line: &str| assert_eq!(line, "square 3"));
/// assert_eq!(square.resume(()), Step::Yield(()));
/// assert_eq!(square.resume(()), Step::Return(9));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum Square<P> {
    /// Not started.
    Start(SquareOf<P>),
    /// Waits at the `yield`.
    Waiting(SquareOf<P>),
    /// The function has returned.
    Over,
}

/// The locals of [`Square`], which are the same at both of its cuts.
#[derive(Debug, Clone)]
pub struct SquareOf<P> {
    label: &'static str,
    x: i64,
    print: P,
}

impl<P: FnMut(&str)> Square<P> {
    /// Makes a machine that squares `x`; nothing runs yet.
    pub const fn new(label: &'static str, x: i64, print: P) -> Self {
        Square::Start(SquareOf { label, x, print })
    }
}

impl<P: FnMut(&str)> Generator for Square<P> {
    type Resume = ();
    type Yield = ();
    type Return = i64;

    fn resume(&mut self, (): ()) -> Step<(), i64> {
        match mem::replace(self, Square::Over) {
            Square::Start(of) => {
                *self = Square::Waiting(of);
                Step::Yield(())
            }
            Square::Waiting(SquareOf {
                label,
                x,
                mut print,
            }) => {
                print(&format!("{label} {x}"));
                Step::Return(x * x)
            }
            Square::Over => panic!("{}", Misuse::Finished),
        }
    }
}

await_and_iterate!([P: FnMut(&str)] Square<P>);

/// Sums the squares of `numbers`; delegates to a [`Square`] for each of them.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::run;
/// use groundup::generator::machine::SumOfSquares;
///
/// let sum = SumOfSquares::new([1, 2, 3], |line: &str| println!("{line}"));
/// assert_eq!(run(sum), 14);
/// // Computing square of  1
/// // Computing square of  2
/// // Computing square of  3
/// // sum_of_squares [1, 2, 3] 14
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum SumOfSquares<P> {
    /// The function has not returned; the field holds its place.
    Unfinished(Sum<P>),
    /// The function has returned.
    Over,
}

/// The locals of [`SumOfSquares`], and its place. Nearly every cut needs all locals, so
/// they are fields beside the place instead of fields of each variant.
#[derive(Debug, Clone)]
pub struct Sum<P> {
    numbers: Vec<i64>,
    print: P,
    result: i64,
    place: Place<P>,
}

#[derive(Debug, Clone)]
enum Place<P> {
    /// At the top of the loop, before the number at index `next`.
    Loop { next: usize },
    /// At the `yield from`: `square` computes the number before index `next`.
    Summing { square: Square<P>, next: usize },
    /// At the last `yield`.
    Last,
}

impl<P: FnMut(&str) + Clone> SumOfSquares<P> {
    /// Makes a machine that sums the squares of `numbers`; nothing runs yet. Each inner
    /// machine prints with a clone of `print`.
    pub fn new(numbers: impl Into<Vec<i64>>, print: P) -> Self {
        SumOfSquares::Unfinished(Sum {
            numbers: numbers.into(),
            print,
            result: 0,
            place: Place::Loop { next: 0 },
        })
    }
}

impl<P: FnMut(&str) + Clone> Sum<P> {
    /// Runs to the next `yield` or to the end.
    fn go_on(&mut self) -> Step<(), i64> {
        loop {
            match &mut self.place {
                Place::Loop { next } => match self.numbers.get(*next) {
                    Some(&n) => {
                        let square = Square::new("Computing square of ", n, self.print.clone());
                        let next = *next + 1;
                        self.place = Place::Summing { square, next };
                    }
                    None => {
                        self.place = Place::Last;
                        return Step::Yield(());
                    }
                },
                // n2 = yield from square(n)
                Place::Summing { square, next } => match square.resume(()) {
                    Step::Yield(()) => return Step::Yield(()),
                    Step::Return(n2) => {
                        self.result += n2;
                        self.place = Place::Loop { next: *next };
                    }
                },
                Place::Last => {
                    let (numbers, result) = (&self.numbers, self.result);
                    (self.print)(&format!("sum_of_squares {numbers:?} {result}"));
                    return Step::Return(result);
                }
            }
        }
    }
}

impl<P: FnMut(&str) + Clone> Generator for SumOfSquares<P> {
    type Resume = ();
    type Yield = ();
    type Return = i64;

    fn resume(&mut self, (): ()) -> Step<(), i64> {
        match mem::replace(self, SumOfSquares::Over) {
            SumOfSquares::Unfinished(mut sum) => {
                let step = sum.go_on();
                if let Step::Yield(()) = step {
                    *self = SumOfSquares::Unfinished(sum);
                }
                step
            }
            SumOfSquares::Over => panic!("{}", Misuse::Finished),
        }
    }
}

await_and_iterate!([P: FnMut(&str) + Clone] SumOfSquares<P>);
