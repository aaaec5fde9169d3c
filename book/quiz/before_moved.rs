//! Quiz: a future that was pinned is moved.

use std::mem;
use std::pin::pin;
use std::task::{Context, Waker};

async fn answer() -> u32 {
    42
}

fn main() {
    let mut future = pin!(answer());
    let mut context = Context::from_waker(Waker::noop());
    let _poll = future.as_mut().poll(&mut context);
    let moved = mem::replace(&mut *future, answer());
    drop(moved);
}
