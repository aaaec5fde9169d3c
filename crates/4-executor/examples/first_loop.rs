//! Floor 4: the first version: a deque, a heap of timers, and a park.
//!
//! This version has costs. A timer whose sleep is dropped stays in the heap until its time.
//! Every round reads the clock. There is one clock, so a test waits in real time, and a
//! program that nothing can wake parks for ever.
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

/// The time at which a task is to be woken, and a number that keeps equal times in their order.
/// `Reverse` makes the heap return the earliest one first.
type Deadline = Reverse<(Instant, u64)>;

/// A timer in the heap: `0` is the deadline, which alone sorts the heap, and `1` is the waker of
/// the task. So `timer.0.0.0` is the time.
struct Timer(Deadline, Waker);

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
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
        let timer = Timer(Reverse((when, number)), cx.waker().clone());
        TIMERS.with_borrow_mut(|timers| timers.push(timer));
        Poll::Pending
    })
    .await;
}

/// Wakes the tasks whose time has come. Returns the next deadline.
fn fire() -> Option<Instant> {
    TIMERS.with_borrow_mut(|timers| {
        let now = Instant::now();
        while timers.peek().is_some_and(|timer| timer.0.0.0 <= now) {
            timers.pop().into_iter().for_each(|timer| timer.1.wake());
        }
        timers.peek().map(|timer| timer.0.0.0)
    })
}

/// Runs rounds until `main` has ended, and parks the thread while no task is ready. The value of
/// a task is the first field in the cell `0` of its handle.
pub(crate) fn run_until_complete(main: impl Future<Output = ()> + 'static) {
    let main = spawn(main);
    while main.0.borrow().0.is_none() {
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
