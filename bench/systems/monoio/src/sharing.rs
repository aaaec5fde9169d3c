//! Queues, a oneshot and permits between tasks, on local-sync.
//!
//! Invariants: both ends of a queue stay on one thread, for which local-sync is made. It has no
//! lock. Jobs run on the thread pool that comes with monoio, which a user attaches to the runtime.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;

use bench_kit::{Blocking, Get, Gotten, IsPut, Oneshots, Permits, Put, Queues};
use local_sync::mpsc::bounded::{Rx, Tx, channel};
use local_sync::semaphore::Semaphore;

use crate::Monoio;

/// The end of a queue into which items go.
struct Sending(Tx<u64>);

/// The end of a queue from which items come.
struct Receiving(Rx<u64>);

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

impl Queues for Monoio {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = channel(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

impl Oneshots for Monoio {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = local_sync::oneshot::channel();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
    }
}

impl Permits for Monoio {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Blocking for Monoio {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        let job = monoio::spawn_blocking(job);
        async { job.await.expect("a job of a row ends well") }
    }
}
