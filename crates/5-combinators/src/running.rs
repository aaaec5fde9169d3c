//! Running: finds the loop or the task that a combinator needs.
//!
//! The problem: some combinators make tasks, which only a loop can run. Others cancel the task
//! they run in. Under another executor, or outside a task, they cannot work. They must panic
//! with a message that names the cure.
//!
//! Invariant: a combinator that needs no loop never calls these functions.
//!
//! Read next: `waiter.rs`.

use std::rc::Rc;

use groundup_executor::current_task;
use groundup_executor::task::{IntoTask, Scheduler, TaskRef};

/// Returns the loop that runs on this thread. Panics with a message about `what` if none runs.
#[track_caller]
pub(crate) fn loop_of(what: &str) -> Rc<Scheduler> {
    match Scheduler::current() {
        Some(scheduler) => scheduler,
        None => panic!(
            "no running event loop: {what} makes tasks, which only a loop can run; call it inside one \
             (join, try_join, race, race_ok and select make none, and work under any executor)"
        ),
    }
}

/// Returns the loop that runs on this thread. Outside a loop, returns the loop of the first
/// item that is a task (a task knows its loop), and panics like [`loop_of`] if there is none.
#[track_caller]
#[cold]
pub(crate) fn home_of<A: IntoTask>(what: &str, items: &[A]) -> Rc<Scheduler> {
    match items.iter().find_map(IntoTask::home) {
        Some(home) if Scheduler::current().is_none() => home.clone(),
        _ => loop_of(what),
    }
}

/// Returns the running task. Panics with a message about `what` if there is none.
#[track_caller]
pub(crate) fn own_task(what: &str) -> TaskRef {
    match current_task() {
        Some(task) => task,
        None => no_task(what),
    }
}

#[track_caller]
#[cold]
pub(crate) fn no_task(what: &str) -> ! {
    if Scheduler::current().is_none() {
        panic!(
            "no running event loop: {what} works only inside a task of one; spawn it there, or await \
             it in the main future"
        );
    }
    panic!("{what} works only in a task: spawn it, or await it in one")
}

/// Panics: the loop in which `what` began is closed, so the wait can never end.
#[track_caller]
#[cold]
pub(crate) fn orphan(what: &str) -> ! {
    panic!(
        "the event loop in which this {what} began is closed, so it can never end: make a new one in \
         the loop that runs"
    )
}
