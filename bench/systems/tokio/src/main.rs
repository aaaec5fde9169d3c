//! The rows on tokio: current_thread runtime, tasks on a LocalSet.
//!
//! It uses a LocalSet, because the rows' futures are not `Send`, as in every other system here. A
//! LocalRuntime would hold them, too: it has more instructions in spawn_join, yield_many and one_shot,
//! by 7 to 12 %. It uses tokio's own tools: JoinSet for groups, `select!` and `timeout`. The rows under
//! virtual time are those of `systems/tokio_paused`. The I/O driver is left out of all rows but those
//! about sockets, so that an idle loop parks on a condition variable, the cheaper of its two parkers.
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

use bench_kit::{
    Children, Group, InPlace, Program, Run, Sample, System, Timers, Work, has_open, pool_threads,
    rows, woken_by_a_thread,
};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};
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

impl Run for Tokio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        run(
            Builder::new_current_thread().max_blocking_threads(pool_threads()),
            main,
        )
    }
}

/// Runs a future on a runtime with timers, and else as the builder has it.
fn run<F: Future>(builder: &mut Builder, main: F) -> F::Output {
    let runtime = builder
        .enable_time()
        .build()
        .expect("tokio's runtime starts");
    LocalSet::new().block_on(&runtime, main)
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
}

impl Program for Tokio {
    const NAME: &str = "tokio";

    fn runtime() -> String {
        Tokio::run(async {
            let flavor = Handle::current().runtime_flavor();
            assert_eq!(flavor, RuntimeFlavor::CurrentThread);
            Tokio::spawn(woken_by_a_thread()).await;
            assert!(!has_open("eventpoll"), "there is no I/O driver");
        });
        sockets::check();
        "current_thread, a LocalSet, no I/O driver (its cheaper parker); in tcp_echo_* and \
         http_hello a current_thread runtime with its I/O driver, and tasks that are Send; at most CPUs + 4 threads \
         for jobs, not its default of 512"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Tokio>(row, work)
            .or_else(|| rows::of_timers::<Tokio>(row, work))
            .or_else(|| rows::of_children::<Tokio>(row, work))
            .or_else(|| rows::of_select::<Tokio>(row, work))
            .or_else(|| rows::of_queues::<Tokio>(row, work))
            .or_else(|| rows::of_oneshots::<Tokio>(row, work))
            .or_else(|| rows::of_locks::<Tokio>(row, work))
            .or_else(|| rows::of_permits::<Tokio>(row, work))
            .or_else(|| rows::of_blocking::<Tokio>(row, work))
            .or_else(|| {
                let row = rows::blocking::on_default_pool::<Tokio>(row, work)?;
                Some(run(&mut Builder::new_current_thread(), row))
            })
            .or_else(|| sockets::serve(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Tokio>()
}
