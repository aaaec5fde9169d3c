//! A timer wakes the task it was set for, and no other.
//!
//! The problem: a timer that has fired wakes its task in the round that follows. Until then
//! the sleep may be dropped, by its task or by another one, while other sleeps of the same
//! task fire beside it. A dropped sleep must wake no task, and every other sleep must wake
//! its task.
//!
//! Invariant: a task is polled once more if and only if one of its sleeps was not dropped.
//! A sink changes nothing.
//!
//! Read next: `foreign.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use groundup_executor::task::trace::Recorder;
use groundup_executor::task::{Promise, yield_now};
use groundup_executor::{EventLoop, Sleep, block, sleep, spawn};
use proptest::prelude::*;

/// For each task: the lengths of its sleeps, and which sleeps of all tasks it drops.
type Tasks = Vec<(Vec<u64>, Vec<usize>)>;
/// The sleeps that are not dropped, in the order in which they were set.
type Sleeps = Vec<Option<Pin<Box<Sleep>>>>;
/// Each poll of a task, by its number: the first, the second, and so on.
type Polls = Vec<(usize, u32)>;

/// Runs tasks that set their sleeps. When all sleeps are due, a promise first wakes each
/// task, which then drops its list of sleeps. Returns the polls and the trace.
fn polls(tasks: &Tasks, seed: Option<u64>, watched: bool) -> (Polls, String) {
    let recorder = Recorder::new();
    let mut builder = EventLoop::builder().virtual_time();
    if let Some(seed) = seed {
        builder = builder.seed(seed);
    }
    if watched {
        builder = builder.trace(recorder.clone());
    }
    let event_loop = builder.build();
    let log: Rc<RefCell<Polls>> = Rc::default();
    let telling = log.clone();
    let main = async move {
        let sleeps: Rc<RefCell<Sleeps>> = Rc::default();
        let begin: Promise<()> = Promise::new();
        for (number, (own, dropped)) in tasks.clone().into_iter().enumerate() {
            let (sleeps, log) = (sleeps.clone(), telling.clone());
            let mut begin = Box::pin(begin.clone().into_future());
            let mut polled = 0;
            spawn(poll_fn(move |cx| {
                polled += 1;
                log.borrow_mut().push((number, polled));
                match polled {
                    1 => {
                        assert!(begin.as_mut().poll(cx).is_pending());
                        for seconds in &own {
                            let mut own = Box::pin(sleep(Duration::from_secs(*seconds)));
                            assert!(own.as_mut().poll(cx).is_pending());
                            sleeps.borrow_mut().push(Some(own));
                        }
                    }
                    2 => {
                        for which in &dropped {
                            let all = sleeps.borrow().len();
                            let gone = sleeps.borrow_mut()[which % all].take();
                            drop(gone);
                        }
                    }
                    _ => {}
                }
                Poll::<()>::Pending
            }))
            .detach();
        }
        yield_now().await;
        yield_now().await;
        begin.set_result(()).unwrap();
        block(Duration::from_secs(10));
        for _ in 0..5 {
            yield_now().await;
        }
    };
    event_loop.run_until_complete(main).unwrap();
    (log.take(), recorder.text())
}

/// Returns how often each task is polled, if all drops happen before the first wake.
fn expected(tasks: &Tasks) -> Vec<u32> {
    let all: usize = tasks.iter().map(|(own, _)| own.len()).sum();
    let gone: Vec<usize> = (tasks.iter())
        .flat_map(|(_, dropped)| dropped.iter().map(|which| which % all))
        .collect();
    let mut first = 0;
    let wakes = |(own, _): &(Vec<u64>, Vec<usize>)| {
        let mut sleeps = first..first + own.len();
        first = sleeps.end;
        2 + u32::from(sleeps.any(|sleep| !gone.contains(&sleep)))
    };
    tasks.iter().map(wakes).collect()
}

mod props {
    use super::*;

    proptest! {
        /// T10: a dropped sleep wakes no task, and the other sleeps wake their task once.
        #[test]
        fn t10_a_sleep_that_is_left_wakes_its_task_and_one_that_is_dropped_nobody(
            tasks in prop::collection::vec((
                prop::collection::vec(1u64..4, 1..4),
                prop::collection::vec(any::<usize>(), 0..4),
            ), 1..6),
            seed in any::<u64>(),
        ) {
            let (plain, _) = polls(&tasks, None, false);
            let (watched, trace) = polls(&tasks, None, true);
            assert_eq!(plain, watched);
            for (task, polls) in expected(&tasks).into_iter().enumerate() {
                let times = plain.iter().filter(|(polled, _)| *polled == task).count();
                assert_eq!(times, polls as usize, "task {task} in {tasks:?}\n{trace}");
            }
            assert_eq!(polls(&tasks, Some(seed), false).0, polls(&tasks, Some(seed), true).0);
        }
    }
}

#[test]
fn t10_a_wake_says_which_timer_it_came_from() {
    // Two sleeps of one task: the first is dropped, the second wakes it.
    let (_, trace) = polls(&vec![(vec![1, 1], vec![0])], None, true);
    let wakes = trace.lines().filter(|line| line.contains("by timer#"));
    assert_eq!(wakes.count(), 1, "{trace}");
    assert!(trace.contains("by timer#2"), "{trace}");
}

/// A sleep that ended by a poll wakes no task afterwards.
#[test]
fn t10_a_sleep_that_was_polled_to_its_end_wakes_nobody() {
    for watched in [false, true] {
        let mut builder = EventLoop::builder().virtual_time();
        if watched {
            builder = builder.trace(Recorder::new());
        }
        let event_loop = builder.build();
        let main = async {
            let promise: Promise<()> = Promise::new();
            let mut begin = Box::pin(promise.clone().into_future());
            let mut own = Box::pin(sleep(Duration::from_secs(1)));
            let polls = Rc::new(RefCell::new(0));
            let counting = polls.clone();
            spawn(poll_fn(move |cx| {
                *counting.borrow_mut() += 1;
                if *counting.borrow() == 1 {
                    assert!(begin.as_mut().poll(cx).is_pending());
                }
                if *counting.borrow() < 3 {
                    let polled = own.as_mut().poll(cx);
                    assert_eq!(polled.is_ready(), *counting.borrow() == 2);
                }
                Poll::<()>::Pending
            }))
            .detach();
            yield_now().await;
            yield_now().await;
            promise.set_result(()).unwrap();
            block(Duration::from_secs(10));
            for _ in 0..5 {
                yield_now().await;
            }
            *polls.borrow()
        };
        assert_eq!(event_loop.run_until_complete(main).unwrap(), 2);
    }
}
