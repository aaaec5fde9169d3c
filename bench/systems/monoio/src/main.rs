//! The rows on monoio, on the driver that its users get.
//!
//! `monoio::main` takes the fusion driver: io_uring, or epoll where the kernel refuses
//! io_uring. So does this program, but for the rows about sockets of a loop that learns
//! which sockets are ready. They run on the driver for epoll. The `sync` feature is on:
//! without it a wake from another thread panics, and the table does not compare loops
//! that cannot be woken from outside.
//!
//! Invariants: groups are handles of tasks in the set of futures-buffered. Left out by the system: a panic in a task is not
//! caught. A task that wakes itself goes to the *front* of the queue, so `yield` does
//! not let other tasks run, and the 1,000 tasks of yield_many run one after the other.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use bench_kit::sockets::Sockets;
use bench_kit::{
    Blocking, Children, InPlace, Oneshots, Program, Run, Sample, System, Timers, Work, has_open,
    pool_threads, rows, woken_by_a_thread,
};
use monoio::blocking::DefaultThreadPool;
use monoio::task::JoinHandle;
use monoio::utils::detect_uring;
use monoio::{FusionDriver, FusionRuntime, LegacyDriver, RuntimeBuilder};

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
        run(RuntimeBuilder::new(), main)
    }
}

/// Runs a future on the fusion driver.
fn run<F: Future>(builder: RuntimeBuilder<FusionDriver>, main: F) -> F::Output {
    let runtime = builder.enable_timer().build();
    let mut runtime = runtime.expect("monoio's runtime starts");
    let uring = matches!(runtime, FusionRuntime::Uring(_));
    assert_eq!(uring, detect_uring(), "the driver that runtime() names");
    runtime.block_on(main)
}

/// Runs a future on the fusion driver, beside a pool of threads: a runtime of monoio has none by
/// itself.
fn run_with_threads<F: Future>(main: F) -> F::Output {
    let pool = Box::new(DefaultThreadPool::new(pool_threads()));
    run(RuntimeBuilder::new().attach_thread_pool(pool), main)
}

/// Runs a future on the driver that the fusion driver takes where the kernel refuses io_uring.
fn run_on_epoll<F: Future>(main: F) -> F::Output {
    let runtime = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
    runtime.expect("monoio's runtime starts").block_on(main)
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

    fn one_shot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        <Monoio as Oneshots>::oneshot()
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
}

impl Program for Monoio {
    const NAME: &str = "monoio";

    fn runtime() -> String {
        Monoio::run(async { Monoio::spawn(woken_by_a_thread()).await });
        run_on_epoll(async {
            Monoio::connect().await;
            assert!(has_open("eventpoll") && !has_open("io_uring"), "epoll");
        });
        let here = thread::current().id();
        let elsewhere = move || u64::from(thread::current().id() != here);
        let job = run_with_threads(async move { Monoio::job(elsewhere).await });
        assert_eq!(job, 1, "a job runs on another thread");
        let driver = if detect_uring() { "io_uring" } else { "epoll" };
        format!(
            "the fusion driver, here {driver}; in tcp_echo_64 and tcp_echo_1 the driver for epoll; feature sync; \
             for jobs a DefaultThreadPool of CPUs + 4 threads"
        )
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Monoio>(row, work)
            .or_else(|| rows::of_timers::<Monoio>(row, work))
            .or_else(|| rows::of_children::<Monoio>(row, work))
            .or_else(|| rows::of_select::<Monoio>(row, work))
            .or_else(|| rows::of_queues::<Monoio>(row, work))
            .or_else(|| rows::of_oneshots::<Monoio>(row, work))
            .or_else(|| rows::of_permits::<Monoio>(row, work))
            .or_else(|| rows::blocking::jobs::<Monoio>(row, work).map(run_with_threads))
            .or_else(|| rows::sockets::tcp::<Monoio>(row, work).map(run_on_epoll))
            .or_else(|| rows::of_uring::<Monoio>(row, work).filter(|_| detect_uring()))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Monoio>()
}
