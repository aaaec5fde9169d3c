//! Quiz: how often is the outer future polled?

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub fn main() {
    let left = Cell::new(2);
    let pause = || {
        poll_fn(|_| {
            if left.get() == 0 {
                return Poll::Ready(());
            }
            left.set(left.get() - 1);
            Poll::Pending
        })
    };
    let mut outer = pin!(async {
        pause().await;
        pause().await;
    });
    let mut polls = 0;
    let mut context = Context::from_waker(Waker::noop());
    loop {
        polls += 1;
        if outer.as_mut().poll(&mut context).is_ready() {
            break;
        }
    }
    println!("{polls}");
}
