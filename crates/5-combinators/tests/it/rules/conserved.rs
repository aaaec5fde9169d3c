//! Cancels are conserved: where a cancel comes out of a combinator.
//!
//! The property in `props/cancels.rs` says that no cancel is lost. The tests here say where
//! each cancel comes out, what happens to errors that meet it, and which cases a count of
//! cancels alone would get wrong.
//!
//! Read next: `../cancel_table.rs`.

use std::cell::Cell;
use std::future::{pending, ready};
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::stream::{FuturesUnordered, StreamExt};

use crate::setup::*;
use groundup_combinators::executor::{call_later, current_task, sleep, spawn, time};
use groundup_combinators::task::{CancelScope, Promise, catch_cancel, raise_cancelled, yield_now};
use groundup_combinators::*;

type Failure = &'static str;

fn errors<E: std::fmt::Display>(error: GroupError<E>) -> Vec<String> {
    error.errors().iter().map(ToString::to_string).collect()
}

fn cancel_myself() {
    assert!(current_task().unwrap().cancel());
}

async fn sleeps<E>(time: u64) -> Result<(), E> {
    sleep(secs(time)).await;
    Ok(())
}

/// Fails in its clean-up.
async fn fails_late() -> Result<(), Failure> {
    let _ = catch_cancel(sleep(secs(10))).await;
    Err("clean-up")
}

async fn a_group_whose_child_fails_late() -> Result<(), GroupError<Failure>> {
    task_group(async |group: TaskGroup<Failure>| {
        group.spawn(fails_late());
        sleep(secs(10)).await;
        Ok(())
    })
    .await
}

/// CPython's test_taskgroup_08: the awaiter receives the errors.
#[test]
fn errors_of_children_reach_the_awaiter_of_a_cancelled_group() {
    Setup::new().run(async {
        let task = spawn(a_group_whose_child_fails_late());
        sleep(secs(1)).await;
        task.cancel();
        assert_eq!(errors(task.await.unwrap().unwrap_err()), ["clean-up"]);
        assert_eq!(time().since_start(), secs(1));
    });
}

/// CPython's test_taskgroup_11 and 12: the outer group holds only the inner group's error.
#[test]
fn errors_of_an_inner_group_reach_the_outer_ones_awaiter() {
    Setup::new().run(async {
        for beside in [false, true] {
            let task = spawn(task_group(async move |group: TaskGroup<String>| {
                if beside {
                    group.spawn(sleeps(10));
                }
                let inner = a_group_whose_child_fails_late().await;
                inner.map_err(|error| error.to_string())
            }));
            sleep(secs(1)).await;
            task.cancel();
            let errors = errors(task.await.unwrap().unwrap_err());
            assert_eq!(errors, ["unhandled errors in a task group (1): clean-up"]);
        }
    });
}

/// CPython's test_taskgroup_15 and 16: a body cleans up and lets the cancel go on.
#[test]
fn a_body_that_cleans_up_does_not_keep_the_cancel() {
    Setup::new().run(async {
        for value in [false, true] {
            let task = spawn(task_group(async move |group: TaskGroup<Failure>| {
                group.spawn(sleeps(10));
                let caught = catch_cancel(sleep(secs(10))).await.unwrap_err();
                sleep(secs(1)).await;
                if !value {
                    caught.raise().await;
                }
                Ok(())
            }));
            let begun = time();
            sleep(secs(1)).await;
            task.cancel();
            let ended = task.await;
            match value {
                // The body has caught the cancel for good, and its child sleeps on.
                true => assert!(ended.unwrap().is_ok() && time() - begun == secs(10)),
                false => assert!(ended.unwrap_err().is_cancelled() && time() - begun == secs(2)),
            }
        }
    });
}

#[test]
fn errors_reach_the_awaiter_also_with_a_cancel_pending() {
    Setup::new().run(async {
        let task = spawn(task_group(async |_: TaskGroup<Failure>| {
            cancel_myself();
            Err::<(), _>("body")
        }));
        assert_eq!(errors(task.await.unwrap().unwrap_err()), ["body"]);
    });
}

#[test]
fn a_cancel_follows_the_errors_of_its_group() {
    Setup::new().run(async {
        let task = spawn(async {
            let ended = a_group_whose_child_fails_late().await;
            let followed = catch_cancel(yield_now()).await.is_err();
            (
                ended.is_err(),
                followed,
                current_task().unwrap().cancelling(),
            )
        });
        sleep(secs(1)).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (true, true, 1));
    });
}

#[test]
fn p06_a_cancel_behind_errors_leaves_the_value_and_is_delivered_at_an_await() {
    Setup::new().run(async {
        for awaits in [false, true] {
            let task = spawn(async move {
                cancel_myself();
                let ended = task_group(async |_: TaskGroup<_>| Err::<(), _>("no")).await;
                assert_eq!(errors(ended.unwrap_err()), ["no"]);
                if awaits {
                    yield_now().await;
                }
                5
            });
            let ended = task.await;
            match awaits {
                true => assert!(ended.unwrap_err().is_cancelled()),
                false => assert_eq!(ended.unwrap(), 5),
            }
        }
    });
}

#[test]
fn c09_the_error_of_a_child_that_cancels_itself_is_the_groups() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(async {
                cancel_myself();
                Err::<(), _>("no")
            });
            let body = catch_cancel(child).await;
            assert!(body.is_err(), "the group cancels its body at this await");
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["no"]);
        // A value is overtaken by a pending cancel, as in any task.
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(async {
                cancel_myself();
                Ok(())
            });
            assert!(matches!(
                child.result().await,
                Err(ChildEnded::Cancelled(_))
            ));
            Ok(5)
        });
        assert_eq!(ended.await.unwrap(), 5);
    });
}

#[test]
fn a_cancel_that_meets_the_clean_up_of_a_group_that_cancelled_itself_goes_on() {
    Setup::new().run(async {
        let task = spawn(async {
            let ended = task_group(async |group: TaskGroup<()>| {
                let inside = group.clone();
                let child = group.spawn(async move {
                    sleep(secs(1)).await;
                    inside.cancel();
                    let _ = catch_cancel(pending::<()>()).await;
                    sleep(secs(1)).await;
                    Ok(())
                });
                drop(child);
                Ok("value")
            });
            drop(ended.await);
            yield_now().await;
        });
        sleep(ms(1500)).await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), secs(2), "after the clean-up");
    });
}

#[test]
fn a_group_that_is_given_up_in_its_clean_up_gives_the_cancel_back() {
    Setup::new().run(async {
        let task = spawn(async {
            let work = task_group(async |group: TaskGroup<()>| {
                let child = group.spawn(async {
                    let _ = catch_cancel(pending::<()>()).await;
                    sleeps(5).await
                });
                drop(child);
                Ok(())
            });
            select((work, sleep(secs(3)))).await;
            assert_eq!(current_task().unwrap().cancelling(), 1);
            sleep(secs(10)).await;
        });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), secs(3), "when the group was dropped");
    });
}

#[test]
fn of_two_arms_that_catch_only_the_first_is_told_and_of_two_tasks_both() {
    async fn catches(told: Rc<Cell<u32>>) {
        if catch_cancel(sleep(secs(100))).await.is_err() {
            told.set(told.get() + 1);
        }
    }
    Setup::new().run(async {
        let told = Rc::new(Cell::new(0));
        let arms = (catches(told.clone()), catches(told.clone()));
        assert_eq!(timeout(ms(10), join(arms)).await, Ok(((), ())));
        assert_eq!(
            (told.get(), time().since_start()),
            (1, secs(100)),
            "the second was not told"
        );
        let members = [catches(told.clone()), catches(told.clone())];
        let begun = time();
        assert!(timeout(ms(10), gather(members)).await.is_err());
        assert_eq!((told.get(), time() - begun), (3, ms(10)));
    });
}

#[test]
fn what_was_handed_on_to_an_arm_comes_back_when_another_wins() {
    Setup::new().run(async {
        let task = spawn(async {
            let (sender, three) = oneshot::channel(); // the loop does not see this wait
            call_later(secs(3), move || sender.send(()).unwrap_or_default());
            let cleans_up = async {
                let _ = catch_cancel(pending::<()>()).await;
                sleep(secs(5)).await;
            };
            select((three, gather([cleans_up]))).await;
            sleep(secs(10)).await;
        });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), secs(3));
    });
}

#[test]
fn c06_a_cancel_that_meets_a_result_wins_beside_a_timeout() {
    Setup::new().run(async {
        for around in [secs(60), Duration::MAX] {
            let promise: Promise<u8> = Promise::new();
            let awaited = promise.clone();
            let task = spawn(timeout(around, async move {
                select((timeout(secs(60), pending::<()>()), awaited)).await;
                unreachable!("no code behind the await runs");
            }));
            yield_now().await;
            promise.set_result(1).unwrap();
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        assert_eq!(time().since_start(), Duration::ZERO);
    });
}

#[test]
fn no_step_runs_after_a_cancel_whatever_was_given_up_before() {
    Setup::new().run(async {
        let task = spawn(async {
            select((timeout(secs(1), sleep(Duration::MAX)), ready(()))).await;
            yield_now().await;
            unreachable!("no code behind the await runs");
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn what_raises_stays_pending_however_often_it_is_polled() {
    async fn thrice() {
        for _ in 0..3 {
            yield_now().await;
        }
    }
    Setup::new().run(async {
        let task = spawn(async {
            let mut all = FuturesUnordered::new();
            all.push(futures::future::Either::Left(sleep(secs(20))));
            all.push(futures::future::Either::Right(Box::pin(async {
                let _ = futures::join!(thrice(), timeout(secs(20), thrice()));
            })));
            while all.next().await.is_some() {}
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_deadline_tells_in_a_task_that_has_swallowed_a_cancel() {
    Setup::new().run(async {
        let task = spawn(async {
            assert!(catch_cancel(pending::<()>()).await.is_err());
            assert_eq!(current_task().unwrap().cancelling(), 1);
            let ended = timeout(secs(1), pending::<()>()).await;
            (ended, current_task().unwrap().cancelling())
        });
        yield_now().await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (Err(Elapsed), 1));
    });
}

#[test]
fn a_pending_cancel_is_not_the_deadlines_that_was_entered_after_it() {
    Setup::new().run(async {
        let sleeper = spawn(sleep(secs(9)));
        let task = spawn(async move {
            cancel_myself();
            // By the count alone the deadline would take this cancel for its own: the count was
            // 1 at entry.
            drop(timeout(Duration::ZERO, shield(sleeper)).await);
            sleep(secs(1)).await;
        });
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), Duration::ZERO);
    });
}

#[test]
fn with_no_time_left_a_task_that_had_ended_cancelled_says_so_itself() {
    Setup::new().run(async {
        let task = spawn(pending::<()>());
        task.cancel();
        sleep(secs(1)).await;
        assert_eq!(task.cancelled(), Some(true));
        let ended = wait_for(task, Duration::ZERO).await;
        assert!(ended.expect("not Elapsed").unwrap_err().is_cancelled());
    });
}

#[test]
fn a_cancelled_gather_that_collects_waits_for_the_last() {
    async fn cleans_up(time: u64) {
        let _ = catch_cancel(pending::<()>()).await;
        sleep(secs(time)).await;
    }
    Setup::new().run(async {
        let task = spawn(async {
            drop(
                gather([cleans_up(1), cleans_up(4)])
                    .return_exceptions()
                    .await,
            );
        });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), secs(5));
        let task = spawn(async { drop(gather([cleans_up(1), cleans_up(4)]).await) });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(
            time().since_start(),
            secs(10),
            "no child has failed by it: all are waited for"
        );
    });
}

#[test]
fn a_shield_is_told_of_a_cancel_of_its_task() {
    Setup::new().run(async {
        let task = spawn(pending::<()>());
        let reference = task.task_ref();
        let waiting = spawn(shield(task));
        yield_now().await;
        reference.cancel();
        let told = timeout(secs(1), waiting)
            .await
            .expect("it is told")
            .unwrap();
        assert!(told.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), Duration::ZERO);
    });
}

#[test]
fn p06_a_cancel_that_follows_errors_keeps_its_address_behind_further_errors() {
    Setup::new().run(async {
        let task = spawn(async {
            cancel_myself();
            let outer = task_group(async |_: TaskGroup<_>| {
                let inner = task_group(async |_: TaskGroup<_>| Err::<(), _>("inner")).await;
                assert_eq!(errors(inner.unwrap_err()), ["inner"]);
                Err::<(), _>("outer")
            });
            assert_eq!(errors(outer.await.unwrap_err()), ["outer"]);
            let caught = catch_cancel(yield_now()).await.unwrap_err();
            drop(caught.hold()); // goes back to the task, which it was for
            yield_now().await;
        });
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn p06_a_cancel_raised_by_hand_behind_errors_changes_nothing() {
    Setup::new().run(async {
        for awaits in [false, true] {
            let task = spawn(async move {
                cancel_myself();
                let ended = task_group(async |_: TaskGroup<_>| Err::<(), _>("no")).await;
                assert_eq!(errors(ended.unwrap_err()), ["no"]);
                assert!(catch_cancel(raise_cancelled()).await.is_err());
                if awaits {
                    yield_now().await;
                }
                5
            });
            let ended = task.await;
            assert_eq!(ended.is_err(), awaits, "the cancel comes at an await only");
        }
    });
}

/// A group that the deadline cancels, and whose child cleans up for a long time.
async fn a_group_that_cleans_up(borrowing: bool) {
    async fn cleans_up() -> Result<(), Failure> {
        let _ = catch_cancel(pending::<()>()).await;
        sleep(secs(5)).await;
        Ok(())
    }
    if borrowing {
        let group = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
            group.spawn(cleans_up());
            Ok(())
        });
        drop(group.await);
    } else {
        let group = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(cleans_up());
            Ok(())
        });
        drop(group.await);
    }
}

/// A cancel that nobody wants any more does not come back from a group that is dropped with it.
#[test]
fn c10_a_cancel_that_was_taken_back_is_not_given_back() {
    for taken_back in [false, true] {
        Setup::new().run(async move {
            let task = spawn(async {
                let group = a_group_that_cleans_up(false);
                select((group, sleep(secs(4)))).await;
                sleep(secs(1)).await;
            });
            sleep(secs(1)).await;
            task.cancel();
            sleep(secs(1)).await;
            if taken_back {
                assert_eq!(task.uncancel(), 0);
            }
            assert_eq!(task.await.is_ok(), taken_back);
            let end = if taken_back { 5 } else { 4 };
            assert_eq!(time().since_start(), secs(end));
        });
    }
}

/// In the clean-up that a deadline has caused, the task is cancelled. CPython's timeout takes this
/// cancel for its own if it was taken back before the end of the group.
#[test]
fn d07_a_cancel_that_a_group_has_caught_passes_the_deadline_also_if_taken_back() {
    for (borrowing, taken_back) in [(false, false), (false, true), (true, false), (true, true)] {
        Setup::new().run(async {
            let task = spawn(timeout(secs(1), a_group_that_cleans_up(borrowing)));
            sleep(secs(2)).await;
            task.cancel_with("two");
            sleep(secs(1)).await;
            if taken_back {
                // That of the deadline is left, and that of the child if it has no task.
                assert_eq!(task.uncancel(), 1 + u32::from(borrowing));
            }
            let row = format!("borrowing: {borrowing}, taken back: {taken_back}");
            let ended = task.await.unwrap_err().to_string();
            assert_eq!(ended, "the task was cancelled: two", "{row}");
            assert_eq!(time().since_start(), secs(6), "{row}");
        });
    }
}

/// The cancel of a scope counts on the task that has opened it, also before its region is polled.
#[test]
fn who_cancels_a_scope_of_another_task_is_not_cancelled() {
    Setup::new().run(async {
        let scope = Rc::new(CancelScope::new());
        let own = scope.clone();
        let other = spawn(async move {
            own.cancel();
            current_task().unwrap().cancelling()
        });
        assert_eq!(other.await.unwrap(), 0);
        let me = current_task().unwrap();
        assert_eq!(me.cancelling(), 1);
        assert!(scope.catch(pending::<()>()).await.is_err());
        scope.uncancel();
        assert_eq!(me.cancelling(), 0);
    });
}
