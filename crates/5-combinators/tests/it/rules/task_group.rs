//! P01 to P11: task groups.
//!
//! Read next: `conserved.rs`.

use std::cell::Cell;
use std::rc::Rc;

use futures::FutureExt;

use crate::setup::*;
use groundup_combinators::executor::{all_tasks, current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{Local, Locals, TaskError, catch_cancel, yield_now};
use groundup_combinators::{
    ChildEnded, ChildError, GroupClosed, GroupError, TaskGroup, gather, task_group, try_gather,
};

type Failure = &'static str;

/// Returns the messages of a group's errors.
fn errors(error: GroupError<Failure>) -> Vec<String> {
    error.errors().iter().map(ToString::to_string).collect()
}

async fn fails(log: Log, name: &'static str, milliseconds: u64) -> Result<(), Failure> {
    sleep(ms(milliseconds)).await;
    log.say(name);
    Err(name)
}

async fn succeeds(log: Log, name: &'static str, milliseconds: u64) -> Result<(), Failure> {
    carefully(log, name, milliseconds).await;
    Ok(())
}

#[test]
fn p01_it_ends_when_all_children_have_and_those_that_they_spawned() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let value = task_group(async |group: TaskGroup<Failure>| {
            let (log, inside) = (inner.clone(), group.clone());
            let first = group.spawn(async move {
                sleep(secs(1)).await;
                inside.spawn(succeeds(log, "grandchild", 2000));
                Ok(5)
            });
            Ok(first.await)
        });
        assert_eq!(value.await.unwrap(), 5);
        log.say("end");
        assert_eq!(all_tasks().len(), 1);
    });
    assert_eq!(log.times(), "grandchild@3000 end@3000");
    assert_eq!(log.hops("grandchild", "end"), 2);
}

#[test]
fn p01_a_child_can_share_a_context() {
    static REQUEST: Local<u32> = Local::new();
    Setup::new().run(async {
        let context = Locals::current();
        let ended = task_group(async |group: TaskGroup<Failure>| {
            for value in [1, 2] {
                let add = async move { Ok(REQUEST.set(REQUEST.get().unwrap_or(0) + value)) };
                let _child = group.spawn_in(&context, add);
            }
            Ok(())
        });
        ended.await.unwrap();
        assert_eq!(context.scope(|| REQUEST.get()), Some(3));
        assert_eq!(REQUEST.get(), None);
    });
}

#[test]
fn p01_a_group_without_children_costs_no_iteration() {
    Setup::new().run(async {
        let before = iteration();
        let value = task_group(async |_: TaskGroup<Failure>| Ok(5)).await;
        assert_eq!((value.unwrap(), iteration()), (5, before));
    });
}

#[test]
fn p02_the_first_error_cancels_the_rest_and_the_body() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let ended = task_group(async |group: TaskGroup<Failure>| -> Result<(), Failure> {
            group.spawn(fails(inner.clone(), "bad", 1000));
            group.spawn(succeeds(inner.clone(), "slow", 9000));
            let caught = catch_cancel(sleep(secs(9))).await.unwrap_err();
            inner.say("body!");
            caught.raise().await
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad"]);
        log.say("told");
        assert_eq!(
            (current_task().unwrap().cancelling(), time().since_start()),
            (0, secs(2))
        );
        yield_now().await;
    });
    assert_eq!(
        log.times(),
        "bad@1000 slow!@1000 body!@1000 slow.@2000 told@2000"
    );
    assert_eq!(log.hops("bad", "body!"), 2);
    assert_eq!(log.hops("slow.", "told"), 2);
}

#[test]
fn p03_errors_stand_in_completion_order_those_of_clean_ups_included() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let cleaning = |name: &'static str, seconds| async move {
                let _ = catch_cancel(sleep(secs(9))).await;
                sleep(secs(seconds)).await;
                Err::<(), _>(name)
            };
            group.spawn(cleaning("late", 2));
            group.spawn(cleaning("soon", 1));
            group.spawn(fails(log.clone(), "first", 1000));
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["first", "soon", "late"]);
    });
}

#[test]
fn p04_an_error_of_the_body_cancels_the_children_and_is_among_the_errors() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(succeeds(log.clone(), "child", 9000));
            sleep(secs(1)).await;
            Err::<(), _>("body")
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["body"]);
        assert_eq!(time().since_start(), secs(2));
    });
    assert_eq!(log.times(), "child!@1000 child.@2000");
}

#[test]
fn p05_a_child_that_is_cancelled_alone_is_no_error() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(succeeds(log.clone(), "a", 9000));
            group.spawn(succeeds(log.clone(), "b", 3000));
            sleep(secs(1)).await;
            child.as_task_ref().cancel();
            assert!(matches!(
                child.result().await,
                Err(ChildEnded::Cancelled(_))
            ));
            Ok(time().since_start())
        });
        assert_eq!(ended.await.unwrap(), secs(2));
    });
    assert_eq!(log.times(), "a!@1000 a.@2000 b@3000");
}

#[test]
fn p02_children_are_cancelled_in_the_order_of_their_spawns_also_where_others_have_ended() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let log = inner.clone();
            for name in ["ended", "too"] {
                group.spawn(succeeds(log.clone(), name, 1));
            }
            group.spawn(succeeds(log.clone(), "first", 9));
            sleep(ms(2)).await;
            group.spawn(succeeds(log.clone(), "second", 9));
            group.spawn(succeeds(log.clone(), "third", 9));
            yield_now().await;
            Err::<(), _>("no")
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["no"]);
    });
    assert_eq!(
        log.texts(),
        "ended too first! second! third! first. second. third."
    );
}

#[test]
fn p06_a_cancel_of_the_parent_cancels_all_and_goes_on_outward() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let parent = spawn(async move {
            let group = task_group(async |group: TaskGroup<Failure>| {
                group.spawn(succeeds(inner.clone(), "child", 9000));
                Ok(())
            });
            let ended = catch_cancel(group).await;
            inner.say(if ended.is_err() { "cancelled" } else { "ended" });
            assert_eq!(current_task().unwrap().cancelling(), 1);
        });
        sleep(secs(1)).await;
        parent.cancel();
        parent.await.unwrap();
    });
    assert_eq!(log.times(), "child!@1000 child.@2000 cancelled@2000");
}

#[test]
fn p06_errors_of_the_children_win_over_the_cancel() {
    let setup = Setup::new();
    setup.run(async {
        let parent = spawn(async move {
            let ended = task_group(async |group: TaskGroup<Failure>| {
                let failing = group.spawn(async {
                    let _ = catch_cancel(sleep(secs(9))).await;
                    Err::<(), _>("clean-up")
                });
                drop(failing);
                sleep(secs(9)).await;
                Ok(())
            });
            let messages = errors(ended.await.unwrap_err());
            assert_eq!(messages, ["clean-up"]);
            // The cancel was not lost: it comes at the next suspension.
            assert!(catch_cancel(yield_now()).await.is_err());
            messages.len()
        });
        sleep(secs(1)).await;
        parent.cancel();
        assert_eq!(parent.await.unwrap(), 1);
    });
}

#[test]
fn p07_a_panic_of_a_child_is_an_error_like_others() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let panicking = group.spawn::<_, ()>(async { panic!("oh") });
            let body = catch_cancel(panicking).await;
            assert!(body.is_err(), "the group cancels its body at this await");
            Ok(())
        });
        let error = ended.await.unwrap_err();
        assert!(matches!(error.errors(), [ChildError::Panicked(panic)] if panic.message() == "oh"));
        assert_eq!(
            error.to_string(),
            "unhandled errors in a task group (1): panicked: oh"
        );
    });
}

#[test]
fn p08_it_takes_no_children_when_it_has_ended_or_shuts_down() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let kept = task_group(async |group: TaskGroup<Failure>| Ok(group)).await;
        let refused = kept.unwrap().try_spawn(async { Ok(()) });
        assert_eq!(refused.unwrap_err(), GroupClosed::Finished);

        let ended = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(fails(log.clone(), "bad", 1000));
            let _ = catch_cancel(sleep(secs(9))).await;
            let refused = group.try_spawn(async { Ok(()) });
            assert_eq!(refused.unwrap_err(), GroupClosed::ShuttingDown);
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad"]);
    });
}

#[test]
fn p09_a_body_that_has_ended_sees_no_cancel_and_the_error_comes_at_the_exit() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(fails(log.clone(), "bad", 0));
            log.say("body");
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad"]);
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
    assert_eq!(log.texts(), "body bad");
}

#[test]
fn p10_nested_groups_that_are_both_cancelled_keep_the_count() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |outer: TaskGroup<Failure>| {
            outer.spawn(fails(log.clone(), "outer", 1000));
            let inner = task_group(async |inner: TaskGroup<Failure>| {
                inner.spawn(fails(log.clone(), "inner", 1000));
                sleep(secs(9)).await;
                Ok(())
            });
            let ended = inner.await;
            log.say("inner told");
            assert_eq!(errors(ended.unwrap_err()), ["inner"]);
            assert_eq!(current_task().unwrap().cancelling(), 1);
            sleep(secs(9)).await;
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["outer"]);
        assert_eq!(
            (current_task().unwrap().cancelling(), time().since_start()),
            (0, secs(1))
        );
        yield_now().await;
    });
    assert_eq!(log.texts(), "outer inner inner told");
}

#[test]
fn p11_cancel_ends_body_and_children_and_is_no_error() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(succeeds(log.clone(), "child", 9000));
            let inside = group.clone();
            group.spawn(async move {
                sleep(secs(1)).await;
                inside.cancel();
                Ok(())
            });
            sleep(secs(9)).await;
            Ok("not reached")
        });
        assert!(matches!(ended.await, Err(GroupError::Cancelled)));
        assert_eq!(
            (current_task().unwrap().cancelling(), time().since_start()),
            (0, secs(2))
        );
        yield_now().await;
    });
    assert_eq!(log.times(), "child!@1000 child.@2000");
}

/// Between the end of the last child and the return of the block, a callback runs.
#[test]
fn p08_nor_between_its_last_child_and_its_own_end() {
    Setup::new().run(async {
        let refused = Rc::new(Cell::new(None));
        let told = refused.clone();
        let ended = task_group(async move |group: TaskGroup<Failure>| {
            let late = group.clone();
            let child = group.spawn(async {
                sleep(secs(1)).await;
                Ok(())
            });
            // The group has registered before, and is notified before.
            child.as_task_ref().add_done_callback(move || {
                told.set(late.try_spawn(async { Ok(()) }).err());
            });
            Ok(())
        });
        ended.await.unwrap();
        assert_eq!(refused.take(), Some(GroupClosed::Finished));
    });
}

#[test]
fn a_child_gives_its_value_to_the_body_and_to_its_siblings() {
    Setup::new().run(async {
        let sum = task_group(async |group: TaskGroup<std::num::ParseIntError>| {
            let two = group.spawn(async { "2".parse::<u32>() });
            let four = group.spawn(async move { Ok(2 * two.await) });
            let one = group.spawn_infallible(async { 1 });
            let mut three = group.spawn(async { Ok(3) });
            let three = (&mut three).await;
            Ok(four.await + one.await + three + "5".parse::<u32>()?)
        });
        assert_eq!(sum.await.unwrap(), 13);
    });
}

#[test]
fn p02_an_await_of_a_failed_child_is_cancelled_in_the_body_in_a_sibling_and_outside() {
    let setup = Setup::new();
    setup.run(async {
        let outside = Rc::new(Cell::new(None));
        let handle = outside.clone();
        let group = spawn(task_group(async move |group: TaskGroup<Failure>| {
            let bad = || async {
                sleep(secs(1)).await;
                Err::<u32, _>("bad")
            };
            handle.set(Some(group.spawn(bad())));
            let (first, second) = (group.spawn(bad()), group.spawn(bad()));
            let sibling = group.spawn(async { Ok(first.await) });
            let value = second.await + sibling.await;
            Ok(value)
        }));
        yield_now().await;
        let child = outside.take().expect("the body has begun");
        let outside = spawn(async { child.await });
        let error = outside.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the task was cancelled: the child failed; its error is in the group's"
        );
        assert_eq!(errors(group.await.unwrap().unwrap_err()), ["bad"; 3]);
        assert_eq!(time().since_start(), secs(1));
    });
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn p05_a_child_that_is_cancelled_alone_cancels_its_awaiter_with_its_reason() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(sleep(secs(9)).map(Ok));
            yield_now().await;
            child.as_task_ref().cancel_with("too slow");
            let caught = catch_cancel(child).await.unwrap_err();
            assert_eq!(caught.reason(), Some("too slow"));
            let child = group.spawn(sleep(secs(9)).map(Ok));
            child.as_task_ref().cancel_with("as well");
            let ended = child.result().await.unwrap_err();
            assert_eq!(ended.to_string(), "the child was cancelled: as well");
            Ok(current_task().unwrap().cancelling())
        });
        assert_eq!(ended.await.unwrap(), 0);
        // Not caught, it ends the body and goes on outward, as an exception does.
        let task = spawn(task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(sleep(secs(9)).map(Ok));
            child.as_task_ref().cancel();
            child.await;
            Ok("not reached")
        }));
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn p08_a_child_that_is_refused_has_ended_and_was_never_polled() {
    Setup::new().run(async {
        let held = Rc::new(());
        let kept = held.clone();
        let group = task_group(async |group: TaskGroup<Failure>| Ok(group))
            .await
            .unwrap();
        let child = group.spawn(async move {
            drop(kept);
            Ok(5)
        });
        assert_eq!(Rc::strong_count(&held), 1, "the future was dropped");
        let task = child.as_task_ref();
        assert!(task.done() && task.exit().is_none() && !task.cancel());
        let refused = ChildEnded::Refused(GroupClosed::Finished);
        assert_eq!(child.result().await, Err(refused));
        let spawned = || group.spawn(async { Ok(5) });
        let caught = catch_cancel(spawned()).await.unwrap_err();
        assert!(caught.reason().unwrap().contains("TaskGroup is finished"));
        for ended in [
            gather([spawned()]).await.map(|_| ()),
            spawn(spawned().into_future()).await.map(|_| ()),
        ] {
            assert!(ended.unwrap_err().is_cancelled());
        }
    });
}

#[test]
fn errors_of_a_group_keep_their_chain_in_an_error_of_the_users_own() {
    #[derive(Debug)]
    struct Mine(Option<std::num::ParseIntError>);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("loading")
        }
    }
    impl std::error::Error for Mine {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.0.as_ref().map(|source| source as _)
        }
    }
    type Anything = Box<dyn std::error::Error + Send + Sync>;
    Setup::new().run(async {
        let fails = || async { Err::<(), Anything>(Mine("x".parse::<u8>().err()).into()) };
        let grouped = task_group(async |group: TaskGroup<Anything>| {
            group.spawn(fails());
            group.spawn(fails());
            Ok(())
        });
        let grouped = grouped.await.unwrap_err();
        let GroupError::Children(errors) = &grouped else {
            panic!("{grouped}");
        };
        assert_eq!(
            (errors.len(), errors.first().to_string()),
            (2, "loading".into())
        );
        let gathered = try_gather([fails()]).await.unwrap_err();
        for merged in [grouped.merge(), gathered.merge()] {
            let mine: &Mine = merged.downcast_ref().expect("it is unchanged");
            assert!(std::error::Error::source(mine).is_some());
        }
        let panicked = task_group(async |group: TaskGroup<Anything>| {
            group.spawn_infallible(async { std::panic::resume_unwind(Box::new("oh")) });
            Ok(())
        });
        let panicked = panicked.await.unwrap_err().merge();
        assert!(panicked.is::<TaskError>());
        let cancelled: Anything = GroupError::Cancelled.merge();
        assert_eq!(
            cancelled.to_string(),
            "the task was cancelled: the task group was cancelled by its own cancel()"
        );
    });
}
