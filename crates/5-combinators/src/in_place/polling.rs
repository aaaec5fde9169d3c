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
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{Scheduler, Several};
use groundup_executor::trace::{Candidate, Choice};

use crate::in_place::batch::{PollOne, TakeOrder};
use crate::in_place::verb::Start;
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
/// one of `Several`. In a step of which the loop knows more it is `asked`.
#[inline(always)]
pub(super) fn poll<O: PollOne>(
    polling: &mut impl Polling,
    asked: bool,
    (start, turn): (Start, &mut NonZeroU8),
    (mut futures, count): (O, usize),
    cx: &mut Context<'_>,
) -> Option<O::Enough> {
    if let Some(output) = polling.poll_woken(start != Start::First, &mut futures, cx) {
        return output;
    }
    match asked {
        false => poll_round(start, turn, (futures, count), cx),
        true => poll_asked(start, turn, (futures, count), cx),
    }
}

/// Polls all futures, from the first one on and round.
#[inline(always)]
fn poll_round<O: PollOne>(
    start: Start,
    turn: &mut NonZeroU8,
    (mut futures, count): (O, usize),
    cx: &mut Context<'_>,
) -> Option<O::Enough> {
    let several = begin(start, *turn, count, cx);
    let first = match start {
        Start::First => 0,
        // The compiler knows the count of a tuple.
        Start::Chosen | Start::Counted => several.first().unwrap_or(0) % count,
    };
    let mut at = first;
    let unwound = WakeIfUnwound { cx, turn, several };
    for _ in 0..count {
        if let ControlFlow::Break(output) = futures.poll_one(at, unwound.cx) {
            forget(unwound);
            // If the first one has ended, no other was polled. Speed: select2_ready. Without the
            // question the compiler sees that it does not matter which of two ready futures is the first.
            if start == Start::Counted || at != first {
                several.end();
            }
            return Some(output);
        }
        at = if at + 1 == count { 0 } else { at + 1 };
    }
    if start == Start::Counted {
        *unwound.turn = several.turn();
    }
    forget(unwound);
    None
}

#[inline(always)]
fn begin(start: Start, turn: NonZeroU8, count: usize, cx: &Context<'_>) -> Several {
    match start {
        Start::Counted => Several::begin_in_turn(cx, count as u8, turn),
        Start::First | Start::Chosen => Several::begin(),
    }
}

/// Polls the futures in a step of which the loop knows more. If there is a chooser, polls from the future
/// on that it picks, and round. If each of them goes on to wait for one timer, task or promise, and no poll
/// has made anything ready, the chooser learns that its pick made no difference. A future that waits at a
/// lock or a queue has joined a line, and then the pick decides who is first there.
fn poll_asked<O: PollOne>(
    start: Start,
    turn: &mut NonZeroU8,
    (mut futures, count): (O, usize),
    cx: &mut Context<'_>,
) -> Option<O::Enough> {
    let several = begin(start, *turn, count, cx);
    let mut choice = match (start, several.first()) {
        (Start::Chosen | Start::Counted, None) => Choosing::begin(&futures, count),
        _ => None,
    };
    let first = match (start, &choice, several.first()) {
        (Start::First, ..) => 0,
        (_, Some(choice), _) => choice.first,
        (_, None, first) => first.unwrap_or(0),
    };
    let unwound = WakeIfUnwound { cx, turn, several };
    let mut enough = None;
    for at in (first..count).chain(0..first) {
        let polled = match &mut choice {
            None => poll_cold(&mut futures, at, unwound.cx),
            Some(choice) => {
                let was_open = futures.is_open(at);
                let poll = || poll_cold(&mut futures, at, unwound.cx);
                let (polled, in_no_line) = several.poll_apart(poll);
                choice.moot &= in_no_line || !was_open;
                polled
            }
        };
        if let ControlFlow::Break(output) = polled {
            if choice.is_some() || start == Start::Counted || at != first {
                several.end();
            }
            enough = Some(output);
            break;
        }
    }
    if start == Start::Counted && enough.is_none() {
        *unwound.turn = several.turn();
    }
    forget(unwound);
    if let Some(choice) = choice.filter(|_| enough.is_none()) {
        choice.end();
    }
    enough
}

#[inline(never)]
fn poll_cold<O: PollOne>(
    futures: &mut O,
    at: usize,
    cx: &mut Context<'_>,
) -> ControlFlow<O::Enough, bool> {
    futures.poll_one(at, cx)
}

/// What a chooser has picked.
struct Choosing {
    scheduler: Rc<Scheduler>,
    first: usize,
    /// Whether the pick made no difference so far.
    moot: bool,
    /// The number of choices behind the pick, and of entries that were ready.
    then: (u64, usize),
}

impl Choosing {
    /// Asks the chooser.
    fn begin<O: PollOne>(futures: &O, count: usize) -> Option<Choosing> {
        let scheduler = Scheduler::current()?;
        let open = |nth| (0..count).filter(|at| futures.is_open(*at)).nth(nth);
        let options = (0..count).filter(|at| futures.is_open(*at)).count();
        let candidate = |nth| open(nth).map_or(Candidate::Unnamed, Candidate::Branch);
        let chosen = scheduler.choose_among(Choice::Branch, options, &candidate);
        Some(Choosing {
            first: open(chosen).unwrap_or(0),
            moot: options > 1,
            then: (scheduler.choices(), scheduler.ready_len()),
            scheduler,
        })
    }

    /// Tells the chooser if its pick made no difference.
    fn end(self) {
        let (choices, ready) = self.then;
        if self.moot && self.scheduler.ready_len() == ready {
            self.scheduler.moot(choices);
        }
    }
}

/// Wakes the task if a poll panics: the futures behind the one that has panicked were not polled. And keeps
/// the turn for the next poll.
struct WakeIfUnwound<'a, 'b> {
    cx: &'a mut Context<'b>,
    turn: &'a mut NonZeroU8,
    several: Several,
}

impl Drop for WakeIfUnwound<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        *self.turn = self.several.turn();
        self.cx.waker().wake_by_ref();
    }
}
