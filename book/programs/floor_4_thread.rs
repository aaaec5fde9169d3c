//! A thread computes, and wakes a task through its waker

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use groundup::{remote, time};

/// The place where the thread puts its answer, and where the task leaves its waker.
#[derive(Default)]
struct Shared {
    sum: Option<u64>,
    waker: Option<Waker>,
}

pub async fn main() {
    let shared: Arc<Mutex<Shared>> = Arc::default();
    let (theirs, at_work) = (shared.clone(), remote().at_work());
    let worker = thread::spawn(move || {
        let sum = (1..=1000).sum();
        let mut shared = theirs.lock().unwrap();
        shared.sum = Some(sum);
        if let Some(waker) = shared.waker.take() {
            waker.wake(); // posts a message, and unparks the loop
        }
        drop(at_work); // virtual time may go on
    });
    let sum = poll_fn(|cx| {
        let mut shared = shared.lock().unwrap();
        shared.waker = Some(cx.waker().clone());
        shared.sum.map_or(Poll::Pending, Poll::Ready)
    })
    .await;
    println!("the thread says {sum}, and it is {}", time());
    worker.join().unwrap();
}
