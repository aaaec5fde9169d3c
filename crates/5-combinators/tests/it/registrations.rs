//! Cost of waiting: registrations for each event, with many waiting.
//!
//! The problem: a loop around asyncio's `wait(FIRST_COMPLETED)` registers with every pending
//! future again in each pass. So a thousand events among a thousand tasks make half a million
//! registrations. Results do not show that, so these tests count registrations.
//!
//! Invariants:
//! 1. An event costs at most two registrations, with 10^2, 10^3, 10^4 or 10^5 tasks.
//! 2. Afterwards no group is left, and no awaited task or promise is held.
//!
//! Read next: `foreign.rs`.

use std::rc::{Rc, Weak};

use crate::setup::*;
use groundup_combinators::executor::{EventLoop, sleep, spawn};
use groundup_combinators::task::{Scheduler, Task, yield_now};
use groundup_combinators::{ReturnWhen, WaitSet, as_completed, gather, wait};

/// Makes tasks that end one after another, a few in each millisecond.
fn one_after_another(count: usize) -> Vec<Task<usize>> {
    let end = |n: usize| {
        spawn(async move {
            sleep(ms(1 + (n / 3) as u64)).await;
            n
        })
    };
    (0..count).map(end).collect()
}

/// Runs a program for each number of tasks; returns the registrations for each event.
fn per_event(program: impl AsyncFn(usize) -> usize) -> Vec<f64> {
    let measure = |count| {
        let event_loop = EventLoop::builder().virtual_time().build();
        let scheduler: Rc<Scheduler> = event_loop.scheduler().clone();
        let before = scheduler.groups().1;
        let events = event_loop.run_until_complete(program(count)).unwrap();
        let made = scheduler.groups().1 - before;
        assert_eq!(scheduler.groups().0, 0);
        assert_eq!(event_loop.all_tasks().len(), 0);
        made as f64 / events as f64
    };
    counts().into_iter().map(measure).collect()
}

fn assert_at_most_two(costs: Vec<f64>) {
    assert!(costs.iter().all(|cost| *cost <= 2.0), "{costs:?}");
}

#[test]
fn waiting_for_the_first_until_none_is_left() {
    let costs = per_event(async |count| {
        let mut events = 0;
        let mut pending: WaitSet<usize> = one_after_another(count).into_iter().collect();
        while !pending.is_empty() {
            let (done, rest) = wait(pending, ReturnWhen::FirstCompleted).await;
            events += done.len();
            pending = rest;
        }
        assert_eq!(events, count);
        events
    });
    assert_at_most_two(costs);
}

#[test]
fn waiting_on_a_set_that_stays() {
    let costs = per_event(async |count| {
        let mut set: WaitSet<usize> = one_after_another(count).into_iter().collect();
        let mut events = 0;
        while !set.is_empty() {
            events += set.wait(ReturnWhen::FirstCompleted).await.len();
        }
        events
    });
    assert_at_most_two(costs);
}

#[test]
fn adding_one_for_each_that_is_done() {
    let costs = per_event(async |count| {
        let mut set: WaitSet<usize> = one_after_another(count / 2).into_iter().collect();
        let mut extra = one_after_another(count / 2).into_iter();
        let mut events = 0;
        while !set.is_empty() {
            let done = set.wait(ReturnWhen::FirstCompleted).await;
            events += done.len();
            set.extend(extra.by_ref().take(done.len()));
        }
        events
    });
    assert_at_most_two(costs);
}

#[test]
fn timeouts_that_find_nothing_done_cost_none() {
    let costs = per_event(async |count| {
        let mut set: WaitSet<usize> = one_after_another(count.min(1000)).into_iter().collect();
        for _ in 0..1000 {
            let done = set.wait(ReturnWhen::FirstCompleted).timeout(ms(0)).await;
            assert_eq!(done.len(), 0);
        }
        let events = set.len();
        set.wait(ReturnWhen::AllCompleted).await;
        events
    });
    assert_at_most_two(costs);
}

#[test]
fn gathering_and_as_completed() {
    let gathered = per_event(async |count| gather(one_after_another(count)).await.unwrap().len());
    assert_at_most_two(gathered);
    let completed = per_event(async |count| {
        let mut results = as_completed(one_after_another(count));
        while results.next().await.is_some() {}
        count
    });
    assert_at_most_two(completed);
}

#[test]
fn a_set_that_goes_leaves_no_registration_and_pins_no_task() {
    let setup = Setup::new();
    setup.run(async {
        let held = Rc::new(());
        let watch: Weak<()> = Rc::downgrade(&held);
        let scheduler = Scheduler::current().unwrap();
        let mut set = WaitSet::new();
        for _ in 0..10 {
            let held = held.clone();
            set.add(async move {
                sleep(secs(1)).await;
                drop(held);
            });
        }
        drop(held);
        set.wait(ReturnWhen::AllCompleted).timeout(ms(1)).await;
        assert_eq!(scheduler.groups().0, 1);
        let tasks = set.into_tasks();
        assert_eq!(
            scheduler.groups().0,
            0,
            "whoever leaves takes its registration along"
        );
        for task in &tasks {
            task.cancel();
        }
        drop(tasks);
        yield_now().await;
        yield_now().await;
        assert!(watch.upgrade().is_none());
    });
}
