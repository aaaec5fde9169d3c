//! D01 to D08: timeout, and deadlines that move.
//!
//! Read next: `task_group.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::setup::*;
use groundup_combinators::executor::{
    Instant, call_later, current_task, iteration, sleep, spawn, time,
};
use groundup_combinators::task::{catch_cancel, yield_now};
use groundup_combinators::{Deadline, DeadlineError, Elapsed, timeout, timeout_at};

fn cancelling() -> u32 {
    current_task().expect("in a task").cancelling()
}

#[test]
fn d01_it_turns_exactly_its_own_cancel_into_elapsed() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let deadline = Deadline::after(secs(1));
        let inner = log.clone();
        let ended = deadline.run(async move {
            call_later(secs(1), {
                let log = inner.clone();
                move || log.say("due")
            });
            let caught = catch_cancel(sleep(secs(9))).await.unwrap_err();
            inner.say("inner");
            caught.raise().await
        });
        assert_eq!(ended.await, Err(Elapsed));
        log.say("outer");
        assert!(deadline.expired());
        assert_eq!((cancelling(), time().since_start()), (0, secs(1)));
    });
    assert_eq!(log.hops("due", "inner"), 1);
    assert_eq!(log.hops("inner", "outer"), 0);
}

#[test]
fn d01_what_is_done_in_time_costs_no_iteration() {
    Setup::new().run(async {
        let before = iteration();
        assert_eq!(timeout(secs(1), async { 5 }).await, Ok(5));
        assert_eq!(
            timeout_at(Instant::START + secs(1), async { 6 }).await,
            Ok(6)
        );
        assert_eq!((iteration(), cancelling()), (before, 0));
    });
}

#[test]
fn d01_also_when_it_was_made_before_a_loop_ran() {
    let setup = Setup::new();
    let made = timeout(secs(1), sleep(secs(9)));
    assert_eq!(setup.run(made), Err(Elapsed));
    let deadline = Deadline::after(secs(1));
    assert_eq!(setup.run(deadline.run(sleep(secs(9)))), Err(Elapsed));
    assert_eq!(setup.event_loop.time().since_start(), secs(2));
}

#[test]
fn d02_without_a_time_it_never_fires_until_it_is_moved() {
    Setup::new().run(async {
        let deadline = Deadline::never();
        assert_eq!(deadline.when(), None);
        let inner = deadline.clone();
        let ended = deadline.run(async move {
            sleep(secs(100)).await;
            assert_eq!(inner.when(), None);
            inner.reschedule(Some(Instant::START + secs(102))).unwrap();
            assert_eq!(inner.when(), Some(Instant::START + secs(102)));
            inner.reschedule(Some(Instant::START + secs(103))).unwrap();
            sleep(secs(9)).await;
        });
        assert_eq!(ended.await, Err(Elapsed));
        assert_eq!(time().since_start(), secs(103));
        let ended = timeout(Duration::MAX, sleep(secs(1000))).await;
        assert_eq!(ended, Ok(()));
    });
}

#[test]
fn d03_it_can_be_moved_only_while_something_runs_under_it() {
    Setup::new().run(async {
        let deadline = Deadline::after(secs(1));
        assert_eq!(deadline.reschedule(None), Err(DeadlineError::NotEntered));
        deadline.run(async {}).await.unwrap();
        assert_eq!(deadline.reschedule(None), Err(DeadlineError::Finished));
        assert!(!deadline.expired());

        let deadline = Deadline::after(secs(1));
        let inner = deadline.clone();
        let ended = deadline.run(async move {
            let caught = catch_cancel(sleep(secs(9))).await.unwrap_err();
            assert_eq!(inner.reschedule(None), Err(DeadlineError::Expired));
            caught.raise().await
        });
        assert_eq!(ended.await, Err(Elapsed));
        assert_eq!(deadline.reschedule(None), Err(DeadlineError::Expired));
    });
}

#[test]
fn d03_entering_it_twice_is_refused() {
    let setup = Setup::new();
    let twice = AssertUnwindSafe(|| {
        setup.run(async {
            let deadline = Deadline::after(secs(1));
            deadline.run(async {}).await.unwrap();
            let _ = deadline.run(async {}).await;
        });
    });
    let message = *catch_unwind(twice).unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(message, "Deadline has already been entered: make a new one");
}

#[test]
fn d04_nested_with_the_outer_earlier_only_the_outer_tells() {
    Setup::new().run(async {
        let (outer, inner) = (Deadline::after(secs(1)), Deadline::after(secs(2)));
        let seen = inner.clone();
        let nested = outer.run(async move {
            let caught = catch_cancel(inner.run(sleep(secs(9)))).await;
            assert!(caught.is_err(), "the inner lets the cancel through");
            caught.unwrap_err().raise().await
        });
        assert_eq!(nested.await, Err(Elapsed));
        assert!(outer.expired() && !seen.expired());
        assert_eq!((cancelling(), time().since_start()), (0, secs(1)));
    });
}

#[test]
fn d05_nested_with_one_deadline_both_expire_and_the_outer_tells() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let (outer, inner) = (Deadline::after(secs(1)), Deadline::after(secs(1)));
        let (seen, inside) = (inner.clone(), log.clone());
        let nested = outer.run(async move {
            let ended = catch_cancel(inner.run(sleep(secs(9)))).await;
            inside.say(format_args!("inner:{}", ended.is_err()));
            match ended {
                Ok(ended) => ended,
                Err(cancelled) => match cancelled.raise().await {},
            }
        });
        assert_eq!(nested.await, Err(Elapsed));
        assert!(outer.expired() && seen.expired());
        assert_eq!((cancelling(), time().since_start()), (0, secs(1)));
    });
    assert_eq!(log.texts(), "inner:true");
}

#[test]
fn d06_a_deadline_that_has_passed_lets_the_body_run_to_its_first_suspension() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        for zero in [true, false] {
            let inner = log.clone();
            let body = async move {
                inner.say("body");
                yield_now().await;
                inner.say("not reached");
            };
            let before = iteration();
            let ended = match zero {
                true => timeout(Duration::ZERO, body).await,
                false => timeout_at(Instant::START, body).await,
            };
            assert_eq!((ended, iteration() - before), (Err(Elapsed), 1));
        }
        let deadline = Deadline::after(Duration::ZERO);
        assert_eq!(deadline.run(async { 5 }).await, Ok(5));
        assert!(
            !deadline.expired(),
            "nothing suspended, so nothing was late"
        );
    });
    assert_eq!(log.texts(), "body body");
}

#[test]
fn d07_a_cancel_from_outside_in_the_same_instant_wins() {
    Setup::new().run(async {
        let deadline = Deadline::after(secs(1));
        let seen = deadline.clone();
        let task = spawn(async move {
            let ended = deadline.run(sleep(secs(9))).await;
            panic!("the cancel was taken for the deadline: {ended:?}");
        });
        yield_now().await;
        let handle = task.task_ref();
        call_later(secs(1), move || assert!(handle.cancel()));
        let ended: Result<(), _> = task.await;
        assert!(ended.unwrap_err().is_cancelled());
        assert!(seen.expired());
        assert_eq!(time().since_start(), secs(1));
    });
}

#[test]
fn d08_an_error_of_the_body_passes_through_and_the_count_is_restored() {
    Setup::new().run(async {
        let deadline = Deadline::after(secs(1));
        let ended = deadline.run(async {
            let _ = catch_cancel(sleep(secs(9))).await;
            assert_eq!(cancelling(), 1);
            Err::<(), _>("its own")
        });
        assert_eq!(ended.await, Ok(Err("its own")));
        assert!(deadline.expired());
        assert_eq!(cancelling(), 0);
        yield_now().await;
    });
}
