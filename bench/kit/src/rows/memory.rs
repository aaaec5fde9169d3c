//! How many bytes a waiting task and an armed timer hold.
//!
//! A million of them are made, and the growth of the resident set is divided
//! by their number. What is counted is everything: the future, the task's own
//! words, the handle if one must be kept, the timer's entry in the loop, and
//! what malloc rounds up.
//!
//! Invariants: every task has been polled once before the bytes are read, so
//! it really is suspended; the 64 bytes of idle_task are written before the
//! await and read after it, so they must be held over it; nothing of it is
//! freed before the bytes are read.
//!
//! Read next: `groups.rs`.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::hint::black_box;
use std::task::Poll;
use std::time::Duration;

use super::timers::{arm, room};
use crate::{Bell, Meter, Sample, System, Timers, Work, resident_bytes};

/// Far enough away that nothing fires while it is measured.
const HOUR: Duration = Duration::from_secs(3600);

/// Run the row if it is the one that needs only tasks.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    (row == "idle_task").then(|| S::run(idle_task::<S>(work)))
}

/// Run the row if it is the one that needs timers.
pub fn serve_timer<S: Timers>(row: &str, work: Work) -> Option<Sample> {
    (row == "timer").then(|| S::run(timer::<S>(work)))
}

thread_local! {
    /// How many idle tasks have yet to be polled, and who waits for them. Kept
    /// here so that a task holds its 64 bytes and its waker, nothing else.
    static POLLED: (Cell<u64>, Bell) = (Cell::new(0), Bell::default());
}

/// A task that holds 64 bytes while it waits for ever; the last one rings.
///
/// It keeps its waker, as everything that waits does. (A task that nobody
/// could ever wake may be thrown away at once, and some systems do so.)
async fn idle(fill: u8) {
    let held = black_box([fill; 64]);
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    POLLED.with(|(left, all)| {
        left.set(left.get() - 1);
        if left.get() == 0 {
            all.ring();
        }
    });
    pending::<()>().await;
    black_box((&held, &waker));
}

/// Start `tasks` idle tasks and wait until every one has been polled.
async fn start_idle<S: System>(tasks: u64) {
    let all = POLLED.with(|(left, all)| {
        left.set(tasks);
        all.clone()
    });
    for number in 0..tasks {
        S::detach(idle(number as u8));
    }
    all.heard().await;
}

/// `size` tasks that wait for ever.
async fn idle_task<S: System>(work: Work) -> Sample {
    // One task first, so that what the loop sets up once is not counted.
    start_idle::<S>(1).await;
    let meter = Meter::start();
    let before = resident_bytes();
    start_idle::<S>(work.size).await;
    meter.stop_bytes(work.size, resident_bytes().saturating_sub(before))
}

/// `size` armed timers, each in a box of its own, as it would be in a task.
async fn timer<S: Timers>(work: Work) -> Sample {
    // The pointers to the boxes are written beforehand: they are not the timer.
    let armed = room(work.size);
    let meter = Meter::start();
    let before = resident_bytes();
    arm::<S, _>(&armed, |number| {
        S::sleep(HOUR + Duration::from_micros(number * 7))
    })
    .await;
    let after = resident_bytes();
    drop(armed);
    meter.stop_bytes(work.size, after.saturating_sub(before))
}
