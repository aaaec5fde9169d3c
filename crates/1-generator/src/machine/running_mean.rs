//! Running mean: a generator to which values are sent.
//!
//! ```python
//! def running_mean():
//!     total, count, mean = 0.0, 0, None
//!     while (x := (yield mean)) is not None:
//!         total += x
//!         count += 1
//!         mean = total / count
//!     return count
//! ```
//!
//! A `yield` is an expression: it gives a value out, waits, and then *is* what
//! the caller sent. So a generator can be on both ends of a conversation, and
//! its locals are what was said so far. Nothing sent (`next`, which is
//! `send(None)`) means here that there is nothing more to say.
//!
//! ```text
//!   caller              machine
//!     │  next             │  nobody waits for a value yet: it only starts
//!     │──────────────────▶│
//!     │       Yield(None) │  no mean of no numbers
//!     │◀──────────────────│
//!     │  send(3.0)        │
//!     │──────────────────▶│
//!     │  Yield(Some(3.0)) │
//!     │◀──────────────────│
//!     │  send(4.0)        │
//!     │──────────────────▶│
//!     │  Yield(Some(3.5)) │
//!     │◀──────────────────│
//!     │  next             │
//!     │──────────────────▶│
//!     │         Return(2) │
//!     │◀──────────────────│
//! ```
//!
//! Invariant: every yielded mean is of exactly the numbers sent so far.
//!
//! Read next: `echo.rs`, to which errors can be sent as well.

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Takes numbers, yields the mean of those so far, returns how many they were.
///
/// The first resume only starts it, whatever is said with it.
///
/// ```
/// use groundup_generator::{Generator, Step, machine::RunningMean};
///
/// let mut mean = RunningMean::new();
/// assert_eq!(mean.next(), Step::Yield(None));
/// assert_eq!(mean.resume(Some(3.0)), Step::Yield(Some(3.0)));
/// assert_eq!(mean.resume(Some(4.0)), Step::Yield(Some(3.5)));
/// assert_eq!(mean.next(), Step::Return(2));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum RunningMean {
    /// Not started.
    #[default]
    Start,
    /// Waiting at the `yield` for the next number.
    Listening {
        /// The sum of the numbers so far.
        total: f64,
        /// How many they were.
        count: u32,
    },
    /// The function has returned.
    Over,
}

impl RunningMean {
    /// A mean of nothing yet.
    pub const fn new() -> Self {
        RunningMean::Start
    }
}

impl Generator for RunningMean {
    type Resume = Option<f64>;
    type Yield = Option<f64>;
    type Return = u32;

    fn resume(&mut self, heard: Option<f64>) -> Step<Option<f64>, u32> {
        match (&mut *self, heard) {
            (RunningMean::Start, _) => {
                *self = RunningMean::Listening {
                    total: 0.0,
                    count: 0,
                };
                Step::Yield(None)
            }
            (RunningMean::Listening { total, count }, Some(x)) => {
                *total += x;
                *count += 1;
                Step::Yield(Some(*total / f64::from(*count)))
            }
            (RunningMean::Listening { count, .. }, None) => {
                let count = *count;
                *self = RunningMean::Over;
                Step::Return(count)
            }
            (RunningMean::Over, _) => panic!("{}", Misuse::Finished),
        }
    }
}
