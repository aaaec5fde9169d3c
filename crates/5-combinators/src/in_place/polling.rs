//! Polling: decides which of several futures are polled after a wake.
//!
//! The problem: a task that is woken does not know which of its futures the wake is for.
//! Polling all of them is correct, and cheap while they are few. With a thousand, each event
//! would cost a thousand polls. So in a longer list each future has a waker of its own, and only
//! the futures in the woken list (`in_place/wakers.rs`) are polled.
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
//! | the one that the chooser picks, or else the one that count of the task's selects names | `select` |
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A cancel goes to the first future, in argument order, that catches it: however many there are,
//!    whichever were polled last, and also under a chooser.
//! 3. When a verb has its result or is dropped, the task no longer waits for the futures that were
//!    not done.
//! 4. The waker of a future may be called from any thread, also after everything here was dropped.
//!
//! Read next: `in_place/verb.rs`.

use std::mem::forget;
use std::num::NonZeroU8;
use std::ops::ControlFlow;
use std::task::Context;

use groundup_executor::task::{Scheduler, Several};
use groundup_executor::trace::{Candidate, Choice};

use crate::in_place::batch::{PollOne, TakeOrder};
use crate::in_place::wakers::PlaceWakers;

/// From this many futures on, each future has a waker of its own. Measured cost of an event, in ns,
/// if all futures are polled, and with such wakers: 200 and 300 with 16 futures, about 350 both with
/// 32, and 3,700 and 320 with 512.
const MANY: usize = 32;

/// Decides which of several places are polled.
pub trait Polling {
    /// Prepares `count` places.
    fn new(count: usize) -> Self;
    /// Polls the futures that were woken, if each has a waker of its own; else does nothing and
    /// returns `None`. If `free`, a chooser picks the first.
    fn poll_woken<O: PollOne>(
        &mut self,
        free: bool,
        futures: &mut O,
        cx: &mut Context<'_>,
    ) -> Option<Option<O::Enough>>;
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
    fn poll_woken<O: PollOne>(
        &mut self,
        _: bool,
        _: &mut O,
        _: &mut Context<'_>,
    ) -> Option<Option<O::Enough>> {
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
    fn poll_woken<O: PollOne>(
        &mut self,
        free: bool,
        futures: &mut O,
        cx: &mut Context<'_>,
    ) -> Option<Option<O::Enough>> {
        let wakers = self.wakers.as_deref_mut()?;
        Some(wakers.poll(TakeOrder::Arguments { free }, futures, cx))
    }

    #[inline]
    fn end(&mut self) {
        self.wakers = None;
    }
}

/// Polls the futures that were woken, or all `count` of a few, in the order given, from the first
/// one on and round. Returns the output of the verb as soon as one end is enough for it. `turn` is the
/// one of `Several`.
#[inline]
pub(super) fn poll<O: PollOne>(
    polling: &mut impl Polling,
    (start, turn): (Start, &mut NonZeroU8),
    (mut futures, count): (O, usize),
    cx: &mut Context<'_>,
) -> Option<O::Enough> {
    if let Some(output) = polling.poll_woken(start != Start::First, &mut futures, cx) {
        return output;
    }
    let several = match start {
        Start::Counted => Several::begin_in_turn(cx, count as u8, *turn),
        Start::First | Start::Chosen => Several::begin(),
    };
    let first = match (start, several.first()) {
        (Start::First, _) => 0,
        (Start::Counted, Some(first)) => first % count, // the compiler knows the count of a tuple
        (Start::Chosen, Some(first)) => first,
        (_, None) => return poll_chosen((futures, count), several, cx),
    };
    let mut at = first;
    let unwound = WakeIfUnwound(cx, turn, several.turn());
    for _ in 0..count {
        if let ControlFlow::Break(output) = futures.poll_one(at, unwound.0) {
            forget(unwound);
            // If it is the first one, no other was polled. Speed: select2_ready. Without that question the
            // compiler sees that it does not matter which of two is polled first, if only one can be ready.
            if start == Start::Counted || at != first {
                several.end();
            }
            return Some(output);
        }
        at = if at + 1 == count { 0 } else { at + 1 };
    }
    if start == Start::Counted {
        *unwound.1 = several.turn();
    }
    forget(unwound);
    None
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

/// Polls the futures from the one on that the chooser picks, and round. If each of them goes on to wait for
/// one timer, task or promise, and no poll has made anything ready, the chooser learns that its pick made
/// no difference. A future that waits at a lock or a queue has joined a line, and then the pick decides who
/// is first there.
#[cold]
#[inline(never)]
fn poll_chosen<O: PollOne>(
    (mut futures, count): (O, usize),
    several: Several,
    cx: &mut Context<'_>,
) -> Option<O::Enough> {
    let scheduler = Scheduler::current()?;
    let open = |futures: &O, nth| (0..count).filter(|at| futures.is_open(*at)).nth(nth);
    let options = (0..count).filter(|at| futures.is_open(*at)).count();
    let candidate = |nth| open(&futures, nth).map_or(Candidate::Unnamed, Candidate::Branch);
    let chosen = scheduler.choose_among(Choice::Branch, options, &candidate);
    let first = open(&futures, chosen).unwrap_or(0);
    let (choices, ready) = (scheduler.choices(), scheduler.ready_len());
    let mut turn = several.turn(); // it has none of its own
    let unwound = WakeIfUnwound(cx, &mut turn, several.turn());
    let (mut enough, mut moot) = (None, options > 1);
    for at in (first..count).chain(0..first) {
        let was_open = futures.is_open(at);
        let (polled, in_no_line) = several.poll_apart(|| futures.poll_one(at, unwound.0));
        moot &= in_no_line || !was_open;
        if let ControlFlow::Break(output) = polled {
            several.end();
            enough = Some(output);
            break;
        }
    }
    forget(unwound);
    if enough.is_none() && moot && scheduler.ready_len() == ready {
        scheduler.moot(choices);
    }
    enough
}

/// Wakes the task if a poll panics: the futures behind the one that has panicked were not polled. And keeps
/// the turn for the next poll.
struct WakeIfUnwound<'a, 'b>(&'a mut Context<'b>, &'a mut NonZeroU8, NonZeroU8);

impl Drop for WakeIfUnwound<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        *self.1 = self.2;
        self.0.waker().wake_by_ref();
    }
}
