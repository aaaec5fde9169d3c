//! An async block may point into itself; `pin!` keeps it in its place.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

async fn middle() -> u32 {
    let numbers = [10, 20, 30];
    let second = &numbers[1]; // a pointer to a local
    pause().await; // both live across this pause: both are fields
    *second
}

async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

pub fn main() {
    let future = middle(); // may be moved: it has not been polled
    let mut pinned = pin!(future); // from now on it stays where it is
    let mut context = Context::from_waker(Waker::noop());
    println!("{:?}", pinned.as_mut().poll(&mut context));
    println!("{:?}", pinned.as_mut().poll(&mut context));
}
