//! Counts the entries of the waiters that wait beside others.
//!
//! The problem: a server has one task, "shut down". Each request awaits a clone of it beside
//! its own work, and leaves. An entry that stays behind shows in no result.
//!
//! Invariant: entering and leaving cost the same beside 10^2 and beside 10^5 others.
//!
//! Read next: `src/wait/registration.rs`.

use std::future::{Future, IntoFuture, pending, poll_fn};
use std::task::Poll;

use crate::handles::task::Task;
use crate::run::Scheduler;
use crate::store::waiters::LOOKS;

const COUNTS: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Returns whether the task's slot has a waiter, and the length of its list, gaps included.
fn entries(task: &Task<()>) -> (bool, usize) {
    let (core, slot) = (&task.scheduler().core, task.slot().unwrap());
    let listed = core.extra(slot, |extra| extra.waiters.entries());
    (slot.waiter() != 0, listed.unwrap_or(0))
}

/// Polls a future once, and drops it if it is not ready.
async fn once(future: impl Future) {
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        let _ = future.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

#[test]
fn a_clone_that_is_awaited_and_given_up_leaves_nothing_behind() {
    for others in [0, 1, 5] {
        let scheduler = Scheduler::new().unwrap();
        let long = scheduler.spawn(pending::<()>());
        let wait = |_| scheduler.spawn(long.ended());
        let _kept: Vec<_> = (0..others).map(wait).collect();
        scheduler.run_until_idle();
        let before = entries(&long);
        assert_eq!(before, (others > 0, others.max(1) - 1));
        for lent in [false, true] {
            for _ in 0..1_000 {
                let mut shutdown = long.clone();
                scheduler.spawn(async move {
                    match lent {
                        true => once(&mut shutdown).await,
                        false => once(shutdown.into_future()).await,
                    }
                });
                scheduler.run_until_idle();
            }
            let (in_slot, listed) = entries(&long);
            // There may be a gap until the next waiter leaves.
            assert!(
                listed <= 2 * before.1 + 1,
                "{listed} beside {others}, lent: {lent}"
            );
            assert_eq!(in_slot, before.0);
        }
    }
}

#[test]
fn n_who_await_clones_of_one_task_are_n_entries_and_no_search() {
    for count in COUNTS {
        let scheduler = Scheduler::new().unwrap();
        let gate = scheduler.promise::<()>();
        let opened = gate.clone();
        let one = scheduler.spawn(async move { opened.await.unwrap() });
        let before = LOOKS.get();
        let wait = |_| {
            let one = one.clone();
            scheduler.spawn(async move { one.await.unwrap() })
        };
        let all: Vec<Task<()>> = (0..count).map(wait).collect();
        scheduler.run_until_idle();
        assert_eq!(entries(&one), (true, count - 1));
        assert_eq!(LOOKS.get() - before, 0, "who is new is not searched for");
        gate.set_result(()).unwrap();
        scheduler.run_until_idle();
        assert!(all.iter().all(|task| task.done()));
        assert_eq!(LOOKS.get() - before, 0);
    }
}
