//! The tests of the exercises in the first version of floor 4, inside it.
//!
//! They wait on the real clock for a few milliseconds: the first version has no other.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Wake};

use super::*;

/// Collects the numbers of the timers that have fired, four bits each.
#[derive(Default)]
struct Fired(AtomicU64);

struct Alarm(u64, Arc<Fired>);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let fired = &self.1.0;
        fired.store(
            fired.load(Ordering::Relaxed) << 4 | self.0,
            Ordering::Relaxed,
        );
    }
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn timer(when: Instant, number: u64, fired: &Arc<Fired>) -> Timer {
    let waker = Waker::from(Arc::new(Alarm(number, fired.clone())));
    Timer {
        when,
        number,
        waker,
    }
}

fn order(timers: impl IntoIterator<Item = (u64, u64)>) -> Vec<u64> {
    let (start, fired) = (Instant::now(), Arc::default());
    let timers = timers.into_iter();
    let make = |(after, number)| timer(start + milliseconds(after), number, &fired);
    let mut heap: BinaryHeap<Timer> = timers.map(make).collect();
    std::iter::from_fn(|| heap.pop())
        .map(|timer| timer.number)
        .collect()
}

#[test]
fn the_heap_gives_the_earliest_first() {
    assert_eq!(
        order([(30, 1), (10, 2), (20, 3)]),
        [2, 3, 1],
        "after 10, 20 and 30 ms"
    );
}

#[test]
fn equal_times_keep_their_order() {
    assert_eq!(
        order([(10, 4), (10, 1), (10, 3), (10, 2)]),
        [1, 2, 3, 4],
        "by their numbers"
    );
}

fn poll(future: &mut Pin<Box<impl Future<Output = ()>>>) -> Poll<()> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn timers() -> usize {
    TIMERS.with_borrow(BinaryHeap::len)
}

#[test]
fn a_sleep_sets_a_timer_and_waits() {
    let minute = Duration::from_secs(60);
    let mut sleeping = Box::pin(sleep(minute));
    assert_eq!(timers(), 0, "nothing before the first poll");
    let fired = Arc::<Fired>::default();
    let waker = Waker::from(Arc::new(Alarm(7, fired.clone())));
    let mut cx = Context::from_waker(&waker);
    let begin = Instant::now();
    let poll = sleeping.as_mut().poll(&mut cx);
    let end = Instant::now();
    assert_eq!(poll, Poll::Pending, "the time has not come");
    assert_eq!(timers(), 1, "the poll sets a timer");
    let poll = sleeping.as_mut().poll(&mut cx);
    assert_eq!(poll, Poll::Pending, "the time has still not come");
    let both = [(); 2].map(|()| TIMERS.with_borrow_mut(BinaryHeap::pop));
    let both = both.map(|timer| timer.expect("each poll sets a timer"));
    assert_eq!(
        both[0].when, both[1].when,
        "the time was fixed at the start"
    );
    let is_right = (begin + minute..=end + minute).contains(&both[0].when);
    assert!(is_right, "the time is in a minute");
    both.into_iter().for_each(|timer| timer.waker.wake());
    assert_eq!(
        fired.0.load(Ordering::Relaxed),
        0x77,
        "each timer has the waker of its poll"
    );
}

#[test]
fn a_sleep_is_ready_at_its_time() {
    let mut sleeping = Box::pin(sleep(milliseconds(2)));
    while poll(&mut sleeping).is_pending() {
        let when = TIMERS.with_borrow(|timers| timers.peek().map(|timer| timer.when));
        assert!(
            when.is_some_and(|when| Instant::now() < when + Duration::from_secs(3)),
            "it is over at the time of its timer"
        );
    }
}

#[test]
fn a_sleep_of_zero_is_ready_at_once() {
    assert_eq!(
        poll(&mut Box::pin(sleep(Duration::ZERO))),
        Poll::Ready(()),
        "its time is now"
    );
    assert_eq!(timers(), 0, "it sets no timer");
}

#[test]
fn sleeps_count_up() {
    for _ in 0..3 {
        let _ = poll(&mut Box::pin(sleep(Duration::from_secs(60))));
    }
    let numbers = std::iter::from_fn(|| TIMERS.with_borrow_mut(BinaryHeap::pop));
    let numbers: Vec<u64> = numbers.map(|timer| timer.number).collect();
    assert_eq!(numbers, [0, 1, 2], "each sleep has a number of its own");
}

#[test]
fn timers_that_are_due_fire_in_order() {
    let (fired, now) = (Arc::<Fired>::default(), Instant::now());
    for (before, number) in [(1, 1), (3, 2), (2, 3), (0, 4)] {
        let when = now.checked_sub(milliseconds(before)).unwrap_or(now);
        TIMERS.with_borrow_mut(|timers| timers.push(timer(when, number, &fired)));
    }
    assert_eq!(fire(), None, "no timer is left");
    let fired = fired.0.load(Ordering::Relaxed);
    assert_eq!(format!("{fired:x}"), "2314", "the earliest first");
}

#[test]
fn the_next_timer_stays() {
    let (fired, now) = (Arc::<Fired>::default(), Instant::now());
    let later = now + Duration::from_secs(60);
    for (when, number) in [(later, 1), (now, 2), (later + milliseconds(1), 3)] {
        TIMERS.with_borrow_mut(|timers| timers.push(timer(when, number, &fired)));
    }
    assert_eq!(fire(), Some(later), "the time of the next timer");
    assert_eq!(
        (fired.0.load(Ordering::Relaxed), timers()),
        (2, 2),
        "two timers stay"
    );
}

#[test]
fn the_loop_runs_to_the_end_of_main() {
    let steps = Rc::new(Cell::new(0));
    let inside = steps.clone();
    run_until_complete(async move {
        for _ in 0..5 {
            first_task::yield_now().await;
            inside.set(inside.get() + 1);
        }
    });
    assert_eq!(steps.get(), 5, "the steps of main");
}

#[test]
fn timers_fire_while_tasks_are_ready() {
    let slept = Rc::new(Cell::new(false));
    let inside = slept.clone();
    run_until_complete(async move {
        let (slept, give_up) = (inside.clone(), Instant::now() + Duration::from_secs(5));
        spawn(async move {
            sleep(milliseconds(1)).await;
            slept.set(true);
        });
        while !inside.get() && Instant::now() < give_up {
            first_task::yield_now().await;
        }
    });
    assert!(slept.get(), "a busy task does not hold up the timers");
}

/// Returns the nanoseconds that this thread has computed, where the system says so.
fn computed() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Returns how often this thread has stopped to wait, where the system says so.
fn parks() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let mut lines = text.lines();
    let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// Asserts that the loop parks while it waits for 100 ms: it computes next to nothing.
#[track_caller]
fn assert_parks(main: impl Future<Output = ()> + 'static) {
    let (begin, before) = (Instant::now(), computed());
    let parks = parks();
    run_until_complete(main);
    let parks = self::parks() - parks;
    assert!(parks < 20, "one park is enough for one wait: {parks}");
    assert!(begin.elapsed() >= milliseconds(100), "it waits");
    if let (Some(before), Some(after)) = (before, computed()) {
        let microseconds = (after - before) / 1000;
        assert!(
            microseconds < 5_000,
            "the loop computes for {microseconds} us instead of parking"
        );
    }
}

#[test]
fn the_loop_parks_until_the_timer() {
    let polls = Rc::new(Cell::new(0));
    let inside = polls.clone();
    assert_parks(async move {
        let mut sleeping = Box::pin(sleep(milliseconds(100)));
        poll_fn(|cx| {
            inside.set(inside.get() + 1);
            sleeping.as_mut().poll(cx)
        })
        .await;
    });
    assert!(
        polls.get() <= 3,
        "it polls main again at the timer: {}",
        polls.get()
    );
}

#[test]
fn another_thread_ends_the_park() {
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut begun = false;
    // A loop that only waits for its next timer comes a minute too late.
    let later = Instant::now() + Duration::from_secs(60);
    TIMERS.with_borrow_mut(|timers| timers.push(timer(later, 1, &Arc::default())));
    assert_parks(poll_fn(move |cx| {
        if done.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut begun, true) {
            let (done, waker) = (done.clone(), cx.waker().clone());
            thread::spawn(move || {
                thread::sleep(milliseconds(100));
                done.store(true, Ordering::Release);
                waker.wake();
            });
        }
        Poll::Pending
    }));
}
