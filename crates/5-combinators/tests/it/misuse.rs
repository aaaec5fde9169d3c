//! Misuse: every edge case and every wrong call has an answer.
//!
//! The problem: an empty set, a delay of zero, a child that cancels its own parent. No author
//! thinks of these cases while all goes well, and each of them can hang a program.
//!
//! | case | behaviour |
//! |---|---|
//! | gather, join, async_map, merge of nothing | done at once, with an empty result |
//! | a task given twice | one handle: does not compile; a clone of it: the task runs once, and each handle has its value |
//! | race_ok of nothing | no winner, and no errors |
//! | a task that runs in another loop | a panic with a message that names the way out |
//! | a deadline that is moved from outside its loop | it moves; a deadline without an end panics |
//! | a wait set in another loop | moves along when it is empty, otherwise panics |
//! | wait for nothing, race without contenders | a panic with a message that says what to check first |
//! | a timeout of zero | the future under it runs to its first suspension |
//! | a timeout of `Duration::MAX` | never ends |
//! | a limit or a buffer of zero | a panic that says "give it at least 1" |
//! | a child that panics | an item or an error for its waiter, and no harm to the others |
//! | a child that cancels its parent | the parent is cancelled, and the child with it |
//! | a spawn in a group that has ended | `GroupClosed::Finished` |
//! | a poll after the end | a panic with a message that says so; a stream returns `None` |
//!
//! Invariant: a misuse ends with a message, never with a hang.
//!
//! Read next: `props.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use crate::setup::*;
use futures::StreamExt;
use futures::future::{FutureExt, LocalBoxFuture, poll_immediate};
use groundup_combinators::executor::{
    EventLoop, Instant, current_task, iteration, sleep, spawn, time,
};
use groundup_combinators::task::{
    Promise, Scheduler, Task, TaskError, TaskRef, catch_cancel, yield_now,
};
use groundup_combinators::*;

/// Returns the message with which `future` panics when a task awaits it.
fn sentence<F: Future + 'static>(future: impl FnOnce() -> F) -> String {
    Setup::new().run(async {
        let awaited = AssertUnwindSafe(async { future().await }).catch_unwind();
        let payload = awaited.await.err().expect("it panics");
        match payload.downcast::<&str>() {
            Ok(text) => text.to_string(),
            Err(payload) => *payload.downcast::<String>().expect("a text"),
        }
    })
}

#[test]
fn nothing_to_wait_for() {
    let empty =
        "Set of Tasks/Futures is empty: there is nothing to wait for; look at is_empty() first";
    let nothing = || Vec::<Task<()>>::new();
    assert_eq!(
        sentence(|| wait(nothing(), ReturnWhen::FirstCompleted)),
        empty
    );
    let set = || async { drop(WaitSet::<()>::new().wait(ReturnWhen::AllCompleted).await) };
    assert_eq!(sentence(set), empty);
    assert_eq!(
        sentence(|| race(Vec::<std::future::Ready<()>>::new())),
        "race has no contenders, so nobody could ever win; look whether there are any first"
    );
    Setup::new().run(async {
        let before = iteration();
        assert!(as_completed(Vec::<Task<()>>::new()).next().await.is_none());
        assert!(async_map(async |()| (), Vec::new()).next().await.is_none());
        assert!(
            async_map(async |()| (), Vec::new())
                .collect_vec()
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(gather(Vec::<Task<()>>::new()).await.unwrap(), []);
        let outcomes = gather(Vec::<Task<()>>::new()).return_exceptions();
        assert_eq!(outcomes.await.len(), 0);
        assert_eq!(
            try_gather(Vec::<Task<Result<(), ()>>>::new())
                .await
                .unwrap(),
            []
        );
        let streams = Vec::<futures::stream::Pending<()>>::new();
        assert!(merge(streams).next().await.is_none());
        assert!(WaitSet::<()>::new().into_tasks().is_empty());
        assert_eq!(iteration(), before);
        let group = task_group(async |_: TaskGroup<()>| Ok(5)).await;
        assert_eq!(group.unwrap(), 5);
        let none = futures::stream::empty::<std::future::Ready<()>>();
        assert!(buffered(none.clone(), 1).next().await.is_none());
        assert!(buffer_unordered(none, 1).next().await.is_none());
    });
}

#[test]
fn a_task_given_twice_runs_once_and_each_has_its_value() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let pair = |name| {
            let task = spawn(child(log.clone(), name, 1000));
            [task.clone(), task]
        };
        assert_eq!(gather(pair("a")).await.unwrap(), ["a"; 2]);
        let outcomes = gather(pair("b")).return_exceptions().await;
        assert_eq!(outcomes.into_iter().filter_map(Result::ok).count(), 2);
        let (done, rest) = wait(pair("c"), ReturnWhen::FirstCompleted).await;
        assert_eq!((done.len(), rest.len()), (2, 0));
        let both = as_completed(pair("d")).map(|one| one.result.unwrap());
        assert_eq!(both.collect::<Vec<_>>().await, ["d"; 2]);
        let both = join(pair("e")).await.into_iter().map(Result::unwrap);
        assert_eq!(both.collect::<Vec<_>>(), ["e"; 2]);
        assert_eq!(race(pair("f")).await.unwrap(), "f");
        let both = buffered(futures::stream::iter(pair("g")), 2).map(Result::unwrap);
        assert_eq!(both.collect::<Vec<_>>().await, ["g"; 2]);
        let [one, other] = pair("h");
        assert_eq!(gather((one, shield(other))).await.unwrap().1, "h");
        assert_eq!(time().since_start(), secs(8));
    });
    let once = ["a", "b", "c", "d", "e", "f", "g", "h"];
    assert_eq!(log.texts(), once.join(" "));
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn no_time_at_all() {
    let setup = Setup::new();
    setup.run(async {
        let zero = Duration::ZERO;
        assert_eq!(timeout(zero, ready(1)).await, Ok(1));
        assert_eq!(timeout(zero, yield_now()).await, Err(Elapsed));
        assert_eq!(
            wait_for(ready(1), zero).await,
            Err(Elapsed),
            "it is not even begun"
        );
        let (done, pending) = wait([sleep(secs(9))], ReturnWhen::AllCompleted)
            .timeout(zero)
            .await;
        assert_eq!((done.len(), pending.len()), (0, 1));
        cancel_all(pending.into_tasks());
        assert_eq!(timeout_at(Instant::START, yield_now()).await, Err(Elapsed));
        assert_eq!(Deadline::after(zero).run(yield_now()).await, Err(Elapsed));
        let late = Deadline::never();
        let moved = late.clone();
        let ended = late.run(async move {
            moved.reschedule(Some(Instant::START)).unwrap();
            yield_now().await;
        });
        assert_eq!(ended.await, Err(Elapsed));
        let mut set: WaitSet<()> = [sleep(secs(9))].into_iter().collect();
        let waiting = set.wait(ReturnWhen::FirstCompleted).timeout(zero);
        assert_eq!(waiting.await.len(), 0);
        cancel_all(set.into_tasks());
        let mut results = as_completed([sleep(secs(9))]).timeout(zero);
        assert!(results.next().await.unwrap().is_err());
        cancel_all(results.into_tasks().into_iter().map(|(_, task)| task));
        assert_eq!(time().since_start(), zero);
    });
}

fn cancel_all(tasks: impl IntoIterator<Item = Task<()>>) {
    for task in tasks {
        task.cancel();
    }
}

#[test]
fn all_the_time_there_is() {
    let setup = Setup::new();
    setup.run(async {
        let ever = Duration::MAX;
        let nap = || sleep(secs(100));
        assert_eq!(timeout(ever, nap()).await, Ok(()));
        assert_eq!(timeout_at(Instant::NEVER, nap()).await, Ok(()));
        assert_eq!(Deadline::at(Instant::NEVER).run(nap()).await, Ok(()));
        assert_eq!(wait_for(nap(), ever).await, Ok(()));
        let (done, _) = wait([nap()], ReturnWhen::AllCompleted).timeout(ever).await;
        assert_eq!(done.len(), 1);
        let mut results = as_completed([nap()]).timeout(ever);
        assert!(results.next().await.unwrap().is_ok());
        let mut set: WaitSet<()> = [nap()].into_iter().collect();
        let waiting = set.wait(ReturnWhen::AllCompleted).timeout(ever);
        assert_eq!(waiting.await.len(), 1);
        let moved = Deadline::after(secs(1));
        let inside = moved.clone();
        let ended = moved.run(async move {
            inside.reschedule(Some(Instant::NEVER)).unwrap();
            nap().await;
        });
        assert_eq!(ended.await, Ok(()));
        assert_eq!(time().since_start(), secs(800));
    });
}

#[test]
fn limits_of_zero() {
    let map = catch_unwind(|| drop(async_map(async |n: u32| n, 0..3).limit(0)));
    let mark = *map.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(
        mark,
        "async_map with a limit of 0 would never run anything: give it at least 1"
    );
    let calls = || futures::stream::iter([ready(1)]);
    let buffer = catch_unwind(|| drop(buffered(calls(), 0)));
    let mark = *buffer.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(
        mark,
        "a buffer of 0 would never run anything: give it at least 1"
    );
    let buffer = catch_unwind(|| drop(buffer_unordered(calls(), 0)));
    assert_eq!(*buffer.unwrap_err().downcast::<&str>().unwrap(), mark);
}

#[test]
fn a_child_that_panics_is_news_and_no_harm() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let bad = || spawn(async { panic!("oh") });
        let good = || careful(&log, "good", 1000);
        assert!(gather([bad(), good()]).await.unwrap_err().is_panicked());
        assert_eq!(gather([bad(), good()]).return_exceptions().await.len(), 2);
        let (mut done, _) = wait([bad(), good()], ReturnWhen::AllCompleted).await;
        let results = done.iter_mut().map(|task| task.take_result().unwrap());
        assert_eq!(
            results.map(|result| result.is_ok()).collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(as_completed([bad(), good()]).count().await, 2);
        assert!(shield(bad()).await.unwrap_err().is_panicked());
        assert!(
            wait_for(bad(), secs(1))
                .await
                .unwrap()
                .unwrap_err()
                .is_panicked()
        );
        assert!(race([bad(), good()]).await.unwrap_err().is_panicked());
        assert!(race_ok([bad(), good()]).await.is_ok());
        assert_eq!(join([bad(), good()]).await.len(), 2);
        assert!(try_join([bad(), good()]).await.unwrap_err().is_panicked());
        assert!(current_task().unwrap().cancelling() == 0);
    });
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn a_group_tells_of_a_panic_as_of_an_error() {
    let setup = Setup::new();
    setup.run(async {
        let log = &setup.log;
        let ended = task_group(async |group: TaskGroup<()>| {
            drop(group.spawn(carefully(log.clone(), "b", 9000).map(|_| Ok(()))));
            let bad: Child<()> = group.spawn(async {
                sleep(secs(1)).await;
                panic!("oh")
            });
            let body = catch_cancel(bad).await;
            assert!(body.is_err(), "the group cancels its body at this await");
            Ok(())
        });
        let error = ended.await.unwrap_err();
        assert!(matches!(error.errors(), [ChildError::Panicked(panic)] if panic.message() == "oh"));
    });
    assert_eq!(setup.log.times(), "b!@1000 b.@2000");
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn a_call_that_panics_is_one_item_and_a_source_that_panics_is_heard() {
    let setup = Setup::new();
    setup.run(async {
        let call = async |n: u32| {
            sleep(secs(1)).await;
            assert!(n != 1, "oh");
            n
        };
        let good = |results: Vec<Result<u32, TaskError>>| -> Vec<Option<u32>> {
            results.into_iter().map(Result::ok).collect()
        };
        let all = [Some(0), None, Some(2)];
        assert_eq!(good(async_map(call, 0..3).collect().await), all);
        assert_eq!(good(async_map(call, 0..3).limit(1).collect().await), all);
        let calls = || futures::stream::iter(0..3).map(call);
        assert_eq!(good(buffered(calls(), 2).collect().await), all);
        assert_eq!(good(buffer_unordered(calls(), 3).collect().await), all);
        let values = async_map(call, 0..3).collect_vec().await;
        assert!(values.unwrap_err().is_panicked());

        // A source is not a call: its panic goes on in the reader, which may read on.
        let bad = || futures::stream::iter(0..3).map(|n| if n == 1 { panic!("oh") } else { n });
        let mut merged = merge([
            bad().boxed_local(),
            futures::stream::iter([7]).boxed_local(),
        ]);
        let mut items = Vec::new();
        let mut panics = 0;
        loop {
            match AssertUnwindSafe(merged.next()).catch_unwind().await {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        assert_eq!((items, panics), (vec![0, 7], 1));
        let mut zipped = zip((bad(), futures::stream::iter(0..9)));
        assert_eq!(zipped.next().await, Some((0, 0)));
        let second = AssertUnwindSafe(zipped.next()).catch_unwind().await;
        assert!(second.is_err());
        assert_eq!(zipped.next().await, None);
        let source = bad().map(ready);
        let mut results = buffered(source, 1);
        assert_eq!(results.next().await.unwrap().unwrap(), 0);
        assert!(
            AssertUnwindSafe(results.next())
                .catch_unwind()
                .await
                .is_err()
        );
        assert!(results.next().await.is_none());
    });
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn a_future_in_place_that_panics_takes_its_holder_along_and_nothing_else() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let bad = || async {
            sleep(secs(1)).await;
            panic!("oh")
        };
        type Bad = LocalBoxFuture<'static, ()>;
        let holders: [fn(Bad, Bad) -> Bad; 7] = [
            |bad, good| join((bad, good)).map(drop).boxed_local(),
            |bad, good| race((bad, good)).boxed_local(),
            |bad, good| select((bad, good)).map(drop).boxed_local(),
            |bad, good| {
                let (bad, good) = (bad.map(Ok::<_, ()>), good.map(Ok));
                try_join((bad, good)).map(drop).boxed_local()
            },
            |bad, good| {
                let (bad, good) = (bad.map(Ok), good.map(Err::<(), _>));
                race_ok((bad, good)).map(drop).boxed_local()
            },
            |bad, _| timeout(secs(9), bad).map(drop).boxed_local(),
            |bad, _| wait_for(bad, secs(9)).map(drop).boxed_local(),
        ];
        for holder in holders {
            let beside = careful(&log, "beside", 3000);
            let good = sleep(secs(2)).boxed_local();
            let holding = spawn(holder(bad().boxed_local(), good));
            assert!(holding.await.unwrap_err().is_panicked());
            assert_eq!(beside.await.unwrap(), "beside");
        }
        assert_eq!(time().since_start(), secs(21));
    });
    assert_eq!(setup.reports(), [""; 0]);
}

/// Runs `combine` in a task over two children. The first child cancels that task after a
/// second. Returns how and when the task ended.
fn cancelled_by_its_child<F>(
    combine: impl FnOnce(Vec<LocalBoxFuture<'static, ()>>) -> F + 'static,
) -> String
where
    F: Future<Output = ()> + 'static,
{
    end_of_its_parent(Box::new(|children| combine(children).boxed_local()))
}

/// The two children, to what awaits them.
type Combine = dyn FnOnce(Vec<LocalBoxFuture<'static, ()>>) -> LocalBoxFuture<'static, ()>;

fn end_of_its_parent(combine: Box<Combine>) -> String {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let parent = spawn(async move {
            let own: TaskRef = current_task().expect("in a task");
            let bad = async move {
                sleep(secs(1)).await;
                own.cancel();
                sleep(secs(1)).await;
            };
            let second = carefully(inner, "b", 5000).map(drop);
            combine(vec![bad.boxed_local(), second.boxed_local()]).await;
        });
        let ended = parent.await;
        let cancelled = matches!(ended, Err(TaskError::Cancelled(_)));
        log.say(if cancelled { "cancelled" } else { "ended" });
    });
    log.times()
}

#[test]
fn a_child_that_cancels_its_own_parent_is_cancelled_with_it() {
    let tasks = "b!@1000 b.@2000 cancelled@2000";
    let gathered =
        cancelled_by_its_child(|all| async { drop(gather(all).return_exceptions().await) });
    assert_eq!(gathered, tasks);
    let group = cancelled_by_its_child(|all| async {
        let group = task_group(async |group: TaskGroup<()>| {
            for child in all {
                drop(group.spawn(child.map(Ok)));
            }
            Ok(())
        });
        drop(group.await);
    });
    assert_eq!(group, tasks);
    let first = cancelled_by_its_child(|all| async { drop(gather(all).await) });
    assert_eq!(first, "b!@1000 cancelled@1000 b.@2000");
    let waited =
        cancelled_by_its_child(|all| async { drop(wait(all, ReturnWhen::AllCompleted).await) });
    assert_eq!(waited, "cancelled@1000 b@5000");
    let joined = cancelled_by_its_child(|all| async { drop(join(all).await) });
    assert_eq!(joined, "b!@1000 b.@2000 cancelled@2000");
    let read = cancelled_by_its_child(|all| async {
        drop(
            async_map(async |child| child.await, all)
                .collect_vec()
                .await,
        )
    });
    assert_eq!(read, "b!@1000 cancelled@1000 b.@2000");
}

#[test]
fn a_child_that_cancels_its_own_parent_is_let_go_as_the_table_says() {
    type All = Vec<LocalBoxFuture<'static, ()>>;
    fn pair(all: All) -> (LocalBoxFuture<'static, ()>, LocalBoxFuture<'static, ()>) {
        let [a, b] = <[_; 2]>::try_from(all).ok().expect("there are two");
        (a, b)
    }
    fn tasks(all: All) -> Vec<Task<()>> {
        all.into_iter().map(spawn).collect()
    }
    fn succeed(all: All) -> Vec<LocalBoxFuture<'static, Result<(), ()>>> {
        let succeed = |child: LocalBoxFuture<'static, ()>| child.map(Ok).boxed_local();
        all.into_iter().map(succeed).collect()
    }
    let streams = |all: All| all.into_iter().map(|child| child.into_stream());
    let given_up = "b!@1000 cancelled@1000 b.@2000";
    let awaited = "b!@1000 b.@2000 cancelled@2000";
    let runs_on = "cancelled@1000 b@5000";
    // A child in place caught the cancel; meanwhile the other child finished.
    let won = "b!@1000 ended@2000";
    let alone = "cancelled@1000";
    macro_rules! check {
        ($($expected:ident: $name:literal |$all:ident| $waiting:expr;)+) => {$(
            let told = cancelled_by_its_child(move |$all| $waiting.into_future().map(|_| ()));
            assert_eq!(told, $expected, $name);
        )+};
    }
    check! {
        given_up: "try_gather" |all| try_gather(succeed(all));
        given_up: "race of tasks" |all| race(tasks(all));
        given_up: "buffered" |all| buffered(futures::stream::iter(all), 2).collect::<Vec<_>>();
        given_up: "unordered" |all| buffer_unordered(futures::stream::iter(all), 2).count();
        given_up: "merge" |all| merge(streams(all)).count();
        given_up: "zip" |all| {
            let (a, b) = pair(all);
            zip((a.into_stream(), b.into_stream())).count()
        };
        awaited: "try_join" |all| try_join(succeed(all));
        runs_on: "join of tasks" |all| join(tasks(all));
        runs_on: "as_completed" |all| as_completed(all).count();
        runs_on: "WaitSet" |all| async {
            let mut set: WaitSet<()> = all.into_iter().collect();
            drop(set.wait(ReturnWhen::AllCompleted).await);
        };
        won: "race" |all| race(all);
        won: "race_ok" |all| race_ok(succeed(all));
        won: "select_biased" |all| select_biased(pair(all));
        alone: "shield" |all| shield(pair(all).0);
        alone: "wait_for" |all| wait_for(pair(all).0, secs(9));
        alone: "wait_for a task" |all| wait_for(spawn(pair(all).0), secs(9));
        alone: "timeout" |all| timeout(secs(9), pair(all).0);
    }
}

#[test]
fn a_group_that_shuts_down_takes_no_children() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<()>| {
            group.cancel();
            let refused = group.try_spawn(async { Ok(()) }).unwrap_err();
            assert_eq!(refused, GroupClosed::ShuttingDown);
            group.cancel(); // a second call changes nothing
            Ok(5)
        });
        assert_eq!(ended.await.unwrap(), 5);
        assert_eq!(current_task().unwrap().cancelling(), 0);
        yield_now().await;
    });
}

#[test]
fn a_group_after_its_end() {
    Setup::new().run(async {
        let group = task_group(async |group: TaskGroup<()>| Ok(group))
            .await
            .unwrap();
        assert_eq!(
            group.try_spawn(async { Ok(()) }).unwrap_err(),
            GroupClosed::Finished
        );
        group.cancel();
        assert!(group.is_empty());
        assert_eq!(current_task().unwrap().cancelling(), 0);
        yield_now().await;
        let dropped: TaskGroup<()> = {
            let mut block = Box::pin(task_group(async |group: TaskGroup<()>| {
                let (kept, late) = (group.clone(), group.clone());
                drop(group.spawn(async move {
                    sleep(secs(9)).await;
                    drop(late);
                    Ok(())
                }));
                sleep(secs(5)).await;
                Ok(kept)
            }));
            assert!(poll_immediate(&mut block).await.is_none());
            drop(block);
            group
        };
        assert_eq!(
            dropped.try_spawn(async { Ok(()) }).unwrap_err(),
            GroupClosed::Finished
        );
        assert_eq!(
            GroupClosed::Finished.to_string(),
            "TaskGroup is finished: spawn its children from inside its body or from its children"
        );
    });
}

#[test]
fn polled_after_it_had_finished() {
    async fn twice<F: IntoFuture>(future: F) {
        let mut future = Box::pin(future.into_future());
        future.as_mut().await;
        future.await;
    }
    let after = |name: &str| format!("{name} was polled after it had finished: await it once");
    assert_eq!(sentence(|| twice(gather([ready(1)]))), after("gather"));
    assert_eq!(
        sentence(|| twice(gather([ready(1)]).return_exceptions())),
        after("gather")
    );
    assert_eq!(
        sentence(|| twice(try_gather([ready(Ok::<_, ()>(1))]))),
        after("gather")
    );
    assert_eq!(
        sentence(|| twice(gather((ready(1), ready(2))))),
        after("gather")
    );
    let all = ReturnWhen::AllCompleted;
    assert_eq!(
        sentence(move || twice(wait([ready(1)], all))),
        after("wait")
    );
    let set = move || async move {
        let mut set: WaitSet<u32> = [ready(1)].into_iter().collect();
        twice(set.wait(all)).await;
    };
    assert_eq!(sentence(set), after("wait"));
    assert_eq!(sentence(|| twice(shield(ready(1)))), after("shield"));
    assert_eq!(
        sentence(|| twice(timeout(secs(1), ready(1)))),
        after("timeout")
    );
    let expired = || twice(timeout(Duration::ZERO, sleep(secs(1))));
    assert_eq!(sentence(expired), after("timeout"));
    let group = || twice(task_group(async |_: TaskGroup<()>| Ok(())));
    let resumed = "`async fn` resumed after completion";
    assert_eq!(sentence(group), resumed);
    assert_eq!(sentence(|| twice(wait_for(ready(1), secs(1)))), resumed);
    let map = || twice(async_map(async |n| n, [1]).collect_vec());
    assert_eq!(sentence(map), resumed);
    let child = || async {
        let group = task_group(async |group: TaskGroup<()>| {
            twice(group.spawn(async { Ok(5) })).await;
            Ok(())
        });
        drop(group.await);
    };
    assert_eq!(sentence(child), after("a child"));
}

#[test]
fn streams_that_are_over_stay_over() {
    Setup::new().run(async {
        let calls = || futures::stream::iter([ready(1)]);
        let mut all = [
            as_completed([ready(1)]).map(drop).boxed_local(),
            as_completed([ready(1)])
                .timeout(secs(1))
                .map(drop)
                .boxed_local(),
            async_map(async |n| n, [1]).map(drop).boxed_local(),
            async_map(async |n| n, [1]).limit(1).map(drop).boxed_local(),
            merge([futures::stream::iter([1])]).map(drop).boxed_local(),
            zip((futures::stream::iter([1]), futures::stream::iter([2])))
                .map(drop)
                .boxed_local(),
            buffered(calls(), 1).map(drop).boxed_local(),
            buffer_unordered(calls(), 1).map(drop).boxed_local(),
        ];
        for stream in &mut all {
            assert!(stream.next().await.is_some());
            assert!(stream.next().await.is_none());
            assert!(stream.next().await.is_none());
        }
    });
}

#[test]
fn a_deadline_in_a_callback_says_where_it_belongs() {
    let setup = Setup::new();
    setup.run(async {
        executor::call_soon(|| {
            let _ = timeout(secs(1), sleep(secs(2))).now_or_never();
        });
        yield_now().await;
    });
    assert_eq!(
        setup.reports(),
        [
            "Exception in callback: it panicked: timeout works only in a task: spawn it, or await it in one"
        ]
    );
}

#[test]
fn a_task_group_in_a_callback_says_where_it_belongs_and_leaves_nothing() {
    let setup = Setup::new();
    setup.run(async {
        executor::call_soon(|| {
            let body = async |_: TaskGroup<()>| Ok(());
            let _ = task_group(body).now_or_never();
        });
        yield_now().await;
        let scheduler = Scheduler::current().unwrap();
        assert_eq!(scheduler.groups().0, 0);
    });
    assert_eq!(
        setup.reports(),
        [
            "Exception in callback: it panicked: task_group works only in a task: spawn it, or await it in one"
        ]
    );
}

#[test]
fn wait_for_without_time_answers_in_a_loop_that_is_being_closed() {
    struct Late(Task<u32>, Promise<u32>, Rc<Cell<u32>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let Late(task, promise, answers) = self;
            let now = |answer: Option<bool>| {
                assert_eq!(answer, Some(false), "it answers, and has no value");
                answers.set(answers.get() + 1);
            };
            let zero = Duration::ZERO;
            now(wait_for(ready(5), zero).now_or_never().map(|r| r.is_ok()));
            now(wait_for(task.clone(), zero)
                .now_or_never()
                .map(|r| r.is_ok_and(|r| r.is_ok())));
            now(wait_for(promise.clone(), zero)
                .now_or_never()
                .map(|r| r.is_ok()));
        }
    }
    let event_loop = EventLoop::builder().virtual_time().build();
    let answers = Rc::new(Cell::new(0));
    // The holder is older, so that task and promise still live when it is dropped.
    let mine: Rc<RefCell<Option<Late>>> = Rc::default();
    let held = mine.clone();
    let holder = event_loop.spawn(async move {
        let _late = held.take();
        sleep(Duration::MAX).await;
    });
    let task = event_loop.spawn(async {
        sleep(Duration::MAX).await;
        5
    });
    let promise = event_loop.scheduler().promise();
    mine.replace(Some(Late(task, promise, answers.clone())));
    event_loop.run_until_complete(yield_now()).unwrap();
    drop(holder);
    event_loop.close().unwrap();
    assert_eq!(answers.get(), 3);
}

/// An empty set moves to another loop; any other set says why it cannot.
#[test]
fn a_wait_set_in_another_loop() {
    let mut set = WaitSet::new();
    let loops = [(), (), ()].map(|()| EventLoop::builder().virtual_time().build());
    for event_loop in &loops {
        let done = event_loop.run_until_complete(async {
            set.add(async { 1 });
            yield_now().await;
            let at_entry = poll_immediate(set.wait(ReturnWhen::AllCompleted)).await;
            assert!(at_entry.is_none());
            set.wait(ReturnWhen::AllCompleted).await.len()
        });
        assert_eq!(done.unwrap(), 1);
        event_loop.close().unwrap();
    }
    let [one, other] = [(), ()].map(|()| EventLoop::builder().virtual_time().build());
    one.run_until_complete(async { set.add(async { 2 }) })
        .unwrap();
    let refused = other.run_until_complete(async {
        let refused = catch_unwind(AssertUnwindSafe(|| set.add(async { 3 })));
        *refused.unwrap_err().downcast::<&str>().expect("a text")
    });
    assert!(
        refused
            .unwrap()
            .starts_with("the tasks of this set are of another loop")
    );
    assert_eq!(set.into_tasks().len(), 1);
}

/// A set does not grow when it refuses a task: the next member takes the place.
#[test]
fn a_member_that_is_refused_leaves_its_place_to_the_next() {
    let other = EventLoop::builder().virtual_time().build();
    let foreign = other.spawn(std::future::pending::<()>());
    Setup::new().run(async {
        let mut set = WaitSet::new();
        let first = set.add(async {});
        drop(set.remove(first));
        let refused = catch_unwind(AssertUnwindSafe(|| set.add(foreign)));
        assert!(refused.is_err());
        // The place of the refused task is still vacant.
        let next = set.add(async {});
        assert_eq!(format!("{next:?}"), "MemberId { place: 0, order: 1 }");
        assert_eq!(set.wait(ReturnWhen::AllCompleted).await.len(), 1);
    });
}

/// A task that runs in another loop is refused; a task that has ended there has its value.
#[test]
fn a_member_of_another_loop() {
    let [one, other] = [(), ()].map(|()| EventLoop::builder().virtual_time().build());
    let ended = other.spawn(async { 1 });
    other.run_until_complete(yield_now()).unwrap();
    let running = || other.spawn(async { 2 });
    let (all, first, each, covered) = (running(), running(), running(), running());
    one.run_until_complete(async {
        assert_eq!(gather([ended]).await.unwrap(), [1]);
        let refused = |refused: std::thread::Result<()>| {
            let payload = refused.unwrap_err();
            let text = *payload.downcast::<&str>().expect("a text");
            assert!(
                text.starts_with("this loop does not learn of the end of a task"),
                "{text}"
            );
        };
        let refusing =
            |refusing: Box<dyn FnOnce()>| refused(catch_unwind(AssertUnwindSafe(refusing)));
        refusing(Box::new(|| drop(gather([all]))));
        refusing(Box::new(|| drop(wait([first], ReturnWhen::AllCompleted))));
        refusing(Box::new(|| drop(as_completed([each]))));
        refusing(Box::new(|| drop(shield(covered))));
        let guest = running();
        assert!(
            gather([async { guest.await.unwrap() }])
                .now_or_never()
                .is_none()
        );
    })
    .unwrap();
}

/// A deadline is moved in its own loop, also when another loop calls it.
#[test]
fn a_deadline_moved_from_elsewhere() {
    let [one, other] = [(), ()].map(|()| EventLoop::builder().virtual_time().build());
    let under = |event_loop: &EventLoop, deadline: &Deadline| {
        let deadline = deadline.clone();
        let pending = std::future::pending::<()>();
        let task = event_loop.spawn(async move { deadline.run(pending).await });
        event_loop.run_until_complete(yield_now()).unwrap();
        task
    };
    let [moved, never, beside] = [
        Deadline::after(secs(9)),
        Deadline::never(),
        Deadline::never(),
    ];
    let (task, _endless) = (under(&one, &moved), under(&one, &never));
    let _beside = under(&other, &beside);
    other
        .run_until_complete(async {
            moved.reschedule(Some(Instant::START + secs(1))).unwrap();
            let refused = catch_unwind(AssertUnwindSafe(|| {
                never.reschedule(Some(Instant::START + secs(1)))
            }));
            assert_eq!(
                *refused.unwrap_err().downcast::<&str>().expect("a text"),
                "a Deadline that has no end can get one only in its own loop: call this in a task or \
                 a callback of that loop"
            );
            sleep(secs(3)).await;
        })
        .unwrap();
    assert!(!moved.expired() && !beside.expired() && never.when().is_none());
    moved.reschedule(Some(Instant::START + secs(2))).unwrap();
    let ended = one.run_until_complete(async { task.await.unwrap() });
    assert_eq!(
        (ended.unwrap(), one.time().since_start()),
        (Err(Elapsed), secs(2))
    );
}
