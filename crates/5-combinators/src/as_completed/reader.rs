//! Reader: takes the ends of the members out of their queue.
//!
//! The problem: a program reads the results of `as_completed` one after another, or takes items and
//! awaits them side by side. All of these read one queue, and the last of them ends the watch.
//!
//! ```text
//!   poll ── an end is in the queue ──> the member, or `Elapsed`
//!     └── the queue is empty ──> in the line of readers, Pending
//! ```
//!
//! Invariant: a reader that gives up while it is woken for a result wakes the next in its place.
//!
//! Read next: `as_completed/completed.rs`.

use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{Scheduler, Task};

use crate::as_completed::completed::Completed;
use crate::as_completed::line::Position;
use crate::as_completed::queue::Completions;
use crate::gather::children::outcome;
use crate::timeout::error::Elapsed;

/// The next member that has ended, or `Elapsed` for one that was not done in time.
type NextEnd = Poll<Option<Result<u32, Elapsed>>>;

/// Reads the queue. When the last reader is dropped, the registrations and the handles go, and
/// the members run on.
pub(super) struct Reader<T: 'static> {
    completions: Rc<Completions<T>>,
}

impl<T: 'static> Reader<T> {
    /// Makes the first reader.
    pub(super) fn new(completions: Rc<Completions<T>>) -> Self {
        Reader { completions }
    }

    /// Notes that the running task touches the queue, if a chooser wants footprints.
    pub(super) fn touch(&self) {
        self.completions.touch();
    }

    /// Returns the number of items still to be read.
    pub(super) fn unread(&self) -> usize {
        self.completions.unread.get()
    }

    /// Reserves an item for later; returns false if there is none.
    pub(super) fn claim(&self) -> bool {
        let unread = self.unread();
        self.completions.unread.set(unread.saturating_sub(1));
        unread > 0
    }

    /// Sets the timer that ends the waiting.
    pub(super) fn give_up_after(&self, delay: Duration) {
        self.completions.give_up_after(delay);
    }

    /// Takes the tasks whose results were not read, with their indices.
    pub(super) fn take_tasks(&self) -> Vec<(usize, Task<T>)> {
        self.completions.take_tasks()
    }

    /// Returns the next member, or `Elapsed` if it was not done in time; `None` after the last.
    #[inline]
    pub(super) fn poll(&self, cx: &Context<'_>, place: &mut Position) -> NextEnd {
        if self.unread() == 0 {
            return Poll::Ready(None);
        }
        let next = std::task::ready!(self.poll_queue(cx, place));
        match next {
            Some(_) => self.claim(),
            None => {
                self.completions.unread.set(0);
                false
            }
        };
        Poll::Ready(next)
    }

    /// Pops the front of the queue; `None` if the loop is closed and no member is left.
    #[inline]
    pub(super) fn poll_queue(&self, cx: &Context<'_>, place: &mut Position) -> NextEnd {
        let completions = &self.completions;
        if Scheduler::holds_back_if(cx, || !completions.queue.borrow().is_empty()) {
            return Poll::Pending;
        }
        let next = completions.queue.borrow_mut().pop_front();
        if let Some(next) = next {
            completions.line.leave(place);
            return Poll::Ready(Some(next.ok_or(Elapsed)));
        }
        if completions.line.enter(place, cx)
            && let Some(next) = self.look_again(place)
        {
            return Poll::Ready(Some(next));
        }
        if completions.say(cx) {
            return Poll::Pending;
        }
        // The loop is closed, and no more ends will come: each member left has ended by that.
        Poll::Ready(completions.first_unread().map(|member| Ok(member as u32)))
    }

    /// Pops the front of the queue for a reader in the line: the clone of its waker ran the loop.
    #[cold]
    fn look_again(&self, place: &mut Position) -> Option<Result<u32, Elapsed>> {
        let next = self.completions.queue.borrow_mut().pop_front();
        next.map(|next| {
            self.completions.line.leave(place);
            next.ok_or(Elapsed)
        })
    }

    /// Stops waiting. If this reader was woken for a result, the next reader is woken for it.
    pub(super) fn give_up(&self, place: &mut Position) {
        let (completions, waited) = (&self.completions, *place != 0);
        if waited && !completions.line.leave(place) && !completions.queue.borrow().is_empty() {
            completions.line.wake_next();
        }
    }

    /// Takes the result of a member that came out of the queue.
    #[inline]
    pub(super) fn take(&self, member: u32) -> Completed<T> {
        let task = self.completions.tasks.borrow_mut()[member as usize].take();
        Completed {
            index: member as usize,
            result: outcome(task),
        }
    }
}

impl<T: 'static> Clone for Reader<T> {
    fn clone(&self) -> Self {
        let completions = self.completions.clone();
        completions.readers.set(completions.readers.get() + 1);
        Reader { completions }
    }
}

impl<T: 'static> Drop for Reader<T> {
    fn drop(&mut self) {
        let readers = &self.completions.readers;
        readers.set(readers.get() - 1);
        if readers.get() == 0 {
            self.completions.leave();
        }
    }
}
