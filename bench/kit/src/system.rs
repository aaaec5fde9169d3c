//! The traits that a system implements so that the rows run on it.
//!
//! A row asks for the smallest trait that it needs, because not every system has every
//! feature:
//!
//! ```text
//!   Run          runs one future to its end
//!   |- System    ... and spawns tasks
//!   |  |- Timers     ... and sleeps
//!   |  '- Children   ... and waits for many tasks at once
//!   |- InPlace   ... and waits for many futures inside one task
//!   '- Program   ... and is called by its name
//! ```
//!
//! Children that are tasks and futures in place do different work: a task can be
//! cancelled, awaited and panic by itself. So each kind has rows of its own.
//!
//! Invariants: everything is an associated function, because a row runs inside the
//! loop and reaches the loop as the system's users do (by a thread-local, for all of
//! them). A system overrides a provided function only to do *better* by its own
//! means, never to do less.
//!
//! Read next: `parts.rs`, the small futures that the rows are made of.

use std::future::Future;
use std::time::Duration;

use futures_buffered::FuturesUnorderedBounded;
use futures_channel::oneshot;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::{Sample, SelfWake, Work};

/// A system that runs one future.
pub trait Run: 'static {
    /// Makes a loop, runs `main` on it to its end, and returns its value.
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static;
}

/// A program of the benchmark: one system, called by its name.
pub trait Program: Run {
    /// The name of the system.
    const NAME: &str;

    /// False if the system cannot wait for a waker. Only the limit cannot.
    const WAITS: bool = true;

    /// Makes every runtime that serves rows, asserts that users of the system have it, and
    /// describes it. It is called outside of any loop.
    fn runtime() -> String;

    /// Runs a row, or returns `None` if the system does not serve it.
    fn serve(row: &str, work: Work) -> Option<Sample>;
}

/// A single-threaded executor.
pub trait System: Run {
    /// The future of a task's result. If the task did not return, it panics.
    type Join<T: 'static>: Future<Output = T> + 'static;

    /// Starts a task on the running loop.
    fn spawn<F>(future: F) -> Self::Join<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Starts a task that is not awaited and that runs in its turn, after the caller.
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

    /// Makes a value that is set once: the function that sets it, and the future of it.
    fn one_shot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        let send = move |value| sender.send(value).expect("the receiver is there");
        (send, receiver.map(|sent| sent.expect("the value is sent")))
    }
}

/// A system with timers.
pub trait Timers: System {
    /// Returns a sleep of `length` from now. It is armed when it is first polled, or before.
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static;

    /// Awaits `inner`; returns `None` if it takes longer than `length`.
    fn timeout<F: Future>(length: Duration, inner: F) -> impl Future<Output = Option<F::Output>>;
}

/// A set of children, which yields the result of one child at a time.
pub trait Group {
    /// False if results that are there at the same time may come in another order than that
    /// of the ends, as those of asyncio's `wait` do.
    const IN_ORDER: bool = true;

    /// Returns the next result, or `None` after the last.
    fn next(&mut self) -> impl Future<Output = Option<u64>>;
}

/// The handles of tasks in the set of futures-buffered, whose wakers share one block.
struct Handles<F>(FuturesUnorderedBounded<F>);

impl<F: Future<Output = u64>> Group for Handles<F> {
    /// The set polls 61 handles at a time. A task that ends before its handle has been polled is
    /// found in the order of the handles.
    const IN_ORDER: bool = false;

    async fn next(&mut self) -> Option<u64> {
        self.0.next().await
    }
}

impl<F: Future<Output = u64>> Group for FuturesUnordered<F> {
    async fn next(&mut self) -> Option<u64> {
        StreamExt::next(self).await
    }
}

/// A system that can wait for many tasks at once. If it has no such function of its
/// own, the provided one puts the handles of the tasks into the set of futures-buffered, which has
/// fewer instructions than the one of futures: 1,379 for 1,804 in as_completed_1k of monoio.
pub trait Children: System {
    /// Spawns the children; returns their results in the order of the children.
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

    /// Spawns the children; returns the group that yields them as they end.
    fn as_completed<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Handles(children.into_iter().map(Self::spawn).collect())
    }

    /// Spawns the children; returns a group that waits for the first of them again and again.
    fn wait_first<F>(children: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        Self::as_completed(children)
    }
}

/// A system that can wait for several futures inside one task. The provided functions use
/// the futures crate, and for two futures futures-lite, whose `race` and `or` take fewer
/// instructions on each runtime than the macros of the runtimes and of futures.
pub trait InPlace: Run {
    /// Awaits `future` in a task. A system without tasks awaits it where it stands.
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;

    /// Returns the outputs of the futures in the order of the futures.
    fn join<F>(futures: Vec<F>) -> impl Future<Output = Vec<u64>>
    where
        F: Future<Output = u64> + 'static,
    {
        futures_util::future::join_all(futures)
    }

    /// Returns a group of the futures themselves.
    fn unordered<F>(futures: Vec<F>) -> impl Group
    where
        F: Future<Output = u64> + 'static,
    {
        futures.into_iter().collect::<FuturesUnordered<_>>()
    }

    /// Returns the output of the future that ends first. If both have ended, either may win: which
    /// one is polled first changes.
    fn select2<A, B>(a: A, b: B) -> impl Future<Output = u64>
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        futures_lite::future::race(a, b)
    }

    /// Returns the output of the future that ends first. If both have ended, `a` wins.
    fn select2_biased<A, B>(a: A, b: B) -> impl Future<Output = u64>
    where
        A: Future<Output = u64>,
        B: Future<Output = u64>,
    {
        futures_lite::future::or(a, b)
    }
}
