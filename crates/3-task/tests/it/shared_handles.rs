//! Several handles of one task: each is awaited, each returns the value.
//!
//! Read next: `rules_cancel.rs`.

use std::cell::Cell;
use std::rc::Rc;

use crate::drive::*;
use groundup_task::{TaskError, yield_now};

#[test]
fn every_handle_gives_the_value() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(async {
            yield_now().await;
            String::from("value")
        });
        let others = [task.clone(), task.clone()];
        for other in others {
            assert_eq!(other.await.expect("the task returns"), "value");
        }
        assert_eq!(task.await.expect("the task returns"), "value");
    });
}

#[test]
fn all_who_wait_are_woken_in_the_next_iteration_in_the_order_in_which_they_came() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let task = spawn(async {
            yield_now().await;
            yield_now().await;
        });
        let waiters: Vec<_> = ["a", "b", "c"]
            .map(|name| {
                let (task, log) = (task.clone(), log.clone());
                spawn(async move {
                    task.await.expect("the task returns");
                    log.say(name);
                })
            })
            .into();
        drop(task);
        for waiter in waiters {
            waiter.await.expect("a waiter returns");
        }
    });
    assert_eq!(
        log.rounds(),
        [(0, "a".into()), (0, "b".into()), (0, "c".into())]
    );
}

#[test]
fn a_handle_that_is_dropped_takes_nothing_from_the_others() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(async { 5 });
        drop(task.clone());
        yield_now().await;
        drop(task.clone());
        assert_eq!(task.await.expect("the task returns"), 5);
    });
}

#[test]
fn the_value_goes_with_the_last_handle() {
    let drive = Drive::new();
    let alive = Rc::new(Cell::new(()));
    let given = alive.clone();
    drive.run(async move {
        let task = spawn(async move { given });
        let mut other = task.clone();
        yield_now().await;
        assert_eq!(Rc::strong_count(&alive), 2, "the task holds one");
        drop(other.take_result());
        assert!(
            other.take_result().expect("it is done").is_err(),
            "each handle gives once"
        );
        assert_eq!(Rc::strong_count(&alive), 2, "a copy was given");
        drop(task);
        assert_eq!(Rc::strong_count(&alive), 1, "nothing is left");
    });
}

#[test]
fn a_cancel_and_its_reason_are_told_to_all() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(std::future::pending::<u32>());
        let other = task.clone();
        yield_now().await;
        assert!(task.cancel_with("enough"));
        for handle in [other, task] {
            let Err(TaskError::Cancelled(cancelled)) = handle.await else {
                panic!("the task was cancelled");
            };
            assert_eq!(cancelled.reason(), Some("enough"));
        }
    });
}

#[test]
fn a_panic_is_told_to_all_and_its_payload_goes_to_the_last() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(async {
            if true {
                panic!("no value");
            }
        });
        let other = task.clone();
        for handle in [other, task] {
            let Err(TaskError::Panicked(panic)) = handle.await else {
                panic!("the task panicked");
            };
            assert_eq!(panic.message(), "no value");
        }
    });
}

#[test]
fn the_task_runs_on_when_all_handles_are_dropped() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let mark = log.clone();
        let task = spawn(async move {
            yield_now().await;
            mark.say("ran on");
        });
        drop(task.clone());
        drop(task);
        yield_now().await;
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(log.texts(), ["ran on"]);
}
