//! Queues, locks, permits and threads of glommio.
//!
//! Invariants: a queue is a `local_channel`, whose ends stay on one executor. glommio has no mutex: its
//! lock is an `RwLock`, taken for writing. It has no oneshot. A job starts when its future is first
//! polled, so a batch of jobs is a batch of tasks, each of which `spawn` polls at once.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;

use bench_kit::{Blocking, Get, Gotten, IsPut, Locks, Permits, Put, Queues, System};
use futures_util::future::FutureExt;
use glommio::channels::local_channel::{LocalReceiver, LocalSender, new_bounded};
use glommio::sync::{RwLock, Semaphore};

use crate::Glommio;

/// The end of a queue into which items go.
struct Sending(LocalSender<u64>);

/// The end of a queue from which items come.
struct Receiving(LocalReceiver<u64>);

impl Put for Sending {
    fn put(&mut self, item: u64) -> impl Future<Output = impl IsPut> {
        self.0.send(item)
    }
}

impl Get for Receiving {
    fn get(&mut self) -> impl Future<Output = impl Gotten> {
        self.0.recv()
    }
}

impl Queues for Glommio {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = new_bounded(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

impl Locks for Glommio {
    type Lock = RwLock<u64>;

    fn lock() -> RwLock<u64> {
        RwLock::new(0)
    }

    fn acquire(lock: &RwLock<u64>) -> impl Future<Output = impl DerefMut<Target = u64>> {
        lock.write().map(|guard| guard.expect("the lock is open"))
    }
}

impl Permits for Glommio {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire_permit(1)
    }
}

impl Blocking for Glommio {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        Glommio::spawn(Glommio::call(job))
    }

    fn call(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        async { glommio::executor().spawn_blocking(job).await }
    }
}
