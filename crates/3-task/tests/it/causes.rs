//! Tests which cause a trace names for a wake.
//!
//! The problem: a wake happens far from its cause. The end of a promise calls a listener, which
//! sets another promise, whose end wakes a task. Each wake is caused by the innermost of these.
//! After it, the outer cause holds again.
//!
//! Invariant: a cause ends where it began, also by a panic in between.
//!
//! Read next: `reentry.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_task::trace::{Cause, Event, Recorder, Verb};
use groundup_task::{NoRoot, Scheduler, Task};

/// Makes three tasks that wait for ever, and records the events from then on.
fn waiting() -> (Rc<Scheduler>, [Task<()>; 3], Recorder) {
    let scheduler = Scheduler::new().unwrap();
    let tasks = [(); 3].map(|()| scheduler.spawn(std::future::pending()));
    scheduler.run_round(&mut NoRoot);
    let recorder = Recorder::new();
    scheduler.set_sink(Some(Box::new(recorder.clone())));
    (scheduler, tasks, recorder)
}

fn causes(recorder: &Recorder) -> Vec<Cause> {
    let cause = |event: &Event| match &event.verb {
        Verb::Wake { by } => Some(by.clone()),
        _ => None,
    };
    recorder.events().iter().filter_map(cause).collect()
}

#[test]
fn a_cause_inside_another_ends_with_its_own() {
    let (scheduler, [one, two, three], recorder) = waiting();
    let wake = |task: &Task<()>| scheduler.wake(task.ticket());
    scheduler.caused(Cause::Thread, || {
        scheduler.caused(Cause::Timer(7), || wake(&one));
        wake(&two);
    });
    wake(&three);
    let expected = [Cause::Timer(7), Cause::Thread, Cause::Outside];
    assert_eq!(causes(&recorder), expected);
}

#[test]
fn a_cause_ends_with_a_panic() {
    let (scheduler, [one, ..], recorder) = waiting();
    let panics = || scheduler.caused(Cause::Thread, || std::panic::resume_unwind(Box::new("no")));
    let caught = catch_unwind(AssertUnwindSafe(panics));
    assert!(caught.is_err());
    scheduler.wake(one.ticket());
    assert_eq!(causes(&recorder), [Cause::Outside]);
}

/// A promise whose end sets another: each waiter is woken by its own promise.
#[test]
fn a_promise_that_is_set_by_the_end_of_another_is_the_cause() {
    let scheduler = Scheduler::new().unwrap();
    let recorder = Recorder::new();
    let (first, second) = (scheduler.promise::<()>(), scheduler.promise::<()>());
    let waits = [&first, &second].map(|promise| scheduler.spawn(promise.clone()));
    let chained = second.clone();
    first.add_done_callback(move || chained.set_result(()).unwrap());
    scheduler.run_until_idle();
    scheduler.set_sink(Some(Box::new(recorder.clone())));
    first.set_result(()).unwrap();
    scheduler.run_until_idle();
    assert_eq!(causes(&recorder), [Cause::Promise(1), Cause::Promise(2)]);
    assert!(waits.iter().all(|task| task.done()));
}
