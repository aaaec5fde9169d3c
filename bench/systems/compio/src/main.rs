//! The rows on compio's runtime.
//!
//! It uses `compio_runtime` by itself, because the facade crate adds files and
//! sockets, which no row here uses. Groups use the futures crate over compio's tasks.
//!
//! Invariants: the proactor is the one that the runtime selects on this machine
//! (io_uring, or polling where that is refused). The queue for wakes from other
//! threads has room for 4,096. With the default size, a thread that wakes 1,000 tasks
//! spins most of the time, because the queue is full.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use bench_kit::{Groups, System, Timers, rows};
use compio_runtime::{JoinHandle, Runtime};

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

impl System for Compio {
    type Join<T: 'static> = Joined<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Runtime::builder()
            .sync_queue_size(4096)
            .build()
            .expect("compio's runtime starts")
            .block_on(main)
    }

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

impl Groups for Compio {}

fn main() -> ExitCode {
    bench_kit::main("compio", |row, work| {
        rows::of_system::<Compio>(row, work)
            .or_else(|| rows::of_timers::<Compio>(row, work))
            .or_else(|| rows::of_groups::<Compio>(row, work))
    })
}
