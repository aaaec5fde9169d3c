//! The limit of a test: so many jumps of its clock, and no more.
//!
//! The problem: the real limit takes some seconds. So these tests set one of their own.
//!
//! Invariant: the limit is of the test alone, and not of its clean-up.
//!
//! Read next: `src/event_loop/testing.rs`.

use std::cell::Cell;

use groundup_task::catch_cancel;

use super::*;
use crate::{sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

/// Runs a test whose clock makes at most `limit` jumps; returns the message if it fails.
fn failure<F: Future<Output = ()>>(limit: u64, test: impl Fn() -> F) -> Option<String> {
    let run = || once(EventLoop::builder(), limit, &test);
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
