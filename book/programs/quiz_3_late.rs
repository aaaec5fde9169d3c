//! A waker that has outlived its task

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use groundup::{spawn, yield_now};

pub async fn main() {
    let kept: Rc<Cell<Option<Waker>>> = Rc::default();
    let keeps = kept.clone();
    let first = spawn(poll_fn(move |cx| {
        keeps.set(Some(cx.waker().clone()));
        Poll::Ready("first")
    }));
    println!("{}", first.await.unwrap());

    // The second task may live in the slot of the first.
    let steps = Rc::new(Cell::new(0));
    let counts = steps.clone();
    let second = spawn(poll_fn(move |_| {
        counts.set(counts.get() + 1);
        Poll::<()>::Pending
    }));
    yield_now().await;
    kept.take().unwrap().wake();
    yield_now().await;
    println!("steps of the second: {}", steps.get());
    second.cancel();
}
