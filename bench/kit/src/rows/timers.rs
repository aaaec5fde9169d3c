//! The rows about sleeps, dropped sleeps and timeouts.
//!
//! ```text
//!   timer_set_cancel   1,000,000 armed, all dropped: timeouts that never fire
//!   timer_drop         1,000,000, each dropped before the next is armed
//!   timer_fire         tasks asleep at once, on the real clock: 1,000 to 100,000
//!   timer_virtual      the same where time jumps to the next deadline
//!   sleep_virtual      1,000 tasks there that sleep again and again
//!   timeout            a whole timeout around a future that yields once
//! ```
//!
//! Deadlines come from a small generator of pseudo-random numbers with a fixed seed,
//! so that every system sorts the same deadlines.
//!
//! With many timers in 200 ms a loop never sleeps; with few it sleeps between them. How
//! often it wakes up is part of its cost, so timer_fire has three sizes.
//!
//! Invariants: timer_fire compares CPU time, since its wall time is the 200 ms of its
//! sleeps. Every row runs in tasks, not in the main future. No sleep may end early, and the row asserts that. The number of sleeps
//! that are armed at the same time is `size` in timer_set_cancel, timer_fire and
//! timer_virtual, a thousand in sleep_virtual, and one in timer_drop and timeout.
//!
//! Read next: `threads.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::{Sample, SelfWake, Timers, Work, scattered};

/// Runs the row if it belongs to this module. A system that has virtual time serves
/// the rows under virtual time itself: see [`virtual_row`].
pub fn serve<S: Timers>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "timer_drop" => Some(S::run(drop_each::<S>(work))),
        "timer_set_cancel" => Some(S::run(set_cancel::<S>(work))),
        "timer_fire" => Some(S::run(fire::<S>(work))),
        "timeout" => Some(S::run(timeout::<S>(work))),
        _ => None,
    }
}

/// Sleeps in boxes of their own, as they would be inside tasks.
pub(super) type Armed<F> = Rc<RefCell<Vec<Option<Pin<Box<F>>>>>>;

/// Makes room for `size` sleeps, and writes to the whole room once.
pub(super) fn room<F>(size: u64) -> Armed<F> {
    Rc::new(RefCell::new((0..size).map(|_| None).collect()))
}

/// Fills every place with a sleep made by `make` and polled once.
///
/// A new task polls every ten thousand of them, because glommio counts the
/// wakers of one task in 16 bits.
pub(super) async fn arm<S: Timers, F: Future<Output = ()> + 'static>(
    armed: &Armed<F>,
    make: impl Fn(u64) -> F + Copy + 'static,
) {
    let size = armed.borrow().len();
    for first in (0..size).step_by(10_000) {
        let armed = Rc::clone(armed);
        S::spawn(poll_fn(move |cx| {
            for (place, number) in armed.borrow_mut()[first..].iter_mut().zip(0..10_000) {
                let mut sleep = Box::pin(make(first as u64 + number));
                // The first sleeps may be over before the last ones are armed.
                let _ = sleep.as_mut().poll(cx);
                *place = Some(sleep);
            }
            Poll::Ready(())
        }))
        .await;
    }
}

/// Arms and drops `size` sleeps of 1 to 10,000 ms, one after another, in a task.
async fn drop_each<S: Timers>(work: Work) -> Sample {
    S::spawn(work.measure(work.size, async move || {
        for number in 0..work.size {
            let length = Duration::from_millis(1 + scattered(number, 10_000));
            let mut sleep = pin!(S::sleep(length));
            poll_fn(|cx| {
                assert!(sleep.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
    }))
    .await
}

/// Arms `size` sleeps of 1 to 10,000 ms before it drops the first one.
async fn set_cancel<S: Timers>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let armed = room(work.size);
        arm::<S, _>(&armed, |number| {
            S::sleep(Duration::from_millis(1 + scattered(number, 10_000)))
        })
        .await;
        drop(armed);
    })
    .await
}

/// Runs `size` tasks that sleep 0 to 200 ms, on the real clock.
async fn fire<S: Timers>(work: Work) -> Sample {
    work.measure(work.size, async || {
        asleep::<S, _>(work.size, 1, || {
            let started = Instant::now();
            move |length| assert!(started.elapsed() >= length, "a sleep ended early")
        })
        .await;
    })
    .await
}

/// Runs tasks that sleep 0 to 200 ms, `each` times each and `sleeps` times in all, on
/// the loop's own clock.
///
/// `clock` is called when the tasks are started. Each task ends by calling the
/// function that `clock` returned, with the sum of its sleeps. A system with virtual
/// time runs this inside its own loop, on its own clock.
pub async fn asleep<S: Timers, C: Fn(Duration) + 'static>(
    sleeps: u64,
    each: u64,
    clock: impl Fn() -> C,
) {
    let check = Rc::new(clock());
    let tasks = sleeps / each;
    let mut handles = Vec::with_capacity(tasks as usize);
    for task in 0..tasks {
        let check = Rc::clone(&check);
        handles.push(S::spawn(async move {
            let mut slept = Duration::ZERO;
            for turn in 0..each {
                let length = Duration::from_millis(scattered(turn * tasks + task, 200));
                S::sleep(length).await;
                slept += length;
            }
            check(slept);
        }));
    }
    for handle in handles {
        handle.await;
    }
}

/// Returns how often each task of `row` sleeps, for the two rows under virtual time.
#[must_use]
pub fn virtual_row(row: &str, work: Work) -> Option<u64> {
    match row {
        "timer_virtual" => Some(1),
        "sleep_virtual" => Some((work.size / 1000).max(1)),
        _ => None,
    }
}

/// Runs `size` timeouts of an hour around a future that yields once, in a task.
async fn timeout<S: Timers>(work: Work) -> Sample {
    S::spawn(work.measure(work.size, async move || {
        for _ in 0..work.size {
            let inner = async {
                SelfWake::new().await;
                7u64
            };
            let outcome = S::timeout(Duration::from_secs(3600), inner).await;
            assert_eq!(outcome, Some(7));
        }
    }))
    .await
}
