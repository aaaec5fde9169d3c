//! Running: the loop and the task that a combinator cannot do without.
//!
//! The problem: some combinators make tasks, which only a loop can run, and some
//! cancel the task they are in. Under another executor, or outside everything,
//! they cannot work, and should say so in a sentence that names the way out.
//!
//! Invariant: what needs no loop never asks here.
//!
//! Read next: `waiter.rs`.

use std::rc::Rc;

use groundup_executor::current_task;
use groundup_executor::task::{IntoTask, Scheduler, TaskRef};

/// The loop that runs on this thread, or the panic that says what was misused.
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

/// The loop that runs on this thread. Outside of one, that of the first item that is a
/// task, since a task knows its loop; or the panic that says what was misused.
#[track_caller]
#[cold]
pub(crate) fn home_of<A: IntoTask>(what: &str, items: &[A]) -> Rc<Scheduler> {
    match items.iter().find_map(IntoTask::home) {
        Some(home) if Scheduler::try_current(|_| ()).is_none() => home.clone(),
        _ => loop_of(what),
    }
}

/// The running task, or the panic that says what was misused.
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
    if Scheduler::try_current(|_| ()).is_none() {
        panic!(
            "no running event loop: {what} works only inside a task of one; spawn it there, or await \
             it in the main future"
        );
    }
    panic!("{what} works only in a task: spawn it, or await it in one")
}

/// The loop in which something began is closed, and nothing will end it.
#[track_caller]
#[cold]
pub(crate) fn orphan(what: &str) -> ! {
    panic!(
        "the event loop in which this {what} began is closed, so it can never end: make a new one in \
         the loop that runs"
    )
}
