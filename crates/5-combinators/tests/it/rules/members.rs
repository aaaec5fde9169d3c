//! The law of members: each future of asyncio is a member as it is.
//!
//! | the member ends | iterations of `gather`, `wait`, `as_completed`, `shield` | of `wait_for` |
//! |---|---|---|
//! | a promise is set, a task or a child of a group returns | 2 iterations later | 1 |
//! | the task in a gather or a shield returns | 3 | 2 |
//!
//! The numbers are those of CPython 3.13.
//!
//! Read next: `../cancel_table.rs`.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use futures::future::{FutureExt, LocalBoxFuture};

use crate::setup::*;
use groundup_combinators::executor::{all_tasks, iteration, sleep, spawn};
use groundup_combinators::task::{
    IntoTask, Promise, Scheduler, TaskError, catch_cancel, yield_now,
};
use groundup_combinators::{
    Elapsed, ReturnWhen, TaskGroup, as_completed, gather, race, shield, task_group, try_gather,
    wait, wait_for,
};

/// The iteration in which a member ended.
type Finished = Rc<Cell<u64>>;

/// Returns how many iterations after the end of its member a wait goes on. `tasks` is the
/// number of tasks that the member needs.
fn hops(tasks: usize, wait: Box<dyn FnOnce(Finished) -> LocalBoxFuture<'static, ()>>) -> u64 {
    Setup::new().run(async {
        let (ended, told) = (Finished::default(), Finished::default());
        let (ending, telling) = (ended.clone(), told.clone());
        let waiting = spawn(async move {
            wait(ending).await;
            telling.set(iteration());
        });
        sleep(ms(1)).await;
        assert_eq!(
            all_tasks().len(),
            2 + tasks,
            "main, the one that waits, and these"
        );
        waiting.await.unwrap();
        told.get() - ended.get()
    })
}

/// Returns the numbers of iterations of the five verbs for one member.
macro_rules! five {
    ($tasks:literal, |$ended:ident| $member:expr) => {
        [
            hops(
                $tasks,
                Box::new(|$ended| async move { drop(gather([$member]).await) }.boxed_local()),
            ),
            hops(
                $tasks,
                Box::new(|$ended| {
                    async move { drop(wait([$member], ReturnWhen::FirstException).await) }
                        .boxed_local()
                }),
            ),
            hops(
                $tasks,
                Box::new(|$ended| {
                    async move { drop(as_completed([$member]).next().await) }.boxed_local()
                }),
            ),
            hops(
                $tasks,
                Box::new(|$ended| async move { drop(shield($member).await) }.boxed_local()),
            ),
            hops(
                $tasks,
                Box::new(|$ended| {
                    async move { drop(wait_for($member, secs(9)).await) }.boxed_local()
                }),
            ),
        ]
    };
}

async fn ends(ended: Finished) -> u32 {
    sleep(ms(5)).await;
    ended.set(iteration());
    5
}

fn set_later(ended: Finished) -> Promise<u32> {
    let promise = Promise::new();
    let setter = promise.clone();
    let set = async move { setter.set_result(ends(ended).await).unwrap() };
    spawn(set).detach();
    promise
}

#[test]
fn members_are_told_of_as_in_cpython_and_have_no_task_of_their_own() {
    assert_eq!(five!(1, |ended| spawn(ends(ended))), [2, 2, 2, 2, 1]);
    assert_eq!(five!(1, |ended| set_later(ended)), [2, 2, 2, 2, 1]);
    assert_eq!(five!(1, |ended| gather([ends(ended)])), [3, 3, 3, 3, 2]);
    let outcomes = five!(1, |ended| gather([ends(ended)]).return_exceptions());
    assert_eq!(outcomes, [3, 3, 3, 3, 2]);
    assert_eq!(five!(1, |ended| shield(ends(ended))), [3, 3, 3, 3, 2]);
    assert_eq!(five!(1, |ended| shield(set_later(ended))), [3, 3, 3, 3, 2]);
    assert_eq!(
        five!(1, |ended| gather([shield(ends(ended))])),
        [4, 4, 4, 4, 3]
    );
}

#[test]
fn a_child_of_a_group_is_a_member() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<&str>| {
            let two = || async {
                sleep(ms(2)).await;
                Ok(())
            };
            let [one, other] = [two(), two()].map(|two| group.spawn(two));
            assert_eq!(gather([one]).await.unwrap().len(), 1);
            shield(other).await.unwrap();
            let failing = group.spawn(async { Err::<(), _>("no") });
            assert_eq!(all_tasks().len(), 2);
            let ended = catch_cancel(wait([failing], ReturnWhen::FirstException)).await;
            assert!(
                ended.is_err(),
                "the group is told at the same time, and first"
            );
            Ok(())
        });
        assert_eq!(ended.await.unwrap_err().errors().len(), 1);
    });
}

#[test]
fn c10_who_stands_for_a_child_knows_how_many_cancels_count_on_it_also_when_its_value_was_taken() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<&str>| {
            let child = group.spawn(async { Ok(5) });
            child.as_task_ref().cancel();
            let kept = Scheduler::current().unwrap().proxy(child);
            assert!(kept.clone().await.unwrap_err().is_cancelled());
            assert_eq!(
                (kept.cancelling(), kept.uncancel(), kept.cancelling()),
                (1, 0, 0)
            );
            let child = group.spawn(async { Ok(5) });
            let original = child.as_task_ref().clone();
            let mut kept = Scheduler::current().unwrap().proxy(child);
            assert_eq!(kept.clone().await.unwrap(), 5);
            assert_eq!(kept.take_result().unwrap().unwrap(), 5);
            assert_eq!(
                original.number(),
                None,
                "what it stands for has gone with it"
            );
            Ok(())
        });
        ended.await.unwrap();
    });
}

#[test]
fn the_first_that_fails_ends_a_gather_whatever_it_is() {
    Setup::new().run(async {
        let (fails, never): (Promise<u32>, Promise<u32>) = (Promise::new(), Promise::new());
        let all = gather([never.clone(), fails.clone()]);
        fails.set_exception("no").unwrap();
        let Err(TaskError::Failed(error)) = all.await else {
            panic!("a promise has failed")
        };
        assert_eq!(error.to_string(), "no");
        let inner = || gather([async { panic!("no") }]);
        let all = gather([inner()]);
        assert!(matches!(all.await, Err(TaskError::Panicked(_))));
        let all = gather([inner()]).return_exceptions().await;
        assert!(matches!(all[..], [Err(TaskError::Panicked(_))]));
        let value = never.clone();
        value.set_result(5).unwrap();
        assert_eq!(gather([never, value]).await.unwrap(), [5, 5]);
        let (failing, other) = (Promise::new(), Promise::new());
        let all = try_gather([other.clone(), failing.clone()]);
        failing.set_result(Err("of the value")).unwrap();
        assert!(all.await.is_err());
        let _ = other.set_result(Ok(1));
    });
}

#[test]
fn a_cancel_goes_through_to_the_member() {
    Setup::new().run(async {
        let promise: Promise<u32> = Promise::new();
        let inner = gather([promise.clone()]);
        let waiting = spawn(gather([inner]));
        yield_now().await;
        waiting.cancel();
        assert!(promise.cancelled());
        assert!(waiting.await.unwrap_err().is_cancelled());

        // A shield stops the cancel, and the shielded promise is not cancelled.
        let promise: Promise<u32> = Promise::new();
        let all = gather([shield(promise.clone())]);
        assert!(all.handle().cancel());
        assert!(all.await.unwrap_err().is_cancelled());
        assert!(!promise.done());
        promise.set_result(5).unwrap();

        let promise: Promise<u32> = Promise::new();
        let waiting = spawn(wait([promise.clone()], ReturnWhen::AllCompleted));
        yield_now().await;
        waiting.cancel();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert!(!promise.done(), "wait cancels nobody");
        drop(promise);
    });
}

#[test]
fn o04_with_no_time_left_a_promise_that_is_done_gives_its_value_and_another_is_cancelled() {
    Setup::new().run(async {
        let (done, pending): (Promise<u32>, Promise<u32>) = (Promise::new(), Promise::new());
        done.set_result(5).unwrap();
        assert_eq!(wait_for(done, ms(0)).await.unwrap().unwrap(), 5);
        let before = iteration();
        assert_eq!(wait_for(pending.clone(), ms(0)).await.unwrap_err(), Elapsed);
        assert!(pending.cancelled());
        assert_eq!(iteration() - before, 2, "as in CPython");
    });
}

#[test]
fn what_is_given_up_leaves_nothing_in_its_member() {
    Setup::new().run(async {
        let promise: Promise<u32> = Promise::new();
        for _ in 0..3 {
            let _ = wait_for(wait([promise.clone()], ReturnWhen::AllCompleted), ms(1)).await;
            let _ = wait_for(shield(promise.clone()), ms(1)).await;
        }
        let scheduler = Scheduler::current().unwrap();
        drop(promise.clone().into_task(&scheduler));
        assert_eq!(scheduler.groups().0, 0);
        promise.set_result(5).unwrap();
        yield_now().await;
        assert_eq!(promise.await.unwrap(), 5);
    });
}

#[test]
fn a_gather_that_is_a_member_runs_on_when_its_handle_is_dropped() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let scheduler = Scheduler::current().unwrap();
        drop(gather([child(log.clone(), "a", 1000)]).into_task(&scheduler));
        let lost = race((
            wait_for(shield(gather([child(log.clone(), "b", 2000)])), ms(1)),
            async { pending().await },
        ));
        assert!(lost.await.is_err());
    });
    assert_eq!(log.times(), "a@1000 b@2000");
}

/// In asyncio a task that is done is a member as any other. Here the handle has given its outcome away, and
/// remembers how the task has ended.
#[test]
fn a_handle_that_was_awaited_counts_as_its_task_has_ended() {
    Setup::new().run(async {
        let spent = async |ends: &str| {
            let panics = ends == "panicked";
            let mut task = spawn(async move { assert!(!panics) });
            if ends == "cancelled" {
                task.cancel();
            }
            assert_eq!((&mut task).await.is_ok(), ends == "returned");
            task
        };
        for (ends, stops) in [
            ("returned", false),
            ("cancelled", false),
            ("panicked", true),
        ] {
            let others = spawn(sleep(ms(5)));
            let (done, pending) =
                wait([spent(ends).await, others], ReturnWhen::FirstException).await;
            assert_eq!(
                (done.len(), pending.len()),
                if stops { (1, 1) } else { (2, 0) },
                "{ends}"
            );
            let gathered = gather([spent(ends).await]).await;
            assert!(
                matches!(gathered, Err(TaskError::Taken)),
                "{ends}: {gathered:?}"
            );
        }
    });
}
