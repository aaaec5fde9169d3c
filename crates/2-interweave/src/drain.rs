//! Runs generators to the end: the third interweaver, a function.
//!
//! A program that does not need the yielded values needs no iterator. For this program one
//! loop is a complete cooperative scheduler:
//!
//! ```text
//!   while queue is not empty:
//!       take the generator at the front
//!       resume it                     its "yield" means: let the others run
//!       if it yielded, put it at the back
//! ```
//!
//! In the notebook the second interweaver resumes with `next(g)`, and the third with
//! `g.send(None)`. Both resume a generator in the same way. Only `send(None)` also resumes a
//! coroutine of an `async def`, so Python can put coroutines into the queue of the third. Rust can
//! put async functions into it: an `async fn` is a generator
//! that yields no values ([`Stepped`](crate::generator::Stepped)), and other generators
//! run while it waits at an `await`. The notebook ends with such a program, which is
//! `examples/closing_listing.rs` of this crate.
//!
//! If every generator waits for something, this loop resumes all generators again and again,
//! and each resume yields "not yet". The loop is correct and fair, but keeps a processor
//! busy without progress. The next floor exists because of such loops.
//!
//! Invariants
//! 1. [`drain`] returns as soon as every generator is over, and not before.
//! 2. [`drain`] resumes in the order of `interweave.rs`, and is as fair.
//! 3. If a generator panics, the panic goes on to the caller, and all generators are dropped.
//!
//! Read next: `examples/closing_listing.rs` of this crate; then `rounds.rs`, a faster
//! form of the same deque.

use std::collections::VecDeque;

use groundup_generator::{Generator, Step};

use crate::interweave::interweave;

/// Resumes the generators in turn until all are over. Drops the yielded values and the
/// return values, so only the side effects remain.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use std::cell::RefCell;
/// use groundup::generator::machine::Display;
/// use groundup::interweave::drain;
///
/// let page = RefCell::new(String::new());
/// let print = |line: &str| page.borrow_mut().push_str(line);
/// drain(["ABC", "123"].map(|text| Display::new(text.chars(), print)));
/// assert_eq!(page.take(), "A1B2C3");
/// ```
///
/// Async functions, each stepped from one of its pauses to the next:
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator::*; pub use groundup_interweave::generator;
/// #     pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::Square;
/// use groundup::interweave::drain;
/// use groundup::Stepped;
///
/// async fn print_sum_of_squares(x: i64, y: i64) {
///     let square = |x| Square::new("square", x, |line: &str| println!("{line}"));
///     println!("{}", square(x).await + square(y).await);
/// }
///
/// drain([(3, 4), (30, 40)].map(|(x, y)| Stepped::new(print_sum_of_squares(x, y))));
/// // square 3, square 30, square 4, 25, square 40, 2500
/// ```
pub fn drain<I>(generators: I)
where
    I: IntoIterator,
    I::Item: Generator<Resume: Default>,
{
    let mut queue: VecDeque<I::Item> = generators.into_iter().collect();
    while let Some(mut generator) = queue.pop_front() {
        if let Step::Yield(_) = generator.next() {
            queue.push_back(generator);
        }
    }
}

/// Takes every value out of an interweaver and drops it.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use std::cell::Cell;
/// use groundup::generator::machine::Squares;
/// use groundup::interweave::{interweave, lockstep, run_all};
///
/// let lines = Cell::new(0);
/// let print = |_: &str| lines.set(lines.get() + 1);
/// let squares = |numbers: std::ops::Range<i64>| Squares::new(Vec::from_iter(numbers), print);
///
/// run_all(interweave([squares(0..6), squares(0..4)]));
/// assert_eq!(lines.take(), 10);
/// run_all(lockstep([squares(0..6), squares(0..4)]));
/// assert_eq!(lines.take(), 9); // the fragile one stops early
/// ```
pub fn run_all(weave: impl IntoIterator) {
    weave.into_iter().for_each(drop);
}

/// Resumes the generators in turn until all are over, and returns their return values
/// in the order of the arguments.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::SumOfSquares;
/// use groundup::interweave::run_to_end;
///
/// let sum = |numbers: &[i64]| SumOfSquares::new(numbers, |_: &str| ());
/// // The second ends long before the first, and still comes second.
/// assert_eq!(run_to_end([sum(&[1, 2, 3, 4, 5]), sum(&[10])]), [55, 100]);
/// ```
///
/// # Panics
/// Panics if a generator panics.
pub fn run_to_end<I, R>(generators: I) -> Vec<R>
where
    I: IntoIterator,
    I::Item: Generator<Resume: Default, Return = R>,
{
    let mut weave = interweave(generators).keep_outcomes();
    run_all(&mut weave);
    weave
        .into_outcomes()
        .into_all()
        .expect("an interweaver ends when every generator has returned")
}
