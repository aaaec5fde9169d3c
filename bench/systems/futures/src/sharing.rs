//! Queues, oneshots and locks of the futures crate.
//!
//! Invariants: a channel has one place more for each sender, so it is made with one place less.
//! The crate has no semaphore and no threads for jobs that block.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;

use bench_kit::{Get, Gotten, IsPut, Locks, Oneshots, Put, Queues};
use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::lock::Mutex;
use futures_util::{SinkExt, StreamExt};

use crate::Futures;

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
        self.0.next()
    }
}

impl Queues for Futures {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = channel(capacity - 1);
        (Sending(sending), Receiving(receiving))
    }
}

impl Oneshots for Futures {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = futures_channel::oneshot::channel();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
    }
}

impl Locks for Futures {
    type Lock = Mutex<u64>;

    fn lock() -> Mutex<u64> {
        Mutex::new(0)
    }

    fn acquire(lock: &Mutex<u64>) -> impl Future<Output = impl DerefMut<Target = u64>> {
        lock.lock()
    }
}
