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
//! A list that comes to be `Shared` polls all its futures once, with their new wakers.
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A future that has ended wakes the task no more.
//! 3. Both kinds of wakers wake in the same order: the futures are taken in the order of their wakes.
//! 4. If a poll panics, and other code of the step catches the panic, the futures that were taken
//!    and not polled are polled next. A region in the one that has panicked counts, unless its place
//!    was emptied.
//!
//! Read next: `in_place/polling.rs`.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Waker};

use groundup_executor::task::{ListedFutures, UnpolledFutures};

use crate::in_place::poll_one::{PollOne, Regions, WakeIfUnwound};
use crate::members::woken::{ListedWaker, WokenList};

/// The wakers of a long list of futures.
pub(super) struct PlaceWakers {
    wakers: Wakers,
    count: u32,
    /// For each future: a region has suspended in its last poll. Empty before the first region.
    has_region: Vec<bool>,
    /// Number of the futures in which there is a region.
    regions: usize,
    /// Numbers of the futures that were taken to be polled, and then other numbers.
    numbers: Vec<u32>,
    /// How many were taken.
    taken: usize,
    /// How many of them were polled.
    polled: usize,
    /// The future that is being polled. After a panic it stays, until the next poll of the list.
    polling: Option<u32>,
}

enum Wakers {
    Unpolled,
    Listed(ListedFutures),
    Shared(Shared),
}

impl Wakers {
    /// Notes that a future has ended.
    #[cold]
    fn end(&self, number: u32) {
        match self {
            Wakers::Unpolled => {}
            Wakers::Listed(list) => list.end(number),
            Wakers::Shared(shared) => shared.wakers[number as usize].0.end(),
        }
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

    /// Polls these futures.
    #[inline(never)]
    fn poll<R>(
        &self,
        (numbers, polled, polling): (&[u32], &mut usize, &mut Option<u32>),
        regions: &mut Regions<'_>,
        poll: &mut dyn PollOne<Enough = R>,
    ) -> Option<R> {
        while let Some(&number) = numbers.get(*polled) {
            *polled += 1;
            *polling = Some(number);
            let (listed, waker) = &self.wakers[number as usize];
            let (polled, region) =
                (self.unpolled).poll(waker, |cx| poll.poll_one(number as usize, cx));
            *polling = None;
            // One that has ended was perhaps woken and taken before its last poll.
            if regions.settle(number, &polled, region) || !poll.is_open(number as usize) {
                listed.end();
            }
            if let ControlFlow::Break(output) = polled {
                return Some(output);
            }
        }
        None
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.woken.close();
    }
}

impl PlaceWakers {
    /// Prepares the wakers of `count` futures, which are made at the first poll.
    pub(super) fn new(count: usize) -> Self {
        PlaceWakers {
            wakers: Wakers::Unpolled,
            count: count as u32,
            has_region: Vec::new(),
            regions: 0,
            numbers: Vec::new(),
            taken: 0,
            polled: 0,
            polling: None,
        }
    }

    /// Makes the wakers: there are none, or none that work in this context. All futures are woken
    /// then, and polled with their new wakers.
    #[cold]
    fn prepare(&mut self, cx: &Context<'_>) {
        let fresh = match &self.wakers {
            Wakers::Shared(_) => return,
            Wakers::Listed(_) => None,
            Wakers::Unpolled => ListedFutures::open(self.count as usize, cx),
        };
        let shared = || Wakers::Shared(Shared::new(self.count));
        self.wakers = fresh.map_or_else(shared, Wakers::Listed);
    }

    /// Returns true if a future that was taken was not polled, and its waker works in this context.
    pub(super) fn has_rest(&self, cx: &Context<'_>) -> bool {
        let works = || match &self.wakers {
            Wakers::Unpolled => false,
            Wakers::Listed(list) => list.is_of(cx),
            Wakers::Shared(_) => true,
        };
        self.polled < self.taken && works()
    }

    /// Takes the numbers of the woken futures. From now on a woken future wakes the task of `cx`.
    pub(super) fn take_woken(&mut self, cx: &Context<'_>) {
        self.polled = 0;
        if let Wakers::Listed(list) = &self.wakers {
            self.numbers.resize(self.count as usize, 0);
            if let Some(taken) = list.take(&mut self.numbers, cx) {
                self.taken = taken;
                return;
            }
        }
        self.prepare(cx);
        self.take_from_new(cx);
    }

    fn take_from_new(&mut self, cx: &Context<'_>) {
        match &self.wakers {
            Wakers::Unpolled => {}
            Wakers::Listed(list) => {
                self.numbers.resize(self.count as usize, 0);
                self.taken = list.take(&mut self.numbers, cx).unwrap_or(0);
            }
            Wakers::Shared(shared) => {
                self.numbers.clear();
                shared.woken.take(&mut self.numbers, cx.waker());
                for &number in &self.numbers {
                    shared.wakers[number as usize].0.begin_poll();
                }
                self.taken = self.numbers.len();
            }
        }
    }

    /// Has all futures polled, in place of the woken ones.
    pub(super) fn take_all(&mut self) {
        self.numbers.clear();
        self.numbers.extend(0..self.count);
        (self.taken, self.polled) = (self.numbers.len(), 0);
    }

    /// Brings the futures that were taken into argument order, for verbs whose first end decides.
    pub(super) fn sort(&mut self) {
        let taken = &mut self.numbers[..self.taken];
        if !taken.is_sorted() {
            taken.sort_unstable();
        }
    }

    /// Takes the futures out that are not open, and begins with the one that `choose` picks of their
    /// numbers.
    pub(super) fn choose(
        &mut self,
        is_open: &dyn Fn(usize) -> bool,
        choose: impl FnOnce(&[u32]) -> usize,
    ) {
        self.numbers.truncate(self.taken);
        let wakers = &self.wakers;
        self.numbers.retain(|&at| {
            let open = is_open(at as usize);
            if !open {
                wakers.end(at); // it was taken, and is not polled
            }
            open
        });
        self.taken = self.numbers.len();
        let chosen = choose(&self.numbers);
        self.numbers.rotate_left(chosen); // 0 if there is none
    }

    /// Polls the futures whose numbers were taken, each with its waker, until one breaks. At the
    /// end the step is marked for the futures that wait.
    pub(super) fn poll_taken<R>(
        &mut self,
        cx: &Context<'_>,
        mut poll: impl PollOne<Enough = R>,
    ) -> Option<R> {
        let mut regions = Regions(&mut self.has_region, &mut self.regions);
        if let Some(panicked) = self.polling.take() {
            let goes_on = poll.is_open(panicked as usize);
            regions.change(panicked as usize, goes_on);
            if !goes_on {
                self.wakers.end(panicked);
            }
        }
        let numbers = &self.numbers[..self.taken];
        let unwound = WakeIfUnwound(cx.waker());
        let output = match &self.wakers {
            Wakers::Unpolled => None,
            Wakers::Listed(list) => {
                let polls = list.begin();
                let mut enough = None;
                while enough.is_none()
                    && let Some(&number) = numbers.get(self.polled)
                {
                    self.polled += 1;
                    self.polling = Some(number);
                    let (polled, region) =
                        polls.poll(number, |cx| poll.poll_one(number as usize, cx));
                    self.polling = None;
                    if regions.settle(number, &polled, region) {
                        list.end(number);
                    }
                    if let ControlFlow::Break(output) = polled {
                        enough = Some(output);
                    }
                }
                drop(polls);
                enough
            }
            Wakers::Shared(shared) => {
                let polls = (numbers, &mut self.polled, &mut self.polling);
                shared.poll(polls, &mut regions, &mut poll)
            }
        };
        std::mem::forget(unwound);
        match &self.wakers {
            Wakers::Listed(list) if output.is_none() => list.suspend(cx, self.regions > 0),
            Wakers::Shared(shared) if output.is_none() => {
                shared.unpolled.suspend(cx, self.regions > 0)
            }
            _ => {}
        }
        output
    }

    /// Ends the waits of the futures until the next poll: their owner does not wait for them.
    pub(super) fn rest(&self) {
        match &self.wakers {
            Wakers::Unpolled => {}
            Wakers::Listed(list) => list.rest(),
            Wakers::Shared(shared) => shared.unpolled.end(),
        }
    }
}
