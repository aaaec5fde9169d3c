//! The rows on monoio, on its epoll driver ("legacy").
//!
//! It uses the epoll driver because that runs everywhere. For rows without files or
//! sockets the two drivers differ only in how an idle loop sleeps. The `sync` feature
//! is on: without it a wake from another thread panics, and the table does not
//! compare loops that cannot be woken from outside.
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

use bench_kit::{Groups, System, Timers, rows};
use monoio::task::JoinHandle;
use monoio::{LegacyDriver, RuntimeBuilder};

/// monoio 0.2.4.
struct Monoio;

impl System for Monoio {
    type Join<T: 'static> = JoinHandle<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut runtime = RuntimeBuilder::<LegacyDriver>::new()
            .enable_timer()
            .build()
            .expect("monoio's runtime starts");
        runtime.block_on(main)
    }

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

impl Groups for Monoio {
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
}

fn main() -> ExitCode {
    bench_kit::main("monoio", |row, work| {
        rows::of_system::<Monoio>(row, work)
            .or_else(|| rows::of_timers::<Monoio>(row, work))
            .or_else(|| rows::of_groups::<Monoio>(row, work))
    })
}
