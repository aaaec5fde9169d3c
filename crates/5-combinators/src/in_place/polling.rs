//! Polling: decides which of several futures are polled after a wake.
//!
//! The problem: a task that is woken does not know which of its futures the wake is for.
//! Polling all of them is correct, and cheap while they are few. With a thousand, each event
//! would cost a thousand polls. So in a longer list each future has a waker of its own, and only
//! the futures in the woken list (`members/woken.rs`) are polled.
//!
//! ```text
//!   few    the parent is woken ────────────────────────> poll all, with the parent's waker
//!   many   waker 7 is called ──> woken list: 7, .. ────> poll 7, with waker 7
//!                                (the first in the list
//!                                wakes the parent)
//! ```
//!
//! The parent's waker is better where it can be used: a sleep or a task of the loop stores it
//! as a number of eight bytes, but stores a waker of its own kind as a counted pointer. A cancel
//! that is delivered to the task must be able to reach a region in any of the futures. So a step in
//! which few futures were polled is marked for the regions in all of them, and during a delivery
//! all futures are polled, in argument order.
//!
//! If several futures are found done in one poll, the first one polled decides:
//!
//! | polled first | by |
//! |---|---|
//! | the first future | `join`, `try_join`, `select_biased`; each verb during a delivery |
//! | the one that the chooser picks, or else the first | `race`, `race_ok` |
//! | the one that the chooser picks, or else the one that `Scheduler::next_start` names | `select` |
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A cancel goes to the first future, in argument order, that catches it: however many there are,
//!    whichever were polled last, and also under a chooser.
//! 3. When a verb has its result or is dropped, the task no longer waits for the futures that were
//!    not done.
//! 4. The waker of a future may be called from any thread, also after everything here was dropped.
//!
//! Read next: `in_place/outputs.rs`.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use groundup_executor::task::{Scheduler, UnpolledFutures};
use groundup_executor::trace::Choice;

use crate::in_place::Places;
use crate::members::woken::{ListedWaker, WokenList};

/// From this many futures on, each future has a waker of its own. Measured cost of an event, in ns,
/// if all futures are polled, and with such wakers: 200 and 300 with 16 futures, about 350 both with
/// 32, and 3,700 and 320 with 512.
const MANY: usize = 32;

/// The waker of one future of a long list.
struct PlaceWaker {
    listed: Arc<ListedWaker<u32>>,
    /// The same waker, as a poll takes it.
    waker: Waker,
    /// A region has suspended in the last poll of the future.
    region: bool,
}

/// The wakers of a long list of futures.
pub struct PlaceWakers {
    woken: Arc<WokenList<u32>>,
    wakers: Vec<PlaceWaker>,
    unpolled: UnpolledFutures,
    /// Number of the futures in which there is a region.
    regions: usize,
    /// Numbers of the futures that are polled now.
    numbers: Vec<u32>,
}

impl PlaceWakers {
    /// Makes the wakers. At first the list holds all numbers: no future has been polled yet.
    fn new(count: usize) -> Self {
        let woken = WokenList::holding((0..count as u32).collect());
        let waker = |number| {
            let listed = ListedWaker::new(&woken, number);
            PlaceWaker {
                waker: listed.clone().into(),
                listed,
                region: false,
            }
        };
        PlaceWakers {
            wakers: (0..count as u32).map(waker).collect(),
            woken,
            unpolled: UnpolledFutures::new(),
            regions: 0,
            numbers: Vec::new(),
        }
    }

    /// Takes the numbers of the woken futures. From now on a woken future wakes `parent`.
    fn take_woken(&mut self, parent: &Waker) {
        self.numbers.clear();
        self.woken.take(&mut self.numbers, parent);
        for &number in &self.numbers {
            self.wakers[number as usize].listed.begin_poll();
        }
    }

    /// Polls one future with its waker; returns true if it has ended by that.
    fn poll<P: Places>(&mut self, places: Pin<&mut P>, at: usize) -> bool {
        let own = &mut self.wakers[at];
        let (ended, region) = self.unpolled.poll(&own.waker, |cx| places.poll_at(at, cx));
        let region = region && !ended;
        self.regions = self.regions + usize::from(region) - usize::from(own.region);
        own.region = region;
        if ended {
            own.listed.end();
        }
        ended
    }
}

impl Drop for PlaceWakers {
    fn drop(&mut self) {
        self.woken.close();
    }
}

/// Decides which of several places are polled.
pub trait Polling {
    /// Prepares `count` places.
    fn new(count: usize) -> Self;
    /// Returns the wakers of the futures, if each has one of its own.
    fn wakers(&mut self) -> Option<&mut PlaceWakers>;
    /// Ends the waits of the futures, when the verb has its result.
    fn end(&mut self);
}

/// Polls all places: a tuple is short.
// Speed: select2. There are no wakers to look for, and none to drop.
pub struct PollAll;

impl Polling for PollAll {
    #[inline]
    fn new(_: usize) -> Self {
        PollAll
    }

    #[inline]
    fn wakers(&mut self) -> Option<&mut PlaceWakers> {
        None
    }

    #[inline]
    fn end(&mut self) {}
}

/// Polls the places whose futures were woken, or all of a short list.
pub struct PollWoken {
    /// Boxed, so that a short list stays small: the future is moved when it is awaited.
    wakers: Option<Box<PlaceWakers>>,
}

impl Polling for PollWoken {
    fn new(count: usize) -> Self {
        PollWoken {
            wakers: (count >= MANY).then(|| Box::new(PlaceWakers::new(count))),
        }
    }

    #[inline]
    fn wakers(&mut self) -> Option<&mut PlaceWakers> {
        self.wakers.as_deref_mut()
    }

    #[inline]
    fn end(&mut self) {
        self.wakers = None;
    }
}

/// Polls the places whose futures were woken, or all of a few, in the order given, from the
/// first place on and round. Calls `ended` for each future that has ended, until `ended` breaks.
#[inline]
pub(super) fn poll<P: Places, R>(
    polling: &mut P::Polling,
    (start, first): (Start, &mut u8),
    mut places: Pin<&mut P>,
    cx: &mut Context<'_>,
    mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
) -> ControlFlow<R> {
    if let Some(wakers) = polling.wakers() {
        return poll_woken(wakers, start != Start::First, places, cx, ended);
    }
    // Speed: select2. No handle is held over the polls: its count would be kept, and dropped.
    let here = Scheduler::current().map(|here| (here.mark(), start.place(first, &here, &*places)));
    let (mark, first) = here.unzip();
    let (first, count) = (first.unwrap_or(0), places.count());
    for turn in first..first + count {
        let at = if turn < count { turn } else { turn - count };
        if places.as_mut().poll_at(at, cx)
            && let enough @ ControlFlow::Break(_) = ended(places.as_mut(), at)
        {
            // The task no longer waits for any of the polled futures, also not for a borrowed one.
            if let (Some(mark), Some(scheduler)) = (mark, Scheduler::current()) {
                scheduler.clear_since(mark);
            }
            return enough;
        }
    }
    ControlFlow::Continue(())
}

/// Says which place is polled first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Always the first.
    First,
    /// The first. Under a chooser, an open place that the chooser picks.
    Chosen,
    /// The one that the count of the task's selects decides at the first poll in a loop. Outside a
    /// loop, the first. Under a chooser, as `Chosen`.
    Counted,
}

impl Start {
    /// Returns the place in a loop. `first` stores a counted place, plus 1; it is 0 before.
    #[inline]
    fn place<P: Places>(self, first: &mut u8, scheduler: &Scheduler, places: &P) -> usize {
        // A cancel goes to the first future, in argument order, that catches it.
        if self == Start::First || scheduler.is_delivering() {
            return 0;
        }
        if scheduler.has_chooser() {
            return first_open(scheduler, places).unwrap_or(0);
        }
        if self == Start::Chosen {
            return 0;
        }
        if *first == 0 {
            *first = 1 + scheduler.next_start(places.count()) as u8;
        }
        usize::from(*first - 1)
    }
}

/// Returns the open place that the chooser picks to be polled first.
#[cold]
fn first_open<P: Places>(scheduler: &Scheduler, places: &P) -> Option<usize> {
    let mut open = (0..places.count()).filter(|at| places.is_open(*at));
    let chosen = scheduler.choose(Choice::Branch, open.clone().count());
    open.nth(chosen)
}

/// Polls the woken futures of a long list, each with its own waker. If `free`, the chooser picks the
/// first of them.
fn poll_woken<P: Places, R>(
    wakers: &mut PlaceWakers,
    free: bool,
    mut places: Pin<&mut P>,
    cx: &mut Context<'_>,
    mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
) -> ControlFlow<R> {
    wakers.take_woken(cx.waker());
    let scheduler = Scheduler::current();
    let delivers = scheduler.as_ref().is_some_and(|here| here.is_delivering());
    if delivers {
        wakers.numbers.clear();
        wakers.numbers.extend(0..places.count() as u32);
    }
    wakers.numbers.retain(|at| places.is_open(*at as usize));
    if let Some(scheduler) = scheduler.filter(|_| free && !delivers) {
        let chosen = scheduler.choose(Choice::Branch, wakers.numbers.len());
        wakers.numbers.rotate_left(chosen); // 0 if there is none
    }
    for turn in 0..wakers.numbers.len() {
        let at = wakers.numbers[turn] as usize;
        if wakers.poll(places.as_mut(), at) {
            ended(places.as_mut(), at)?;
        }
    }
    wakers.unpolled.suspend(cx, wakers.regions > 0);
    ControlFlow::Continue(())
}
