//! The rows on smol: async-executor's LocalExecutor under async-io.
//!
//! The executor stands in a thread-local, as smol's own documentation shows for
//! single-threaded programs. The loop is `async_io::block_on`, timers are
//! `async_io::Timer`, and groups are FuturesUnordered over task handles.
//!
//! Invariants: CPU time includes async-io's helper thread, which takes over the
//! reactor when the loop's thread does not poll it for a while. Left out by the
//! system: a panic in a task unwinds through the executor.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use async_executor::{LocalExecutor, Task};
use async_io::Timer;
use bench_kit::{Children, InPlace, Program, Run, Sample, System, Timers, Work, rows};
use futures_util::future::FutureExt;

mod sharing;
mod sockets;

thread_local! {
    static EXECUTOR: LocalExecutor<'static> = const { LocalExecutor::new() };
}

/// async-executor 1.14 and async-io 2.6.
struct Smol;

impl Run for Smol {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        EXECUTOR.with(|executor| async_io::block_on(executor.run(main)))
    }
}

impl System for Smol {
    type Join<T: 'static> = Task<T>;

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        Smol::spawn(future).detach();
    }
}

impl Timers for Smol {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        FutureExt::map(Timer::after(length), drop)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        let late = async {
            Timer::after(length).await;
            None
        };
        futures_lite::future::or(async { Some(inner.await) }, late).await
    }
}

impl Children for Smol {}

impl InPlace for Smol {
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
        futures_lite::future::race(a, b).await
    }

    async fn select2_biased<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        futures_lite::future::or(a, b).await
    }
}

impl Program for Smol {
    const NAME: &str = "smol";

    fn runtime() -> String {
        "LocalExecutor in async_io::block_on".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Smol>(row, work)
            .or_else(|| rows::of_timers::<Smol>(row, work))
            .or_else(|| rows::of_children::<Smol>(row, work))
            .or_else(|| rows::of_select::<Smol>(row, work))
            .or_else(|| rows::of_queues::<Smol>(row, work))
            .or_else(|| rows::of_oneshots::<Smol>(row, work))
            .or_else(|| rows::of_locks::<Smol>(row, work))
            .or_else(|| rows::of_permits::<Smol>(row, work))
            .or_else(|| rows::of_blocking::<Smol>(row, work))
            .or_else(|| rows::of_sockets::<Smol>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Smol>()
}
