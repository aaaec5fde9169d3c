//! G01 to G11: gather.
//!
//! Read next: `wait.rs`.

use std::time::Duration;

use futures::executor::block_on;

use crate::setup::*;
use groundup_combinators::executor::{EventLoop, current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{Task, TaskError, catch_cancel, raise_cancelled, yield_now};
use groundup_combinators::{GatherError, gather, try_gather};

#[test]
fn g01_results_in_argument_order_and_children_start_in_it() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let start = |name: &'static str, delay| {
            let log = log.clone();
            async move {
                log.say(format_args!("{name}>"));
                child(log, name, delay).await
            }
        };
        let results = gather([start("a", 3000), start("b", 1000), start("c", 2000)]).await;
        assert_eq!(results.unwrap(), ["a", "b", "c"]);
        log.say("told");
    });
    assert_eq!(log.times(), "a>@0 b>@0 c>@0 b@1000 c@2000 a@3000 told@3000");
    assert_eq!(log.hops("a", "told"), 2);
}

#[test]
fn g01_the_same_for_children_of_different_types() {
    Setup::new().run(async {
        let late = async {
            sleep(secs(2)).await;
            5
        };
        let task = spawn(async { "text" });
        let (number, text, unit) = gather((late, task, sleep(secs(1)))).await.unwrap();
        assert_eq!((number, text, unit), (5, "text", ()));
        assert_eq!(time().since_start(), secs(2));
    });
}

#[test]
fn g02_gathering_nothing_is_done_at_once() {
    Setup::new().run(async {
        let before = iteration();
        let nothing: [Task<u32>; 0] = [];
        assert_eq!(gather(nothing).await.unwrap(), []);
        let nothing: [Task<Result<u32, ()>>; 0] = [];
        assert_eq!(try_gather(nothing).await.unwrap(), []);
        let nothing: [Task<u32>; 0] = [];
        assert!(gather(nothing).return_exceptions().await.is_empty());
        assert_eq!(iteration(), before);
    });
}

#[test]
fn g03_the_first_failure_is_told_at_its_own_time() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let failing = |name: &'static str, delay| {
            let log = log.clone();
            async move {
                child(log, name, delay).await;
                Err::<u32, _>(name)
            }
        };
        let ended = try_gather([failing("b", 2000), failing("a", 1000)]).await;
        let failed = ended.unwrap_err();
        assert!(matches!(failed, GatherError::Failed("a")));
        assert_eq!(failed.to_string(), "a");
        log.say("told");
        assert_eq!(time().since_start(), secs(1));
    });
    assert_eq!(log.hops("a", "told"), 2);
}

#[test]
fn g03_a_panic_of_a_child_is_such_a_failure() {
    Setup::new().run(async {
        let panicking = spawn(async { panic!("oh") });
        let patient = spawn(sleep(secs(5)));
        let error = gather([panicking, patient]).await.unwrap_err();
        let TaskError::Panicked(panic) = error else {
            panic!("{error}");
        };
        assert_eq!(panic.message(), "oh");
        assert_eq!(time().since_start(), secs(0));
    });
}

#[test]
fn g04_the_others_run_to_their_ends_and_their_failures_are_not_reported() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let failing = |name: &'static str, delay| {
            let log = log.clone();
            spawn(async move {
                child(log, name, delay).await;
                panic!("{name} panics");
            })
        };
        let ended: Result<Vec<()>, _> = gather([failing("a", 1000), failing("b", 2000)]).await;
        assert!(ended.unwrap_err().is_panicked());
    });
    assert_eq!(log.times(), "a@1000 b@2000");
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn g05_failures_and_cancels_become_items_of_the_list() {
    Setup::new().run(async {
        let fine = spawn(async { 1 });
        let panicking = spawn(async { panic!("oh") });
        let cancelled: Task<i32> = spawn(async { raise_cancelled().await });
        let late = spawn(async {
            sleep(secs(1)).await;
            4
        });
        let children = [fine, panicking, cancelled, late];
        let results = gather(children).return_exceptions().await;
        assert!(matches!(&results[0], Ok(1)));
        assert!(results[1].as_ref().unwrap_err().is_panicked());
        assert!(results[2].as_ref().unwrap_err().is_cancelled());
        assert!(matches!(&results[3], Ok(4)));
        assert_eq!(time().since_start(), secs(1));
    });
}

/// A gather that has failed can still wait for all children and return a list.
#[test]
fn g05_a_gather_that_has_failed_may_still_give_a_list() {
    Setup::new().run(async {
        let late = spawn(async {
            sleep(secs(1)).await;
            4
        });
        let both = gather([spawn(async { panic!("oh") }), late]);
        let early = both.handle();
        sleep(Duration::from_millis(1)).await;
        assert!(early.done());
        let both = both.return_exceptions();
        let results = both.await;
        assert!(results[0].as_ref().unwrap_err().is_panicked());
        assert_eq!(
            (results[1].as_ref().ok(), time().since_start()),
            (Some(&4), secs(1))
        );

        let both = gather([spawn(async { panic!("oh") }), spawn(sleep(secs(1)))]);
        sleep(Duration::from_millis(1)).await;
        let child = spawn(catch_cancel(both.return_exceptions()));
        yield_now().await;
        child.cancel();
        assert!(child.await.unwrap().is_err());
        assert!(time().since_start() < secs(2), "its child was cancelled");
    });
}

#[test]
fn g05_children_that_had_failed_count_at_the_first_poll() {
    Setup::new().run(async {
        let failed: Task<()> = spawn(async { panic!("too early") });
        yield_now().await;
        let gathering = gather([failed.clone()]);
        let handle = gathering.handle();
        assert!(!handle.done(), "it may still become a list");
        assert_eq!(gathering.return_exceptions().await.len(), 1);
        assert!(handle.done());
        assert!(gather([failed]).await.unwrap_err().is_panicked());
    });
}

#[test]
fn g06_a_cancelled_child_is_a_failure_and_not_a_cancel_of_the_awaiter() {
    Setup::new().run(async {
        let a = spawn(sleep(secs(5)));
        let b = spawn(sleep(secs(2)));
        let handle = a.task_ref();
        let both = gather([a, b]);
        let gathered = both.handle();
        yield_now().await;
        handle.cancel();
        assert!(both.await.unwrap_err().is_cancelled());
        assert!(gathered.done());
        assert_eq!(current_task().unwrap().cancelling(), 0);
        assert_eq!(time().since_start(), secs(0));
    });
}

/// Gathers two children that clean up for a second after a cancel; cancels the gather after a
/// second, and logs when the cancel came back.
async fn cancelled_gather(log: Log, collecting: bool) {
    let first = careful(&log, "a", 9000);
    let inner = log.clone();
    let second = spawn(async move {
        let caught = catch_cancel(sleep(secs(9))).await.unwrap_err();
        inner.say("b!");
        sleep(secs(3)).await;
        inner.say("b.");
        caught.raise().await
    });
    let inner = log.clone();
    let waiter = spawn(async move {
        let both = gather([first, second]);
        let ended = match collecting {
            true => catch_cancel(both.return_exceptions()).await.map(drop),
            false => catch_cancel(both).await.map(drop),
        };
        inner.say(if ended.is_err() { "cancelled" } else { "list" });
    });
    sleep(secs(1)).await;
    assert!(waiter.cancel());
    waiter.await.unwrap();
}

#[test]
fn g07_a_cancel_goes_to_all_children_and_comes_back_with_the_first_to_end() {
    let setup = Setup::new();
    setup.run(cancelled_gather(setup.log.clone(), false));
    assert_eq!(
        setup.log.times(),
        "a!@1000 b!@1000 a.@2000 cancelled@2000 b.@4000"
    );
    assert_eq!(setup.log.hops("a.", "cancelled"), 2);
}

#[test]
fn g07_collecting_it_comes_back_with_the_last() {
    let setup = Setup::new();
    setup.run(cancelled_gather(setup.log.clone(), true));
    assert_eq!(
        setup.log.times(),
        "a!@1000 b!@1000 a.@2000 b.@4000 cancelled@4000"
    );
}

#[test]
fn g07_a_cancel_through_the_handle_says_whether_it_was_taken() {
    Setup::new().run(async {
        let both = gather([sleep(secs(5)), sleep(secs(6))]);
        assert!(both.handle().cancel());
        assert!(both.await.unwrap_err().is_cancelled());
        assert_eq!(time().since_start(), secs(0));
    });
}

#[test]
fn g08_a_cancelled_gather_gives_no_list_even_if_the_children_go_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let stubborn = async || {
            let _ = catch_cancel(sleep(secs(9))).await;
            5
        };
        let inner = log.clone();
        let waiter = spawn(async move {
            let both = gather([stubborn(), stubborn()]).return_exceptions();
            let ended = catch_cancel(both).await;
            inner.say(if ended.is_err() { "cancelled" } else { "list" });
        });
        sleep(secs(1)).await;
        waiter.cancel();
        waiter.await.unwrap();
    });
    assert_eq!(log.times(), "cancelled@1000");
}

#[test]
fn g10_cancelling_what_is_done_has_no_effect() {
    Setup::new().run(async {
        let tasks = [spawn(async { 1 }), spawn(async { 2 })];
        let both = gather(tasks);
        let handle = both.handle();
        yield_now().await;
        assert!(
            !handle.done(),
            "the children have ended, and nobody was told"
        );
        assert!(!handle.cancel());
        assert_eq!(both.await.unwrap(), [1, 2]);
        assert!(handle.done());
        assert!(!handle.cancel());
    });
}

#[test]
fn g11_children_that_are_all_done_cost_no_iteration() {
    Setup::new().run(async {
        let done = || spawn(async { 1 });
        let failed = || spawn(async { panic!("oh") });
        let children = [[done(), done()], [done(), failed()], [failed(), done()]];
        yield_now().await;
        let before = iteration();
        let [fine, late, soon] = children;
        assert_eq!(gather(fine).await.unwrap(), [1, 1]);
        assert!(gather(late).await.unwrap_err().is_panicked());
        assert_eq!(gather(soon).return_exceptions().await.len(), 2);
        assert_eq!(iteration(), before);
    });
}

#[test]
fn g08_a_gather_that_outlives_its_loop_says_so_and_speaks_of_no_cancel() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let gathering = event_loop.run_until_complete(async { gather([sleep(secs(9))]) });
    event_loop.close().unwrap();
    let ended = block_on(gathering.unwrap().into_future());
    assert!(matches!(ended, Err(TaskError::Closed)), "{ended:?}");
}

/// As in CPython, in whatever iterations the two cancels come.
#[test]
fn g08_the_cancel_of_a_child_that_meets_the_cancel_of_the_waiter_is_not_reported() {
    for later in 0..5 {
        Setup::new().run(async move {
            let children = [0, 1].map(|_| spawn(sleep(secs(5))));
            let members = children.clone();
            let waiter = spawn(async move { drop(gather(members).await) });
            yield_now().await;
            yield_now().await;
            children[0].cancel();
            for _ in 0..later {
                yield_now().await;
            }
            let in_time = waiter.cancel();
            assert_eq!((in_time, waiter.await.is_err()), (later < 3, later < 3));
            children[1].cancel();
        });
    }
}
