//! Rules F01 to F15: `Promise` does the same as asyncio's `Future`.
//!
//! One test a rule, named after it. Some rules cannot be broken here; this table says why:
//!
//! | rule | instead |
//! |---|---|
//! | F06, an exception class is instantiated, `StopIteration` refused | errors are values of their own types; there is no class to instantiate, and the end of a generator is no error (`Step::Return`) |
//! | F13, `yield fut` instead of `yield from fut` | there is no `yield` in an `async fn`; `ui/promise_not_awaited.rs`: a promise that is not awaited gives no value |
//! | F14, a future of another loop is an error | it works here: the other loop's wake comes through the mailbox; `f14_...` below shows it |
//! | F15, chained to another thread's future | `f15_...` below for the crossing; the handle for other threads is floor 4's |
//!
//! Read next: `rules_task.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::drive::*;
use groundup_task::{
    DoneCallback, InvalidState, Local, Promise, PromiseError, ReportKind, catch_cancel, yield_now,
};

#[test]
fn f01_a_new_promise_is_pending() {
    Drive::new().run(async {
        let promise: Promise<u32> = Promise::new();
        assert!(!promise.done());
        assert!(!promise.cancelled());
        assert_eq!(format!("{promise:?}"), "<Promise 1 pending>");
    });
}

#[test]
fn f02_asking_a_pending_promise_is_an_error_that_says_so() {
    Drive::new().run(async {
        let promise: Promise<u32> = Promise::new();
        let error = promise.result().unwrap_err();
        assert!(matches!(error, PromiseError::NotReady));
        assert!(error.to_string().contains("not set"), "{error}");
        assert!(matches!(promise.exception(), Err(PromiseError::NotReady)));
    });
}

#[test]
fn f03_setting_twice_is_an_error_that_gives_the_value_back() {
    Drive::new().run(async {
        let promise = Promise::new();
        promise.set_result(1).unwrap();
        let refused = promise.set_result(2).unwrap_err();
        assert_eq!(refused, InvalidState { value: 2 });
        assert!(refused.to_string().contains("invalid state"), "{refused}");
        let refused = promise.set_exception("too late").unwrap_err();
        assert_eq!(refused.value.to_string(), "too late");
        assert_eq!(promise.result().unwrap(), 1);
        assert!(promise.exception().unwrap().is_none());
    });
}

#[test]
fn f04_cancel_is_true_once_and_false_on_what_is_done() {
    Drive::new().run(async {
        let promise: Promise<u32> = Promise::new();
        assert!(promise.cancel());
        assert!(promise.cancelled() && promise.done());
        assert!(!promise.cancel());
        assert!(promise.set_result(1).is_err());

        let finished = Promise::new();
        finished.set_result(1).unwrap();
        assert!(!finished.cancel());
        assert!(!finished.cancelled());
    });
}

#[test]
fn f05_a_cancelled_promise_says_why() {
    Drive::new().run(async {
        let promise: Promise<u32> = Promise::new();
        promise.cancel_with("no longer needed");
        for seen in [
            promise.result().unwrap_err(),
            promise.exception().unwrap_err(),
            promise.await.unwrap_err(),
        ] {
            let PromiseError::Cancelled(cancelled) = seen else {
                panic!("{seen:?}");
            };
            assert_eq!(cancelled.reason(), Some("no longer needed"));
        }
    });
}

#[test]
fn f07_callbacks_are_never_inline() {
    static WHO: Local<&str> = Local::new();
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        for (name, who) in [("c1", "first"), ("c2", "second")] {
            WHO.set(who);
            let log = log.clone();
            promise.add_done_callback(move || {
                log.say(format!("{name} as {}", WHO.get().unwrap()));
            });
        }
        WHO.set("setter");
        let soon = log.clone();
        promise.set_result(7).unwrap();
        log.say("set returned");
        call_soon(move || soon.say("soon-after-set"));
        pause(2).await;
    });
    // In the order of registration, each in the context in which it was registered, and in the
    // next iteration.
    let expected = [
        (0, "set returned"),
        (1, "c1 as first"),
        (1, "c2 as second"),
        (1, "soon-after-set"),
    ];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn f08_a_callback_on_a_done_promise_is_called_next() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise = Promise::new();
        promise.set_result(7).unwrap();
        let inner = log.clone();
        promise.add_done_callback(move || inner.say("called"));
        log.say("added");
        pause(2).await;
    });
    let expected = [(0, "added".to_string()), (1, "called".to_string())];
    assert_eq!(drive.log.rounds(), expected);
}

#[test]
fn f09_remove_takes_every_registration_and_counts_them() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise = Promise::new();
        let called = log.clone();
        let mine = DoneCallback::new(move || called.say("mine"));
        let other = log.clone();
        promise.add_done_callback(mine.clone());
        promise.add_done_callback(move || other.say("other"));
        promise.add_done_callback(mine.clone());
        assert_eq!(promise.remove_done_callback(&mine), 2);
        assert_eq!(promise.remove_done_callback(&mine), 0);
        promise.set_result(()).unwrap();
        pause(2).await;
    });
    assert_eq!(drive.log.texts(), ["other"]);
}

#[test]
fn f10_a_callback_registered_twice_is_called_twice() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise = Promise::new();
        let mine = DoneCallback::new(move || log.say("called"));
        assert_eq!(promise.add_done_callback(mine.clone()), mine);
        promise.add_done_callback(mine);
        promise.set_result(()).unwrap();
        pause(2).await;
    });
    assert_eq!(drive.log.texts(), ["called", "called"]);
}

#[test]
fn f11_awaiting_a_done_promise_does_not_suspend() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise = Promise::new();
        promise.set_result(7).unwrap();
        let soon = log.clone();
        call_soon(move || soon.say("soon"));
        assert_eq!(promise.await.unwrap(), 7);
        log.say("after await");
        yield_now().await;
    });
    let expected = [(0, "after await".to_string()), (1, "soon".to_string())];
    assert_eq!(drive.log.rounds(), expected);
}

#[test]
fn f12_an_error_nobody_looked_at_is_reported_once() {
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<u32> = Promise::new();
        promise.set_exception("broken").unwrap();
        let clone = promise.clone();
        drop(promise);
        yield_now().await;
        assert_eq!(drive.kinds(), [], "a handle is still there");
        drop(clone);
        assert_eq!(drive.kinds(), [], "not inline");
        yield_now().await;
    });
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::ErrorNeverRetrieved);
    assert!(report.message.contains("never retrieved"), "{report}");
    assert!(report.message.contains("broken"), "{report}");
    assert_eq!(report.error.unwrap().to_string(), "broken");
    assert!(report.place.unwrap().file().ends_with("rules_future.rs"));
}

#[test]
fn f12_looking_at_the_error_in_any_way_is_enough() {
    let drive = Drive::new();
    drive.run(async {
        let failed = || {
            let promise: Promise<u32> = Promise::new();
            promise.set_exception("broken").unwrap();
            promise
        };
        assert!(failed().result().is_err());
        assert!(failed().exception().unwrap().is_some());
        assert!(failed().await.is_err());
        let cancelled: Promise<u32> = Promise::new();
        cancelled.cancel();
        drop(cancelled);
        pause(2).await;
    });
    assert_eq!(drive.kinds(), []);
}

#[test]
fn f12_who_would_cancel_what_has_failed_has_looked_at_it() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let promise: Promise<u32> = Promise::new();
            promise.set_exception("broken").unwrap();
            assert!(!promise.cancel());
            let task = spawn(async { panic!("broken, too") });
            pause(2).await;
            assert!(!task.cancel());
            drop((promise, task));
            pause(2).await;
        });
    });
    assert_eq!(drive.kinds(), []);
}

#[test]
fn f14_a_promise_of_another_loop_can_be_awaited() {
    let theirs = Drive::new();
    let ours = Drive::new();
    let promise: Promise<u32> = theirs.scheduler.promise();
    let awaited = promise.clone();
    let task = ours.spawn(async move { awaited.await.unwrap() });
    ours.settle();
    assert!(!task.done());
    {
        let _entered = theirs.scheduler.enter().unwrap();
        promise.set_result(9).unwrap();
    }
    ours.settle();
    assert_eq!(ours.run(async { task.await.unwrap() }), 9);
}

#[test]
fn f15_a_value_crosses_from_another_thread_in_one_call() {
    let drive = Drive::new();
    let address = drive.scheduler.address();
    let seen = drive.run(async {
        let promise: Promise<u32> = Promise::new();
        // A value that crosses must be `Send`; the promise stays here, in a thread-local.
        thread_local!(static HERE: RefCell<Option<Promise<u32>>> = const { RefCell::new(None) });
        HERE.set(Some(promise.clone()));
        let crossing = move || {
            let promise = HERE.take().unwrap();
            promise.set_result(9).unwrap();
        };
        let thread = std::thread::spawn(move || address.call_soon(Box::new(crossing)).is_ok());
        assert!(thread.join().unwrap());
        catch_cancel(promise).await
    });
    assert_eq!(seen.unwrap().unwrap(), 9);
}

#[test]
fn any_number_of_tasks_may_await_one_promise_in_order() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let promise: Promise<Rc<str>> = Promise::new();
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                let (log, promise) = (log.clone(), promise.clone());
                spawn(async move { log.say(format!("{n} {}", promise.await.unwrap())) })
            })
            .collect();
        yield_now().await;
        promise.set_result(Rc::from("go")).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(drive.log.texts(), ["0 go", "1 go", "2 go", "3 go", "4 go"]);
}
