//! Polls the woken futures of a combinator of many, each by its waker.
//!
//! The problem: a combinator of many futures needs a waker for each, a list of the woken ones, and
//! the account of those that it does not poll (`inside/unpolled.rs`). In a task of a loop all three
//! cost an allocation for the whole combinator, and none for a future.
//!
//! ```text
//!   each poll of the combinator
//!     is it still polled by its loop? ── no ──> drop this, make wakers that work anywhere
//!     take the woken numbers ──> begin ──> poll 4, poll 2, poll 7 ──> suspend
//! ```
//!
//! Invariants:
//! 1. Every wake of a future that has not ended is followed by a poll of the owner.
//! 2. When the combinator is dropped, in its loop or elsewhere, its list is closed.
//! 3. It is polled only with a waker of its own loop. Another executor could block the thread, and
//!    the loop could then not collect a wake from another thread.
//!
//! Read next: `inside/several.rs`, a combinator of a few futures.

use std::fmt;
use std::rc::Rc;
use std::task::Context;

use crate::cancel::hidden::{OwnWaker, StandIn};
use crate::inside::unpolled::UnpolledFutures;
use crate::mailbox::remote::Address;
use crate::run::Scheduler;
use crate::run::waker::listed::listed_waker;
use crate::store::ticket::Ticket;
use crate::wait::listed::{FUTURE, WokenLists};

/// The wakers of many futures in one task, and the list of those that were woken.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{ListedFutures, Scheduler};
/// use std::{future::poll_fn, task::Poll};
///
/// let scheduler = Scheduler::new().unwrap();
/// let mut task = scheduler.spawn(async {
///     let (mut list, mut polled) = (None, Vec::new());
///     poll_fn(move |cx| {
///         let list = list.get_or_insert_with(|| ListedFutures::open(3, cx).unwrap());
///         let mut woken = vec![0; 3];
///         let count = list.take(&mut woken, cx).unwrap();
///         woken.truncate(count);
///         let polls = list.begin();
///         for &number in &woken {
///             polls.poll(number, |cx| {
///                 if number == 1 && polled.len() < 4 {
///                     cx.waker().wake_by_ref();
///                 }
///             });
///         }
///         polled.extend(woken);
///         match polled.len() {
///             5 => Poll::Ready(polled.clone()),
///             _ => Poll::Pending,
///         }
///     })
///     .await
/// });
/// scheduler.run_until_idle();
/// assert_eq!(task.take_value(), Some(vec![0, 1, 2, 1, 1]));
/// ```
pub struct ListedFutures {
    address: Address,
    list: Ticket,
    unpolled: UnpolledFutures,
}

impl ListedFutures {
    /// Makes the wakers of `count` futures, which all count as woken. Returns `None` unless `cx` has
    /// a waker of the running loop, and if the loop has no room: for more than a million futures,
    /// or for more than a thousand lists at once. Then the caller makes other wakers.
    pub fn open(count: usize, cx: &Context<'_>) -> Option<Self> {
        let open = |scheduler: &Scheduler| {
            let room = scheduler.is_own(cx) && !scheduler.is_closed();
            let of_loop = scheduler.core.loop_field();
            let list = room.then(|| scheduler.woken_lists.open(of_loop, count))??;
            Some((scheduler.address(), list))
        };
        let (address, list) = Scheduler::peek(open).flatten()?;
        let unpolled = UnpolledFutures::new();
        Some(ListedFutures {
            address,
            list,
            unpolled,
        })
    }

    /// Returns true if `cx` has a waker of the loop in which this was made, and that loop runs on
    /// this thread. Otherwise the caller drops this, makes other wakers, and polls all futures.
    pub fn is_of(&self, cx: &Context<'_>) -> bool {
        let own = |scheduler: &Scheduler| self.is_in(scheduler) && scheduler.is_own(cx);
        Scheduler::peek(own) == Some(true)
    }

    fn is_in(&self, scheduler: &Scheduler) -> bool {
        scheduler.address() == self.address
    }

    /// Moves the numbers of the woken futures into `woken`, a list of as many numbers as there are
    /// futures, and returns how many they are. They must be polled now; from now on the first wake of
    /// a future wakes the task of `cx`. Returns `None` unless [`is_of`](Self::is_of) returns true.
    #[inline]
    pub fn take(&self, woken: &mut Vec<u32>, cx: &Context<'_>) -> Option<usize> {
        let take = |scheduler: &Scheduler| {
            let own = self.is_in(scheduler) && scheduler.is_own(cx);
            let owner = || cx.waker().clone(); // a number, as it is the loop's own
            own.then(|| scheduler.woken_lists.take(self.list, woken, owner()))
        };
        Scheduler::peek(take).flatten()
    }

    /// Begins to poll futures, until the returned value is dropped.
    ///
    /// # Panics
    ///
    /// Outside the loop in which this was made.
    pub fn begin(&self) -> ListedPolls<'_> {
        let here = Scheduler::current().filter(|here| self.is_in(here));
        let scheduler = here.expect("futures in a list are polled in the loop of the list");
        let own = OwnWaker::any_of(&listed_waker(self.list), !FUTURE);
        let before = scheduler.cancels.stand_for(own, &self.unpolled.waits);
        ListedPolls {
            list: self,
            before,
            scheduler,
        }
    }

    /// Notes that a future has ended: no wake lists it any more.
    pub fn end(&self, number: u32) {
        Scheduler::peek(|scheduler| scheduler.woken_lists.end(self.list, number));
    }

    /// Ends the waits of the futures until the next [`suspend`](Self::suspend): their owner goes on and
    /// does not wait for them meanwhile.
    pub fn rest(&self) {
        if std::sync::Arc::strong_count(&self.unpolled.waits) > 1 {
            self.unpolled.end();
        }
    }

    /// Marks the step for all futures, as [`UnpolledFutures::suspend`] does.
    pub fn suspend(&self, cx: &Context<'_>, regions: bool) {
        self.unpolled.suspend(cx, regions);
    }
}

/// The polls of woken futures, made by [`ListedFutures::begin`].
pub struct ListedPolls<'a> {
    list: &'a ListedFutures,
    scheduler: Rc<Scheduler>,
    before: StandIn,
}

impl ListedPolls<'_> {
    /// Calls `poll`, which polls one of the futures in a context with its waker. Returns its
    /// result, and true if a [`catch_cancel`](crate::catch_cancel) has suspended in it.
    #[inline]
    pub fn poll<R>(&self, number: u32, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool) {
        let waker = listed_waker(WokenLists::future(self.list.list, number));
        let regions = self.scheduler.cancels.poll_beside();
        let polled = poll(&mut Context::from_waker(&waker));
        (polled, regions.end())
    }
}

impl Drop for ListedPolls<'_> {
    fn drop(&mut self) {
        self.scheduler.cancels.stand_again(self.before.take());
    }
}

impl fmt::Debug for ListedPolls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedPolls").finish_non_exhaustive()
    }
}

impl Drop for ListedFutures {
    fn drop(&mut self) {
        let close = |scheduler: &Scheduler| {
            let here = self.is_in(scheduler);
            here.then(|| scheduler.woken_lists.close(self.list))
        };
        if Scheduler::peek(close).flatten().is_none() {
            self.address.send_wake(WokenLists::closing(self.list));
        }
    }
}

impl fmt::Debug for ListedFutures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedFutures").finish_non_exhaustive()
    }
}
