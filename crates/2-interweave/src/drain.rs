//! The third interweaver, a plain function, and the ways to run to the end.
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

use crate::generator::{Generator, Step};
use crate::interweave::interweave;

/// Resumes the generators in turn until all are over. What they yield and what
/// they return is dropped: they run for what they do.
///
/// ```
/// use std::cell::RefCell;
/// use groundup_interweave::{drain, generator::{Generator, Step}};
///
/// /// Notes one letter in the log each time it is resumed.
/// struct Note<'a>(std::str::Chars<'a>, &'a RefCell<String>);
///
/// impl Generator for Note<'_> {
///     type Resume = ();
///     type Yield = ();
///     type Return = ();
///     fn resume(&mut self, (): ()) -> Step<(), ()> {
///         let Some(letter) = self.0.next() else { return Step::Return(()) };
///         self.1.borrow_mut().push(letter);
///         Step::Yield(())
///     }
/// }
///
/// let log = RefCell::default();
/// drain([Note("ABC".chars(), &log), Note("123".chars(), &log)]);
/// assert_eq!(log.take(), "A1B2C3");
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
/// # use groundup_interweave::{generator::{Generator, Step}, interweave, lockstep, run_all};
/// # struct Tick<'a>(&'a std::cell::Cell<u32>, u32);
/// # impl Generator for Tick<'_> {
/// #     type Resume = ();
/// #     type Yield = ();
/// #     type Return = ();
/// #     fn resume(&mut self, (): ()) -> Step<(), ()> {
/// #         let Some(left) = self.1.checked_sub(1) else { return Step::Return(()) };
/// #         self.1 = left;
/// #         self.0.set(self.0.get() + 1);
/// #         Step::Yield(())
/// #     }
/// # }
/// let ticks = std::cell::Cell::new(0);
/// run_all(interweave([Tick(&ticks, 6), Tick(&ticks, 4)]));
/// assert_eq!(ticks.take(), 10);
/// run_all(lockstep([Tick(&ticks, 6), Tick(&ticks, 4)]));
/// assert_eq!(ticks.take(), 9); // the fragile one stops early
/// ```
pub fn run_all(weave: impl IntoIterator) {
    weave.into_iter().for_each(drop);
}

/// Resumes the generators in turn until all are over, and gives what each of
/// them returned, in the order in which they were given.
///
/// ```
/// # use groundup_interweave::{generator::{Generator, Step}, run_to_end};
/// # struct Count(u32, &'static str);
/// # impl Generator for Count {
/// #     type Resume = ();
/// #     type Yield = ();
/// #     type Return = &'static str;
/// #     fn resume(&mut self, (): ()) -> Step<(), &'static str> {
/// #         let Some(left) = self.0.checked_sub(1) else { return Step::Return(self.1) };
/// #         self.0 = left;
/// #         Step::Yield(())
/// #     }
/// # }
/// // The second is over long before the first, and still comes second.
/// assert_eq!(run_to_end([Count(9, "slow"), Count(1, "fast")]), ["slow", "fast"]);
/// ```
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
