//! Counts the entries of the waiters that wait beside others.
//!
//! The problem: a server has one task, "shut down". Each request awaits a clone of it beside
//! its own work, and leaves. An entry that stays behind shows in no result.
//!
//! Invariant: entering and leaving cost the same beside 10^2 and beside 10^5 others, but for
//! halvings.
//!
//! Read next: `src/wait/registration.rs`.

use std::future::{Future, IntoFuture, pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use crate::group::Listener;
use crate::handles::task::Task;
use crate::inside::group::Group;
use crate::run::Scheduler;
use crate::store::key::Exit;
use crate::store::waiters::LOOKS;

const COUNTS: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Returns whether the task's slot has a waiter, and the length of its list, gaps included.
fn entries(task: &Task<()>) -> (bool, usize) {
    let (core, slot) = (&task.scheduler().core, task.slot().unwrap());
    let listed = core.rare(slot, |rare| rare.waiters.entries());
    (slot.has_waiter(), listed.unwrap_or(0))
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
        scheduler.close(); // the tasks that wait hold the loop
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

/// Listeners and callbacks leave a task without the number of their entry.
#[test]
fn n_who_give_up_one_task_look_at_few_entries_each() {
    struct Deaf;
    impl Listener for Deaf {
        fn on_end(&self, _: u32, _: Exit) {}
    }
    for count in COUNTS.into_iter().take(3) {
        for backward in [false, true] {
            let order = |n: usize| if backward { count - 1 - n } else { n };
            let scheduler = Scheduler::new().unwrap();
            let long = scheduler.spawn(pending::<()>());
            let before = LOOKS.get();
            let groups: Vec<_> = (0..count)
                .map(|_| Group::new(&scheduler, Rc::new(Deaf)))
                .collect();
            groups.iter().for_each(|group| group.add(&long, 0));
            let one = Group::new(&scheduler, Rc::new(Deaf));
            (0..count).for_each(|n| one.add(&long, n as u32));
            let callbacks: Vec<_> = (0..count).map(|_| long.add_done_callback(|| ())).collect();
            for at in (0..count).map(order) {
                assert!(groups[at].remove(&long, 0) && !groups[at].remove(&long, 0));
                assert!(one.remove(&long, at as u32));
                assert_eq!(long.remove_done_callback(&callbacks[at]), 1);
            }
            let looks = (LOOKS.get() - before) as usize;
            let halvings = count.ilog2() as usize + 3;
            assert!(
                looks <= 3 * count * halvings + 6 * count,
                "{looks} for {count}"
            );
            assert_eq!(entries(&long).1, 0);
        }
    }
}
