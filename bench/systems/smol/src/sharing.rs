//! Queues, locks, permits and threads that users of smol take.
//!
//! They are async-channel, async-lock and blocking, which the crate smol re-exports.
//!
//! Invariants: every kind is the one that smol's documentation names.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;

use async_channel::{Receiver, Sender, bounded};
use async_lock::{Mutex, Semaphore};
use bench_kit::{Blocking, Get, Locks, Permits, Put, Queues};

use crate::Smol;

/// The end of a queue into which items go.
struct Sending(Sender<u64>);

/// The end of a queue from which items come.
struct Receiving(Receiver<u64>);

impl Put for Sending {
    async fn put(&mut self, item: u64) {
        self.0.send(item).await.expect("the queue is open");
    }
}

impl Get for Receiving {
    async fn get(&mut self) -> u64 {
        self.0.recv().await.expect("the queue is open")
    }
}

impl Queues for Smol {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = bounded(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

impl Locks for Smol {
    type Lock = Mutex<u64>;

    fn lock() -> Mutex<u64> {
        Mutex::new(0)
    }

    fn acquire(lock: &Mutex<u64>) -> impl Future<Output = impl DerefMut<Target = u64>> {
        lock.lock()
    }
}

impl Permits for Smol {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Blocking for Smol {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        blocking::unblock(job)
    }
}
