//! A waker: the executor polls again only after a call of `wake`.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The executor's flag: the future may be polled.
struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        println!("wake");
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A cup that the kitchen fills, and the waker of the customer who waits.
#[derive(Default)]
struct Cup(RefCell<(Option<&'static str>, Option<Waker>)>);

impl Future for &Cup {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        let (tea, waker) = &mut *self.0.borrow_mut();
        *waker = Some(context.waker().clone()); // leave the number
        tea.take().map_or(Poll::Pending, Poll::Ready)
    }
}

pub fn main() {
    let ready = Arc::new(Ready(AtomicBool::new(true)));
    let waker = Waker::from(ready.clone());
    let cup = &Cup::default();
    let mut customer = pin!(async { println!("drinks {}", cup.await) });
    for minute in 0..4 {
        println!("minute {minute}");
        if ready.0.swap(false, Ordering::Relaxed) {
            let poll = customer.as_mut().poll(&mut Context::from_waker(&waker));
            println!("poll: {poll:?}");
        }
        if minute == 2 {
            cup.0.borrow_mut().0 = Some("tea"); // the kitchen fills the cup
            let waker = cup.0.borrow_mut().1.take();
            waker.unwrap().wake(); // ... and calls the number
        }
    }
}
