//! PollOne: one poll of one future of a list, and its consequences.
//!
//! The problem: a list polls one future after another, and each poll may do more than return: the
//! future may hold a region by now, which a cancel of the task must reach, or it may panic, and other
//! code of the step may catch the panic.
//!
//! Invariant: the number of futures with a region is right after each poll that has returned.
//!
//! Read next: `in_place/wakers.rs`.

use std::ops::ControlFlow;
use std::task::{Context, Waker};

/// Several futures of which one is polled at a time.
// Speed: join. A closure would not be inlined into the loop over a list.
pub trait PollOne {
    /// The output of a future whose end is enough for now.
    type Enough;
    /// Returns true if this future still runs.
    fn is_open(&self, at: usize) -> bool;
    /// Polls the future with this number. Breaks if its end is enough, or else tells whether it has
    /// ended.
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<Self::Enough, bool>;
}

impl<P: PollOne> PollOne for &mut P {
    type Enough = P::Enough;

    #[inline(always)]
    fn is_open(&self, at: usize) -> bool {
        P::is_open(self, at)
    }

    #[inline(always)]
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<P::Enough, bool> {
        P::poll_one(self, at, cx)
    }
}

/// Wakes the task if a poll panics: the futures behind the one that has panicked were not polled,
/// and their wakes were taken.
pub(super) struct WakeIfUnwound<'a>(pub(super) &'a Waker);

impl Drop for WakeIfUnwound<'_> {
    #[cold]
    fn drop(&mut self) {
        self.0.wake_by_ref();
    }
}

/// Counts the futures in which a region waits.
pub(super) struct Regions<'a>(pub(super) &'a mut Vec<bool>, pub(super) &'a mut usize);

impl Regions<'_> {
    /// Takes note of a poll; returns true if the future has ended.
    #[inline]
    pub(super) fn settle<R>(
        &mut self,
        number: u32,
        polled: &ControlFlow<R, bool>,
        region: bool,
    ) -> bool {
        let ended = !matches!(polled, ControlFlow::Continue(false));
        if region || *self.1 > 0 {
            self.change(number as usize, region && !ended);
        }
        ended
    }

    #[cold]
    pub(super) fn change(&mut self, number: usize, region: bool) {
        let Regions(each, sum) = self;
        if each.len() <= number {
            each.resize(number + 1, false);
        }
        let before = std::mem::replace(&mut each[number], region);
        **sum = **sum + usize::from(region) - usize::from(before);
    }
}
