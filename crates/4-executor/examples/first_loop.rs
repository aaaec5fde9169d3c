//! Floor 4: the first version: a deque, a heap of timers, and a park.
//!
//! This version has costs. Each poll of a sleep pushes a timer. A timer whose sleep is dropped
//! stays in the heap until its time, and the heap orders this timer, too. Every round reads
//! the clock. There is one clock, so a test waits in real time, and a program that nothing can
//! wake parks for ever.
//!
//! Read next: `driver.rs`.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

#[path = "../../3-task/examples/first_task.rs"]
#[allow(dead_code, reason = "it is a program of its own, too")]
pub(crate) mod first_task;
#[path = "programs/sleeping.rs"]
pub(crate) mod sleeping;

use first_task::{round, spawn};

/// A timer in the heap.
struct Timer {
    when: Instant,
    /// Keeps timers of equal times in the order in which they were set.
    number: u64,
    waker: Waker,
}

impl Timer {
    /// Returns the key by which the heap is sorted. `Reverse` makes the heap return the earliest timer
    /// first.
    fn key(&self) -> Reverse<(Instant, u64)> {
        Reverse((self.when, self.number))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Timer {}

thread_local! {
    static TIMERS: RefCell<BinaryHeap<Timer>> = RefCell::default();
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// Suspends the task for `delay`.
pub(crate) async fn sleep(delay: Duration) {
    let when = Instant::now() + delay;
    let number = NUMBER.replace(NUMBER.get() + 1);
    poll_fn(|cx| {
        if Instant::now() >= when {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let timer = Timer {
            when,
            number,
            waker,
        };
        TIMERS.with_borrow_mut(|timers| timers.push(timer));
        Poll::Pending
    })
    .await;
}

/// Wakes the tasks whose time has come. Returns the next deadline.
pub(crate) fn fire() -> Option<Instant> {
    TIMERS.with_borrow_mut(|timers| {
        let now = Instant::now();
        while timers.peek().is_some_and(|timer| timer.when <= now)
            && let Some(timer) = timers.pop()
        {
            timer.waker.wake();
        }
        timers.peek().map(|timer| timer.when)
    })
}

/// Runs rounds until `main` has ended, and parks the thread while no task is ready. An unpark
/// before the park is not lost: the park then returns at once.
pub(crate) fn run_until_complete(main: impl Future<Output = ()> + 'static) {
    let main = spawn(main);
    while main.0.borrow().value.is_none() {
        let next = fire();
        if !round() {
            match next {
                Some(when) => thread::park_timeout(when.saturating_duration_since(Instant::now())),
                None => thread::park(),
            }
        }
    }
}

fn main() {
    run_until_complete(first_task::yielding::main());
    run_until_complete(sleeping::main());
}
