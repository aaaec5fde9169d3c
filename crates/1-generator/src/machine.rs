//! Generators written by hand, each next to its Python original.
//!
//! The compiler of a language with generators turns such a function into a
//! value: it cuts the function at every `yield`, numbers the pieces, and keeps
//! the locals that are needed after a cut. Doing that by hand once is the
//! shortest way to know what a paused function is. The recipe, the same for
//! every machine in this folder:
//!
//! ```text
//!   def countdown(n):            enum Countdown {
//!       while n > 0:       ──▶       Counting { n },     one variant a cut,
//!           yield n                                      its fields the locals
//!           n -= 1                   Over,               still needed there
//!       return "lift-off"        }
//! ```
//!
//! The locals leave the call stack and lie in the value; what is left of the
//! function is the code that runs between two cuts:
//!
//! ```text
//!      a function that runs                a machine that waits
//!
//!      │  caller      │                    ┌─────────────────────┐
//!      ├──────────────┤                    │ Counting            │ ◀─ the place
//!      │  countdown   │   yield n          │   n: 2              │ ◀─ the locals
//!      │    n = 2     │ ─────────────▶     └─────────────────────┘
//!      │    at line 3 │                      in a field, a list, a box:
//!      └──────────────┘                      wherever its owner keeps it
//!        on the call stack
//! ```
//!
//! 1. One variant for the start, one for each `yield`, and `Over`.
//! 2. A local that lives across a `yield` becomes a field of its variant.
//! 3. `resume` is one `match`: it takes its variant out of the value, leaving
//!    `Over`, runs on to the next cut, and leaves the variant of that cut behind.
//!
//! Why a machine takes its variant out: its locals are on the call stack while
//! it runs, as those of a function are. If `print` panics, unwinding drops them,
//! and what lies in the value is `Over`. Machines whose pieces cannot panic
//! change their variant in place.
//!
//! | machine | shows |
//! |---|---|
//! | [`Countdown`] | the recipe; a return value beside the yielded ones |
//! | [`Squares`] | work done between two yields, values computed on demand |
//! | [`Square`] | a bare yield: a place to wait, for control rather than for data |
//! | [`SumOfSquares`] | a machine inside a machine: delegation |
//! | [`Display`] | output and pauses in turn: what interweaving braids |
//! | [`RunningMean`] | values sent in: a conversation |
//! | [`Echo`] | values and errors sent in, and the exit |
//!
//! Machines that print take what stands for `print`: a function that gets each
//! line, without the line end. The crate has no terminal, a test wants to see
//! the lines, and a tour puts the time in front of each.
//!
//! ```
//! use groundup_generator::{machine::Squares, values};
//!
//! let squares = Squares::new([1, 2], |line: &str| println!("{line}"));
//! assert_eq!(values(squares).collect::<Vec<_>>(), [1, 4]);
//! ```
//!
//! A machine written by hand does not check its caller, nor does it need to:
//! around it stands a driver that knows the rules, be it [`run`](crate::run), a
//! [`Coroutine`](crate::Coroutine) or a loop. It panics when it is resumed after
//! its end, because then that driver has a bug.
//!
//! Invariants
//! 1. Nothing is printed or computed before the first resume.
//! 2. A machine that has returned or panicked is in its variant `Over`, and
//!    stays there.
//! 3. No machine allocates for its own pauses; what it remembers is inside it.
//!
//! Read next: `machine/countdown.rs`, then the others in the table's order.

mod countdown;
mod display;
mod echo;
mod running_mean;
mod squares;
mod sum_of_squares;

pub use countdown::Countdown;
pub use display::Display;
pub use echo::{Echo, Said};
pub use running_mean::RunningMean;
pub use squares::Squares;
pub use sum_of_squares::{Square, SumOfSquares};
