//! The attributes, and what a program reaches from inside.
//!
//! The problem: the first lines of a program and of a test are the ones that every user writes.
//!
//! Invariant: a test that would pass by accident fails.
//!
//! Read next: `errors.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use groundup::{
    CloseError, EventLoop, Promise, Report, RunError, Runner, catch_cancel, current_loop, run_test,
    sleep, spawn, spawn_named, stop, time, yield_now,
};

mod renamed {
    pub(crate) mod path {
        pub(crate) use groundup::{run_test, run_virtual};
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[groundup::test]
async fn a_test_runs_on_virtual_time() {
    sleep(HOUR).await;
    assert_eq!(time().since_start(), HOUR);
}

#[groundup::test(seeds = 0..50, crate = renamed::path)]
async fn a_test_may_return_a_result() -> Result<(), groundup::TaskError> {
    spawn(async {}).await
}

#[groundup::test]
#[should_panic(expected = "the test returned an error: \"no\"")]
async fn an_error_fails_it() -> Result<(), &'static str> {
    Err("no")
}

#[groundup::test]
#[should_panic(expected = "Task-1 (the main future) waits for something")]
async fn a_deadlock_fails_it() {
    pending().await
}

#[groundup::test]
#[should_panic(
    expected = "no awaiter received these errors:\nTask exception was never retrieved: it panicked: lost"
)]
async fn a_lost_panic_fails_it() {
    spawn(async { panic!("lost") }).detach();
    sleep(HOUR).await;
}

#[groundup::test]
#[should_panic(expected = "no awaiter received these errors:")]
async fn a_lost_panic_fails_it_also_if_it_restores_the_default_handler() {
    current_loop().set_exception_handler(None);
    spawn(async { panic!("lost") }).detach();
    sleep(HOUR).await;
}

#[groundup::test]
async fn a_test_that_sets_a_handler_gets_the_reports_itself() {
    let told = Rc::new(Cell::new(0));
    let count = told.clone();
    let handler = move |_: &Report| count.set(count.get() + 1);
    current_loop().set_exception_handler(Some(Rc::new(handler)));
    spawn(async { panic!("lost") }).detach();
    sleep(HOUR).await;
    assert_eq!(told.get(), 1);
}

#[groundup::test]
#[should_panic(
    expected = "no awaiter received these errors:\nPromise exception was never retrieved: lost"
)]
async fn a_lost_error_fails_it() {
    Promise::<()>::new().set_exception("lost").unwrap();
}

#[groundup::test]
#[should_panic(
    expected = "no awaiter received these errors:\nTask exception was never retrieved: it returned Err: \"lost\""
)]
async fn a_lost_error_of_a_task_fails_it() {
    spawn(async { Err::<(), _>("lost") }).detach_reporting();
    sleep(HOUR).await;
}

#[groundup::test]
#[should_panic(expected = "it returned Err: \"at the end\"")]
async fn an_error_of_a_task_that_ends_with_the_test_fails_it() {
    spawn(async {
        let _ = catch_cancel(sleep(HOUR)).await;
        Err::<(), _>("at the end")
    })
    .detach_reporting();
    sleep(Duration::from_secs(1)).await;
}

#[groundup::test]
#[should_panic(expected = "were dropped: Task-2")]
async fn a_task_that_goes_on_for_ever_fails_it() {
    spawn(async {
        loop {
            let _ = catch_cancel(sleep(HOUR)).await;
        }
    })
    .detach();
    sleep(HOUR).await;
}

#[groundup::test]
async fn a_century_is_one_jump() {
    let century = 100 * 365 * 24 * HOUR;
    sleep(century).await;
    assert_eq!(time().since_start(), century);
}

#[groundup::test]
async fn a_long_clean_up_fails_no_test() {
    spawn(async {
        let _ = catch_cancel(pending::<()>()).await;
        sleep(HOUR / 2).await;
    })
    .detach();
    sleep(HOUR).await;
}

#[test]
fn a_shutdown_says_what_has_happened() {
    let runner = || Runner::with_loop(EventLoop::builder().virtual_time().build());
    let plain = runner();
    plain
        .run(async { spawn(pending::<()>()).detach() })
        .unwrap();
    assert!(plain.shutdown(Duration::ZERO).is_ok(), "all ended");
    let stopper = runner();
    let main = async {
        spawn(async {
            let _ = catch_cancel(pending::<()>()).await;
            stop();
            sleep(HOUR).await;
        })
        .detach();
        sleep(HOUR).await;
    };
    stopper.run(main).unwrap();
    let ended = stopper.shutdown(HOUR);
    assert!(
        matches!(ended, Err(CloseError::CleanUp(RunError::Stopped))),
        "{ended:?}"
    );
}

/// A virtual clock does not move while a task yields for ever.
#[test]
fn a_shutdown_ends_also_if_the_virtual_clock_stands_still() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let tell = move |report: &Report| told.borrow_mut().push(report.to_string());
    event_loop.set_exception_handler(Some(Rc::new(tell)));
    let runner = Runner::with_loop(event_loop);
    let stubborn = async {
        loop {
            let _ = catch_cancel(yield_now()).await;
        }
    };
    let main = async {
        spawn_named("stubborn", stubborn).detach();
        yield_now().await;
    };
    runner.run(main).unwrap();
    let ended = runner.shutdown(HOUR);
    assert!(
        matches!(&ended, Err(CloseError::Unfinished(names)) if *names == ["stubborn".into()]),
        "{ended:?}"
    );
    let reports = reports.take();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(
        reports[0].contains("go on 100000 iterations after they were cancelled: stubborn"),
        "{reports:?}"
    );
}

#[test]
fn a_seed_shows_what_the_usual_order_hides() {
    let order = || async {
        let promise = Promise::new();
        let (first, second) = (promise.clone(), promise.clone());
        spawn(async move { drop(first.set_result(1)) }).detach();
        spawn(async move { drop(second.set_result(2)) }).detach();
        assert_eq!(promise.await.unwrap(), 1);
    };
    run_test([], order);
    let failed = std::panic::catch_unwind(|| run_test(0..20, order));
    assert!(
        failed.is_err(),
        "one of 20 orders runs the second task first"
    );
}

#[test]
fn main_runs_an_async_function() {
    #[groundup::main]
    async fn real() -> u8 {
        5
    }
    #[groundup::main(virtual_time, crate = renamed::path)]
    async fn jumping() -> Duration {
        sleep(HOUR).await;
        time().since_start()
    }
    assert_eq!((real(), jumping()), (5, HOUR));
}

#[groundup::test]
async fn the_running_loop_answers_from_inside() {
    let event_loop = current_loop();
    let task = spawn(pending::<()>());
    sleep(HOUR).await;
    assert!(event_loop.explain(&task).starts_with("Task-2 waits for"));
    let metrics = event_loop.metrics();
    assert_eq!((metrics.timers, metrics.parked), (0, HOUR));
    assert_eq!(event_loop.all_tasks().len(), 2);
    assert_eq!(
        (metrics.busy, metrics.lag),
        (Duration::ZERO, Duration::ZERO)
    );
    assert!(event_loop.run_until_complete(async {}).is_err(), "it runs");
    assert!(event_loop.close().is_err(), "it runs");
    drop(event_loop.clone());
    assert!(!current_loop().is_closed(), "a handle closes nothing");
}
