//! H01 to H05: shield.
//!
//! Read next: `deadlines.rs`.

use std::future::pending;

use crate::setup::*;
use groundup_combinators::executor::{current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{IntoTask, Scheduler, TaskError, yield_now};
use groundup_combinators::{Elapsed, gather, shield, wait_for};

#[test]
fn h01_a_cancel_of_the_awaiter_ends_the_waiting_and_the_task_goes_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let task = careful(&log, "task", 3000);
        let waiter = spawn(async move { shield(task).await.map(drop) });
        sleep(secs(1)).await;
        waiter.cancel();
        assert!(waiter.await.unwrap_err().is_cancelled());
        log.say("waiter");
    });
    assert_eq!(log.times(), "waiter@1000 task@3000");
}

#[test]
fn h01_undisturbed_it_gives_what_the_task_gives() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        assert_eq!(shield(child(log.clone(), "a", 1000)).await.unwrap(), "a");
        log.say("told");
    });
    assert_eq!(log.hops("a", "told"), 2);
}

#[test]
fn h02_a_cancel_of_the_task_is_told_to_the_awaiter() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let task = spawn(sleep(secs(9)));
        let handle = task.task_ref();
        let shielded = shield(task);
        yield_now().await;
        log.say("cancel");
        handle.cancel();
        assert!(shielded.await.unwrap_err().is_cancelled());
        log.say("told");
        assert_eq!(current_task().unwrap().cancelling(), 0);
        assert_eq!(time().since_start(), secs(0));
    });
    assert_eq!(log.hops("cancel", "told"), 3);
}

#[test]
fn h03_a_task_that_is_done_is_not_waited_for() {
    Setup::new().run(async {
        let task = spawn(async { 5 });
        yield_now().await;
        let before = iteration();
        assert_eq!(shield(task).await.unwrap(), 5);
        assert_eq!(iteration(), before);
    });
}

#[test]
fn h04_under_a_timeout_the_waiting_ends_and_the_task_lives() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let task = careful(&log, "task", 3000);
        let ended = wait_for(shield(task), secs(1)).await;
        assert_eq!(ended.unwrap_err(), Elapsed);
        log.say("elapsed");
    });
    assert_eq!(log.times(), "elapsed@1000 task@3000");
}

#[test]
fn h05_a_failure_that_nobody_waits_for_any_more_is_reported() {
    let setup = Setup::new();
    setup.run(async {
        let task = spawn(async {
            sleep(secs(3)).await;
            panic!("too late");
        });
        let waiter = spawn(async move {
            let never: Result<(), _> = shield(task).await;
            never.unwrap();
        });
        sleep(secs(1)).await;
        waiter.cancel();
        assert!(waiter.await.unwrap_err().is_cancelled());
    });
    assert_eq!(
        setup.reports(),
        ["Task exception was never retrieved: it panicked: too late"]
    );
}

#[test]
fn h05_a_failure_that_meets_a_cancel_at_a_shield_is_reported() {
    let setup = Setup::new();
    setup.run(async {
        let inner = spawn(async {
            yield_now().await;
            panic!("seen by nobody");
        });
        let waiter = spawn(async move {
            let never: Result<(), _> = shield(inner).await;
            never.unwrap();
        });
        yield_now().await;
        yield_now().await;
        // The task has failed in this iteration, and the shield has no notice yet.
        waiter.cancel();
        assert!(waiter.await.unwrap_err().is_cancelled());
    });
    assert_eq!(
        setup.reports(),
        ["Task exception was never retrieved: it panicked: seen by nobody"]
    );
}

#[test]
fn h05_a_shield_that_fails_as_a_member_and_is_not_looked_at_is_reported_once() {
    let setup = Setup::new();
    setup.run(async {
        let scheduler = Scheduler::current().unwrap();
        let fails = || async { panic!("out") };
        let shielded = IntoTask::into_task(shield(fails()), &scheduler);
        let gathered = gather([fails()]).into_task(&scheduler);
        sleep(secs(1)).await;
        assert_eq!(shielded.panicked(), Some(true));
        assert_eq!(gathered.panicked(), Some(true));
        drop((shielded, gathered));
        sleep(secs(1)).await;
        // The failure of a gather that is awaited is not reported.
        let _ = gather([gather([fails()])]).await;
    });
    let told = "Promise exception was never retrieved: the task panicked: out";
    assert_eq!(setup.reports(), [told, told]);
}

#[test]
fn h02_only_a_shield_that_did_not_wait_gives_the_reason_of_a_cancel() {
    Setup::new().run(async {
        let reason = |error: TaskError| match error {
            TaskError::Cancelled(cancelled) => cancelled.reason().map(str::to_string),
            other => panic!("{other}"),
        };
        for ended in [false, true] {
            let task = spawn(pending::<()>());
            yield_now().await;
            task.cancel_with("the shop closes");
            if ended {
                task.ended().await;
            }
            let told = reason(shield(task).await.unwrap_err());
            assert_eq!(told.is_some(), ended, "{told:?}");
        }
    });
}
