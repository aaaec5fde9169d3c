//! The rows on glommio.
//!
//! glommio runs on io_uring only and locks memory for it: where the kernel
//! refuses, the program fails at once and the table says so. Groups use the
//! futures crate over glommio's tasks.
//!
//! Invariants: the executor is not bound to a CPU by glommio, because the
//! driver binds the process.
//! Left out by the system: a panic in a task unwinds through the executor.
//! `spawn_local` polls the new task before it returns; in the rows about
//! callbacks, which must come in their turn, `spawn_local_into` is used, which
//! only queues it.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use bench_kit::{Group, Groups, System, Timers, rows};
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use glommio::{LocalExecutorBuilder, Placement, Task};

/// glommio 0.9.
struct Glommio;

impl System for Glommio {
    type Join<T: 'static> = Task<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        LocalExecutorBuilder::new(Placement::Unbound)
            .make()
            .expect("glommio needs io_uring and enough lockable memory (ulimit -l)")
            .run(main)
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        glommio::spawn_local(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(glommio::spawn_local(future).detach());
    }

    fn call_soon<F>(f: F)
    where
        F: FnOnce() + 'static,
    {
        let here = glommio::executor().current_task_queue();
        let task = glommio::spawn_local_into(async move { f() }, here);
        drop(task.expect("the queue that runs exists").detach());
    }
}

impl Timers for Glommio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glommio::timer::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        glommio::timer::timeout(length, async {
            Ok::<_, glommio::GlommioError<()>>(inner.await)
        })
        .await
        .ok()
    }
}

/// The handles of the group's tasks.
struct Set(FuturesUnordered<Task<u64>>);

impl Group for Set {
    async fn next(&mut self) -> Option<u64> {
        self.0.next().await
    }
}

impl Groups for Glommio {
    async fn gather<F>(children: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        let tasks: Vec<_> = children.into_iter().map(glommio::spawn_local).collect();
        let mut results = Vec::with_capacity(tasks.len());
        for task in tasks {
            results.push(task.await);
        }
        results
    }

    fn group<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Set(children.into_iter().map(glommio::spawn_local).collect())
    }

    async fn select2<A, B>(a: A, b: B) -> u64
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        match select(pin!(a), pin!(b)).await {
            Either::Left((value, _)) | Either::Right((value, _)) => value,
        }
    }
}

fn main() -> ExitCode {
    bench_kit::main("glommio", |row, work| {
        rows::of_system::<Glommio>(row, work)
            .or_else(|| rows::of_timers::<Glommio>(row, work))
            .or_else(|| rows::of_groups::<Glommio>(row, work))
    })
}
