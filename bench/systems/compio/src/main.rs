//! The rows on compio's runtime.
//!
//! It uses `compio_runtime` by itself, because the facade crate adds files and
//! sockets, which no row here uses. The features of the driver are those of the facade
//! and `polling`. Groups are handles of tasks in the set of futures-buffered.
//!
//! Invariants: the proactor is the one that the runtime selects on this machine
//! (io_uring, or polling where that is refused). Every run asserts that it is one of
//! the two: without a feature compio builds a stub that never sleeps and cannot be
//! woken. The queue for wakes from other threads has room for 4,096. With the default size, a thread that wakes 1,000 tasks
//! spins most of the time, because the queue is full.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use bench_kit::{
    Blocking, Children, InPlace, Program, Run, Sample, System, Timers, Work, pool_threads, rows,
    woken_by_a_thread,
};
use compio_driver::{DriverType, ProactorBuilder};
use compio_runtime::{JoinHandle, Runtime};

mod sockets;

/// compio 0.19 (compio-runtime 0.12).
struct Compio;

/// The future of a task's result. If the task panicked, it panics.
struct Joined<T>(JoinHandle<T>);

impl<T: 'static> Future for Joined<T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|result| result.expect("a task of a row ends well"))
    }
}

impl Run for Compio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut proactor = ProactorBuilder::new();
        proactor.thread_pool_limit(pool_threads());
        run(proactor, main)
    }
}

/// Runs a future on a proactor as the builder has it.
fn run<F: Future>(proactor: ProactorBuilder, main: F) -> F::Output {
    let runtime = Runtime::builder()
        .with_proactor(proactor)
        .sync_queue_size(4096)
        .build()
        .expect("compio's runtime starts");
    // The stub has no type: it panics here.
    let driver = runtime.driver_type();
    assert!(driver.is_iouring() || driver.is_polling(), "{driver:?}");
    runtime.block_on(main)
}

impl System for Compio {
    type Join<T: 'static> = Joined<T>;

    fn spawn<F>(future: F) -> Joined<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Joined(compio_runtime::spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        compio_runtime::spawn(future).detach();
    }
}

impl Timers for Compio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        compio_runtime::time::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        compio_runtime::time::timeout(length, inner).await.ok()
    }
}

impl Children for Compio {}

impl InPlace for Compio {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Self::spawn(future)
    }
}

impl Blocking for Compio {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        let job = compio_runtime::spawn_blocking(job);
        async { job.await.expect("a job of a row ends well") }
    }
}

impl Program for Compio {
    const NAME: &str = "compio";

    fn runtime() -> String {
        let driver = Compio::run(async {
            Compio::spawn(woken_by_a_thread()).await;
            match Runtime::current().driver_type() {
                DriverType::IoUring => "io_uring",
                DriverType::Poll => "polling",
                other => panic!("compio runs on {other:?}, which its users on Linux do not have"),
            }
        });
        format!(
            "the proactor on the fusion driver, here {driver}; queue for remote wakes of 4,096; at most CPUs + 4 threads for jobs"
        )
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Compio>(row, work)
            .or_else(|| rows::of_timers::<Compio>(row, work))
            .or_else(|| rows::of_children::<Compio>(row, work))
            .or_else(|| rows::of_select::<Compio>(row, work))
            .or_else(|| rows::of_blocking::<Compio>(row, work))
            .or_else(|| {
                let row = rows::blocking::on_default_pool::<Compio>(row, work)?;
                Some(run(ProactorBuilder::new(), row))
            })
            .or_else(|| rows::of_uring::<Compio>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Compio>()
}
