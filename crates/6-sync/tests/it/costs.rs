//! Counts the steps of an event, beside 10^2 to 10^5 tasks that wait.
//!
//! The problem: an object that wakes all its waiters, and lets all but one of them wait again, gives the
//! right answers, and stands still beside a hundred thousand waiters. So the tests count the polls of
//! the waits. (`tests/cost.rs` counts instructions, and so sees the work inside a call.)
//!
//! Invariants:
//! 1. An event that lets one task go on is a step of this task alone.
//! 2. The cancel of a wait is a step of no other task, and looks at one task.
//!
//! Read next: `misuse.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use groundup_sync::executor::spawn;
use groundup_sync::task::{Scheduler, yield_now};
use groundup_sync::{Condition, Lock, LockGuard, Notify, Queue, Semaphore};

use crate::setup::*;

/// The sizes that are tried; `.ci/run` sets a larger last one.
fn counts() -> [usize; 4] {
    let largest = std::env::var("GROUNDUP_LARGEST").ok();
    let largest = largest.map_or(20_000, |text| text.parse().expect("a number"));
    [100, 1_000, 10_000, largest]
}

/// Number of events, and of cancels.
const EVENTS: usize = 10;

/// An object for which tasks wait, and an event that lets one of them go on.
struct Waited {
    wait: Box<dyn Fn() -> LocalBoxFuture<'static, ()>>,
    event: Box<dyn Fn()>,
}

/// Makes a [`Waited`] of an object.
fn waited<T: 'static>(
    object: T,
    wait: impl Fn(Rc<T>) -> LocalBoxFuture<'static, ()> + 'static,
    event: impl Fn(&T) + 'static,
) -> Waited {
    let (object, own) = (Rc::new(object), Rc::new(wait));
    let waiting = object.clone();
    Waited {
        wait: Box::new(move || own(waiting.clone())),
        event: Box::new(move || event(&object)),
    }
}

fn objects() -> Vec<Waited> {
    let lock = Lock::new();
    LockGuard::keep(lock.try_acquire().unwrap());
    let full = Queue::new(1);
    full.put_nowait(()).unwrap();
    vec![
        waited(
            lock,
            |lock| Box::pin(async move { LockGuard::keep(lock.acquire().await) }),
            |lock| lock.release().unwrap(),
        ),
        waited(
            Semaphore::new(0),
            |semaphore| Box::pin(async move { semaphore.acquire().await.keep() }),
            Semaphore::release,
        ),
        waited(
            Notify::new(),
            |notify| Box::pin(async move { notify.notified().await }),
            Notify::notify_one,
        ),
        waited(
            Queue::unbounded(),
            |queue| Box::pin(async move { queue.get().await.unwrap() }),
            |queue| queue.put_nowait(()).unwrap(),
        ),
        waited(
            full,
            |queue| Box::pin(async move { queue.put(()).await.unwrap() }),
            |queue| queue.get_nowait().unwrap(),
        ),
        waited(
            (Lock::new(), Condition::new()),
            |both| Box::pin(async move { drop(both.1.wait(both.0.acquire().await).await) }),
            |(lock, changed)| changed.notify(&lock.try_acquire().unwrap(), 1),
        ),
    ]
}

/// Returns the polls of the waits, and the looks of the cancels, during some events and cancels.
async fn cost(waited: &Waited, others: usize) -> (usize, u64) {
    let polls = Rc::new(Cell::new(0));
    let wait = |_| {
        let (wait, polls) = ((waited.wait)(), polls.clone());
        spawn(async move {
            let mut wait = pin!(wait);
            poll_fn(|cx| {
                polls.set(polls.get() + 1);
                wait.as_mut().poll(cx)
            })
            .await;
        })
    };
    let tasks: Vec<_> = (0..others).map(wait).collect();
    yield_now().await;
    yield_now().await;
    let scheduler = Scheduler::current().unwrap();
    let looks = scheduler.cancel_looks();
    polls.set(0);
    for event in 0..EVENTS {
        (waited.event)();
        assert!(tasks[others / 2 + event].cancel());
        for _ in 0..3 {
            yield_now().await;
        }
    }
    let cost = (polls.get(), scheduler.cancel_looks() - looks);
    let went_on = tasks
        .iter()
        .filter(|task| task.done() && task.cancelled() == Some(false));
    assert_eq!(went_on.count(), EVENTS);
    for task in &tasks {
        task.cancel();
    }
    yield_now().await;
    yield_now().await;
    cost
}

#[test]
fn an_event_beside_others_costs_the_same_steps() {
    for at in 0..objects().len() {
        let costs = counts().map(|others| {
            let object = objects().swap_remove(at);
            Setup::new().run(async move { cost(&object, others).await })
        });
        assert_eq!(costs, [(EVENTS, EVENTS as u64); 4], "object {at}");
    }
}
