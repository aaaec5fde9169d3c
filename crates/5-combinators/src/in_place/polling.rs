//! Polling: decides which of several futures are polled after a wake.
//!
//! The problem: a task that is woken does not know which of its futures the wake is for.
//! Polling all of them is correct, and cheap while they are few. With a thousand, each event
//! would cost a thousand polls. So in a longer list each future has a waker of its own, its
//! *bell*. A bell that is woken puts the number of its future into a list and wakes the parent,
//! the task that holds the futures. Only the futures in the list are polled.
//!
//! ```text
//!   few    the parent is woken ───────────────────────> poll all, with the parent's waker
//!   many   bell 7 is woken ──> list: 7, .. ───────────> poll 7, with bell 7 as its waker
//!                              (the first in the list
//!                              wakes the parent)
//! ```
//!
//! The parent's waker is better where it can be used: a sleep or a task of the loop stores it
//! as a number of eight bytes, but stores a bell as a counted pointer. A cancel that is
//! delivered to the task must be able to reach a region in any of the futures. So during a
//! delivery all futures are polled.
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A bell that is woken twice before its future is polled is in the list once.
//! 3. When a verb has its result, the task no longer waits for the futures that were not done.
//! 4. A bell may be woken from any thread, also after everything here has been dropped.
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

/// From this many futures on, each future has a bell. Measured cost of an event, in ns, if all
/// futures are polled and with bells: 200 and 300 with 16 futures, about 350 both with 32, and
/// 3,700 and 320 with 512.
const MANY: usize = 32;

/// Numbers of the futures whose bells were woken, and the waker of their task.
#[derive(Default)]
struct Rung {
    numbers: Vec<u32>,
    parent: Option<Waker>,
}

#[derive(Default)]
struct Board {
    rung: Mutex<Rung>,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Rung> {
        // No foreign code runs under the lock: a panic that poisoned it left the value whole.
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Bell {
    board: Arc<Board>,
    number: u32,
    ringing: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.ringing.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut rung = self.board.lock();
        rung.numbers.push(self.number);
        let parent = rung.parent.take();
        drop(rung);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

/// Bells of a long list.
pub struct Bells {
    board: Arc<Board>,
    bells: Vec<(Arc<Bell>, Waker)>,
    /// Numbers of the futures that are polled now.
    numbers: Vec<u32>,
}

impl Bells {
    /// Makes the bells. At first the list holds all numbers: no future has been polled yet.
    fn new(count: usize) -> Self {
        let board = Arc::<Board>::default();
        let bell = |number| {
            let bell = Arc::new(Bell {
                board: board.clone(),
                number,
                ringing: AtomicBool::new(true),
            });
            (bell.clone(), Waker::from(bell))
        };
        let bells = (0..count as u32).map(bell).collect();
        board.lock().numbers.extend(0..count as u32);
        Bells {
            board,
            bells,
            numbers: Vec::new(),
        }
    }

    /// Takes the list of woken futures; from now on a bell wakes `parent`.
    fn answer(&mut self, parent: &Waker) {
        self.numbers.clear();
        let waker = parent.clone();
        let mut rung = self.board.lock();
        std::mem::swap(&mut rung.numbers, &mut self.numbers);
        let before = rung.parent.replace(waker);
        drop(rung);
        drop(before);
        for &number in &self.numbers {
            self.bells[number as usize]
                .0
                .ringing
                .store(false, Ordering::Release);
        }
    }
}

/// Decides which of several places are polled.
pub trait Polling {
    /// Prepares `count` places.
    fn new(count: usize) -> Self;
    /// Returns the bells, if each future has one.
    fn bells(&mut self) -> Option<&mut Bells>;
}

/// Polls all places: a tuple is short.
// Speed: select2. There are no bells to look for, and none to drop.
pub struct PollAll;

impl Polling for PollAll {
    #[inline]
    fn new(_: usize) -> Self {
        PollAll
    }

    #[inline]
    fn bells(&mut self) -> Option<&mut Bells> {
        None
    }
}

/// Polls the places whose futures were woken, or all of a short list.
pub struct PollWoken {
    /// Boxed, so that a short list stays small: the future is moved when it is awaited.
    bells: Option<Box<Bells>>,
}

impl Polling for PollWoken {
    fn new(count: usize) -> Self {
        PollWoken {
            bells: (count >= MANY).then(|| Box::new(Bells::new(count))),
        }
    }

    #[inline]
    fn bells(&mut self) -> Option<&mut Bells> {
        self.bells.as_deref_mut()
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
    if let Some(bells) = polling.bells() {
        return poll_rung(bells, start != Start::First, places, cx, ended);
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

fn poll_rung<P: Places, R>(
    bells: &mut Bells,
    free: bool,
    mut places: Pin<&mut P>,
    cx: &mut Context<'_>,
    mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
) -> ControlFlow<R> {
    bells.answer(cx.waker());
    if Scheduler::current().map(|scheduler| scheduler.is_delivering()) == Some(true) {
        bells.numbers.clear();
        bells.numbers.extend(0..places.count() as u32);
    }
    bells.numbers.retain(|at| places.is_open(*at as usize));
    if free {
        let chosen = choose(bells.numbers.len());
        bells.numbers.rotate_left(chosen); // 0 if there is none
    }
    for &at in &bells.numbers {
        let waker = &bells.bells[at as usize].1;
        let at = at as usize;
        if places.as_mut().poll_at(at, &mut Context::from_waker(waker)) {
            ended(places.as_mut(), at)?;
        }
    }
    ControlFlow::Continue(())
}
