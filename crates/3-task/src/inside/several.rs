//! Polls several futures in one step, with the waker of the task itself.
//!
//! The problem: a combinator of a few futures polls all of them in each of its steps. It asks the
//! scheduler three things before: which wait reasons the step has so far, whether the order of the
//! polls is its own to decide, and if so, which future is the first. When one future is done, the
//! task no longer waits for the others. A select of ready futures does this in a few dozen
//! instructions. So the first question is a mark, one load (`inside/reason/mark.rs`), and the second one
//! look at the word of the step (`core/step.rs`). The scheduler is asked only if that word is not 0, or
//! for the turn of a fair combinator.
//!
//! ```text
//!   begin ──> poll, poll, .. ──┬── one is done, and that is enough ──> end: the reasons as at begin
//!                              └── suspended: the reasons stay
//! ```
//!
//! Invariants:
//! 1. While a cancel is delivered, the futures are polled in argument order.
//! 2. A poll apart leaves the wait word as a poll beside the others does.
//! 3. Without a chooser, no answer depends on anything but the program.
//!
//! Read next: `inside/stored_waker.rs`.

use std::mem::forget;
use std::num::NonZeroU8;
use std::task::Context;

use crate::core::history::PutAside;
use crate::core::{starts, step};
use crate::inside::reason::ReasonMark;
use crate::run::Scheduler;
use crate::run::waker::listed::number_in;
use crate::store::hidden::clones;
use crate::store::ticket::Ticket;

/// The polls of several futures in one step of a task.
///
/// A combinator makes it before it polls its futures, and [ends](Several::end) it when it has its
/// result. If the combinator suspends, it only drops the value.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{Scheduler, Several};
/// use std::{future::poll_fn, task::{Context, Poll, Waker}};
///
/// let first = |cx: &mut Context<'_>| Several::begin_in_turn(cx, 2, Several::NO_TURN).first();
/// let outside = first(&mut Context::from_waker(Waker::noop()));
/// assert_eq!(outside, Some(0), "no loop runs here");
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(poll_fn(move |cx| Poll::Ready([0, 1, 2, 3].map(|_| first(cx)))));
/// scheduler.run_until_idle();
/// assert_eq!(task.take_value(), Some([0, 1, 0, 1].map(Some)));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it tells which future is polled first"]
pub struct Several {
    mark: ReasonMark,
    /// Number of the future that is polled first, or `CHOSEN`.
    first: usize,
    turn: NonZeroU8,
}

/// Stands for the future that the chooser picks.
const CHOSEN: usize = usize::MAX;

impl Several {
    /// The turn of a combinator before its first count.
    pub const NO_TURN: NonZeroU8 = NonZeroU8::MIN;

    /// Bit of every turn but `NO_TURN`.
    const TURN: NonZeroU8 = NonZeroU8::MIN.saturating_add(0x7F);

    /// Begins the polls of a step. The first future is polled first, unless there is a chooser.
    #[inline(always)]
    pub fn begin() -> Several {
        match step::is_plain() {
            true => Self::begin_in_order(),
            false => Self::look(None, Self::NO_TURN),
        }
    }

    /// Begins the polls of a step. The first future is polled first, also under a chooser.
    #[inline(always)] // Speed: select2_biased_ready.
    pub fn begin_in_order() -> Several {
        Several {
            mark: ReasonMark::here(),
            first: 0,
            turn: Self::NO_TURN,
        }
    }

    /// Begins the polls of a step, for a combinator of `options` futures of which any may be the first.
    /// If `turn` is [`NO_TURN`](Self::NO_TURN), the running task, whose waker `cx` has, counts this
    /// call, and the count decides whose turn it is in this step. There are at most 128. For its later
    /// steps the combinator keeps the [turn](Self::turn). A chooser or a cancel overrules it.
    #[inline(always)]
    pub fn begin_in_turn(cx: &Context<'_>, options: u8, turn: NonZeroU8) -> Several {
        // Speed: select2_ready.
        match step::is_plain() {
            true => Self::begin_in_order().in_turn(turn, || {
                let number = number_in(cx);
                let ticket = match starts::was_last(number) {
                    true => number,
                    false => Self::bring_starts(),
                };
                starts::next_of(ticket, usize::from(options))
            }),
            false => Self::look(Some(options), turn),
        }
    }

    #[inline(never)]
    fn bring_starts() -> Ticket {
        Scheduler::peek(|scheduler| scheduler.core.bring_starts()).unwrap_or(Ticket::NONE)
    }

    #[inline(always)]
    fn in_turn(self, turn: NonZeroU8, count: impl FnOnce() -> usize) -> Several {
        let first = match turn {
            Self::NO_TURN => count(),
            turn => (turn.get() & !Self::TURN.get()) as usize,
        };
        Several {
            first,
            turn: Self::TURN | first as u8,
            ..self
        }
    }

    /// Asks the loop of the thread.
    #[cold]
    #[inline(never)]
    fn look(options: Option<u8>, turn: NonZeroU8) -> Several {
        let look = |scheduler: &Scheduler| {
            let first = Several {
                turn,
                ..Self::begin_in_order()
            };
            match (scheduler.is_delivering(), scheduler.has_chooser(), options) {
                (true, ..) | (_, false, None) => first,
                (_, true, _) => Several {
                    first: CHOSEN,
                    ..first
                },
                (_, _, Some(options)) => {
                    first.in_turn(turn, || scheduler.core.next_start(usize::from(options)))
                }
            }
        };
        Scheduler::peek(look).unwrap_or(Several {
            turn,
            ..Self::begin_in_order()
        })
    }

    /// Returns the turn, for the later steps of the combinator.
    #[inline(always)]
    pub fn turn(self) -> NonZeroU8 {
        self.turn
    }

    /// Returns which future is to be polled first: the first in argument order, while a cancel is
    /// delivered into the step, and where no loop runs. Returns `None` for the one that the chooser
    /// picks.
    #[inline(always)]
    pub fn first(self) -> Option<usize> {
        (self.first != CHOSEN).then_some(self.first)
    }

    /// Calls `poll`, which polls one of the futures and has not ended it. Returns also true if that future
    /// waits for one timer, task or promise and for nothing else: then its poll has joined no line of
    /// waiters, and the others of this step could have been polled before it as well. It returns false if
    /// in doubt: for a lock, a queue, several things, a wait that the loop does not know, or a
    /// cloned waker.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler, Several};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let mut task = scheduler.spawn(poll_fn(|cx| {
    ///     let (here, several) = (Scheduler::current().unwrap(), Several::begin());
    ///     let timer = several.poll_apart(|| here.waits_for(cx, Reason::Timer(5)));
    ///     let outside = several.poll_apart(|| here.waits_for(cx, Reason::Outside));
    ///     several.end();
    ///     Poll::Ready((timer.1, outside.1))
    /// }));
    /// scheduler.run_until_idle();
    /// assert_eq!(task.take_value(), Some((true, false)));
    /// ```
    #[cold]
    pub fn poll_apart<R>(self, poll: impl FnOnce() -> R) -> (R, bool) {
        let aside = |scheduler: &Scheduler| {
            let slot = scheduler.core.slot_unnoted(scheduler.core.current())?;
            Some(scheduler.core.put_waits_aside(slot))
        };
        let aside = Scheduler::peek(aside).flatten();
        let (aside, cloned) = (aside.unwrap_or(PutAside::NOTHING), clones());
        let unwound = BackIfUnwound(aside);
        let polled = poll();
        forget(unwound);
        let join = |scheduler: &Scheduler| {
            let slot = scheduler.core.slot_unnoted(scheduler.core.current())?;
            let word = slot.wait();
            scheduler.core.join_waits(slot, aside);
            Some(word.is_in_no_line(&scheduler.core))
        };
        let alone = Scheduler::peek(join).flatten() == Some(true);
        (polled, alone && clones() == cloned)
    }

    /// Ends the polls in the same step, when the combinator has its result: the task no longer waits
    /// for any of the polled futures, also not for a borrowed one.
    #[inline(always)]
    pub fn end(self) {
        if !self.mark.is_now() {
            Self::clear(self.mark);
        }
    }

    #[inline(never)] // Speed: select2.
    fn clear(mark: ReasonMark) {
        Scheduler::peek(|scheduler| scheduler.clear_since(mark));
    }
}

/// Puts the waits back if the poll apart panics: other code of the step may catch the panic.
struct BackIfUnwound(PutAside);

impl Drop for BackIfUnwound {
    #[cold]
    fn drop(&mut self) {
        let back = |scheduler: &Scheduler| {
            let slot = scheduler.core.slot_unnoted(scheduler.core.current())?;
            scheduler.core.put_waits_back(slot, self.0);
            Some(())
        };
        Scheduler::peek(back);
    }
}
