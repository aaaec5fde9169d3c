//! The rows on tokio: current_thread runtime, tasks on a LocalSet.
//!
//! It uses a LocalSet, because the rows' futures are not `Send`, as in every other
//! system here. It uses tokio's own tools: JoinSet for groups, `select!`, `timeout`,
//! and the paused clock for virtual time. The I/O driver is left out of all rows but those about
//! sockets, so that an idle loop parks on a condition variable, the cheaper of its two parkers.
//!
//! Invariants: every feature that ships is on (panics caught per task, abort, wakes
//! from any thread, the cooperative budget).
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use bench_kit::rows::{self, timers};
use bench_kit::{Children, Group, InPlace, Program, Run, Sample, System, Timers, Work};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, LocalSet};

mod sharing;
mod sockets;

/// tokio 1.54.
struct Tokio;

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

/// Runs `main` on a loop whose clock jumps (`paused`) or runs.
fn run<F: Future>(paused: bool, main: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(paused)
        .build()
        .expect("tokio's runtime starts");
    let local = LocalSet::new();
    local.block_on(&runtime, main)
}

impl Run for Tokio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        run(false, main)
    }
}

impl System for Tokio {
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

    fn one_shot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        let send = move |value| sender.send(value).expect("the receiver is there");
        (
            send,
            async move { receiver.await.expect("the value is sent") },
        )
    }
}

impl Timers for Tokio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        tokio::time::timeout(length, inner).await.ok()
    }
}

/// A JoinSet whose results are unwrapped.
struct Set(JoinSet<u64>);

impl Group for Set {
    async fn next(&mut self) -> Option<u64> {
        let result = self.0.join_next().await?;
        Some(result.expect("a task of a row ends well"))
    }
}

impl Children for Tokio {
    fn as_completed<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        let mut set = JoinSet::new();
        for child in children {
            set.spawn_local(child);
        }
        Set(set)
    }
}

impl InPlace for Tokio {
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
        tokio::select! {
            value = a => value,
            value = b => value,
        }
    }

    async fn select2_biased<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        tokio::select! {
            biased;
            value = a => value,
            value = b => value,
        }
    }
}

/// Runs `size` sleeps of 0 to 200 ms on the paused clock, `each` per task.
async fn under_virtual_time(work: Work, each: u64) -> Sample {
    work.measure(work.size, async || {
        timers::asleep::<Tokio, _>(work.size, each, || {
            let started = tokio::time::Instant::now();
            move |length| assert!(started.elapsed() >= length, "a sleep ended early")
        })
        .await;
    })
    .await
}

impl Program for Tokio {
    const NAME: &str = "tokio";

    fn runtime() -> String {
        let flavor = Handle::current().runtime_flavor();
        assert_eq!(flavor, RuntimeFlavor::CurrentThread);
        "current_thread, a LocalSet, no I/O driver (its cheaper parker)".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        if let Some(each) = timers::virtual_row(row, work) {
            return Some(run(true, under_virtual_time(work, each)));
        }
        rows::of_system::<Tokio>(row, work)
            .or_else(|| rows::of_timers::<Tokio>(row, work))
            .or_else(|| rows::of_children::<Tokio>(row, work))
            .or_else(|| rows::of_select::<Tokio>(row, work))
            .or_else(|| rows::of_queues::<Tokio>(row, work))
            .or_else(|| rows::of_oneshots::<Tokio>(row, work))
            .or_else(|| rows::of_locks::<Tokio>(row, work))
            .or_else(|| rows::of_permits::<Tokio>(row, work))
            .or_else(|| rows::of_blocking::<Tokio>(row, work))
            .or_else(|| sockets::serve(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Tokio>()
}
