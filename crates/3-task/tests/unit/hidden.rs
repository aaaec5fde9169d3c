//! Looks at the marks of hidden waits, which no public call shows.
//!
//! Invariant: only a task that can still wait is marked.
//!
//! Read next: `src/cancel/hidden.rs`.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::run::Scheduler;

thread_local! {
    static MARKED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Returns whether a hidden wait would be marked here.
fn marks() -> bool {
    let scheduler = Scheduler::current().unwrap();
    let waker = Waker::noop();
    scheduler
        .cancels
        .hidden_waits(&scheduler.core, waker, None)
        .is_some()
}

/// Notes that when it is woken.
struct Asks;

impl Wake for Asks {
    fn wake(self: Arc<Self>) {
        MARKED.set(Some(marks()));
    }
}

#[test]
fn a_task_that_has_ended_is_not_marked() {
    let scheduler = Scheduler::new().unwrap();
    let mut task = scheduler.spawn(async { marks() });
    let waker = Waker::from(Arc::new(Asks));
    let waits = pin!(&mut task).poll(&mut Context::from_waker(&waker));
    assert!(waits.is_pending());
    scheduler.run_until_idle();
    assert_eq!(task.take_value(), Some(true), "it can wait while it runs");
    assert_eq!(
        MARKED.get(),
        Some(false),
        "its waiter was called at its end"
    );
}
