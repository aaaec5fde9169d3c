//! The moves of nearly every wait, none of which makes a call.
//!
//! The problem: ten tasks that want one lock make these moves for each acquire, so a move may cost
//! few instructions. A function that may call another one, even if it does so once in a million
//! times, pushes and pops up to six registers each time. A function that may panic while a table
//! is borrowed does so, too.
//!
//! So each function of this page makes its move only if it needs no call, and else returns false or
//! `None`. Its caller then takes the longer way, which looks again.
//!
//! | move | takes the longer way if |
//! |---|---|
//! | join | no task has waited for the object yet, or all places are taken |
//! | take | the place was not notified |
//! | notify | no future waits, or the first one waits under a foreign waker |
//! | wake | the task is observed, or is one of another loop |
//!
//! Invariant: a function that returns false or `None` has changed nothing.
//!
//! Read next: `wait_list/line.rs`.

use groundup_combinators::task::{Holder, Scheduler, Ticket};

use crate::wait_list::line::Alone;
use crate::wait_list::{ALONE, Line, Place, WaitList};

/// Wakes the task of a ticket.
#[inline(always)]
pub(crate) fn wake_plainly(ticket: Ticket) {
    if !Scheduler::wake_plainly(ticket) {
        Scheduler::wake_ticket(ticket);
    }
}

// Speed: lock_contended, queue_stream_1. The plain versions are `join`, `poll` and `notify_one`.
impl WaitList {
    /// Takes a place at the end for a future without one, which is polled under the waker of a task.
    #[inline(always)]
    pub(crate) fn join_plainly(&self, place: &mut Place, ticket: Ticket) -> bool {
        let Some(line) = self.line.get() else {
            return false;
        };
        if self.is_empty() {
            line.alone.set(Alone::Waiting(ticket));
            place.0 = ALONE;
        } else {
            let Ok(mut places) = line.places.try_borrow_mut() else {
                return false;
            };
            let Some(number) = places.push_plainly(ticket) else {
                return false;
            };
            place.0 = number;
        }
        self.count_place();
        true
    }

    /// Frees a place that was notified or released, and returns true.
    #[inline(always)]
    pub(crate) fn take(&self, place: &mut Place) -> bool {
        let Some(line) = self.line.get() else {
            return false;
        };
        if place.0 == ALONE {
            if !matches!(line.alone.get(), Alone::Notified(_) | Alone::Released(_)) {
                return false;
            }
            line.alone.set(Alone::Vacant);
        } else {
            let Ok(mut places) = line.places.try_borrow_mut() else {
                return false;
            };
            if !places.free(place.0) {
                return false;
            }
        }
        self.forget_place(place);
        true
    }

    /// Gives a token to the first place that waits, and returns its task for the caller to wake.
    #[inline(always)]
    pub(crate) fn notify_plainly(&self) -> Option<Ticket> {
        self.notify_in(self.line.get()?)
    }

    /// Passes an object that has a holder to the first place that waits, and returns its task for the
    /// caller to wake.
    #[inline(always)]
    pub(crate) fn pass_plainly(&self) -> Option<Ticket> {
        let line = self.line.get()?;
        let next = self.notify_in(line)?;
        line.holder.set(Holder::Next(next));
        Some(next)
    }

    #[inline(always)]
    fn notify_in(&self, line: &Line) -> Option<Ticket> {
        let ticket = match line.alone.get() {
            Alone::Waiting(ticket) => {
                line.alone.set(Alone::Notified(ticket));
                ticket
            }
            _ => line.places.try_borrow_mut().ok()?.notify_first_plainly()?,
        };
        self.waiting.set(self.waiting.get() - 1);
        Some(ticket)
    }

    /// Gives a token to the first place that waits, and wakes it.
    #[inline(always)]
    pub(crate) fn wake_first_here(&self) {
        match self.notify_plainly() {
            Some(next) => wake_plainly(next),
            None => self.wake_first_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_first_slowly(&self) {
        if let Some(next) = self.notify_one() {
            next.wake();
        }
    }
}
