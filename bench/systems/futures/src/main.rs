//! The rows on the futures crate: LocalPool and its combinators.
//!
//! LocalPool keeps its tasks in a FuturesUnordered. It has no timers, so the rows
//! about time are not served. For children that are tasks it has handles, which a
//! FuturesUnordered collects. In place it has `join_all`, FuturesUnordered and `select`.
//!
//! Invariants: a task with a result is spawned with a RemoteHandle, the only kind of
//! handle; a task without one is spawned without a handle. Left out by the system:
//! timers; a panic in a task without a handle unwinds through the pool.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;

use bench_kit::{
    Children, Group, InPlace, Program, Run, Sample, System, Work, rows, woken_by_a_thread,
};
use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::{Either, FutureExt, RemoteHandle, select};
use futures_util::stream::FuturesUnordered;
use futures_util::task::LocalSpawnExt;

mod sharing;

thread_local! {
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// futures 0.3.34.
struct Futures;

/// Calls `f` with the spawner of the running pool.
fn with_spawner<T>(f: impl FnOnce(&LocalSpawner) -> T) -> T {
    SPAWNER.with_borrow(|spawner| f(spawner.as_ref().expect("spawning needs a running pool")))
}

impl Run for Futures {
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
}

impl System for Futures {
    type Join<T: 'static> = RemoteHandle<T>;

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

impl Children for Futures {
    fn as_completed<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        children
            .into_iter()
            .map(Self::spawn)
            .collect::<FuturesUnordered<_>>()
    }
}

impl InPlace for Futures {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Self::spawn(future)
    }

    async fn select2<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        let (mut a, mut b) = (pin!(a.fuse()), pin!(b.fuse()));
        futures_util::select! {
            value = a => value,
            value = b => value,
        }
    }

    async fn select2_biased<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        match select(pin!(a), pin!(b)).await {
            Either::Left((value, _)) | Either::Right((value, _)) => value,
        }
    }
}

impl Program for Futures {
    const NAME: &str = "futures";

    fn runtime() -> String {
        Futures::run(async { Futures::spawn(woken_by_a_thread()).await });
        "a LocalPool, which parks the thread; no pool for jobs that block".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Futures>(row, work)
            .or_else(|| rows::of_children::<Futures>(row, work))
            .or_else(|| rows::of_select::<Futures>(row, work))
            .or_else(|| rows::of_sets::<Futures>(row, work))
            .or_else(|| rows::of_queues::<Futures>(row, work))
            .or_else(|| rows::of_oneshots::<Futures>(row, work))
            .or_else(|| rows::of_locks::<Futures>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Futures>()
}
