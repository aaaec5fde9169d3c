//! A future does nothing until it is polled.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

async fn add(x: u32, y: u32) -> u32 {
    println!("adding");
    x + y
}

pub fn main() {
    let mut sum = pin!(add(3, 4)); // no line of `add` has run
    println!("made");
    let mut context = Context::from_waker(Waker::noop());
    let answer: Poll<u32> = sum.as_mut().poll(&mut context);
    println!("{answer:?}");
}
