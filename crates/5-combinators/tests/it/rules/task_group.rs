//! P01 to P11: task groups.
//!
//! Read next: `conserved.rs`.

use std::cell::Cell;
use std::rc::Rc;

use crate::setup::*;
use groundup_combinators::executor::{all_tasks, current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{Local, Locals, catch_cancel, yield_now};
use groundup_combinators::{
    ChildEnded, ChildError, GroupClosed, GroupError, TaskGroup, cancellable_group, task_group,
};

type Failure = &'static str;

/// Returns the messages of a group's errors.
fn errors(error: GroupError<Failure>) -> Vec<String> {
    error.errors.iter().map(ToString::to_string).collect()
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
                inside.spawn(succeeds(log, "grandchild", 2000)).unwrap();
                Ok(5)
            });
            Ok(first.unwrap().await.unwrap())
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
                let _child = group.spawn_in(&context, add).unwrap();
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
            group.spawn(fails(inner.clone(), "bad", 1000)).unwrap();
            group.spawn(succeeds(inner.clone(), "slow", 9000)).unwrap();
            let caught = catch_cancel(sleep(secs(9))).await.unwrap_err();
            inner.say("body!");
            caught.raise().await
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad"]);
        log.say("told");
        assert_eq!((current_task().unwrap().cancelling(), time()), (0, secs(2)));
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
            group.spawn(cleaning("late", 2)).unwrap();
            group.spawn(cleaning("soon", 1)).unwrap();
            group.spawn(fails(log.clone(), "first", 1000)).unwrap();
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
            group.spawn(succeeds(log.clone(), "child", 9000)).unwrap();
            sleep(secs(1)).await;
            Err::<(), _>("body")
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["body"]);
        assert_eq!(time(), secs(2));
    });
    assert_eq!(log.times(), "child!@1000 child.@2000");
}

#[test]
fn p05_a_child_that_is_cancelled_alone_is_no_error() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = task_group(async |group: TaskGroup<Failure>| {
            let child = group.spawn(succeeds(log.clone(), "a", 9000)).unwrap();
            group.spawn(succeeds(log.clone(), "b", 3000)).unwrap();
            sleep(secs(1)).await;
            child.as_task_ref().cancel();
            assert_eq!(child.await, Err(ChildEnded::Cancelled));
            Ok(time())
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
                group.spawn(succeeds(log.clone(), name, 1)).unwrap();
            }
            group.spawn(succeeds(log.clone(), "first", 9)).unwrap();
            sleep(ms(2)).await;
            group.spawn(succeeds(log.clone(), "second", 9)).unwrap();
            group.spawn(succeeds(log.clone(), "third", 9)).unwrap();
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
                group.spawn(succeeds(inner.clone(), "child", 9000)).unwrap();
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
                drop(failing.unwrap());
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
            let child: ChildEnded = panicking.unwrap().await.unwrap_err();
            Ok(child)
        });
        let error = ended.await.unwrap_err();
        assert!(
            matches!(&error.errors[..], [ChildError::Panicked(panic)] if panic.message() == "oh")
        );
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
        let refused = kept.unwrap().spawn(async { Ok(()) });
        assert_eq!(refused.unwrap_err(), GroupClosed::Finished);

        let ended = task_group(async |group: TaskGroup<Failure>| {
            group.spawn(fails(log.clone(), "bad", 1000)).unwrap();
            let _ = catch_cancel(sleep(secs(9))).await;
            let refused = group.spawn(async { Ok(()) });
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
            group.spawn(fails(log.clone(), "bad", 0)).unwrap();
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
            outer.spawn(fails(log.clone(), "outer", 1000)).unwrap();
            let inner = task_group(async |inner: TaskGroup<Failure>| {
                inner.spawn(fails(log.clone(), "inner", 1000)).unwrap();
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
        assert_eq!((current_task().unwrap().cancelling(), time()), (0, secs(1)));
        yield_now().await;
    });
    assert_eq!(log.texts(), "outer inner inner told");
}

#[test]
fn p11_cancel_ends_body_and_children_and_is_no_error() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let ended = cancellable_group(async |group: TaskGroup<Failure>| {
            group.spawn(succeeds(log.clone(), "child", 9000)).unwrap();
            let inside = group.clone();
            group
                .spawn(async move {
                    sleep(secs(1)).await;
                    inside.cancel();
                    Ok(())
                })
                .unwrap();
            sleep(secs(9)).await;
            Ok("not reached")
        });
        assert_eq!(ended.await.unwrap(), None);
        assert_eq!((current_task().unwrap().cancelling(), time()), (0, secs(2)));
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
            let child = child.unwrap();
            child.as_task_ref().add_done_callback(move || {
                told.set(late.spawn(async { Ok(()) }).err());
            });
            Ok(())
        });
        ended.await.unwrap();
        assert_eq!(refused.take(), Some(GroupClosed::Finished));
    });
}
