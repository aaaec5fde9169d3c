//! Polls several futures in one step, with the waker of the task itself.
//!
//! The problem: a combinator of a few futures polls all of them in each of its steps. It asks the
//! scheduler three things before: which wait reasons the step has so far, whether the order of the
//! polls is its own to decide, and if so, which future is the first. When one future is done, the
//! task no longer waits for the others. A select does this in a few dozen instructions or less, so
//! the questions are asked together, and without a handle of the scheduler.
//!
//! ```text
//!   begin ──> poll, poll, .. ──┬── one is done, and that is enough ──> end: the reasons as at begin
//!                              └── suspended: the reasons stay
//! ```
//!
//! Invariants:
//! 1. While a cancel is delivered, the futures are polled in argument order.
//! 2. Without a chooser, no answer depends on anything but the program.
//!
//! Read next: `inside/stored_waker.rs`.

use crate::inside::reason::ReasonMark;
use crate::run::Scheduler;

/// Which of several futures is to be polled first in a step; [`Several::first`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollFirst {
    /// The first in argument order: a cancel is delivered into the step, or no loop runs here.
    InOrder,
    /// The one that the chooser picks.
    Chosen,
    /// Any. It is the number of the one whose turn it is, or 0 if no turn was asked for.
    Free(usize),
}

/// The polls of several futures in one step of a task.
///
/// A combinator makes it before it polls its futures, and [ends](Several::end) it when it has its
/// result. If the combinator suspends, it only drops the value.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{PollFirst, Scheduler, Several};
///
/// assert_eq!(Several::begin(Some(2)).first(), PollFirst::InOrder, "no loop runs here");
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(async {
///     let turns = [0, 1, 2, 3].map(|_| Several::begin(Some(2)).first());
///     turns.map(|first| first == PollFirst::Free(0))
/// });
/// scheduler.run_until_idle();
/// assert_eq!(task.take_value(), Some([true, false, true, false]));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it tells which future is polled first"]
pub struct Several {
    mark: Option<ReasonMark>,
    first: PollFirst,
}

impl Several {
    /// Begins the polls of a step. If `turns` is the number of futures, the running task counts this
    /// call, and the count decides whose turn it is to be first. A chooser or a cancel overrules
    /// the count, which then stays.
    #[inline(always)]
    pub fn begin(turns: Option<usize>) -> Several {
        let look = |scheduler: &Scheduler| {
            let first = match (scheduler.is_delivering(), scheduler.has_chooser(), turns) {
                (true, ..) => PollFirst::InOrder,
                (_, true, _) => PollFirst::Chosen,
                (.., None) => PollFirst::Free(0),
                (.., Some(options)) => PollFirst::Free(scheduler.core.next_start(options)),
            };
            (scheduler.mark(), first)
        };
        let (mark, first) = Scheduler::peek(look).unzip();
        let first = first.unwrap_or(PollFirst::InOrder);
        Several { mark, first }
    }

    /// Returns which future is to be polled first.
    #[inline(always)]
    pub fn first(self) -> PollFirst {
        self.first
    }

    /// Ends the polls in the same step, when the combinator has its result: the task no longer waits
    /// for any of the polled futures, also not for a borrowed one.
    #[inline(always)]
    pub fn end(self) {
        if let Some(mark) = self.mark {
            Scheduler::peek(|scheduler| scheduler.clear_since(mark));
        }
    }
}
