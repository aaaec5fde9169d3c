//! The rows of floor 6: waits for the objects that tasks share.
//!
//! An object belongs to the loop in which a task has waited for it. So the wait that outlives this
//! loop is refused, wherever it is polled.
//!
//! Read next: nothing, the path ends here.

use std::future::{Future, pending};
use std::pin::pin;
use std::rc::Rc;

use groundup::*;

use super::{FINE, Row, Says};

/// Awaits a wait that is never over.
fn ends<T>(wait: impl Future<Output = T> + 'static) -> Says {
    Box::pin(async {
        wait.await;
        FINE.to_string()
    })
}

/// Returns the rows of locks and signals.
pub(super) fn objects() -> Vec<Row> {
    vec![
        ("lock", || {
            let lock = Rc::new(Lock::new());
            LockGuard::keep(lock.try_acquire().unwrap());
            ends(async move { drop(lock.acquire().await) })
        }),
        ("owned lock", || {
            let lock = Rc::new(Lock::new());
            LockGuard::keep(lock.try_acquire().unwrap());
            ends(async move { drop(lock.acquire_owned().await) })
        }),
        ("event", || {
            let event = Event::new();
            ends(async move { event.wait().await })
        }),
        ("condition", || {
            let (lock, condition) = (Lock::new(), Condition::new());
            ends(async move {
                let held = lock.acquire().await;
                drop(condition.wait(held).await);
            })
        }),
        ("semaphore", || {
            let semaphore = Semaphore::new(0);
            ends(async move { drop(semaphore.acquire().await) })
        }),
        ("barrier", || {
            let barrier = Barrier::new(2);
            ends(async move { barrier.wait().await })
        }),
        ("notify", || {
            let notify = Notify::new();
            ends(async move { notify.notified().await })
        }),
        ("cancellation token", || {
            let token = CancellationToken::new();
            ends(async move { token.cancelled().await })
        }),
        ("a read of an RwLock", || {
            let lock = Rc::new(RwLock::with(1));
            ends(async move {
                let _held = lock.write().await;
                drop(lock.read().await);
            })
        }),
        ("a write of an RwLock", || {
            let lock = Rc::new(RwLock::with(1));
            ends(async move {
                let _held = lock.read().await;
                drop(lock.write().await);
            })
        }),
        ("once cell", || {
            let cell = Rc::new(OnceCell::<u32>::new());
            ends(async move {
                let mut first = pin!(cell.get_or_init(pending::<u32>));
                assert!(
                    futures::poll!(first.as_mut()).is_pending(),
                    "it makes the value"
                );
                cell.get_or_init(pending::<u32>).await;
            })
        }),
    ]
}

/// Returns the rows of queues and channels.
pub(super) fn channels() -> Vec<Row> {
    vec![
        ("a get", || {
            let queue = Queue::<u32>::new(1);
            ends(async move { queue.get().await })
        }),
        ("a put", || {
            let queue = Queue::<u32>::new(1);
            queue.put_nowait(1).unwrap();
            ends(async move { queue.put(2).await })
        }),
        ("a join of a queue", || {
            let queue = Queue::<u32>::new(1);
            queue.put_nowait(1).unwrap();
            ends(async move { queue.join().await })
        }),
        ("a oneshot", || {
            let (sender, receiver) = oneshot::<u32>();
            ends(async move {
                let _sender = sender;
                receiver.await
            })
        }),
        ("a oneshot with a name", || {
            let (sender, receiver) = oneshot::<u32>();
            let sender = sender.named("answer");
            ends(async move {
                let _sender = sender;
                receiver.await
            })
        }),
        ("the end of a oneshot", || {
            let (mut sender, receiver) = oneshot::<u32>();
            ends(async move {
                let _receiver = receiver;
                sender.closed().await;
            })
        }),
        ("a broadcast", || {
            let (sender, mut receiver) = broadcast::<u32>(1);
            ends(async move {
                let _sender = sender;
                receiver.recv().await
            })
        }),
        ("a watch", || {
            let (sender, mut receiver) = watch(1);
            ends(async move {
                let _sender = sender;
                receiver.changed().await
            })
        }),
    ]
}
