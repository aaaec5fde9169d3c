//! The tests of the exercises in the first version of floor 6, inside it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::first_task::{round, yield_now};
use super::*;

type Log = Rc<RefCell<Vec<String>>>;

/// A waker that counts its calls.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once, with a waker that counts its calls.
fn poll<F: Future>(future: Pin<&mut F>) -> (Poll<F::Output>, Arc<Calls>) {
    let calls = Arc::<Calls>::default();
    let waker = Waker::from(calls.clone());
    (future.poll(&mut Context::from_waker(&waker)), calls)
}

fn count(calls: &Arc<Calls>) -> usize {
    calls.0.load(Ordering::Relaxed)
}

#[test]
fn a_free_lock_is_taken_at_once() {
    let lock = Lock::default();
    let mut acquire = Box::pin(lock.acquire());
    assert!(!lock.locked.get(), "nothing happens before the first poll");
    let (guard, _) = poll(acquire.as_mut());
    assert!(guard.is_ready(), "the lock is free");
    assert!(lock.locked.get(), "and is taken now");
    std::mem::forget(guard); // the release is another exercise
}

#[test]
fn a_taken_lock_makes_the_task_wait() {
    let lock = Lock::default();
    lock.locked.set(true);
    let mut acquire = Box::pin(lock.acquire());
    let (first, calls) = poll(acquire.as_mut());
    assert!(first.is_pending(), "the lock is taken");
    assert_eq!(lock.line.0.borrow().len(), 1, "the task is in line");
    lock.locked.set(false);
    lock.line.wake_first();
    assert_eq!(count(&calls), 1, "its waker is in the line");
    let (second, _) = poll(acquire.as_mut());
    assert!(second.is_ready(), "the lock is free at the second poll");
    std::mem::forget(second);
}

#[test]
fn a_task_that_is_woken_looks_again() {
    let lock = Lock::default();
    lock.locked.set(true);
    let mut acquire = Box::pin(lock.acquire());
    for _ in 0..3 {
        let (wait, calls) = poll(acquire.as_mut());
        assert!(wait.is_pending(), "a newcomer has the lock");
        assert_eq!(lock.line.0.borrow().len(), 1, "the task is in line again");
        lock.line.wake_first();
        assert_eq!(count(&calls), 1, "its waker is in the line");
    }
}

#[test]
fn a_dropped_guard_frees_the_lock() {
    let lock = Lock::default();
    lock.locked.set(true);
    drop(Guard(&lock));
    assert!(!lock.locked.get(), "no line: the lock is free");
}

#[test]
fn a_dropped_guard_wakes_the_first_in_line() {
    let lock = Lock::default();
    lock.locked.set(true);
    let calls = [(); 2].map(|()| Arc::<Calls>::default());
    for calls in &calls {
        lock.line
            .0
            .borrow_mut()
            .push_back(Waker::from(calls.clone()));
    }
    drop(Guard(&lock));
    assert_eq!(
        calls.each_ref().map(count),
        [1, 0],
        "the first, and no other"
    );
}

/// Puts the numbers up to `last`, and notes each.
async fn putter(items: Rc<Queue<u32>>, last: u32, log: Log) {
    for item in 1..=last {
        items.put(item).await;
        log.borrow_mut().push(format!("put {item}"));
    }
}

async fn getter(items: Rc<Queue<u32>>, count: u32, log: Log) {
    for _ in 0..count {
        let item = items.get().await;
        log.borrow_mut().push(format!("got {item}"));
    }
}

#[test]
fn items_come_out_in_order() {
    let (items, log) = (Rc::new(queue(2)), Log::default());
    spawn(putter(items.clone(), 5, Log::default()));
    spawn(getter(items, 5, log.clone()));
    while round() {}
    assert_eq!(
        log.take(),
        ["got 1", "got 2", "got 3", "got 4", "got 5"],
        "first in, first out"
    );
}

#[test]
fn a_full_queue_makes_put_wait() {
    let (items, log) = (Rc::new(queue(2)), Log::default());
    spawn(putter(items.clone(), 3, log.clone()));
    while round() {}
    assert_eq!(log.take(), ["put 1", "put 2"], "there is room for two");
    spawn(getter(items, 1, Log::default()));
    while round() {}
    assert_eq!(
        log.take(),
        ["put 3"],
        "a get makes room, and wakes the putter"
    );
}

#[test]
fn a_wake_of_the_queue_is_only_a_hint() {
    let items = queue(1);
    let mut get = Box::pin(items.get());
    for _ in 0..3 {
        assert!(poll(get.as_mut()).0.is_pending(), "another has the item");
        assert_eq!(items.getters.0.borrow().len(), 1, "in line again");
        items.getters.wake_first();
    }
    items.items.borrow_mut().push_back(1);
    let mut put = Box::pin(items.put(2));
    for _ in 0..3 {
        assert!(poll(put.as_mut()).0.is_pending(), "the queue is full");
        assert_eq!(items.items.borrow().len(), 1, "there is room for one");
        assert_eq!(items.putters.0.borrow().len(), 1, "in line again");
        items.putters.wake_first();
    }
    assert_eq!(poll(get.as_mut()).0, Poll::Ready(1), "the item is there");
}

#[test]
fn an_empty_queue_makes_get_wait() {
    let (items, log) = (Rc::new(queue(2)), Log::default());
    spawn(getter(items.clone(), 1, log.clone()));
    while round() {}
    assert_eq!(log.borrow().len(), 0, "there is no item");
    spawn(async move {
        yield_now().await;
        items.put(7).await;
    });
    while round() {}
    assert_eq!(log.take(), ["got 7"], "a put wakes the getter");
}
