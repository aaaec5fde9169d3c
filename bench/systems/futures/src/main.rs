//! The rows on the futures crate: LocalPool and its combinators.
//!
//! LocalPool keeps its tasks in a FuturesUnordered. It has no timers, so the rows
//! about time are not served. Groups are FuturesUnordered over the children
//! themselves, `join_all` and `select`: they run inside one task, as they are meant
//! to, which is cheaper than a task per child.
//!
//! Invariants: a task with a result is spawned with a RemoteHandle, the only kind of
//! handle; a task without one is spawned without a handle. Left out by the system:
//! timers; a panic in a task without a handle unwinds through the pool.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::cell::RefCell;
use std::future::Future;
use std::process::ExitCode;

use bench_kit::{Group, Groups, System, rows};
use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::{RemoteHandle, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::task::LocalSpawnExt;

thread_local! {
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// futures 0.3.34.
struct Futures;

/// Calls `f` with the spawner of the running pool.
fn with_spawner<T>(f: impl FnOnce(&LocalSpawner) -> T) -> T {
    SPAWNER.with_borrow(|spawner| f(spawner.as_ref().expect("spawning needs a running pool")))
}

impl System for Futures {
    type Join<T: 'static> = RemoteHandle<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut pool = LocalPool::new();
        SPAWNER.set(Some(pool.spawner()));
        let output = pool.run_until(main);
        SPAWNER.set(None);
        output
    }

    fn spawn<F>(future: F) -> RemoteHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        with_spawner(|spawner| spawner.spawn_local_with_handle(future)).expect("the pool runs")
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        with_spawner(|spawner| spawner.spawn_local(future)).expect("the pool runs");
    }
}

impl Groups for Futures {
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
        children.into_iter().collect::<FuturesUnordered<_>>()
    }
}

fn main() -> ExitCode {
    bench_kit::main("futures", |row, work| {
        rows::of_system::<Futures>(row, work).or_else(|| rows::of_groups::<Futures>(row, work))
    })
}
