//! Countdown: a loop with a pause in it, written as an enum.
//!
//! ```python
//! def countdown(n):
//!     while n > 0:
//!         yield n
//!         n -= 1
//!     return "lift-off"
//! ```
//!
//! The function is cut in two places: before its first line, and at its `yield`. The code
//! after each cut needs `n`, so `n` is a field of the variants `Start` and `Counting`. One
//! variant is not enough, because only the code after the `yield` begins with `n -= 1`.
//!
//! ```text
//!               n > 0: Yield(n)              n > 0: Yield(n)
//!   ┌─────────┐              ┌────────────┐ ─────────────┐
//!   │ Start n │ ───────────▶ │ Counting n │  n -= 1      │
//!   └────┬────┘              └─────┬──────┘ ◀────────────┘
//!        │ n == 0                  │ n == 0
//!        ▼                         ▼
//!   ┌──────────────────────────────────┐
//!   │              Over                │   Return("lift-off")
//!   └──────────────────────────────────┘
//! ```
//!
//! | resume | memory before | gives | memory after |
//! |---|---|---|---|
//! | 1st | `Start { n: 2 }` | `Yield(2)` | `Counting { n: 2 }` |
//! | 2nd | `Counting { n: 2 }` | `Yield(1)` | `Counting { n: 1 }` |
//! | 3rd | `Counting { n: 1 }` | `Return("lift-off")` | `Over` |
//!
//! Invariant: the yielded numbers fall by one from `n` to 1.
//!
//! Read next: `protocol.rs`, the rules of send, throw and close. Second reading:
//! `machine/squares.rs`, a machine that does work between its pauses.

use crate::bridge::await_and_iterate;
use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Yields `n`, `n - 1`, ..., 1 and returns `"lift-off"`.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Step};
/// use groundup::generator::machine::Countdown;
///
/// let mut count = Countdown::new(2);
/// assert_eq!(count, Countdown::Start { n: 2 });
/// assert_eq!(count.resume(()), Step::Yield(2));
/// assert_eq!(count, Countdown::Counting { n: 2 });
/// assert_eq!(count.resume(()), Step::Yield(1));
/// assert_eq!(count.resume(()), Step::Return("lift-off"));
/// assert_eq!(count, Countdown::Over);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum Countdown {
    /// Not started. `n` is the first number.
    Start {
        /// The first number of the count.
        n: u32,
    },
    /// Waits at the `yield` that gave `n`.
    Counting {
        /// The number yielded last, at least 1.
        n: u32,
    },
    /// The function has returned.
    Over,
}

impl Countdown {
    /// Makes a countdown from `n`; nothing runs yet. From 0 it returns at once.
    pub const fn new(n: u32) -> Self {
        Countdown::Start { n }
    }
}

impl Generator for Countdown {
    type Resume = ();
    type Yield = u32;
    type Return = &'static str;

    #[inline]
    fn resume(&mut self, (): ()) -> Step<u32, &'static str> {
        let next = match *self {
            Countdown::Start { n } => n,
            Countdown::Counting { n } => n - 1,
            Countdown::Over => panic!("{}", Misuse::Finished),
        };
        if next > 0 {
            *self = Countdown::Counting { n: next };
            Step::Yield(next)
        } else {
            *self = Countdown::Over;
            Step::Return("lift-off")
        }
    }
}

await_and_iterate!([] Countdown);
