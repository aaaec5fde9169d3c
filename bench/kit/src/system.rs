//! What a system must be able to do so that the rows can be run on it.
//!
//! Three traits, because not every system does everything: [`System`] runs and
//! spawns, [`Timers`] also sleeps, [`Groups`] also waits for several things at
//! once. A row asks for the smallest trait that it needs.
//!
//! Invariants: everything is an associated function, because a row runs inside
//! the loop and the loop is reached the way the system's users reach it (a
//! thread-local, for all of them); a system overrides a provided function only
//! to do *better* by its own means, never to do less.
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
    /// Waiting for a task's result. A task that ended otherwise panics here.
    type Join<T: 'static>: Future<Output = T> + 'static;

    /// Make a loop, run `main` on it to its end, give what it returned.
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Start a task on the running loop.
    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Start a task that nobody waits for.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static;

    /// Have `f` called by the loop, in its turn. Systems that know only tasks
    /// run a task that calls it.
    fn call_soon<F>(f: F)
    where
        F: FnOnce() + 'static,
    {
        Self::detach(async move { f() });
    }

    /// A future that lets everybody else run once.
    fn give_way() -> impl Future<Output = ()> {
        SelfWake::new()
    }
}

/// A system with timers.
pub trait Timers: System {
    /// A sleep of `length` from now, armed when it is first polled, or before.
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static;

    /// `inner`, or `None` if it takes longer than `length`.
    fn timeout<F: Future>(length: Duration, inner: F) -> impl Future<Output = Option<F::Output>>;
}

/// What comes out of [`Groups::group`], one result at a time.
pub trait Group {
    /// The next result, `None` when all have been given.
    fn next(&mut self) -> impl Future<Output = Option<u64>>;
}

impl<F: Future<Output = u64>> Group for FuturesUnordered<F> {
    async fn next(&mut self) -> Option<u64> {
        StreamExt::next(self).await
    }
}

/// A system that can wait for many things at once. What it does not bring itself
/// it takes from the futures crate, over its own tasks.
pub trait Groups: System {
    /// The children's results in the order of the children.
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

    /// The children's results as they end.
    fn group<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        children
            .into_iter()
            .map(Self::spawn)
            .collect::<FuturesUnordered<_>>()
    }

    /// Whichever of the two ends first.
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
