//! Tests of the exercises of floor 5: what a cancel ends and leaves.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use groundup_combinators::executor::{EventLoop, run_virtual, sleep, spawn, spawn_named, time};
use groundup_combinators::task::{Cancelled, Task, TaskError, catch_cancel, yield_now};
use groundup_combinators::{GroupError, TaskGroup, shield, task_group, timeout};

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

/// Cancels a waiter so many iterations after the task's last timer. Returns whether the waiter was
/// there to be cancelled, and its end: it polls the shield first, and then a region with the cancel.
fn cancelled_after(iterations: u32) -> (bool, &'static str) {
    run_virtual(async move {
        let task = later(2, Ok(5));
        let waiter = spawn(async move {
            let mut value = pin!(shield(task).into_future());
            let mut region = pin!(catch_cancel(pending::<()>()));
            poll_fn(|cx| match value.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready("value"),
                Poll::Pending => region.as_mut().poll(cx).map(|_| "cancel"),
            })
            .await
        });
        sleep(seconds(2)).await;
        for _ in 0..iterations {
            yield_now().await;
        }
        let asked = waiter.cancel();
        (asked, waiter.await.expect("it catches the cancel"))
    })
}

#[test]
fn a_cancel_wins_over_the_value() {
    let ends: Vec<_> = (0..5).map(cancelled_after).collect();
    let (cancelled, too_late) = ((true, "cancel"), (false, "value"));
    assert_eq!(
        ends,
        [cancelled, cancelled, cancelled, too_late, too_late],
        "a cancel before the waiter's last step, and after it"
    );
}

#[test]
fn a_report_names_the_shielded_task() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let ended = event_loop.run_until_complete(async {
        let letter = spawn_named("letter", pending::<()>());
        drop(shield(letter).await);
    });
    let report = ended.expect_err("nothing ends the task").to_string();
    let mut lines = report.lines();
    let main = lines.find(|line| line.contains("main future"));
    let main = main.unwrap_or_default().trim_start();
    assert_eq!(
        main, "Task-1 (the main future) waits for task letter",
        "the reason of the wait"
    );
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

/// A task whose group is in a timeout. The child of the group cleans up for five seconds.
fn group_in_a_timeout(limit: u64, log: &Log) -> Task<()> {
    let log = log.clone();
    spawn(async move {
        let group = task_group(async |group: TaskGroup<&str>| {
            group.spawn(async {
                let _ = catch_cancel(sleep(seconds(60))).await;
                sleep(seconds(5)).await;
                Ok(())
            });
            Ok(())
        });
        let ended = timeout(seconds(limit), group).await;
        note(&log, if ended.is_err() { "elapsed" } else { "ended" });
    })
}

#[test]
fn the_outer_of_two_cancels_goes_on() {
    // The timeout cancels its region, and `cancel` the whole task. Each comes first once.
    for (limit, cancelled_at) in [(1, 2), (2, 1)] {
        run_virtual(async move {
            let log = Log::default();
            let task = group_in_a_timeout(limit, &log);
            sleep(seconds(cancelled_at)).await;
            assert!(task.cancel_with("closing time"), "it cleans up");
            let ended = task.await;
            assert_eq!(log.take(), [], "the task does not go on behind the timeout");
            let Err(TaskError::Cancelled(cancelled)) = ended else {
                panic!("the task was cancelled: {ended:?}");
            };
            assert_eq!(
                cancelled.reason(),
                Some("closing time"),
                "the cancel of the whole task, with its reason"
            );
            assert_eq!(now(), 6, "the child has had its five seconds");
        });
    }
}
