//! The flag of floor 3's first version, under loom.
//!
//! The problem: the first version (`crates/3-task/examples/first_task.rs`) has a flag for each task,
//! `queued`. A wake sets the flag, and queues the task if the flag was clear. The loop clears the
//! flag and then polls. If the loop clears it by a plain store, the processor may read for the poll
//! before the store is visible. A wake of another thread then finds the flag set, and the poll does
//! not see what this thread wrote: the wake is lost.
//!
//! ```text
//!   thread                             loop
//!   1. write the value                 3. clear the flag
//!   2. swap(true) finds it set:        4. poll: read the value
//!      queue nothing
//! ```
//!
//! Invariant: these few lines are those of the first version, and a test compares the text of the
//! line that matters.
//!
//! Read next: `woken.rs`.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

/// The line of the first version that clears the flag.
const CLEARS: &str = "waker.queued.swap(false, Ordering::AcqRel);";

/// A thread writes a value and wakes a task that is queued already, while the loop polls it.
fn a_wake_beside_a_poll(clear: fn(&AtomicBool)) {
    loom::model(move || {
        let queued = Arc::new(AtomicBool::new(true));
        let value = Arc::new(AtomicUsize::new(0));
        let (flag, written) = (queued.clone(), value.clone());
        let wakes = thread::spawn(move || {
            written.store(1, Ordering::Relaxed);
            !flag.swap(true, Ordering::AcqRel)
        });
        clear(&queued);
        let saw_it = value.load(Ordering::Relaxed) == 1;
        let queued_again = wakes.join().unwrap();
        assert!(saw_it || queued_again, "the wake is lost");
    });
}

#[test]
fn a_swap_sees_what_came_before_the_wake() {
    let first_task = include_str!("../../../crates/3-task/examples/first_task.rs");
    assert!(
        first_task.contains(CLEARS),
        "the first version clears its flag as this test does"
    );
    a_wake_beside_a_poll(|queued| {
        queued.swap(false, Ordering::AcqRel);
    });
}

#[test]
#[should_panic(expected = "the wake is lost")]
fn a_store_loses_the_wake() {
    a_wake_beside_a_poll(|queued| queued.store(false, Ordering::Release));
}
