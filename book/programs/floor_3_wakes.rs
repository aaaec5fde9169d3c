//! Three wakes of one task before its next step

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use groundup::{spawn_named, yield_now};

pub async fn main() {
    let kept: Rc<Cell<Option<Waker>>> = Rc::default();
    let steps = Rc::new(Cell::new(0));
    let (keeps, counts) = (kept.clone(), steps.clone());
    let sleeper = spawn_named("sleeper", async move {
        poll_fn(|cx| {
            counts.set(counts.get() + 1);
            keeps.set(Some(cx.waker().clone()));
            if counts.get() < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    });
    yield_now().await;
    println!("steps after the spawn: {}", steps.get());

    let waker = kept.take().unwrap();
    for _ in 0..3 {
        waker.wake_by_ref();
    }
    println!("steps after three wakes: {}", steps.get());
    yield_now().await;
    println!("steps one round later: {}", steps.get());

    waker.wake_by_ref();
    sleeper.await.unwrap();
    waker.wake(); // its task has gone
    yield_now().await;
    println!("steps at the end: {}", steps.get());
}
