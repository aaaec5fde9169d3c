//! Rules C01 to C14: a cancel does the same as in asyncio.
//!
//! One test a rule, named after it. The rounds and reasons in the tests are those of CPython
//! 3.13 for the same programs. Two things differ from Python on purpose:
//!
//! | Python | here |
//! |---|---|
//! | `except CancelledError` around any await | `catch_cancel(future).await`: a future can be dropped, but no exception can be thrown into it |
//! | C13: if another task cancels the future that I await, that is raised in me | it is the value of my await: `Err(PromiseError::Cancelled)`, `Err(TaskError::Cancelled)` |
//!
//! Read next: `kernel_tickets.rs`.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;

use crate::drive::*;
use groundup_task::{
    CancelScope, Cancelled, Promise, PromiseError, Task, TaskError, catch_cancel, raise_cancelled,
    yield_now,
};

/// Checks that a task ended as cancelled, and returns the reason.
fn reason<T: std::fmt::Debug>(outcome: Result<T, TaskError>) -> Option<String> {
    let Err(TaskError::Cancelled(cancelled)) = outcome else {
        panic!("not cancelled: {outcome:?}");
    };
    cancelled.reason().map(str::to_string)
}

/// A task that catches the first cancel and returns its reason.
fn catching() -> Task<Option<String>> {
    spawn(async {
        let caught = catch_cancel(forever()).await.unwrap_err();
        caught.reason().map(str::to_string)
    })
}

#[test]
fn c01_cancel_is_a_request() {
    Drive::new().run(async {
        let task = spawn(forever());
        yield_now().await;
        assert_eq!(task.cancelling(), 0);
        assert!(task.cancel());
        assert_eq!(task.cancelling(), 1);
        assert_eq!(task.cancelled(), Some(false));
        assert!(!task.done());
        let reference = task.task_ref();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(reference.done());
    });
}

#[test]
fn c02_it_is_delivered_in_the_next_iteration_where_the_task_is_suspended() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let dropped = log.clone();
        let task = spawn(async move {
            let _local = OnDrop::new(move || dropped.say("dropped"));
            forever().await;
        });
        yield_now().await;
        log.say("cancel");
        task.cancel();
        log.say("cancel returned");
        assert!(task.await.is_err());
        log.say("observer");
    });
    let expected = [
        (0, "cancel"),
        (0, "cancel returned"),
        (1, "dropped"),
        (2, "observer"),
    ];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn c03_cancelled_before_its_first_step_the_body_never_runs() {
    let drive = Drive::new();
    let log = drive.log.clone();
    let drops = Drops::default();
    let captured = drops.one();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            let _captured = captured;
            inner.say("body");
        });
        task.cancel_with("changed my mind");
        assert_eq!(reason(task.await).as_deref(), Some("changed my mind"));
    });
    assert_eq!(drive.log.texts(), Vec::<String>::new());
    assert_eq!(drops.count(), 1, "what it had captured is dropped");
}

#[test]
fn c04_a_done_task_cannot_be_cancelled() {
    Drive::new().run(async {
        let task = spawn(async { 5 });
        yield_now().await;
        assert!(!task.cancel());
        assert_eq!(task.cancelling(), 0);
        let gone = task.task_ref();
        assert_eq!(task.await.unwrap(), 5);
        assert!(!gone.cancel());
    });
}

/// A chain of tasks that await each other, `depth` of them.
fn nested(depth: usize, log: Log) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let waiting: Pin<Box<dyn Future<Output = ()>>> = match depth {
            0 => Box::pin(async {
                let _ = Promise::<()>::new().await;
            }),
            _ => {
                let inner = spawn(nested(depth - 1, log.clone()));
                Box::pin(async { inner.await.unwrap() })
            }
        };
        if let Err(cancelled) = catch_cancel(waiting).await {
            log.say(format!("level {depth}"));
            cancelled.raise().await;
        }
    })
}

#[test]
fn c05_the_innermost_gets_it_first_then_one_iteration_a_level() {
    for depth in 0..4 {
        let drive = Drive::new();
        let log = drive.log.clone();
        let seen = drive.run(async {
            let outer = spawn(nested(depth, log.clone()));
            pause(depth + 2).await;
            log.say("cancel");
            outer.cancel_with("m");
            let seen = reason(outer.await);
            log.say("observer");
            seen
        });
        assert_eq!(seen.as_deref(), Some("m"));
        let mut expected = vec![(0, "cancel".to_string())];
        for level in 0..=depth {
            expected.push((1 + level as u64, format!("level {level}")));
        }
        expected.push((depth as u64 + 2, "observer".to_string()));
        assert_eq!(drive.log.rounds(), expected);
    }
}

#[test]
fn c05_without_regions_it_travels_the_same() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let (first, second) = (log.clone(), log.clone());
        let inner = spawn(async move {
            let _local = OnDrop::new(move || first.say("inner"));
            forever().await;
        });
        let outer = spawn(async move {
            let _local = OnDrop::new(move || second.say("outer"));
            let _ = inner.await;
        });
        pause(2).await;
        log.say("cancel");
        outer.cancel();
        assert!(outer.await.unwrap_err().is_cancelled());
        log.say("observer");
    });
    let expected = [(0, "cancel"), (1, "inner"), (2, "outer"), (3, "observer")];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn c05_if_the_awaited_swallows_it_the_outer_goes_on() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let (first, second) = (log.clone(), log.clone());
        let inner = spawn(async move {
            assert!(catch_cancel(forever()).await.is_err());
            first.say("inner caught");
            5
        });
        let outer = spawn(async move {
            let value = inner.await.unwrap();
            second.say(format!("outer got {value}"));
            (value, scheduler().current_task().unwrap().cancelling())
        });
        pause(3).await;
        log.say("cancel");
        outer.cancel();
        assert_eq!(outer.await.unwrap(), (5, 1));
        log.say("observer");
    });
    let expected = [
        (0, "cancel"),
        (1, "inner caught"),
        (2, "outer got 5"),
        (3, "observer"),
    ];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn c05_it_comes_back_also_from_a_task_that_nobody_holds() {
    let drive = Drive::new();
    drive.run(async {
        let inner = spawn(forever());
        let reference = inner.task_ref();
        inner.detach();
        let outer = spawn(async move {
            reference.ended().await;
            "went on"
        });
        pause(2).await;
        outer.cancel_with("m");
        assert_eq!(reason(outer.await).as_deref(), Some("m"));
    });
}

#[test]
fn c05_it_comes_back_to_a_scope_from_a_task_that_has_gone_by_then() {
    let drive = Drive::new();
    drive.run(async {
        // A detached task goes at its end. A task with an earlier holder goes when that holder
        // takes its value, just before the scope looks.
        for held in [false, true] {
            let inner = spawn(forever());
            let reference = inner.task_ref();
            let holder = held.then(|| spawn(async move { inner.await.is_err() }));
            yield_now().await;
            let scope = Rc::new(CancelScope::new());
            let (outside, awaited) = (scope.clone(), reference.clone());
            let outer = spawn(async move {
                let within = scope.catch(awaited.ended()).await;
                yield_now().await; // the task itself goes on
                within
            });
            pause(2).await;
            outside.cancel();
            let before = reference.cancelling();
            assert_eq!(before, 1, "held {held}: it is asked first");
            assert!(
                outer.await.unwrap().is_err(),
                "held {held}: the cancel came back"
            );
            assert!(reference.done());
            if let Some(holder) = holder {
                assert!(holder.await.unwrap());
            }
        }
    });
}

#[test]
fn c05_if_what_has_gone_had_swallowed_it_the_scope_goes_on() {
    let drive = Drive::new();
    drive.run(async {
        let inner = spawn(async {
            assert!(catch_cancel(forever()).await.is_err());
        });
        let reference = inner.task_ref();
        inner.detach();
        let scope = Rc::new(CancelScope::new());
        let outside = scope.clone();
        let outer = spawn(async move { scope.catch(reference.ended()).await });
        pause(2).await;
        outside.cancel();
        assert_eq!(outer.await.unwrap(), Ok(()));
    });
}

#[test]
fn c05_of_two_scopes_one_in_the_other_that_ask_the_same_both_are_answered() {
    let drive = Drive::new();
    drive.run(async {
        let inner = spawn(forever());
        let reference = inner.task_ref();
        inner.detach();
        let scopes = [(); 2].map(|()| Rc::new(CancelScope::new()));
        let [around, within] = scopes.clone();
        let outer = spawn(async move {
            let whole = around.catch(async {
                let part = within.catch(reference.ended()).await;
                // Both cancels were delivered as one, which is raised here.
                part.unwrap_err().raise().await
            });
            whole.await.is_err()
        });
        pause(2).await;
        scopes.iter().for_each(|scope| scope.cancel());
        assert!(outer.await.unwrap());
    });
}

#[test]
fn c05_it_comes_back_from_what_is_awaited_and_from_nothing_else() {
    use futures::future::select;
    let drive = Drive::new();
    drive.run(async {
        let mut left = spawn(forever());
        let reference = left.task_ref();
        let (stop, swallowing) = (
            later(1, ()),
            spawn(async {
                assert!(catch_cancel(forever()).await.is_err());
                pause(5).await;
                7
            }),
        );
        let task = spawn(async move {
            // The task has waited for `left`, and still stands in its list.
            select(&mut left, stop.into_future()).await;
            yield_now().await;
            swallowing.await.unwrap()
        });
        pause(5).await;
        task.cancel();
        reference.cancel();
        assert_eq!(task.await.unwrap(), 7);
    });
}

#[test]
fn c05_what_was_given_up_in_the_same_step_is_not_awaited_any_more() {
    use futures::future::select;
    let drive = Drive::new();
    drive.run(async {
        let given_up: Promise<()> = Promise::new();
        for kind in 0..3 {
            let inner = spawn(forever());
            let (awaited, loser) = (inner.task_ref(), spawn(forever()));
            let (reference, promise, stop) = (loser.task_ref(), given_up.clone(), later(1, ()));
            let outer = spawn(async move {
                match kind {
                    0 => drop(select(promise.into_future(), stop.into_future()).await),
                    1 => drop(select(reference.ended(), stop.into_future()).await),
                    _ => drop(select(loser.into_future(), stop.into_future()).await),
                }
                let _ = inner.await;
            });
            pause(5).await;
            outer.cancel();
            assert_eq!(
                awaited.cancelling(),
                1,
                "kind {kind}: it is what is awaited"
            );
            assert!(outer.await.unwrap_err().is_cancelled());
        }
        assert!(!given_up.done());
    });
}

#[test]
fn c05_what_was_lent_to_a_region_is_not_awaited_after_it() {
    use futures::future::select;
    let drive = Drive::new();
    drive.run(async {
        let inner = spawn(forever());
        let (awaited, mut lent) = (inner.task_ref(), spawn(forever()));
        let (reference, stop) = (lent.task_ref(), later(1, ()));
        let outer = spawn(async move {
            assert!(
                catch_cancel(select(&mut lent, stop.into_future()))
                    .await
                    .is_ok()
            );
            let _ = inner.await;
        });
        pause(5).await;
        assert!(scheduler().explain(&outer).contains("waits for task"));
        outer.cancel();
        assert_eq!((awaited.cancelling(), reference.cancelling()), (1, 0));
        assert!(outer.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn c05_a_circle_of_awaits_can_be_cancelled() {
    let drive = Drive::new();
    drive.run(async {
        let second: Promise<groundup_task::TaskRef> = Promise::new();
        let awaited = second.clone();
        let a = spawn(async move { awaited.await.unwrap().ended().await });
        let reference = a.task_ref();
        let b = spawn(async move { reference.ended().await });
        second.set_result(b.task_ref()).unwrap();
        pause(3).await;
        a.cancel();
        assert_eq!((a.cancelling(), b.cancelling()), (1, 1));
        assert!(a.await.unwrap_err().is_cancelled());
        assert!(b.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn c06_a_cancel_that_meets_a_result_wins() {
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move { catch_cancel(awaited).await.map(Result::unwrap) });
        yield_now().await;
        promise.set_result(1).unwrap();
        assert!(task.cancel());
        assert!(task.await.unwrap().is_err());
        assert_eq!(promise.result().unwrap(), 1, "the promise has its value");
    });
}

#[test]
fn c06_also_when_the_region_stands_beside_the_result() {
    use futures::future::{Either, select};
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move {
            let region = Box::pin(catch_cancel(forever()));
            match select(awaited.into_future(), region).await {
                Either::Left(_) => unreachable!("the promise is asked first, and held back"),
                Either::Right((caught, awaited)) => (caught.is_err(), awaited.await.unwrap()),
            }
        });
        yield_now().await;
        promise.set_result(1).unwrap();
        assert!(task.cancel());
        assert_eq!(
            task.await.unwrap(),
            (true, 1),
            "caught, and the value is there"
        );
    });
}

#[test]
fn c06_the_innermost_region_catches_it_beside_a_result() {
    use futures::future::{Either, select};
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move {
            let inner = Box::pin(catch_cancel(forever()));
            let caught = catch_cancel(select(awaited.into_future(), inner)).await;
            yield_now().await;
            matches!(caught, Ok(Either::Right((Err(_), _))))
        });
        yield_now().await;
        promise.set_result(1).unwrap();
        task.cancel();
        assert!(
            task.await.unwrap(),
            "caught by the one inside, and the task goes on"
        );
    });
}

#[test]
fn c07_a_task_may_catch_it_and_return_a_value() {
    let drive = Drive::new();
    drive.run(async {
        let task = catching();
        yield_now().await;
        task.cancel_with("stop");
        pause(2).await;
        assert!(task.done() && task.cancelled() == Some(false));
        assert_eq!(task.cancelling(), 1);
        assert_eq!(task.await.unwrap().as_deref(), Some("stop"));
    });
}

#[test]
fn c07_only_the_innermost_region_catches() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            let outer = catch_cancel(async {
                let caught = catch_cancel(forever()).await;
                inner.say(format!("inner {}", caught.is_err()));
                yield_now().await;
                inner.say("went on");
                caught.unwrap_err().raise().await
            })
            .await;
            inner.say(format!("outer {}", outer.unwrap_err()));
        });
        yield_now().await;
        task.cancel_with("m");
        task.await.unwrap();
    });
    let expected = [(0, "inner true"), (1, "went on"), (1, "outer cancelled: m")];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn c08_two_cancels_are_delivered_as_one() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            let caught = catch_cancel(forever()).await.unwrap_err();
            inner.say(format!("caught {:?}", caught.reason()));
            pause(3).await;
            inner.say("not again");
        });
        yield_now().await;
        task.cancel_with("a");
        task.cancel_with("b");
        assert_eq!(task.cancelling(), 2);
        task.await.unwrap();
    });
    // The first cancel had reached its place, so its reason stands.
    assert_eq!(drive.log.texts(), ["caught Some(\"a\")", "not again"]);
}

#[test]
fn c08_of_two_cancels_of_a_task_that_is_ready_the_last_reason_stands() {
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move { awaited.await.unwrap() });
        yield_now().await;
        promise.set_result(1).unwrap();
        task.cancel_with("a");
        task.cancel_with("b");
        assert_eq!(reason(task.await).as_deref(), Some("b"));
    });
}

#[test]
fn c09_a_task_that_cancels_itself_runs_on_to_its_next_suspension() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            scheduler().current_task().unwrap().cancel_with("me");
            inner.say("still running");
            let done = Promise::new();
            done.set_result(3).unwrap();
            let value = catch_cancel(done).await;
            inner.say(format!("{value:?}").replace("Ok(Ok(3))", "a done promise gives 3"));
            let pending: Promise<u32> = Promise::new();
            let caught = catch_cancel(pending.clone()).await.unwrap_err();
            inner.say(format!("raised {:?}", caught.reason()));
            assert!(pending.cancelled(), "what it awaited was cancelled first");
            "caught"
        });
        assert_eq!(task.await.unwrap(), "caught");
        log.say("observer");
    });
    let expected = [
        (0, "still running"),
        (0, "a done promise gives 3"),
        (1, "raised Some(\"me\")"),
        (2, "observer"),
    ];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn c09_finishing_without_suspending_it_is_cancelled_all_the_same() {
    let drive = Drive::new();
    let drops = Drops::default();
    let output = drops.one();
    drive.run(async {
        let task = spawn(async move {
            scheduler().current_task().unwrap().cancel();
            output
        });
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(drops.count(), 1, "its value is dropped");
}

#[test]
fn c09_at_a_bare_yield_it_is_raised() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(async move {
            scheduler().current_task().unwrap().cancel_with("own");
            catch_cancel(yield_now()).await.unwrap_err()
        });
        let caught = task.await.unwrap();
        assert_eq!(caught.reason(), Some("own"));
    });
}

#[test]
fn c10_uncancel_counts_down_to_zero() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(forever());
        yield_now().await;
        assert_eq!(task.uncancel(), 0);
        task.cancel();
        task.cancel();
        assert_eq!(task.cancelling(), 2);
        assert_eq!(task.uncancel(), 1);
        assert_eq!(task.uncancel(), 0);
        assert_eq!(task.uncancel(), 0);
        assert_eq!(task.cancelling(), 0);
    });
}

#[test]
fn c10_a_cancel_that_was_not_delivered_is_taken_back() {
    let drive = Drive::new();
    drive.run(async {
        // Before the first step,
        let task = catching();
        task.cancel();
        assert_eq!(task.uncancel(), 0);
        pause(2).await;
        assert!(!task.done());
        task.cancel_with("for real");
        assert_eq!(task.await.unwrap().as_deref(), Some("for real"));
        // by the task itself,
        let task = spawn(async {
            let me = scheduler().current_task().unwrap();
            me.cancel();
            me.uncancel();
            yield_now().await;
            "went on"
        });
        assert_eq!(task.await.unwrap(), "went on");
        // and when the result is there already.
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move { awaited.await.unwrap() });
        yield_now().await;
        promise.set_result(1).unwrap();
        task.cancel();
        task.uncancel();
        assert_eq!(task.await.unwrap(), 1);
    });
}

#[test]
fn c10_a_cancel_that_has_struck_what_the_task_awaits_is_not() {
    let drive = Drive::new();
    drive.run(async {
        let task = catching();
        yield_now().await;
        task.cancel_with("struck");
        assert_eq!(task.uncancel(), 0);
        assert_eq!(task.await.unwrap().as_deref(), Some("struck"));

        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(awaited);
        yield_now().await;
        task.cancel();
        assert!(promise.cancelled());
        assert_eq!(task.uncancel(), 0);
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn c11_raising_by_hand_ends_the_task_as_cancelled() {
    let drive = Drive::new();
    drive.run(async {
        let task: Task<u32> = spawn(async { Cancelled::with_reason("hand").raise().await });
        let reference = task.task_ref();
        yield_now().await;
        assert_eq!(reference.cancelled(), Some(true));
        assert_eq!(reference.cancelling(), 0);
        assert_eq!(reason(task.await).as_deref(), Some("hand"));

        let caught = spawn(async { catch_cancel(raise_cancelled()).await });
        assert_eq!(caught.await.unwrap().unwrap_err().reason(), None);
    });
}

#[test]
fn c12_a_task_that_cleans_up_is_pending_until_it_has() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            if let Err(cancelled) = catch_cancel(forever()).await {
                pause(10).await;
                inner.say("cleaned up");
                cancelled.raise().await;
            }
        });
        yield_now().await;
        log.say("cancel");
        task.cancel();
        pause(5).await;
        assert!(!task.done());
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let expected = [(0, "cancel".to_string()), (11, "cleaned up".to_string())];
    assert_eq!(drive.log.rounds(), expected);
}

#[test]
fn c12_a_second_cancel_meets_the_clean_up() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(async {
            assert!(catch_cancel(forever()).await.is_err());
            forever().await;
        });
        yield_now().await;
        task.cancel_with("first");
        pause(2).await;
        task.cancel_with("second");
        assert_eq!(task.cancelling(), 2);
        assert_eq!(reason(task.await).as_deref(), Some("second"));
    });
}

#[test]
fn c13_a_cancel_of_the_awaited_by_somebody_else_is_the_value_of_the_await() {
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move {
            let Ok(Err(PromiseError::Cancelled(cancelled))) = catch_cancel(awaited).await else {
                panic!("no region catches it: it is not a cancel of this task");
            };
            let me = scheduler().current_task().unwrap();
            (cancelled, me.cancelling())
        });
        yield_now().await;
        promise.cancel_with("fut");
        let (cancelled, cancelling) = task.await.unwrap();
        assert_eq!((cancelled.reason(), cancelling), (Some("fut"), 0));

        let inner = spawn(forever());
        let reference = inner.task_ref();
        let outer = spawn(catch_cancel(inner.into_future()));
        yield_now().await;
        reference.cancel();
        let seen = outer.await.unwrap().expect("not a cancel of the outer");
        assert!(seen.unwrap_err().is_cancelled());
    });
}

#[test]
fn c14_the_reason_travels() {
    let drive = Drive::new();
    drive.run(async {
        let task = spawn(forever());
        yield_now().await;
        task.cancel_with("msg");
        assert_eq!(reason(task.await).as_deref(), Some("msg"));
        // The reason with which the awaited ends is the reason that arrives outside.
        let inner = spawn(async {
            let caught = catch_cancel(forever()).await.unwrap_err();
            assert_eq!(caught.reason(), Some("mine"));
            Cancelled::with_reason("other").raise().await;
        });
        let outer = spawn(async move { catch_cancel(inner.into_future()).await });
        pause(2).await;
        outer.cancel_with("mine");
        let seen = outer.await.unwrap().unwrap_err();
        assert_eq!(seen.reason(), Some("other"));
    });
}

#[test]
fn a_region_holds_nothing_any_more_when_its_cancel_is_seen() {
    let drive = Drive::new();
    let drops = Drops::default();
    let held = drops.one();
    let seen = drops.clone();
    drive.run(async move {
        let task = spawn(async move {
            let inside = async move {
                let _held = held;
                forever().await;
            };
            assert!(catch_cancel(inside).await.is_err());
            seen.count()
        });
        yield_now().await;
        task.cancel();
        assert_eq!(task.await.unwrap(), 1);
    });
}

#[test]
fn of_two_awaits_that_are_not_one_only_the_task_is_cancelled() {
    use futures::future::select;
    let drive = Drive::new();
    drive.run(async {
        let (one, two): (Promise<u32>, Promise<u32>) = (Promise::new(), Promise::new());
        let both = (one.clone(), two.clone());
        let task = spawn(async move {
            select(both.0.into_future(), both.1.into_future()).await;
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.is_err());
        assert!(!one.cancelled() && !two.cancelled());
    });
}

/// A scope counts the cancels that concern it from the first step in its region on, also if the
/// scope around it has suspended before.
#[test]
fn a_scope_counts_the_cancels_around_it_from_its_first_step() {
    let counts = Drive::new().run(async {
        let [outer, inner] = [(); 2].map(|()| CancelScope::new());
        let counts = Cell::new((9, 9, 9));
        let inside = async {
            let first = inner.cancelling();
            let deeper = CancelScope::new();
            let deep = deeper.catch(async { inner.cancelling() }).await;
            let _ = catch_cancel(yield_now()).await;
            counts.set((first, deep.unwrap(), inner.cancelling()));
        };
        let around = async {
            let _ = catch_cancel(yield_now()).await;
            outer.cancel();
            let _ = inner.catch(inside).await;
        };
        let _ = outer.catch(around).await;
        counts.get()
    });
    assert_eq!(counts, (1, 1, 1));
}
