//! The rows about futures in place on futures-buffered.
//!
//! futures-buffered is no executor: it is a set of futures that share one allocation
//! for all their wakers. It serves only the rows about futures in place, and is the best
//! peer of most of them. The executor around it is the smallest one there is.
//!
//! Invariants: the children run inside the one future that is blocked on. Left out by
//! the system: since children are not tasks, a child is not isolated when it panics,
//! cannot be cancelled or awaited by itself, and cannot outlive the group.
//!
//! Read next: `kit/src/rows/in_place.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;

use bench_kit::{Group, InPlace, Program, Run, Sample, Work, rows, woken_by_a_thread};
use futures_buffered::{FuturesUnorderedBounded, join_all};
use futures_util::stream::StreamExt;

/// futures-buffered 0.2.14.
struct Buffered;

impl Run for Buffered {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        futures_executor::block_on(main)
    }
}

/// The futures themselves.
struct Set<F>(FuturesUnorderedBounded<F>);

impl<F: Future<Output = u64>> Group for Set<F> {
    async fn next(&mut self) -> Option<u64> {
        self.0.next().await
    }
}

impl InPlace for Buffered {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        future
    }

    async fn join<F>(futures: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        join_all(futures).await
    }

    fn unordered<F>(futures: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Set(futures.into_iter().collect())
    }
}

/// Returns its number when a thread has woken it.
async fn woken(number: u64) -> u64 {
    woken_by_a_thread().await;
    number
}

impl Program for Buffered {
    const NAME: &str = "buffered";

    fn runtime() -> String {
        let two = || vec![woken(1), woken(2)];
        assert_eq!(Buffered::run(Buffered::join(two())), [1, 2]);
        let sum = Buffered::run(async move {
            let mut group = Buffered::unordered(two());
            group.next().await.zip(group.next().await)
        });
        assert!(matches!(sum, Some((1, 2) | (2, 1))));
        "futures::executor::block_on, which parks the thread".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_sets::<Buffered>(row, work)
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Buffered>()
}
