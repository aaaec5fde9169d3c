//! The rows about groups on futures-buffered, under `futures::block_on`.
//!
//! futures-buffered is no executor: it is a set of futures that share one allocation
//! for all their wakers. It serves only the rows about groups, and is the best peer
//! of most of them, because its children are not tasks.
//!
//! Invariants: the children run inside the one future that is blocked on. Left out by
//! the system: since children are not tasks, a child is not isolated when it panics,
//! cannot be cancelled or awaited by itself, and cannot outlive the group.
//!
//! Read next: `kit/src/rows/groups.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;

use bench_kit::{Group, Groups, System, rows};
use futures_buffered::{FuturesUnorderedBounded, join_all};
use futures_util::future::{Ready, ready};
use futures_util::stream::StreamExt;

/// futures-buffered 0.2.14.
struct Buffered;

impl System for Buffered {
    type Join<T: 'static> = Ready<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        futures_executor::block_on(main)
    }

    fn spawn<F>(future: F) -> Ready<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // There is nothing to spawn on; only the rows about groups are served.
        ready(futures_executor::block_on(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        futures_executor::block_on(future);
    }
}

/// The children themselves.
struct Set<F>(FuturesUnorderedBounded<F>);

impl<F: Future<Output = u64>> Group for Set<F> {
    async fn next(&mut self) -> Option<u64> {
        self.0.next().await
    }
}

impl Groups for Buffered {
    async fn gather<F>(children: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        join_all(children).await
    }

    fn group<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Set(children.into_iter().collect())
    }
}

fn main() -> ExitCode {
    bench_kit::main("buffered", |row, work| match row {
        "select2" => None,
        _ => rows::of_groups::<Buffered>(row, work),
    })
}
