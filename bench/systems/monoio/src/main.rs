//! The rows on monoio, on the driver that its users get.
//!
//! `monoio::main` takes the fusion driver: io_uring, or epoll where the kernel refuses
//! io_uring. So does this program. The `sync` feature is on: without it a wake from
//! another thread panics, and the table does not compare loops that cannot be woken
//! from outside.
//!
//! Invariants: groups use the futures crate, as monoio's own documentation does; a
//! group's children are tasks. Left out by the system: a panic in a task is not
//! caught. A task that wakes itself goes to the *front* of the queue, so `yield` does
//! not let other tasks run, and the 1,000 tasks of yield_many run one after the other.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use bench_kit::{Children, InPlace, Program, Run, Sample, System, Timers, Work, rows};
use monoio::task::JoinHandle;
use monoio::utils::detect_uring;
use monoio::{FusionDriver, FusionRuntime, RuntimeBuilder};

mod sharing;
mod sockets;

/// monoio 0.2.4.
struct Monoio;

impl Run for Monoio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut runtime = RuntimeBuilder::<FusionDriver>::new()
            .enable_timer()
            .build()
            .expect("monoio's runtime starts");
        let uring = matches!(runtime, FusionRuntime::Uring(_));
        assert_eq!(uring, detect_uring(), "the driver that runtime() names");
        runtime.block_on(main)
    }
}

impl System for Monoio {
    type Join<T: 'static> = JoinHandle<T>;

    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        monoio::spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(monoio::spawn(future));
    }
}

impl Timers for Monoio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        monoio::time::timeout(length, inner).await.ok()
    }
}

impl Children for Monoio {}

impl InPlace for Monoio {
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
        monoio::select! {
            value = a => value,
            value = b => value,
        }
    }

    async fn select2_biased<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        monoio::select! {
            biased;
            value = a => value,
            value = b => value,
        }
    }
}

impl Program for Monoio {
    const NAME: &str = "monoio";

    fn runtime() -> String {
        let driver = if detect_uring() { "io_uring" } else { "epoll" };
        format!("the fusion driver, here {driver}; feature sync")
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Monoio>(row, work)
            .or_else(|| rows::of_timers::<Monoio>(row, work))
            .or_else(|| rows::of_children::<Monoio>(row, work))
            .or_else(|| rows::of_select::<Monoio>(row, work))
            .or_else(|| rows::of_queues::<Monoio>(row, work))
            .or_else(|| rows::of_oneshots::<Monoio>(row, work))
            .or_else(|| rows::of_permits::<Monoio>(row, work))
            .or_else(|| rows::of_sockets::<Monoio>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Monoio>()
}
