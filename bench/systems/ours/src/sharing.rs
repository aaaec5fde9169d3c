//! Queues, oneshots, locks, permits and threads of groundup.
//!
//! Invariants: the queue, the lock and the semaphore are those of the facade, with their names and
//! wait reasons. Jobs run on the default pool of the loop, as `to_thread` runs them; its number
//! of threads is the default.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::ops::DerefMut;
use std::rc::Rc;

use bench_kit::{Blocking, Get, Gotten, IsPut, Locks, Oneshots, Permits, Put, Queues};
use groundup::{Lock, Queue, Semaphore};

use crate::Ours;

/// One end of a queue; both ends are the queue itself.
struct End(Rc<Queue<u64>>);

impl Put for End {
    fn put(&mut self, item: u64) -> impl Future<Output = impl IsPut> {
        self.0.put(item)
    }
}

impl Get for End {
    fn get(&mut self) -> impl Future<Output = impl Gotten> {
        self.0.get()
    }
}

impl Queues for Ours {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let queue = Rc::new(Queue::new(capacity));
        (End(queue.clone()), End(queue))
    }
}

impl Oneshots for Ours {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = groundup::oneshot();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
    }
}

impl Locks for Ours {
    type Lock = Lock<u64>;

    fn lock() -> Lock<u64> {
        Lock::with(0)
    }

    fn acquire(lock: &Lock<u64>) -> impl Future<Output = impl DerefMut<Target = u64>> {
        lock.acquire()
    }
}

impl Permits for Ours {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Blocking for Ours {
    fn job(job: impl FnOnce() -> u64 + Send + 'static) -> impl Future<Output = u64> {
        let job = groundup::run_in_executor(&groundup::default_pool(), job);
        async { job.await.expect("a job of a row ends well") }
    }
}
