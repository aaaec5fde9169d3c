//! Queues, oneshots, locks, permits and threads that users of smol take.
//!
//! They are async-channel, async-lock and blocking, which the crate smol re-exports. It has no
//! oneshot; the one here is the crate oneshot.
//!
//! Invariants: every other kind is the one that smol's documentation names.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;

use async_channel::{Receiver, Sender, bounded};
use async_lock::{Mutex, Semaphore};
use bench_kit::{Blocking, Get, Gotten, IsPut, Locks, Oneshots, Permits, Put, Queues};

use crate::Smol;

/// The end of a queue into which items go.
struct Sending(Sender<u64>);

/// The end of a queue from which items come.
struct Receiving(Receiver<u64>);

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

impl Queues for Smol {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = bounded(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

impl Oneshots for Smol {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
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
