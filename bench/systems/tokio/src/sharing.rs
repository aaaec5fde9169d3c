//! Queues, oneshots, locks, permits and threads of tokio.
//!
//! Invariants: every kind is tokio's own. Jobs run on the pool of the runtime.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;

use bench_kit::{Blocking, Get, Gotten, IsPut, Locks, Oneshots, Permits, Put, Queues};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, Semaphore};

use crate::Tokio;

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

impl Queues for Tokio {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = channel(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

impl Oneshots for Tokio {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
    }
}

impl Locks for Tokio {
    type Lock = Mutex<u64>;

    fn lock() -> Mutex<u64> {
        Mutex::new(0)
    }

    fn acquire(lock: &Mutex<u64>) -> impl Future<Output = impl DerefMut<Target = u64>> {
        lock.lock()
    }
}

impl Permits for Tokio {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Blocking for Tokio {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        let job = tokio::task::spawn_blocking(job);
        async { job.await.expect("a job of a row ends well") }
    }
}
