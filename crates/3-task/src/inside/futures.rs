//! Polls the woken futures of a combinator of many, each by its waker.
//!
//! The problem: a combinator of many futures needs a waker for each, a list of the woken ones, and
//! the account of those that it does not poll (`inside/unpolled.rs`). In a task of a loop all three
//! cost an allocation for the whole combinator, and none for a future.
//!
//! ```text
//!   each poll of the combinator
//!     begin: is it still polled by its loop? ── no ──> drop this, make wakers that work anywhere
//!       └─ yes ──> take the woken numbers ──> poll 4, poll 2, poll 7 ──> suspend
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
use std::sync::Arc;
use std::task::Context;

use crate::cancel::hidden::OutsideList;
use crate::inside::unpolled::UnpolledFutures;
use crate::mailbox::remote::Address;
use crate::run::Scheduler;
use crate::run::waker::listed::listed_waker;
use crate::store::ticket::Ticket;
use crate::wait::listed::WokenLists;

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
///         let polls = list.begin(cx).unwrap();
///         let mut woken = Vec::new();
///         polls.take(&mut woken);
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
        let unpolled = UnpolledFutures::new();
        let open = |scheduler: &Scheduler| {
            let room = scheduler.own_ticket(cx).is_some() && !scheduler.is_closed();
            let of_loop = scheduler.core.loop_field();
            let list = || scheduler.woken_lists.open(of_loop, count, &unpolled.waits);
            let list = room.then(list).flatten()?;
            Some((scheduler.address(), list))
        };
        let (address, list) = Scheduler::peek(open).flatten()?;
        Some(ListedFutures {
            address,
            list,
            unpolled,
        })
    }

    /// Begins to poll futures, until the returned value is dropped. Returns `None` unless `cx` has a
    /// waker of the loop in which this was made, and that loop runs on this thread. Then the caller
    /// drops this, makes other wakers, and polls all futures.
    #[inline]
    pub fn begin(&self, cx: &Context<'_>) -> Option<ListedPolls<'_>> {
        let scheduler = Scheduler::current()?;
        if !self.is_in(&scheduler) {
            return None;
        }
        let owner = scheduler.own_ticket(cx)?;
        Some(ListedPolls {
            futures: self,
            outside: scheduler.cancels.enter_list(self.list),
            owner,
            scheduler,
        })
    }

    /// Does the same if exactly one future was woken, and takes it: also returns its number. Returns
    /// `None` and changes nothing if more were woken, or none, while a cancel is delivered, and under a
    /// chooser.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{ListedFutures, Scheduler};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let mut task = scheduler.spawn(poll_fn(|cx| {
    ///     let list = ListedFutures::open(3, cx).unwrap();
    ///     assert!(list.begin_only(cx).is_none(), "all three count as woken");
    ///     let polls = list.begin(cx).unwrap();
    ///     polls.take(&mut Vec::new());
    ///     polls.poll(2, |cx| cx.waker().wake_by_ref());
    ///     drop(polls);
    ///     Poll::Ready(list.begin_only(cx).map(|(_polls, number)| number))
    /// }));
    /// scheduler.run_until_idle();
    /// assert_eq!(task.take_value(), Some(Some(2)));
    /// ```
    // Speed: unordered. The numbers move through no vector.
    #[inline]
    pub fn begin_only(&self, cx: &Context<'_>) -> Option<(ListedPolls<'_>, u32)> {
        let scheduler = Scheduler::current()?;
        if !self.is_in(&scheduler) || scheduler.is_delivering() || scheduler.has_chooser() {
            return None;
        }
        let owner = scheduler.own_ticket(cx)?;
        let only = scheduler.woken_lists.take_only(self.list, owner)?;
        let polls = ListedPolls {
            futures: self,
            outside: scheduler.cancels.enter_list(self.list),
            owner,
            scheduler,
        };
        Some((polls, only))
    }

    #[inline]
    fn is_in(&self, scheduler: &Scheduler) -> bool {
        scheduler.address().epoch() == self.address.epoch()
    }
}

/// The polls of woken futures in a step of their owner, made by [`ListedFutures::begin`].
pub struct ListedPolls<'a> {
    futures: &'a ListedFutures,
    scheduler: Rc<Scheduler>,
    owner: Ticket,
    outside: OutsideList,
}

impl ListedPolls<'_> {
    /// Returns the loop of the futures.
    #[inline]
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    /// Moves the numbers of the woken futures into `woken`, in place of those that are there. They must
    /// be polled now; from now on the first wake of a future wakes the task in whose context the polls
    /// have begun.
    #[inline]
    pub fn take(&self, woken: &mut Vec<u32>) {
        let lists = &self.scheduler.woken_lists;
        lists.take(self.futures.list, woken, self.owner);
    }

    /// Ends the waits of the futures until the next [`suspend`](Self::suspend): their owner goes on and
    /// does not wait for them meanwhile.
    // Speed: unordered. The polls know their futures, and the owner would look for them again.
    #[inline]
    pub fn rest(&self) {
        let unpolled = &self.futures.unpolled;
        if Arc::strong_count(&unpolled.waits) > 1 {
            unpolled.end();
        }
    }

    /// Calls `poll`, which polls one of the futures in a context with its waker. Returns its
    /// result, and true if a [`catch_cancel`](crate::catch_cancel) has suspended in it.
    // Speed: join, unordered. A call would pass the result through memory.
    #[inline(always)]
    pub fn poll<R>(&self, number: u32, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool) {
        let waker = listed_waker(WokenLists::future(self.futures.list, number));
        let polled = poll(&mut Context::from_waker(&waker));
        let region = self.scheduler.cancels.region_in_list(&self.outside);
        (polled, region)
    }

    /// Notes that a future has ended: no wake lists it any more.
    #[inline]
    pub fn end(&self, number: u32) {
        self.scheduler.woken_lists.end(self.futures.list, number);
    }

    /// Ends the polls, and marks the step for all futures, as [`UnpolledFutures::suspend`] does.
    #[inline]
    pub fn suspend(self, cx: &Context<'_>, regions: bool) {
        self.leave();
        (self.futures.unpolled).suspend_in(&self.scheduler, cx, regions);
    }

    #[inline]
    fn leave(&self) {
        self.scheduler.cancels.leave_list(&self.outside);
    }
}

impl Drop for ListedPolls<'_> {
    #[inline]
    fn drop(&mut self) {
        self.leave();
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
