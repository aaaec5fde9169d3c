//! Ways in which a wait ends early, and loops that run random programs.
//!
//! Read next: `permits.rs`.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use groundup_sync::executor::EventLoop;
use groundup_sync::task::{TaskRef, yield_now};
use proptest::prelude::*;

/// What happens to a task from outside, or inside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Nothing.
    ToTheEnd,
    /// It is cancelled so many iterations after the beginning.
    Cancelled(usize),
    /// It drops its wait after so many polls, and ends.
    Dropped(usize),
}

pub(super) fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        3 => Just(Way::ToTheEnd),
        3 => (0_usize..12).prop_map(Way::Cancelled),
        2 => (1_usize..5).prop_map(Way::Dropped),
    ]
}

/// Awaits a future, and gives it up after so many polls, in the order of the way. The task is polled
/// again in each iteration.
pub(super) async fn on_the_way<T>(way: Way, future: impl Future<Output = T>) -> Option<T> {
    let Way::Dropped(mut polls) = way else {
        return Some(future.await);
    };
    let mut future = pin!(future);
    poll_fn(|cx| {
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        polls -= 1;
        if polls == 0 {
            return Poll::Ready(None);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

pub(super) async fn yields(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// Makes a loop whose ready tasks run in the order that a seed decides; `None`: first come, first
/// served.
pub(super) fn event_loop(seed: Option<u64>) -> EventLoop {
    let builder = EventLoop::builder().virtual_time();
    match seed {
        Some(seed) => builder.seed(seed).build(),
        None => builder.build(),
    }
}

/// Steps the loop `most` times at most, and cancels each task in its iteration. Ends when nothing is
/// ready and no cancel is to come.
pub(super) fn drive(event_loop: &EventLoop, tasks: &[(TaskRef, Way)], most: usize) {
    for at in 0..most {
        for (task, way) in tasks {
            if matches!(way, Way::Cancelled(when) if *when == at) {
                task.cancel();
            }
        }
        let comes = |(_, way): &(TaskRef, Way)| matches!(way, Way::Cancelled(when) if *when > at);
        if event_loop.step().is_err() && !tasks.iter().any(comes) {
            break;
        }
    }
}
