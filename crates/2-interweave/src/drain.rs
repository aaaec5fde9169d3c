//! The third interweaver, a function, and ways to run to the end.
//!
//! When nobody wants the values on the way there is nothing to give out, and
//! the interweaver need not be an iterator. What is left is the whole of
//! cooperative multitasking in one loop:
//!
//! ```text
//!   while queue is not empty:
//!       take the one at the front
//!       resume it                     its "yield" means: let the others run
//!       if it yielded, put it at the back
//! ```
//!
//! The second form asked for values with `next(g)`, this one in Python calls
//! `g.send(None)`. Both are one and the same resume; the same generators can be
//! driven by either.
//!
//! With `send(None)` Python can put `async` functions into this queue, and so can
//! Rust: an `async fn` is a generator that yields nothing
//! ([`Stepped`](crate::generator::Stepped)), and each of its `await`s is a place
//! where the others go on. The listing with which our source ends is
//! `examples/closing_listing.rs` of this crate.
//!
//! Look at what this loop does when every generator waits for something: it
//! goes round and round and resumes each of them only to be told "not yet".
//! It is correct, fair, and it keeps a processor busy doing nothing. The next
//! floor exists because of that.
//!
//! Invariants
//! 1. Returns only when every generator is over, and then at once.
//! 2. Order and fairness are those of `interweave.rs`.
//! 3. If a generator panics the panic goes to the caller, and all are dropped.
//!
//! Read next: `rounds.rs`.

use std::collections::VecDeque;

use groundup_generator::{Generator, Step};

use crate::interweave::interweave;

/// Resumes the generators in turn until all are over. What they yield and what
/// they return is dropped: they run for what they do.
///
/// ```
/// use std::cell::RefCell;
/// use groundup_interweave::{drain, generator::machine::Display};
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
/// use groundup_interweave::{drain, generator::Stepped, generator::machine::Square};
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
/// use std::cell::Cell;
/// use groundup_interweave::{generator::machine::Squares, interweave, lockstep, run_all};
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

/// Resumes the generators in turn until all are over, and gives what each of
/// them returned, in the order in which they were given.
///
/// ```
/// use groundup_interweave::{generator::machine::SumOfSquares, run_to_end};
///
/// let sum = |numbers: &[i64]| SumOfSquares::new(numbers, |_: &str| ());
/// // The second is over long before the first, and still comes second.
/// assert_eq!(run_to_end([sum(&[1, 2, 3, 4, 5]), sum(&[10])]), [55, 100]);
/// ```
///
/// # Panics
/// If a generator does.
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
