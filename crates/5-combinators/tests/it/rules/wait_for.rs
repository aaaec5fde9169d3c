//! O01 to O10: wait_for.
//!
//! Read next: `shield.rs`.

use std::time::Duration;

use crate::setup::*;
use groundup_combinators::executor::{all_tasks, current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{TaskError, catch_cancel, yield_now};
use groundup_combinators::{Elapsed, wait_for};

#[test]
fn o01_on_timeout_the_inner_is_cancelled_and_waited_for() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = careful(&log, "task", 9000);
        assert_eq!(wait_for(inner, secs(1)).await.unwrap_err(), Elapsed);
        log.say("elapsed");
        let inner = carefully(log.clone(), "future", 9000);
        assert_eq!(wait_for(inner, secs(1)).await, Err(Elapsed));
        assert_eq!(time().since_start(), secs(4));
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
    assert_eq!(
        log.times(),
        "task!@1000 task.@2000 elapsed@2000 future!@3000 future.@4000"
    );
    assert_eq!(log.hops("task.", "elapsed"), 1);
}

#[test]
fn o02_an_inner_that_swallows_the_cancel_gives_its_value() {
    Setup::new().run(async {
        let stubborn = async {
            let _ = catch_cancel(sleep(secs(9))).await;
            sleep(secs(1)).await;
            5
        };
        assert_eq!(wait_for(stubborn, secs(1)).await, Ok(5));
        assert_eq!(time().since_start(), secs(2));
    });
}

#[test]
fn o03_an_error_of_the_clean_up_is_what_comes_out() {
    Setup::new().run(async {
        let failing = async {
            let _ = catch_cancel(sleep(secs(9))).await;
            Err::<(), _>("clean-up failed")
        };
        assert_eq!(wait_for(failing, secs(1)).await, Ok(Err("clean-up failed")));
        let panicking = spawn(async {
            let _ = catch_cancel(sleep(secs(9))).await;
            panic!("clean-up failed");
        });
        let ended: Result<(), _> = wait_for(panicking, secs(1)).await.unwrap();
        assert!(matches!(ended, Err(TaskError::Panicked(_))));
    });
}

#[test]
fn o04_with_no_time_left_a_done_task_gives_its_value_and_a_future_is_never_started() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let done = spawn(async { 5 });
        yield_now().await;
        let before = iteration();
        assert_eq!(wait_for(done, Duration::ZERO).await.unwrap().unwrap(), 5);
        assert_eq!(iteration(), before);

        let inner = log.clone();
        let never = async move { inner.say("started") };
        assert_eq!(wait_for(never, Duration::ZERO).await, Err(Elapsed));
        assert!(iteration() - before <= 3);

        let running = careful(&log, "task", 9000);
        yield_now().await;
        assert_eq!(
            wait_for(running, Duration::ZERO).await.unwrap_err(),
            Elapsed
        );
        assert_eq!(time().since_start(), secs(1));
    });
    assert_eq!(log.times(), "task!@0 task.@1000");
}

#[test]
fn o05_without_a_timeout_it_is_a_plain_await() {
    Setup::new().run(async {
        let nap = async {
            sleep(secs(1000)).await;
            5
        };
        assert_eq!(wait_for(nap, None).await, Ok(5));
        let task = spawn(async { 6 });
        assert_eq!(wait_for(task, None).await.unwrap().unwrap(), 6);
    });
}

#[test]
fn o06_a_cancel_of_the_outer_goes_to_the_inner() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = careful(&log, "task", 9000);
        let outer = spawn(async move { wait_for(inner, secs(5)).await.map(drop) });
        sleep(secs(1)).await;
        outer.cancel();
        assert!(outer.await.unwrap_err().is_cancelled());
        log.say("outer");
    });
    assert_eq!(log.times(), "task!@1000 task.@2000 outer@2000");
}

#[test]
fn o07_of_a_completion_and_a_timeout_in_one_instant_the_timeout_wins() {
    Setup::new().run(async {
        assert_eq!(wait_for(sleep(secs(1)), secs(1)).await, Err(Elapsed));
    });
}

#[test]
fn o08_a_future_runs_in_the_same_task_and_costs_no_iteration() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let own = current_task().unwrap();
        let (inner, expected) = (log.clone(), own.clone());
        let looking = async move {
            sleep(secs(1)).await;
            assert_eq!(current_task().unwrap(), expected);
            assert_eq!(all_tasks().len(), 1);
            inner.say("future");
        };
        wait_for(looking, secs(5)).await.unwrap();
        log.say("awaiter");
        let task = spawn(child(log.clone(), "task", 1000));
        wait_for(task, secs(5)).await.unwrap().unwrap();
        log.say("its awaiter");
    });
    assert_eq!(log.hops("future", "awaiter"), 0);
    assert_eq!(log.hops("task", "its awaiter"), 1);
}

#[test]
fn o09_there_is_one_timeout_error() {
    Setup::new().run(async {
        let one: Elapsed = wait_for(sleep(secs(2)), secs(1)).await.unwrap_err();
        let other: Elapsed = groundup_combinators::timeout(secs(1), sleep(secs(2)))
            .await
            .unwrap_err();
        assert_eq!(one, other);
    });
}

#[test]
fn o10_a_result_that_comes_with_a_cancel_does_not_swallow_the_cancel() {
    Setup::new().run(async {
        for own_task in [true, false] {
            let outer = spawn(async move {
                if own_task {
                    let _ = wait_for(spawn(sleep(secs(1))), secs(5)).await;
                } else {
                    let _ = wait_for(sleep(secs(1)), secs(5)).await;
                }
                yield_now().await;
                panic!("the cancel was lost");
            });
            // This timer was set first. So this task runs while the result is there and the
            // awaiter is ready, but has not run.
            sleep(secs(1)).await;
            if own_task {
                yield_now().await;
            }
            assert!(!outer.done());
            assert!(outer.cancel());
            let ended: Result<(), _> = outer.await;
            assert!(ended.unwrap_err().is_cancelled());
        }
    });
}
