//! The limits of a test: of jumps of its clock, and of iterations.
//!
//! The problem: the real limits take some seconds. So these tests set some of their own.
//!
//! Invariant: the limits are of the test alone, and not of its clean-up.
//!
//! Read next: `src/event_loop/testing.rs`.

use std::cell::Cell;

use groundup_task::{catch_cancel, yield_now};

use super::*;
use crate::{current_loop, sleep, spawn, spawn_named};

const SECOND: Duration = Duration::from_secs(1);

/// Runs a test whose clock makes at most `jumps` jumps; returns the message if it fails.
fn failure<F: Future<Output = ()>>(jumps: u64, test: impl Fn() -> F) -> Option<String> {
    failure_within(Limits { jumps, ..LIMITS }, test)
}

/// Runs a test with these limits; returns the message if it fails.
fn failure_within<F: Future<Output = ()>>(limits: Limits, test: impl Fn() -> F) -> Option<String> {
    let run = || once(EventLoop::builder(), limits, &test);
    let ended = catch_unwind(AssertUnwindSafe(run));
    Some(ended.err()?.downcast_ref::<String>()?.clone())
}

#[test]
fn a_test_that_goes_on_after_so_many_jumps_fails_and_says_where_its_tasks_wait() {
    let naps = |naps: u32| async move {
        let mut left = naps;
        while left > 0 {
            sleep(SECOND).await;
            left -= 1;
        }
    };
    assert_eq!(failure(1000, || naps(1000)), None);
    assert_eq!(
        failure(1000, || naps(u32::MAX)).as_deref(),
        Some(
            "the test goes on after 1000 jumps of its clock. One of its tasks may sleep in an endless \
             loop: cancel it when the work is done, or put a timeout around it\n  \
             Task-1 (the main future) waits until 1001.000 s"
        )
    );
}

async fn yields(mut times: u32) {
    while times > 0 {
        yield_now().await;
        times -= 1;
    }
}

const HUNDRED: Limits = Limits {
    iterations: 100,
    ..LIMITS
};

#[test]
fn a_test_whose_clock_stands_still_for_so_many_iterations_fails_and_says_what_its_tasks_do() {
    assert_eq!(failure_within(HUNDRED, || yields(98)), None);
    let text = failure_within(HUNDRED, || async {
        spawn_named("busy", yields(u32::MAX)).detach();
        sleep(SECOND).await;
    });
    let (place, text) = (line!() - 3, text.expect("the test fails"));
    let file = file!();
    assert_eq!(
        text,
        format!(
            "the test goes on after 100 iterations in which its clock stands still. One of its tasks may \
             yield in an endless loop: await what it looks for, or sleep between two looks\n  \
             Task-1 (the main future) waits until 1.000 s\n  \
             busy (spawned at {file}:{place}:9) is ready to run"
        )
    );
}

#[test]
fn a_test_that_yields_for_ever_fails_under_the_limits_of_run_test() {
    let ended = catch_unwind(|| run_test([], || yields(u32::MAX)));
    let text = *ended.unwrap_err().downcast::<String>().unwrap();
    assert!(
        text.ends_with("(the main future) is ready to run"),
        "{text}"
    );
}

#[test]
fn a_move_of_the_clock_begins_the_count_anew() {
    let test = || async {
        for _ in 0..5 {
            yields(90).await;
            sleep(SECOND).await;
        }
    };
    assert_eq!(failure_within(HUNDRED, test), None);
}

#[test]
fn while_a_thread_may_call_the_test_may_wait_for_it() {
    let test = || async {
        let remote = current_loop().remote();
        yields(1000).await;
        let at_work = remote.at_work();
        drop(remote);
        yields(1000).await;
        drop(at_work);
    };
    assert_eq!(failure_within(HUNDRED, test), None);
}

#[test]
fn a_report_of_many_tasks_names_some_and_counts_the_others() {
    let text = failure_within(HUNDRED, || async {
        for _ in 0..25 {
            spawn(sleep(SECOND)).detach();
        }
        yields(u32::MAX).await;
    });
    let text = text.expect("the test fails");
    assert_eq!(text.lines().count(), 22, "{text}");
    assert!(text.ends_with("\n  and 6 more"), "{text}");
}

/// The panic of a failed test names the line of the test, and not one of this library.
#[test]
fn a_failed_test_panics_at_its_own_place() {
    thread_local!(static PLACE: Cell<Option<(bool, u32)>> = const { Cell::new(None) });
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location();
        PLACE.set(place.map(|place| (place.file() == file!(), place.line())));
        before(info);
    }));
    let fails = || async { Err::<(), _>("no") };
    let ended = catch_unwind(|| run_test([], fails));
    assert!(ended.is_err());
    assert_eq!(PLACE.get(), Some((true, line!() - 2)));
}

#[test]
fn one_jump_is_as_long_as_it_needs_to_be() {
    assert_eq!(failure(1, || sleep(100 * 365 * 86_400 * SECOND)), None);
    let deadlock = failure(1, std::future::pending::<()>).unwrap();
    assert!(deadlock.starts_with("deadlock: "), "{deadlock}");
}

#[test]
fn the_jumps_of_the_clean_up_do_not_count() {
    let cleaned = Rc::new(Cell::new(0));
    let count = cleaned.clone();
    let test = move || {
        let count = count.clone();
        async move {
            spawn(async move {
                let _ = catch_cancel(std::future::pending::<()>()).await;
                while count.get() < 100 {
                    sleep(SECOND).await;
                    count.set(count.get() + 1);
                }
            })
            .detach();
            sleep(SECOND).await;
        }
    };
    assert_eq!((failure(1, test), cleaned.get()), (None, 100));
}
