//! Polling: decides which of several futures are polled after a wake.
//!
//! The problem: a task that is woken does not know which of its futures the wake is for.
//! Polling all of them is correct, and cheap while they are few. With a thousand, each event
//! would cost a thousand polls. So in a longer list each future has a waker of its own. This
//! waker puts the number of its future into a list, the *woken list*, and wakes the parent, the task
//! that holds the futures. Only the futures in the woken list are polled.
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
//! that is delivered to the task must be able to reach a region in any of the futures. So during a
//! delivery all futures are polled.
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A future whose waker is called twice before its next poll is in the list once.
//! 3. When a verb has its result, the task no longer waits for the futures that were not done.
//! 4. The waker of a future may be called from any thread, also after everything here was dropped.
//!
//! Read next: `in_place/outputs.rs`.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use groundup_executor::task::Scheduler;
use groundup_executor::trace::Choice;
use groundup_executor::try_iteration;

use crate::in_place::Places;

/// From this many futures on, each future has a waker of its own. Measured cost of an event, in ns,
/// if all futures are polled, and with such wakers: 200 and 300 with 16 futures, about 350 both with
/// 32, and 3,700 and 320 with 512.
const MANY: usize = 32;

/// Numbers of the woken futures, and the waker of their task.
#[derive(Default)]
struct WokenPlaces {
    numbers: Vec<u32>,
    parent: Option<Waker>,
}

/// The woken list, as the wakers of the futures and their task share it.
#[derive(Default)]
struct SharedWoken(Mutex<WokenPlaces>);

impl SharedWoken {
    fn lock(&self) -> MutexGuard<'_, WokenPlaces> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The waker of one future.
struct PlaceWaker {
    shared: Arc<SharedWoken>,
    number: u32,
    /// Its number is in the woken list.
    listed: AtomicBool,
}

impl Wake for PlaceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.listed.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut woken = self.shared.lock();
        woken.numbers.push(self.number);
        let parent = woken.parent.take();
        drop(woken);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

/// The wakers of a long list of futures.
pub struct PlaceWakers {
    shared: Arc<SharedWoken>,
    wakers: Vec<(Arc<PlaceWaker>, Waker)>,
    /// Numbers of the futures that are polled now.
    numbers: Vec<u32>,
}

impl PlaceWakers {
    /// Makes the wakers. At first the list holds all numbers: no future has been polled yet.
    fn new(count: usize) -> Self {
        let shared = Arc::<SharedWoken>::default();
        let waker = |number| {
            let waker = Arc::new(PlaceWaker {
                shared: shared.clone(),
                number,
                listed: AtomicBool::new(true),
            });
            (waker.clone(), Waker::from(waker))
        };
        let wakers = (0..count as u32).map(waker).collect();
        shared.lock().numbers.extend(0..count as u32);
        PlaceWakers {
            shared,
            wakers,
            numbers: Vec::new(),
        }
    }

    /// Takes the numbers of the woken futures. From now on a woken future wakes `parent`.
    fn take_woken(&mut self, parent: &Waker) {
        self.numbers.clear();
        let waker = parent.clone();
        let mut woken = self.shared.lock();
        std::mem::swap(&mut woken.numbers, &mut self.numbers);
        let before = woken.parent.replace(waker);
        drop(woken);
        drop(before);
        for &number in &self.numbers {
            let (waker, _) = &self.wakers[number as usize];
            waker.listed.store(false, Ordering::Release);
        }
    }
}

/// Decides which of several places are polled.
pub trait Polling {
    /// Prepares `count` places.
    fn new(count: usize) -> Self;
    /// Returns the wakers of the futures, if each has one of its own.
    fn wakers(&mut self) -> Option<&mut PlaceWakers>;
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
}

/// Polls the places whose futures were woken, or all of a few, in the order given, from the
/// place `start` on and round. Calls `ended` for each future that has ended, until `ended` breaks.
#[inline]
pub(super) fn poll<P: Places, R>(
    polling: &mut P::Polling,
    start: Start,
    mut places: Pin<&mut P>,
    cx: &mut Context<'_>,
    mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
) -> ControlFlow<R> {
    if let Some(wakers) = polling.wakers() {
        return poll_woken(wakers, start != Start::First, places, cx, ended);
    }
    // Speed: select2. No handle is held over the polls: its count would be kept, and dropped.
    let here =
        Scheduler::current().map(|scheduler| (scheduler.mark(), start.place(&scheduler, &*places)));
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
    /// Another one in each iteration of the loop, and the first outside a loop. Under a chooser,
    /// as `Chosen`.
    Turn,
}

impl Start {
    /// Returns the place in a loop.
    #[inline]
    fn place<P: Places>(self, scheduler: &Scheduler, places: &P) -> usize {
        if self == Start::First {
            return 0;
        }
        if scheduler.has_chooser() {
            return first_open(places).unwrap_or(0);
        }
        // A cancel goes to the first future, in argument order, that catches it.
        if self != Start::Turn || scheduler.is_delivering() {
            return 0;
        }
        let iteration = try_iteration().unwrap_or(0);
        (iteration % places.count() as u64) as usize
    }
}

/// Returns the open place that the chooser picks to be polled first.
#[cold]
fn first_open<P: Places>(places: &P) -> Option<usize> {
    let mut open = (0..places.count()).filter(|at| places.is_open(*at));
    let chosen = choose(open.clone().count());
    open.nth(chosen)
}

fn choose(options: usize) -> usize {
    Scheduler::current()
        .map(|scheduler| scheduler.choose(Choice::Branch, options))
        .unwrap_or(0)
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
    if Scheduler::current().map(|scheduler| scheduler.is_delivering()) == Some(true) {
        wakers.numbers.clear();
        wakers.numbers.extend(0..places.count() as u32);
    }
    wakers.numbers.retain(|at| places.is_open(*at as usize));
    if free {
        let chosen = choose(wakers.numbers.len());
        wakers.numbers.rotate_left(chosen); // 0 if there is none
    }
    for &at in &wakers.numbers {
        let waker = &wakers.wakers[at as usize].1;
        let at = at as usize;
        if places.as_mut().poll_at(at, &mut Context::from_waker(waker)) {
            ended(places.as_mut(), at)?;
        }
    }
    ControlFlow::Continue(())
}
