//! A waker: the executor polls again only after a call of `wake`.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The executor's flag: the future may be polled.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        println!("wake");
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A cup that the kitchen fills, and the waker of the customer who waits.
#[derive(Default)]
struct Cup {
    tea: Cell<Option<&'static str>>,
    waker: Cell<Option<Waker>>,
}

impl Future for &Cup {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        self.waker.set(Some(context.waker().clone())); // leave the number
        match self.tea.take() {
            Some(tea) => Poll::Ready(tea),
            None => Poll::Pending,
        }
    }
}

pub fn main() {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(flag.clone());
    let cup = &Cup::default();
    let mut customer = pin!(async { println!("drinks {}", cup.await) });
    for minute in 0..4 {
        println!("minute {minute}");
        if flag.0.swap(false, Ordering::Relaxed) {
            let poll = customer.as_mut().poll(&mut Context::from_waker(&waker));
            println!("poll: {poll:?}");
        }
        if minute == 2 {
            cup.tea.set(Some("tea")); // the kitchen fills the cup
            cup.waker.take().unwrap().wake(); // ... and calls the number
        }
    }
}
