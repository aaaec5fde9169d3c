//! The rows about waiting for several things at once.
//!
//! The children are tasks, as asyncio's are: each can be cancelled, awaited and panic
//! by itself. wait_first is the loop that a Python programmer knows:
//!
//! ```text
//!   while pending:
//!       done, pending = await wait(pending, FIRST_COMPLETED)
//! ```
//!
//! Here the returned `pending` is still registered, so the next round of the loop
//! costs nothing for each task that is left.
//!
//! Invariants: every child is spawned. Only `timeout` and `select` poll in place, and
//! they make no tasks in asyncio either.
//!
//! Read next: `kit/src/rows/groups.rs`.

use std::future::Future;

use bench_kit::rows::groups::chained;
use bench_kit::{Group, Groups, Meter, Sample, Work};
use groundup::{AsCompleted, ReturnWhen, Selected, WaitSet};

use crate::Ours;

/// The children of an `as_completed`.
struct Set(AsCompleted<u64>);

impl Group for Set {
    async fn next(&mut self) -> Option<u64> {
        let completed = self.0.next().await?;
        Some(completed.result.expect("a task of a row ends well"))
    }
}

impl Groups for Ours {
    async fn gather<F>(children: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        groundup::gather(children)
            .await
            .expect("the tasks of a row end well")
    }

    fn group<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Set(groundup::as_completed(children))
    }

    async fn select2<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        match groundup::select((a, b)).await {
            Selected::First(value) | Selected::Second(value) => value,
        }
    }
}

/// Waits for `size` tasks that end one after another, until none is left.
pub(crate) async fn wait_first(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut pending: WaitSet<u64> = chained(work.size).into_iter().collect();
        let mut next = 0;
        while !pending.is_empty() {
            let (done, left) = groundup::wait(pending, ReturnWhen::FirstCompleted).await;
            for task in done {
                let number = task.await.expect("a task of a row ends well");
                assert_eq!(number, next);
                next += 1;
            }
            pending = left;
        }
        assert_eq!(next, work.size);
    }
    meter.stop(work.ops())
}
