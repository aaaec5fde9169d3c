//! Queues, oneshots and permits for monoio: local-sync, by its authors.
//!
//! Invariants: both ends of a queue stay on one thread, for which local-sync is made. It has no
//! lock, and monoio's jobs that block need a feature and a pool that the user makes.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;

use bench_kit::{Get, Gotten, IsPut, Oneshots, Permits, Put, Queues};
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
