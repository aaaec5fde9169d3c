//! The wakers of a long list of futures, one for each.
//!
//! The problem: if each future of a long list has a waker of its own, only the woken ones are
//! polled. In a task of the loop such a waker is a number, and the loop keeps the list of the woken
//! (`ListedFutures` of floor 3): no allocation for a future, no lock, no atomic flag. Under another
//! executor a waker must work without the loop: it is an allocation with a flag, and the list is
//! behind a lock (`members/woken.rs`).
//!
//! ```text
//!   Unpolled ──first poll──┬─ in a task of a loop ──> Listed ──> polled elsewhere ──┐
//!                          └─ elsewhere ────────────────────────────────────────────┴──> Shared
//! ```
//!
//! Under another executor each future has an `Arc` of its own. One `Arc` for the whole list would
//! have to tell its wakers apart by the pointer that each of them holds. That is a `RawWaker`, and its
//! functions are `unsafe`; a safe `Waker` is made of a whole `Arc`.
//!
//! A list that comes to be `Shared` polls all its futures once, with their new wakers.
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A future that has ended wakes the task no more.
//! 3. Both kinds of wakers wake in the same order: the futures are taken in the order of their wakes.
//!
//! Read next: `in_place/polling.rs`.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use groundup_executor::task::{ListedFutures, ListedPolls, Scheduler, UnpolledFutures};

use crate::in_place::batch::{Batch, PollOne, Polls, TakeOrder};
use crate::members::woken::{ListedWaker, WokenList};

/// The wakers of a long list of futures, and those of them that are polled next.
pub(super) struct PlaceWakers {
    wakers: Wakers,
    batch: Batch,
}

enum Wakers {
    Unpolled,
    Listed(ListedFutures),
    Shared(Shared),
}

impl Polls for ListedPolls<'_> {
    #[inline(always)]
    fn scheduler(&self) -> Option<&Rc<Scheduler>> {
        Some(ListedPolls::scheduler(self))
    }

    #[inline(always)]
    fn take(&self, numbers: &mut Vec<u32>, _: &dyn Fn(usize) -> bool) {
        ListedPolls::take(self, numbers);
    }

    #[inline(always)]
    fn poll<R>(&self, number: u32, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool) {
        ListedPolls::poll(self, number, poll)
    }

    #[inline(always)]
    fn end(&self, number: u32) {
        ListedPolls::end(self, number);
    }

    #[inline(always)]
    fn rest(&self) {
        ListedPolls::rest(self);
    }

    #[inline(always)]
    fn suspend(self, cx: &Context<'_>, regions: bool) {
        ListedPolls::suspend(self, cx, regions);
    }
}

/// Wakers that work under any executor.
struct Shared {
    woken: Arc<WokenList<u32>>,
    /// Each as the list knows it, and as a poll takes it.
    wakers: Vec<(Arc<ListedWaker<u32>>, Waker)>,
    unpolled: UnpolledFutures,
}

impl Shared {
    fn new(count: u32) -> Shared {
        let woken = WokenList::holding((0..count).collect());
        let waker = |number| {
            let listed = ListedWaker::new(&woken, number);
            (listed.clone(), listed.into())
        };
        Shared {
            wakers: (0..count).map(waker).collect(),
            woken,
            unpolled: UnpolledFutures::new(),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.woken.close();
    }
}

/// A step under shared wakers.
struct SharedPolls<'a> {
    shared: &'a Shared,
    owner: &'a Waker,
    here: Option<Rc<Scheduler>>,
}

impl Polls for SharedPolls<'_> {
    fn scheduler(&self) -> Option<&Rc<Scheduler>> {
        self.here.as_ref()
    }

    fn take(&self, numbers: &mut Vec<u32>, is_open: &dyn Fn(usize) -> bool) {
        numbers.clear();
        self.shared.woken.take(numbers, self.owner);
        // One that has ended was perhaps woken beside its last poll. It stays listed.
        let open = numbers.iter().filter(|at| is_open(**at as usize));
        open.for_each(|at| self.shared.wakers[*at as usize].0.begin_poll());
    }

    fn poll<R>(&self, number: u32, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool) {
        let (_, waker) = &self.shared.wakers[number as usize];
        self.shared.unpolled.poll(waker, poll)
    }

    fn end(&self, number: u32) {
        self.shared.wakers[number as usize].0.end();
    }

    fn rest(&self) {
        self.shared.unpolled.end();
    }

    fn suspend(self, cx: &Context<'_>, regions: bool) {
        self.shared.unpolled.suspend(cx, regions);
    }
}

impl PlaceWakers {
    /// Prepares the wakers of `count` futures, which are made at the first poll.
    pub(super) fn new(count: usize) -> Self {
        PlaceWakers {
            wakers: Wakers::Unpolled,
            batch: Batch::new(count),
        }
    }

    /// Polls the woken futures, each with its waker, until the end of one is enough. If some are left
    /// that were taken before, polls those first. While a cancel is delivered, polls all.
    // Speed: join. In a function of its own, the loop over the futures keeps its values in registers.
    #[inline(never)]
    pub(super) fn poll<O: PollOne>(
        &mut self,
        order: TakeOrder,
        futures: &mut O,
        cx: &Context<'_>,
    ) -> Option<O::Enough> {
        if let Wakers::Listed(list) = &self.wakers
            && let Some(polls) = list.begin(cx)
        {
            return self.batch.poll(polls, order, futures, cx);
        }
        self.poll_with_new(order, futures, cx)
    }

    /// Polls the woken futures in the order of their wakes, until the end of one is enough.
    // Speed: unordered. Mostly one future is woken when its stream is asked for the next item.
    #[inline]
    pub(super) fn poll_next<O: PollOne>(
        &mut self,
        futures: &mut O,
        cx: &Context<'_>,
    ) -> Option<O::Enough> {
        if let Wakers::Listed(list) = &self.wakers
            && self.batch.is_empty()
            && let Some((polls, only)) = list.begin_only(cx)
        {
            return self.batch.poll_only(polls, only, futures, cx);
        }
        self.poll(TakeOrder::Wakes, futures, cx)
    }

    #[inline(never)]
    fn poll_with_new<O: PollOne>(
        &mut self,
        order: TakeOrder,
        futures: &mut O,
        cx: &Context<'_>,
    ) -> Option<O::Enough> {
        self.prepare(cx);
        match &self.wakers {
            Wakers::Unpolled => None,
            Wakers::Listed(_) => self.poll(order, futures, cx),
            Wakers::Shared(shared) => {
                let (owner, here) = (cx.waker(), Scheduler::current());
                let polls = SharedPolls {
                    shared,
                    owner,
                    here,
                };
                let futures: &mut dyn PollOne<Enough = O::Enough> = futures;
                self.batch.poll(polls, order, &mut { futures }, cx)
            }
        }
    }

    /// Makes the wakers, if there are none that work in this context. All futures are woken then, and
    /// polled with their new wakers.
    #[cold]
    fn prepare(&mut self, cx: &Context<'_>) {
        let count = self.batch.count();
        let fresh = match &self.wakers {
            Wakers::Shared(_) => return,
            Wakers::Listed(_) => None,
            Wakers::Unpolled => ListedFutures::open(count as usize, cx),
        };
        let shared = || Wakers::Shared(Shared::new(count));
        self.wakers = fresh.map_or_else(shared, Wakers::Listed);
        self.batch.drop_rest();
    }
}
