//! The rows under virtual time on tokio, whose clock is paused.
//!
//! With the feature `test-util` each reading of the clock takes a mutex, on any clock. So the other rows of tokio
//! are a program of their own, `systems/tokio`, without the feature.
//!
//! Invariants: it serves the rows under virtual time and no others.
//!
//! Read next: `kit/src/rows/timers.rs`.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use bench_kit::rows::timers;
use bench_kit::{Program, Run, Sample, System, Timers, Work, woken_by_a_thread};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

/// tokio 1.54, its clock paused.
struct Paused;

/// The future of a task's result. If the task panicked, it panics.
struct Joined<T>(JoinHandle<T>);

impl<T> Future for Joined<T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|result| result.expect("a task of a row ends well"))
    }
}

impl Run for Paused {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("tokio's runtime starts");
        LocalSet::new().block_on(&runtime, main)
    }
}

impl System for Paused {
    type Join<T: 'static> = Joined<T>;

    fn spawn<F>(future: F) -> Joined<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Joined(tokio::task::spawn_local(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(tokio::task::spawn_local(future));
    }
}

impl Timers for Paused {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        tokio::time::timeout(length, inner).await.ok()
    }
}

/// Runs `size` sleeps of 0 to 200 ms on the paused clock, `each` per task.
async fn under_virtual_time(work: Work, each: u64) -> Sample {
    work.measure(work.size, async || {
        timers::asleep::<Paused, _>(work.size, each, || {
            let started = Instant::now();
            move |length| assert!(started.elapsed() >= length, "a sleep ended early")
        })
        .await;
    })
    .await
}

impl Program for Paused {
    const NAME: &str = "tokio_paused";

    fn runtime() -> String {
        Paused::run(async {
            let flavor = Handle::current().runtime_flavor();
            assert_eq!(flavor, RuntimeFlavor::CurrentThread);
            Paused::spawn(woken_by_a_thread()).await;
            let (started, real) = (Instant::now(), std::time::Instant::now());
            Paused::sleep(Duration::from_secs(3600)).await;
            assert!(started.elapsed() >= Duration::from_secs(3600));
            assert!(real.elapsed() < Duration::from_secs(60), "the clock jumps");
        });
        "current_thread, a LocalSet, a clock that is paused".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        let each = timers::virtual_row(row, work)?;
        Some(Paused::run(under_virtual_time(work, each)))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Paused>()
}
