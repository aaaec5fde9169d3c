//! The rows about the bytes of a waiting task and of a timer.
//!
//! The row makes a million of them, and divides the growth of the resident set by
//! their number. So everything counts: the future, the task's own words, the handle
//! if one must be kept, the timer's entry in the loop, and the rounding up of malloc.
//!
//! A table that doubles when it is full costs least just before it doubles and most just
//! after. So the driver asks for idle_task at three sizes, and the worst is the row.
//!
//! Invariants: every task has been polled once before the bytes are read, so it
//! really is suspended. The 64 bytes of idle_task are written before the await and
//! read after it, so they must be held over it. Nothing of it is freed before the
//! bytes are read.
//!
//! Read next: `children.rs`.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::hint::black_box;
use std::task::Poll;
use std::time::Duration;

use super::timers::{arm, room};
use crate::{Bell, Meter, Sample, System, Timers, Work, resident_bytes};

/// A deadline far enough away that no timer fires during the measurement.
const HOUR: Duration = Duration::from_secs(3600);

/// Runs the row if it is the one that needs only tasks.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    (row == "idle_task").then(|| S::run(idle_task::<S>(work)))
}

/// Runs the row if it is the one that needs timers.
pub fn serve_timer<S: Timers>(row: &str, work: Work) -> Option<Sample> {
    (row == "timer").then(|| S::run(timer::<S>(work)))
}

thread_local! {
    /// The number of idle tasks that are not polled yet, and the signal of the last
    /// one. They are here so that a task holds its 64 bytes and its waker, and
    /// nothing else.
    static POLLED: (Cell<u64>, Bell) = (Cell::new(0), Bell::default());
}

/// Holds 64 bytes while it waits for ever; the last task sets the signal.
///
/// It keeps its waker, as every waiting task does. (If nothing could ever wake a
/// task, a system may drop it at once, and some do.)
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

/// Starts `tasks` idle tasks and waits until every one has been polled.
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

/// Makes `size` tasks that wait for ever.
async fn idle_task<S: System>(work: Work) -> Sample {
    // One task first, so that memory that the loop sets up once is not counted.
    start_idle::<S>(1).await;
    let meter = Meter::start();
    let before = resident_bytes();
    start_idle::<S>(work.size).await;
    meter.stop_bytes(work.size, resident_bytes().saturating_sub(before))
}

/// Makes `size` armed timers, each in a box of its own, as it would be in a task.
async fn timer<S: Timers>(work: Work) -> Sample {
    // The pointers to the boxes are written beforehand, since they are not part of
    // the timer.
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
