//! The traits that a system implements so that the rows run on it.
//!
//! There are three traits, because not every system has every feature: [`System`]
//! runs and spawns, [`Timers`] also sleeps, [`Groups`] also waits for several things
//! at once. A row asks for the smallest trait that it needs.
//!
//! Invariants: everything is an associated function, because a row runs inside the
//! loop and reaches the loop as the system's users do (by a thread-local, for all of
//! them). A system overrides a provided function only to do *better* by its own
//! means, never to do less.
//!
//! Read next: `parts.rs`, the small futures that the rows are made of.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::SelfWake;

/// A single-threaded executor.
pub trait System: 'static {
    /// The future of a task's result. If the task did not return, it panics.
    type Join<T: 'static>: Future<Output = T> + 'static;

    /// Makes a loop, runs `main` on it to its end, and returns its value.
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Starts a task on the running loop.
    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Starts a task that is not awaited.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static;

    /// Makes the loop call `f`, in its turn. A system that has only tasks runs a task
    /// that calls it.
    fn call_soon<F>(f: F)
    where
        F: FnOnce() + 'static,
    {
        Self::detach(async move { f() });
    }

    /// Returns a future that lets every other ready task run once.
    fn give_way() -> impl Future<Output = ()> {
        SelfWake::new()
    }
}

/// A system with timers.
pub trait Timers: System {
    /// Returns a sleep of `length` from now. It is armed when it is first polled, or before.
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static;

    /// Awaits `inner`; returns `None` if it takes longer than `length`.
    fn timeout<F: Future>(length: Duration, inner: F) -> impl Future<Output = Option<F::Output>>;
}

/// The result of [`Groups::group`]: one child's result at a time.
pub trait Group {
    /// Returns the next result, or `None` after the last.
    fn next(&mut self) -> impl Future<Output = Option<u64>>;
}

impl<F: Future<Output = u64>> Group for FuturesUnordered<F> {
    async fn next(&mut self) -> Option<u64> {
        StreamExt::next(self).await
    }
}

/// A system that can wait for many things at once. If it has no such function of its
/// own, the provided one uses the futures crate over the system's tasks.
pub trait Groups: System {
    /// Returns the children's results in the order of the children.
    fn gather<F>(children: Vec<F>) -> impl Future<Output = Vec<u64>>
    where
        F: Future<Output = u64> + 'static,
    {
        async {
            let handles: Vec<_> = children.into_iter().map(Self::spawn).collect();
            let mut results = Vec::with_capacity(handles.len());
            for handle in handles {
                results.push(handle.await);
            }
            results
        }
    }

    /// Returns a group, which yields the children's results as they end.
    fn group<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        children
            .into_iter()
            .map(Self::spawn)
            .collect::<FuturesUnordered<_>>()
    }

    /// Returns the result of the future that ends first.
    fn select2<A, B>(a: A, b: B) -> impl Future<Output = u64>
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        async {
            match select(pin!(a), pin!(b)).await {
                Either::Left((value, _)) | Either::Right((value, _)) => value,
            }
        }
    }
}
