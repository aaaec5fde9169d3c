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
    /// Takes the numbers of the woken futures, and returns how many. `numbers` has room for all.
    fn take(&self, numbers: &mut Vec<u32>, is_open: &dyn Fn(usize) -> bool) -> usize;
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
    /// Numbers of the futures that were taken, and then other numbers.
    numbers: Vec<u32>,
    /// How many were taken.
    taken: usize,
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
        (self.taken, self.polled) = (0, 0);
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
        if self.panicked.is_some() {
            self.settle_panicked(&polls, futures);
        }
        loop {
            let delivers = polls.scheduler().is_some_and(|here| here.is_delivering());
            let fresh = delivers || self.polled == self.taken;
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

    /// Takes the woken futures, or all while a cancel is delivered.
    #[inline]
    fn take<P: Polls, O: PollOne>(
        &mut self,
        polls: &P,
        order: TakeOrder,
        delivers: bool,
        futures: &O,
    ) {
        if self.numbers.len() != self.count as usize {
            self.numbers.resize(self.count as usize, 0);
        }
        self.taken = polls.take(&mut self.numbers, &|at| futures.is_open(at));
        self.polled = 0;
        if delivers {
            return self.take_all();
        }
        let taken = &mut self.numbers[..self.taken];
        if order != TakeOrder::Wakes && !is_sorted(taken) {
            taken.sort_unstable();
        }
        if order != (TakeOrder::Arguments { free: false })
            && let Some(here) = polls.scheduler().filter(|here| here.has_chooser())
        {
            self.choose(polls, here, &|at| futures.is_open(at));
        }
    }

    #[cold]
    fn take_all(&mut self) {
        self.numbers.clear();
        self.numbers.extend(0..self.count);
        self.taken = self.numbers.len();
    }

    /// Takes the futures out that are not open, and begins with the one that the chooser picks.
    #[cold]
    fn choose(&mut self, polls: &impl Polls, here: &Scheduler, is_open: &dyn Fn(usize) -> bool) {
        self.numbers.truncate(self.taken);
        self.numbers.retain(|&at| {
            let open = is_open(at as usize);
            if !open {
                polls.end(at); // it was taken, and is not polled
            }
            open
        });
        let numbers = &mut self.numbers;
        self.taken = numbers.len();
        let branch = |at: usize| Candidate::Branch(numbers[at] as usize);
        let chosen = here.choose_among(Choice::Branch, numbers.len(), &branch);
        numbers.rotate_left(chosen); // 0 if there is none
    }

    /// Polls the futures that were taken and not polled, until one breaks.
    #[inline(always)]
    fn poll_taken<P: Polls, O: PollOne>(
        &mut self,
        polls: &P,
        futures: &mut O,
        waker: &Waker,
    ) -> Option<O::Enough> {
        let Batch {
            regions,
            numbers,
            taken,
            polled,
            panicked,
            ..
        } = self;
        let numbers = &numbers[..*taken];
        let unwound = Unwound {
            numbers,
            polled,
            panicked,
            waker,
        };
        let mut enough = None;
        for &number in &numbers[*unwound.polled..] {
            *unwound.polled += 1;
            let poll = |cx: &mut Context<'_>| futures.poll_one(number as usize, cx);
            let (polled, region) = polls.poll(number, poll);
            let ended = !matches!(polled, ControlFlow::Continue(false));
            if region || regions.count > 0 {
                regions.set(number, region && !ended);
            }
            if ended {
                polls.end(number);
            }
            if let ControlFlow::Break(output) = polled {
                enough = Some(output);
                break;
            }
        }
        forget(unwound);
        enough
    }

    /// Notes whether the future that has panicked has a region, if it goes on.
    #[cold]
    fn settle_panicked(&mut self, polls: &impl Polls, futures: &impl PollOne) {
        if let Some(panicked) = self.panicked.take() {
            let goes_on = futures.is_open(panicked as usize);
            self.regions.set(panicked, goes_on);
            if !goes_on {
                polls.end(panicked);
            }
        }
    }
}

/// Returns true if the numbers ascend.
// Speed: join. It looks at all of them: the compiler then compares four at once.
fn is_sorted(numbers: &[u32]) -> bool {
    let descends = |pair: &[u32]| u32::from(pair[0] > pair[1]);
    numbers.windows(2).map(descends).sum::<u32>() == 0
}

/// Keeps what a batch knows when a poll panics, and wakes the task: the futures behind were not polled.
struct Unwound<'a> {
    numbers: &'a [u32],
    polled: &'a mut usize,
    panicked: &'a mut Option<u32>,
    waker: &'a Waker,
}

impl Drop for Unwound<'_> {
    #[cold]
    fn drop(&mut self) {
        let last = self.polled.checked_sub(1);
        *self.panicked = last.and_then(|last| self.numbers.get(last).copied());
        self.waker.wake_by_ref();
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
