//! Tests of the exercises of floor 5: what a cancel ends and leaves.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup_combinators::executor::{run_virtual, sleep, spawn, time};
use groundup_combinators::task::{Cancelled, Task, TaskError, catch_cancel};
use groundup_combinators::{GroupError, TaskGroup, shield, task_group};

type Log = Rc<RefCell<Vec<(&'static str, u64)>>>;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn now() -> u64 {
    time().since_start().as_secs()
}

fn note(log: &Log, what: &'static str) {
    log.borrow_mut().push((what, now()));
}

fn later(count: u64, result: Result<u64, &'static str>) -> Task<Result<u64, &'static str>> {
    spawn(async move {
        sleep(seconds(count)).await;
        result
    })
}

#[test]
fn a_shield_gives_the_value() {
    run_virtual(async {
        let value = shield(later(2, Ok(5))).await.expect("no panic");
        assert_eq!(
            (value, now()),
            (Ok(5), 2),
            "the value, at the end of the task"
        );
        let done = later(1, Ok(6));
        sleep(seconds(2)).await;
        assert_eq!(
            shield(done).await.expect("no panic"),
            Ok(6),
            "of a task that was done"
        );
    });
}

#[test]
fn a_cancel_of_the_waiter_leaves_the_task() {
    run_virtual(async {
        let log = Log::default();
        let own = log.clone();
        let task = spawn(async move {
            sleep(seconds(3)).await;
            note(&own, "end");
        });
        let waiter = spawn(async move { drop(shield(task).await) });
        sleep(seconds(1)).await;
        assert!(waiter.cancel(), "it waits");
        assert!(
            waiter.await.is_err_and(|why| why.is_cancelled()),
            "the waiter is cancelled"
        );
        assert_eq!(now(), 1, "at once");
        sleep(seconds(9)).await;
        assert_eq!(log.take(), [("end", 3)], "the task goes on");
    });
}

#[test]
fn a_cancel_of_the_task_comes_without_its_reason() {
    run_virtual(async {
        let task = later(9, Ok(5));
        let inner = task.task_ref();
        let waiter = spawn(shield_of(task));
        sleep(seconds(1)).await;
        assert!(inner.cancel_with("closing time"), "it runs");
        let ended = waiter.await.expect("the waiter itself is not cancelled");
        let Err(TaskError::Cancelled(cancelled)) = ended else {
            panic!("the task was cancelled: {ended:?}");
        };
        assert_eq!(
            cancelled.reason(),
            Cancelled::default().reason(),
            "no reason"
        );
    });
}

async fn shield_of<T: 'static>(task: Task<T>) -> Result<T, TaskError> {
    shield(task).await
}

#[test]
fn a_group_waits_for_its_children() {
    run_virtual(async {
        let value = task_group(async |group: TaskGroup<&str>| {
            for count in [3, 1] {
                group.spawn(async move {
                    sleep(seconds(count)).await;
                    Ok(())
                });
            }
            Ok(5)
        });
        assert_eq!(value.await.ok(), Some(5), "the value of the body");
        assert_eq!(now(), 3, "after the last child");
    });
}

#[test]
fn a_cancelled_group_waits_for_every_clean_up() {
    run_virtual(async {
        let log = Log::default();
        let own = log.clone();
        let task = spawn(async move {
            let group = task_group(async move |group: TaskGroup<&'static str>| {
                for _ in 0..2 {
                    let log = own.clone();
                    group.spawn(async move {
                        let _ = catch_cancel(sleep(seconds(60))).await;
                        sleep(seconds(2)).await;
                        note(&log, "clean");
                        Ok(())
                    });
                }
                Ok(())
            });
            let _: Result<(), GroupError<&str>> = group.await;
        });
        for _ in 0..2 {
            sleep(seconds(1)).await;
            task.cancel();
        }
        assert!(
            task.await.is_err_and(|why| why.is_cancelled()),
            "the cancel goes on in the end"
        );
        assert_eq!(
            log.take(),
            [("clean", 3), ("clean", 3)],
            "both children clean up to the end"
        );
        assert_eq!(now(), 3, "and the group waits for them");
    });
}
