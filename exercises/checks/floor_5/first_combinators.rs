//! The tests of the exercises in the first version of floor 5, inside it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::first_task::yield_now;
use super::*;

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Takes so many steps, and notes each.
async fn steps(name: &'static str, count: usize, log: Log) -> &'static str {
    for _ in 0..count {
        log.borrow_mut().push(name);
        yield_now().await;
    }
    name
}

fn names(tasks: &[Task<&'static str>]) -> Vec<Option<&'static str>> {
    tasks.iter().map(|task| task.0.borrow().value).collect()
}

#[test]
fn gather_keeps_the_order_of_the_arguments() {
    run_until_complete(async {
        let log = Log::default();
        let values = gather(
            [("a", 3), ("b", 1), ("c", 2)].map(|(name, count)| steps(name, count, log.clone())),
        );
        assert_eq!(
            values.await,
            ["a", "b", "c"],
            "b ends first, and comes second"
        );
        assert_eq!(
            gather(Vec::<std::future::Ready<u32>>::new()).await,
            [],
            "no futures"
        );
    });
}

#[test]
fn gathered_futures_run_side_by_side() {
    run_until_complete(async {
        let log = Log::default();
        gather(["a", "b"].map(|name| steps(name, 2, log.clone()))).await;
        assert_eq!(log.take(), ["a", "b", "a", "b"], "one step of each in turn");
    });
}

#[test]
fn gather_makes_tasks_and_waits_for_them() {
    let log = Log::default();
    let mut all = Box::pin(gather(["a", "b"].map(|name| steps(name, 2, log.clone()))));
    let calls = std::sync::Arc::new(Calls::default());
    let waker = Waker::from(calls.clone());
    let poll = all.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(poll, Poll::Pending, "nothing has ended");
    assert_eq!(
        log.take(),
        [""; 0],
        "no step is run inside of gather itself"
    );
    let count = calls.0.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(count, 0, "it waits, and does not ask again and again");
    while first_task::round() {}
    assert_eq!(
        log.take(),
        ["a", "b", "a", "b"],
        "the tasks run by themselves"
    );
    let Poll::Ready(values) = poll_once(all.as_mut()) else {
        panic!("both tasks have ended, and gather is pending");
    };
    assert_eq!(values, ["a", "b"], "their values");
}

#[test]
fn the_first_end_ends_the_wait() {
    run_until_complete(async {
        let log = Log::default();
        let members = [("a", 4), ("b", 1), ("c", 2)];
        let tasks = members.map(|(name, count)| spawn(steps(name, count, log.clone())));
        let (done, pending) = wait_first(group(tasks)).await;
        assert_eq!(names(&done), [Some("b")], "b ends first");
        assert_eq!(names(&pending), [None, None], "a and c run on");
        let (done, pending) = wait_first(pending).await;
        assert_eq!(
            (names(&done), pending.len()),
            (vec![Some("c")], 1),
            "then c"
        );
        for task in pending {
            assert_eq!(task.await, "a", "a can be awaited alone");
        }
    });
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_wait_registers_with_every_task() {
    let tasks = ["a", "b", "c"].map(|name| spawn(steps(name, 9, Log::default())));
    let shared = tasks.each_ref().map(|task| task.0.clone());
    let before = shared.each_ref().map(Rc::strong_count);
    let mut waiting = Box::pin(wait_first(group(tasks)));
    let calls = std::sync::Arc::new(Calls::default());
    let waker = Waker::from(calls.clone());
    let poll = waiting.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending(), "no task has ended");
    shared
        .iter()
        .for_each(|shared| shared.borrow().waiter.wake_by_ref());
    let count = calls.0.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(count, 3, "each of the three tasks has the waker");
    assert_eq!(
        shared.each_ref().map(Rc::strong_count),
        before,
        "no handle was cloned"
    );
}

/// A waker that counts its calls.
#[derive(Default)]
struct Calls(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Calls {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn a_finished_task_ends_the_wait_at_once() {
    let tasks = ["a", "b"].map(|name| spawn(steps(name, 1, Log::default())));
    while first_task::round() {}
    let mut waiting = Box::pin(wait_first(group(tasks)));
    let Poll::Ready((done, pending)) = poll_once(waiting.as_mut()) else {
        panic!("both tasks have ended, and the wait is pending");
    };
    assert_eq!((done.len(), pending.len()), (2, 0), "both are done");
}
