//! Generators written by hand, each next to its Python original.
//!
//! The compiler of a language with generators turns each generator function into a value: it
//! cuts the function at every `yield`, numbers the pieces, and keeps the locals that
//! are needed after a cut. A programmer who has cut one function by hand knows how a
//! function pauses. Such a value written by hand is a *machine* here:
//!
//! ```text
//!   def countdown(n):              enum Countdown {
//!       while n > 0:   becomes         Start { n },      one variant for each cut: before
//!           yield n    ──────▶         Counting { n },   the first line, and at the yield;
//!           n -= 1                     Over,             its fields are the locals that
//!       return "lift-off"          }                     are needed after the cut
//! ```
//!
//! While the function waits, its locals are not on the call stack but in the value:
//!
//! ```text
//!      a function that runs                a machine that waits
//!
//!      │  caller      │                    ┌─────────────────────┐
//!      ├──────────────┤   yield n          │ Counting            │  stores the place
//!      │  countdown   │   moves it         │   n: 2              │  stores the locals
//!      │    n = 2     │ ─────────────▶     └─────────────────────┘
//!      │    at line 3 │                      wherever its owner stores it:
//!      └──────────────┘                      in a field, a list, a box
//!        on the call stack
//! ```
//!
//! The recipe:
//!
//! 1. One variant for the start, one for each `yield`, and `Over`.
//! 2. A local that lives across a `yield` becomes a field of its variant.
//! 3. `resume` is one `match`: it takes its variant out of the value, leaving
//!    `Over`, runs to the next cut, and stores the variant of that cut.
//!
//! While the machine runs, the variant that it took out is on the call stack, as the
//! locals of a function are. If the code of the piece panics, unwinding drops that variant,
//! and the value of the machine is `Over`. A machine whose pieces cannot panic changes its
//! variant in place.
//!
//! | machine | shows |
//! |---|---|
//! | [`Countdown`] | the recipe; a return value beside the yielded ones |
//! | [`Squares`] | work between two yields; each value computed on demand |
//! | [`Square`] | a yield without a value: a pause that lets other code run |
//! | [`SumOfSquares`] | a machine inside a machine: delegation |
//! | [`Display`] | a pause after each line of output, so that two machines can interleave |
//! | [`RunningMean`] | values that the caller sends in |
//! | [`Echo`] | values and errors that the caller sends in, and Python's `GeneratorExit` |
//!
//! A machine that prints takes a function in place of `print`. The function receives
//! each line without its line end. The crate has no terminal, a test checks the lines,
//! and `cargo xtask tour` prints each with its time.
//!
//! ```
//! # mod groundup { pub use groundup_generator as generator; }
//! use groundup::generator::values;
//! use groundup::generator::machine::Squares;
//!
//! let squares = Squares::new([1, 2], |line: &str| println!("{line}"));
//! assert_eq!(values(squares).collect::<Vec<_>>(), [1, 4]);
//! ```
//!
//! A machine checks one rule: no caller resumes it after its end. A resume after the end is
//! a bug of the caller, and the machine panics. It checks nothing else. The rules of send, throw and
//! close are kept above it, in a [`Coroutine`](crate::Coroutine) (`protocol.rs`).
//! [`run`](crate::run) and the loops of floor 2 only resume.
//!
//! Invariants
//! 1. Nothing is printed or computed before the first resume.
//! 2. A machine that has returned or panicked is in its variant `Over`, and stays there.
//! 3. No machine allocates for its own pauses; its state is inside it.
//!
//! Read next: `machine/countdown.rs`. Second reading: the other machines, in the order of
//! the table.

mod countdown;
mod display;
mod echo;
mod running_mean;
mod squares;
mod sum_of_squares;

pub use countdown::Countdown;
pub use display::Display;
pub use echo::{Echo, Echoed};
pub use running_mean::RunningMean;
pub use squares::Squares;
pub use sum_of_squares::{Square, SumOfSquares};
