//! Polls a sleep that has no timer: of zero, without end, or over.
//!
//! The problem: few sleeps have no timer, and each of them has a rule of its own. Their code stays out
//! of the way that sleeps with a timer take.
//!
//! Invariants:
//! 1. A sleep of zero takes one iteration, however often it is polled in it.
//! 2. A sleep without end wakes no task.
//!
//! Read next: `time/sleep_ticket.rs`.

use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_task::{Reason, Scheduler};

use super::{Sleep, State, Unarmed};
use crate::iteration::LoopCore;
use crate::timers::{NEVER, Timers};

impl Unarmed {
    /// Returns the key of the note of its place.
    pub(super) fn key(self) -> u64 {
        match self {
            Unarmed::Delay(delay) => delay,
            Unarmed::Deadline(when) => !when,
            _ => NEVER,
        }
    }
}

impl Sleep {
    /// Begins a sleep that has nothing to wait for.
    #[cold]
    pub(super) fn yield_once(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        cx.waker().wake_by_ref();
        self.0 = State::Unarmed(Unarmed::Yielded(LoopCore::current("sleep").iteration()));
        Poll::Pending
    }

    /// Begins a sleep whose time never comes.
    #[cold]
    pub(super) fn wait_for_ever(
        &mut self,
        unarmed: Unarmed,
        timers: &Timers,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        timers.scheduler().waits_for(cx, Reason::Timer(NEVER));
        (timers.scheduler()).link_await(unarmed.key(), Reason::Timer(NEVER));
        self.0 = State::Unarmed(Unarmed::ForEver);
        Poll::Pending
    }

    /// Polls a sleep that has begun without a timer, or has ended.
    #[cold]
    pub(super) fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.0 {
            State::Unarmed(Unarmed::Yielded(at)) if is_in_step(cx, at) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            State::Unarmed(Unarmed::ForEver) => {
                LoopCore::try_current(|inner| {
                    inner.scheduler().waits_for(cx, Reason::Timer(NEVER));
                });
                return Poll::Pending;
            }
            _ => {}
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending; // a cancel is on its way; `holds_back` has woken the caller
        }
        self.0 = State::Unarmed(Unarmed::Done);
        Poll::Ready(())
    }
}

/// Returns true if `cx` is of a task of the running loop, and the loop is in iteration `at`. The
/// loop does not see the steps of another executor: a sleep of zero ends there at its second poll.
fn is_in_step(cx: &Context<'_>, at: u64) -> bool {
    let here =
        |inner: &Rc<LoopCore>| inner.iteration() == at && inner.scheduler().ticket_in(cx).is_some();
    LoopCore::try_current(here) == Some(true)
}
