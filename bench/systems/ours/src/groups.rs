//! The rows about waiting for several things at once.
//!
//! We have both forms. The children of `gather`, `wait` and `as_completed` are tasks, as
//! asyncio's are; `join`, `unordered` and `select` poll futures in place. wait_first is the loop that a
//! Python programmer knows:
//!
//! ```text
//!   while pending:
//!       done, pending = await wait(pending, FIRST_COMPLETED)
//! ```
//!
//! Here the returned `pending` is still registered, so the next round of the loop
//! costs nothing for each task that is left.
//!
//! Invariants: every child of a row about children is spawned. Futures in place are held
//! by one task.
//!
//! Read next: `kit/src/rows/children.rs`.

use std::future::Future;
use std::vec;

use bench_kit::{Children, Group, InPlace, System};
use futures_util::FutureExt;
use groundup::{AsCompleted, ReturnWhen, Selected, Task, Unordered, WaitSet};

use crate::Ours;

/// The children of an `as_completed`.
struct Completed(AsCompleted<u64>);

impl Group for Completed {
    async fn next(&mut self) -> Option<u64> {
        let completed = self.0.next().await?;
        Some(completed.result.expect("a task of a row ends well"))
    }
}

/// The loop around `wait`: the tasks that the last wait returned, and the others.
struct Waited {
    done: vec::IntoIter<Task<u64>>,
    pending: Option<WaitSet<u64>>,
}

impl Group for Waited {
    /// Two tasks may end before a wait returns; then they come in the order of the set.
    const IN_ORDER: bool = false;

    async fn next(&mut self) -> Option<u64> {
        if self.done.len() == 0 {
            let pending = self.pending.take().filter(|pending| !pending.is_empty())?;
            let (done, left) = groundup::wait(pending, ReturnWhen::FirstCompleted).await;
            self.done = done.into_iter();
            self.pending = Some(left);
        }
        Some(self.done.next()?.await.expect("a task of a row ends well"))
    }
}

/// The futures of an `unordered`.
struct Ended<F: Future>(Unordered<F>);

impl<F: Future<Output = u64>> Group for Ended<F> {
    async fn next(&mut self) -> Option<u64> {
        Some(self.0.next().await?.1)
    }
}

impl Children for Ours {
    async fn gather<F>(children: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        groundup::gather(children)
            .await
            .expect("the tasks of a row end well")
    }

    fn as_completed<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Completed(groundup::as_completed(children))
    }

    fn wait_first<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Waited {
            done: vec![].into_iter(),
            pending: Some(children.into_iter().collect()),
        }
    }
}

impl InPlace for Ours {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ours::spawn(future)
    }

    async fn join<F>(futures: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        groundup::join(futures).await
    }

    fn unordered<F>(futures: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Ended(groundup::unordered(futures))
    }

    fn select2<A, B>(a: A, b: B) -> impl Future<Output = u64>
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        groundup::select((a, b)).map(either)
    }

    fn select2_biased<A, B>(a: A, b: B) -> impl Future<Output = u64>
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        groundup::select_biased((a, b)).map(either)
    }
}

/// Returns the value, whichever future had it.
fn either(selected: Selected<u64, u64>) -> u64 {
    match selected {
        Selected::First(value) | Selected::Second(value) => value,
    }
}
