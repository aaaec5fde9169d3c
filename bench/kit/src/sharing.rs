//! The traits of queues, oneshots, locks, permits and jobs that block.
//!
//! They are apart from `system.rs` because few systems have all of them. A runtime without a queue
//! of its own is measured with the one that its users take, and its line in the legend names it.
//!
//! A row awaits the future of the queue itself, as a program does: an `async fn` around it would be a
//! second future for each item.
//!
//! Invariants: one task puts and one task gets, which the cheapest queue of each system allows. A
//! guard and a permit are released when they are dropped.
//!
//! Read next: `rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;
use std::thread;

use crate::System;

/// The end of a queue into which items go.
pub trait Put: 'static {
    /// Puts an item, and waits until there is room for it.
    fn put(&mut self, item: u64) -> impl Future<Output = impl IsPut>;
}

/// The end of a put.
pub trait IsPut {
    /// Panics if the queue was closed.
    fn assert_put(self);
}

impl<E> IsPut for Result<(), E> {
    fn assert_put(self) {
        assert!(self.is_ok(), "the queue is open");
    }
}

/// The end of a queue from which items come.
pub trait Get: 'static {
    /// Takes the next item, and waits until there is one.
    fn get(&mut self) -> impl Future<Output = impl Gotten>;
}

/// The end of a get.
pub trait Gotten {
    /// Returns the item. Panics if the queue was closed.
    fn item(self) -> u64;
}

impl Gotten for Option<u64> {
    fn item(self) -> u64 {
        self.expect("the queue is open")
    }
}

impl<E> Gotten for Result<u64, E> {
    fn item(self) -> u64 {
        self.ok().expect("the queue is open")
    }
}

/// A system with bounded queues.
pub trait Queues: System {
    /// Makes a queue with room for `capacity` items.
    fn queue(capacity: usize) -> (impl Put, impl Get);
}

/// A system with channels for one value.
pub trait Oneshots: System {
    /// Makes a channel: the function that sends the value, and the future of the value.
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    );
}

/// A system with locks that are awaited.
pub trait Locks: System {
    /// A lock of a number.
    type Lock: 'static;

    /// Makes a lock of 0.
    fn lock() -> Self::Lock;

    /// Waits for the lock.
    fn acquire(lock: &Self::Lock) -> impl Future<Output = impl DerefMut<Target = u64>>;
}

/// A system with semaphores.
pub trait Permits: System {
    /// A semaphore.
    type Semaphore: 'static;

    /// Makes a semaphore with one permit.
    fn semaphore() -> Self::Semaphore;

    /// Waits for the permit.
    fn permit(semaphore: &Self::Semaphore) -> impl Future<Output = impl Sized>;
}

/// A system that runs jobs that block on threads.
pub trait Blocking: System {
    /// Starts a job on a thread, before it returns; returns the future of the result.
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64>;

    /// Runs a job on a thread. A system may start the job at the first poll of the future.
    fn call(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        Self::job(job)
    }
}

/// Returns the limit of threads for jobs in every system: the CPUs of the process and four, at most
/// 32. It is the limit of groundup's default pool, and of CPython's.
#[must_use]
pub fn pool_threads() -> usize {
    (thread::available_parallelism().map_or(1, usize::from) + 4).min(32)
}
