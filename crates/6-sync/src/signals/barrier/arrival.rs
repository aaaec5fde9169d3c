//! Arrival: the future of a task that waits at a barrier.
//!
//! The problem: a wait may begin in front of the barrier, go inside later, and end with an index
//! or with an error. It may be dropped at each place, and must then not be counted any more.
//!
//! ```text
//!   new ──> outside ──> inside ──> over
//!    └─────────────────^  └── index: the number of tasks inside when it came
//! ```
//!
//! Invariant: the wait is counted by the barrier exactly while it has an index.
//!
//! Read next: `signals/cancellation_token.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Wait};

use crate::error::BrokenBarrier;
use crate::signals::barrier::{Barrier, BarrierState};
use crate::wait_list::{Place, WaitList};

/// Waits until all parties have arrived at a barrier. Made by [`Barrier::wait`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct BarrierWait<'a> {
    barrier: &'a Barrier,
    /// The place inside if there is an index, else outside.
    place: Place,
    /// The index, from the arrival inside until the end.
    index: Option<usize>,
}

impl<'a> BarrierWait<'a> {
    pub(super) fn new(barrier: &'a Barrier) -> Self {
        BarrierWait {
            barrier,
            place: Place::default(),
            index: None,
        }
    }

    /// Returns the line in which the task stands, or will stand.
    fn line(&self) -> &'a WaitList {
        match self.index {
            Some(_) => &self.barrier.inside,
            None => &self.barrier.outside,
        }
    }

    /// Goes inside, if the barrier lets a task in. Returns the result if the wait is over.
    fn arrive(&mut self) -> Option<Result<usize, BrokenBarrier>> {
        let barrier = self.barrier;
        if barrier.broken() {
            return Some(Err(BrokenBarrier));
        }
        let index = barrier.count.get();
        barrier.count.set(index + 1);
        if index + 1 < barrier.parties {
            self.index = Some(index);
            return None;
        }
        barrier.state.set(BarrierState::Draining);
        barrier.inside.notify_all();
        barrier.exit();
        Some(Ok(index))
    }

    /// Leaves the inside with the result that the state of the barrier gives.
    fn go_on(&mut self, index: usize) -> Result<usize, BrokenBarrier> {
        let state = self.barrier.state.get();
        self.index = None;
        self.barrier.exit();
        match state {
            BarrierState::Draining => Ok(index),
            _ => Err(BrokenBarrier),
        }
    }
}

impl Future for BarrierWait<'_> {
    type Output = Result<usize, BrokenBarrier>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let barrier = this.barrier;
        barrier.home.touch(Access::Write);
        this.place.assert_not_over("wait for a barrier");
        // Whether the next lines end the wait, or change the barrier.
        let acts = match this.index {
            Some(_) => barrier.opens(),
            None => !barrier.is_clearing(),
        };
        if acts && Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        if acts {
            this.line().leave(&mut this.place);
            let over = match this.index {
                Some(index) => Some(this.go_on(index)),
                None => this.arrive(),
            };
            if let Some(result) = over {
                this.place.end();
                return Poll::Ready(result);
            }
        }
        let line = this.line();
        let number = usize::from(this.index.is_none());
        let wait = |name: &str| Wait::Other(name.into());
        barrier.home.wait(number, cx, line, wait);
        if this.place.is_new() || line.poll(&mut this.place, cx) {
            let inside = this.index.is_some();
            line.join(&mut this.place, cx, || match inside {
                true => !barrier.opens(),
                false => barrier.is_clearing(),
            });
        }
        Poll::Pending
    }
}

impl Drop for BarrierWait<'_> {
    fn drop(&mut self) {
        self.barrier.home.leave(self.line(), &mut self.place);
        if self.index.is_some() {
            self.barrier.exit();
        }
    }
}

impl fmt::Debug for BarrierWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.barrier.home;
        f.debug_tuple("BarrierWait").field(home).finish()
    }
}
