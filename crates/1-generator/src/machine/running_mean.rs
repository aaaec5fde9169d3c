//! Running mean: a generator that receives values.
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
//! A `yield` is an expression: it passes a value out, waits, and then evaluates to the
//! value that the caller sent. So a generator can both send and receive, and its locals
//! hold the state of the conversation. If nothing is sent (`next`, which is
//! `send(None)`), this generator returns.
//!
//! ```text
//!   caller              machine
//!     │  next             │  no `yield` waits yet: this only starts the machine
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
//! Invariant: every yielded mean is the mean of exactly the numbers sent so far.
//!
//! Read next: `machine/echo.rs`, which also receives errors.

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Receives numbers, yields the mean of the numbers so far, and returns their count.
///
/// The first resume only starts it, and drops the value that is sent.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Step};
/// use groundup::generator::machine::RunningMean;
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
    /// Waits at the `yield` for the next number.
    Listening {
        /// The sum of the numbers so far.
        total: f64,
        /// The count of these numbers.
        count: u32,
    },
    /// The function has returned.
    Over,
}

impl RunningMean {
    /// Makes a machine that has not started.
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
