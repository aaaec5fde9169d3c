//! The rows about queues, oneshots, locks and permits.
//!
//! ```text
//!   queue_stream        a task puts numbers, another gets them; capacities 1, 16, 1024
//!   queue_pingpong      a number goes to another task and comes back, through two queues
//!   oneshot             a task sends the value of a new channel, another awaits the value
//!   lock, semaphore     a task acquires and releases, again and again
//!   *_contended         ten tasks acquire, yield once while they hold it, and release
//! ```
//!
//! A waiter of a contended row finds nine others before it, so each acquire waits.
//!
//! Invariants: an item is a number, and the numbers come in order. A lock protects a count, which
//! is the number of its acquires at the end. Ten tasks that hold a permit in turn are never two.
//!
//! Read next: `blocking.rs`.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use crate::sharing::{Get, Gotten, IsPut, Locks, Oneshots, Permits, Put, Queues};
use crate::{Sample, SelfWake, System, Work};

/// Number of tasks that want one lock.
const RIVALS: u64 = 10;

/// Runs the row if it is one about queues.
pub fn serve_queues<S: Queues>(row: &str, work: Work) -> Option<Sample> {
    let capacity = match row {
        "queue_stream_1" => 1,
        "queue_stream_16" => 16,
        "queue_stream_1024" => 1024,
        "queue_pingpong" => return Some(S::run(queue_pingpong::<S>(work))),
        _ => return None,
    };
    Some(S::run(queue_stream::<S>(work, capacity)))
}

/// Runs the row if it is the one about oneshots.
pub fn serve_oneshots<S: Oneshots>(row: &str, work: Work) -> Option<Sample> {
    (row == "oneshot").then(|| S::run(oneshot::<S>(work)))
}

/// Runs the row if it is one about locks.
pub fn serve_locks<S: Locks>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "lock" => Some(S::run(lock::<S>(work))),
        "lock_contended" => Some(S::run(lock_contended::<S>(work))),
        _ => None,
    }
}

/// Runs the row if it is one about semaphores.
pub fn serve_permits<S: Permits>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "semaphore" => Some(S::run(semaphore::<S>(work))),
        "semaphore_contended" => Some(S::run(semaphore_contended::<S>(work))),
        _ => None,
    }
}

/// Sends `size` numbers from one task to another.
async fn queue_stream<S: Queues>(work: Work, capacity: usize) -> Sample {
    work.measure(work.size, async || {
        let (mut put, mut get) = S::queue(capacity);
        let getting = S::spawn(async move {
            for number in 0..work.size {
                assert_eq!(get.get().await.item(), number);
            }
        });
        let putting = S::spawn(async move {
            for number in 0..work.size {
                put.put(number).await.assert_put();
            }
        });
        putting.await;
        getting.await;
    })
    .await
}

/// Sends numbers to another task and back; `size` messages in all.
async fn queue_pingpong<S: Queues>(work: Work) -> Sample {
    let trips = work.size / 2;
    work.measure(trips * 2, async || {
        let (mut put, mut asked) = S::queue(1);
        let (mut answer, mut get) = S::queue(1);
        let other = S::spawn(async move {
            for _ in 0..trips {
                let number = asked.get().await.item();
                answer.put(number + 1).await.assert_put();
            }
        });
        let one = S::spawn(async move {
            for number in 0..trips {
                put.put(number).await.assert_put();
                assert_eq!(get.get().await.item(), number + 1);
            }
        });
        one.await;
        other.await;
    })
    .await
}

/// Makes a channel, spawns a task that sends, and awaits the value, `size` times.
async fn oneshot<S: Oneshots>(work: Work) -> Sample {
    let row = async move {
        let sample = work.measure(work.size, async || {
            for number in 0..work.size {
                let (send, receive) = S::oneshot();
                S::detach(async move { send(number) });
                assert_eq!(receive.await, number);
            }
        });
        sample.await
    };
    S::spawn(row).await
}

/// Acquires and releases a lock that is free, `size` times.
async fn lock<S: Locks>(work: Work) -> Sample {
    let row = async move {
        let lock = S::lock();
        let sample = work.measure(work.size, async || {
            for _ in 0..work.size {
                *S::acquire(&lock).await += 1;
            }
        });
        let sample = sample.await;
        let acquires = work.size * (work.rounds + 1);
        assert_eq!(*S::acquire(&lock).await, acquires);
        sample
    };
    S::spawn(row).await
}

/// Ten tasks acquire one lock, yield, and release it; `size` acquires in all.
async fn lock_contended<S: Locks>(work: Work) -> Sample {
    let each = work.size / RIVALS;
    work.measure(each * RIVALS, async || {
        let lock = Rc::new(S::lock());
        let rival = |lock: Rc<S::Lock>| async move {
            for _ in 0..each {
                let mut count = S::acquire(&lock).await;
                let before = *count;
                SelfWake::new().await;
                *count = before + 1;
            }
        };
        together::<S, _>(|| rival(lock.clone())).await;
        assert_eq!(*S::acquire(&lock).await, each * RIVALS);
    })
    .await
}

/// Takes and gives back a permit that is free, `size` times.
async fn semaphore<S: Permits>(work: Work) -> Sample {
    let row = async move {
        let semaphore = S::semaphore();
        let sample = work.measure(work.size, async || {
            for _ in 0..work.size {
                drop(S::permit(&semaphore).await);
            }
        });
        sample.await
    };
    S::spawn(row).await
}

/// Ten tasks take the one permit, yield, and give it back; `size` permits in all.
async fn semaphore_contended<S: Permits>(work: Work) -> Sample {
    let each = work.size / RIVALS;
    work.measure(each * RIVALS, async || {
        let shared = Rc::new((S::semaphore(), Cell::new(0)));
        let rival = |shared: Rc<(S::Semaphore, Cell<u64>)>| async move {
            let (semaphore, holders) = &*shared;
            for _ in 0..each {
                let permit = S::permit(semaphore).await;
                assert_eq!(holders.replace(1), 0);
                SelfWake::new().await;
                holders.set(0);
                drop(permit);
            }
        };
        together::<S, _>(|| rival(shared.clone())).await;
    })
    .await
}

/// Runs the rivals to their ends.
async fn together<S: System, F: Future<Output = ()> + 'static>(rival: impl Fn() -> F) {
    let rivals: Vec<_> = (0..RIVALS).map(|_| S::spawn(rival())).collect();
    for rival in rivals {
        rival.await;
    }
}
