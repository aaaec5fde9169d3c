//! Batch: polls the woken futures of a long list, one after another.
//!
//! The problem: each poll may do more than return. The future may hold a region by now, which a cancel
//! of the task must reach. Its end may be enough, and then the woken futures behind it wait for the
//! next step. It may panic, and other code of the step may catch the panic and poll the list again.
//!
//! ```text
//!   woken: 4 2 7 ──take──> 4 2 7 ──poll 4──> pending ──poll 2──> enough: 7 is the rest
//!                                                    └─poll 2──> panics: 7 is the rest
//! ```
//!
//! | | the futures polled in a step |
//! |---|---|
//! | a cancel is delivered | all, in argument order |
//! | there is a rest | the rest |
//! | else | the woken ones, in argument order or in the order of their wakes |
//!
//! Invariants:
//! 1. The number of futures with a region is right after each poll that has returned.
//! 2. If a poll panics, and other code of the step catches the panic, the futures that were taken and
//!    not polled are polled next. A region in the panicked one counts, unless its place was emptied.
//!
//! Read next: `in_place/wakers.rs`.

use std::mem::{forget, replace};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::task::{Context, Waker};

use groundup_executor::task::Scheduler;
use groundup_executor::trace::{Candidate, Choice};

/// Several futures of which one is polled at a time.
// Speed: join. A closure would not be inlined into the loop over a list.
pub trait PollOne {
    /// The output of a future whose end is enough for now.
    type Enough;
    /// Returns true if this future still runs.
    fn is_open(&self, at: usize) -> bool;
    /// Polls a future. Breaks if its end is enough, or else tells whether it has ended.
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<Self::Enough, bool>;
}

impl<P: PollOne + ?Sized> PollOne for &mut P {
    type Enough = P::Enough;

    #[inline(always)]
    fn is_open(&self, at: usize) -> bool {
        P::is_open(self, at)
    }

    #[inline(always)]
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<P::Enough, bool> {
        P::poll_one(self, at, cx)
    }
}

/// The polls of one step, each under the waker of its future.
pub(super) trait Polls {
    /// Returns the loop of this step, if one runs.
    fn scheduler(&self) -> Option<&Rc<Scheduler>>;
    /// Moves the numbers of the woken futures into `numbers`, in place of those that are there.
    fn take(&self, numbers: &mut Vec<u32>, is_open: &dyn Fn(usize) -> bool);
    /// Calls `poll` with the waker of a future. Returns also true if a region has suspended in it.
    fn poll<R>(&self, number: u32, poll: impl FnOnce(&mut Context<'_>) -> R) -> (R, bool);
    /// Notes that a future has ended.
    fn end(&self, number: u32);
    /// Ends the waits of the futures until the next poll: their owner does not wait for them.
    fn rest(&self);
    /// Marks the step for the futures that wait.
    fn suspend(self, cx: &Context<'_>, regions: bool);
}

/// The order in which woken futures are polled, if no cancel is delivered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TakeOrder {
    /// That of the arguments. If `free`, a chooser picks the first.
    Arguments { free: bool },
    /// That of their wakes. A chooser picks the first.
    Wakes,
}

/// The futures of a list that were taken to be polled.
#[derive(Default)]
pub(super) struct Batch {
    /// Number of the futures in the list.
    count: u32,
    regions: Regions,
    /// Numbers of the futures that were taken.
    numbers: Vec<u32>,
    /// How many of them were polled.
    polled: usize,
    /// The future that has panicked in the last step.
    panicked: Option<u32>,
}

impl Batch {
    pub(super) fn new(count: usize) -> Self {
        Batch {
            count: count as u32,
            ..Batch::default()
        }
    }

    /// Returns the number of the futures in the list.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Forgets the rest: all futures are woken.
    pub(super) fn drop_rest(&mut self) {
        self.polled = self.numbers.len();
    }

    /// Polls futures until the end of one is enough. If none is, marks the step for those that wait.
    #[inline]
    pub(super) fn poll<P: Polls, O: PollOne>(
        &mut self,
        polls: P,
        order: TakeOrder,
        futures: &mut O,
        cx: &Context<'_>,
    ) -> Option<O::Enough> {
        if let Some(panicked) = self.panicked.take() {
            self.settle_panicked(panicked, &polls, futures);
        }
        loop {
            let delivers = polls.scheduler().is_some_and(|here| here.is_delivering());
            let fresh = delivers || self.polled == self.numbers.len();
            if fresh {
                self.take(&polls, order, delivers, futures);
            }
            let enough = self.poll_taken(&polls, futures, cx.waker());
            if enough.is_some() {
                polls.rest();
                return enough;
            }
            if fresh {
                polls.suspend(cx, self.regions.count > 0);
                return None;
            }
        }
    }

    /// Returns true if there is no rest, and no future has panicked in the last step.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.polled == self.numbers.len() && self.panicked.is_none()
    }

    /// Polls the only future that was woken, if the batch is empty, as [`poll`](Self::poll) does.
    #[inline(always)]
    pub(super) fn poll_only<P: Polls, O: PollOne>(
        &mut self,
        polls: P,
        number: u32,
        futures: &mut O,
        cx: &Context<'_>,
    ) -> Option<O::Enough> {
        let told = (&mut self.regions, &mut self.panicked);
        let enough = poll_number(told, &polls, number, futures, cx.waker());
        match enough {
            Some(_) => polls.rest(),
            None => polls.suspend(cx, self.regions.count > 0),
        }
        enough
    }

    /// Takes the woken futures, or all while a cancel is delivered.
    #[inline]
    fn take<P: Polls, O: PollOne>(
        &mut self,
        polls: &P,
        order: TakeOrder,
        delivers: bool,
        futures: &O,
    ) {
        self.polled = 0;
        polls.take(&mut self.numbers, &|at| futures.is_open(at));
        if delivers {
            self.numbers.clear();
            return self.numbers.extend(0..self.count);
        }
        if order != TakeOrder::Wakes && !is_sorted(&self.numbers) {
            self.numbers.sort_unstable();
        }
        if order != (TakeOrder::Arguments { free: false })
            && let Some(here) = polls.scheduler().filter(|here| here.has_chooser())
        {
            self.choose(polls, here, &|at| futures.is_open(at));
        }
    }

    /// Takes the futures out that are not open, and begins with the one that the chooser picks.
    #[cold]
    fn choose(&mut self, polls: &impl Polls, here: &Scheduler, is_open: &dyn Fn(usize) -> bool) {
        self.numbers.retain(|&at| {
            let open = is_open(at as usize);
            if !open {
                polls.end(at); // it was taken, and is not polled
            }
            open
        });
        let branch = |at: usize| Candidate::Branch(self.numbers[at] as usize);
        let chosen = here.choose_among(Choice::Branch, self.numbers.len(), &branch);
        self.numbers.rotate_left(chosen); // 0 if there is none
    }

    /// Polls the futures that were taken and not polled, until one breaks.
    #[inline(always)]
    fn poll_taken<P: Polls, O: PollOne>(
        &mut self,
        polls: &P,
        futures: &mut O,
        waker: &Waker,
    ) -> Option<O::Enough> {
        let (numbers, polled) = (&self.numbers, &mut self.polled);
        for &number in &numbers[*polled..] {
            *polled += 1;
            let told = (&mut self.regions, &mut self.panicked);
            let enough = poll_number(told, polls, number, futures, waker);
            if enough.is_some() {
                return enough;
            }
        }
        None
    }

    /// Notes whether the future that has panicked has a region, if it goes on.
    #[cold]
    fn settle_panicked(&mut self, panicked: u32, polls: &impl Polls, futures: &impl PollOne) {
        let goes_on = futures.is_open(panicked as usize);
        if !goes_on {
            polls.end(panicked);
        }
        self.regions.set(panicked, goes_on);
    }
}

/// Returns true if the numbers ascend.
// Speed: join. It looks at all of them: the compiler then compares four at once.
fn is_sorted(numbers: &[u32]) -> bool {
    let descends = |pair: &[u32]| u32::from(pair[0] > pair[1]);
    numbers.windows(2).map(descends).sum::<u32>() == 0
}

/// Polls one future. Notes whether a region waits in it, and whether it has panicked.
#[inline(always)]
fn poll_number<P: Polls, O: PollOne>(
    (regions, panicked): (&mut Regions, &mut Option<u32>),
    polls: &P,
    number: u32,
    futures: &mut O,
    waker: &Waker,
) -> Option<O::Enough> {
    let unwound = Unwound(number, panicked, waker);
    let poll = |cx: &mut Context<'_>| futures.poll_one(number as usize, cx);
    let (polled, region) = polls.poll(number, poll);
    forget(unwound);
    let ended = !matches!(polled, ControlFlow::Continue(false));
    if region || regions.count > 0 {
        regions.set(number, region && !ended);
    }
    if ended {
        polls.end(number);
    }
    polled.break_value()
}

/// Notes which future has panicked, and wakes the task: the futures behind were not polled.
struct Unwound<'a>(u32, &'a mut Option<u32>, &'a Waker);

impl Drop for Unwound<'_> {
    #[cold]
    fn drop(&mut self) {
        *self.1 = Some(self.0);
        self.2.wake_by_ref();
    }
}

/// The futures in which a region waits.
#[derive(Default)]
struct Regions {
    /// For each future: a region has suspended in its last poll. Empty before the first region.
    each: Vec<bool>,
    count: usize,
}

impl Regions {
    /// Notes whether a region waits in a future.
    #[cold]
    fn set(&mut self, number: u32, region: bool) {
        let number = number as usize;
        if self.each.len() <= number {
            self.each.resize(number + 1, false);
        }
        let before = replace(&mut self.each[number], region);
        self.count = self.count + usize::from(region) - usize::from(before);
    }
}
