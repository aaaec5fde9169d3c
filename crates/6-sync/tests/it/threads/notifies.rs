//! A worker is notified only if one is idle.
//!
//! The problem: a notification that reaches no worker costs a call of the system, and changes nothing
//! that a program can see. So this page has the hand-over of floor 6 with a condition variable that
//! counts its calls.
//!
//! Invariant: no count is read while a worker may change it.
//!
//! Read next: `turns.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use handover::{Handover, Submitted};

use super::LONG;
use crate::setup::until;

#[path = "../../../src/threads/handover.rs"]
#[allow(dead_code)] // what pools use beside it
mod handover;
#[path = "../../../src/threads/job_list.rs"]
#[allow(dead_code)]
mod job_list;

/// The module of floor 6 with this name, with counts.
mod sync {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    pub(crate) use parking_lot::{Mutex, MutexGuard};

    /// Notifications of one worker. One test uses this page.
    pub(super) static NOTIFIES: AtomicUsize = AtomicUsize::new(0);
    /// Waits of idle workers that have begun.
    pub(super) static IDLES: AtomicUsize = AtomicUsize::new(0);

    pub(crate) struct Condvar(parking_lot::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Condvar(parking_lot::Condvar::new())
        }

        pub(crate) fn notify_one(&self) {
            NOTIFIES.fetch_add(1, Ordering::SeqCst);
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    /// Waits without a limit: no worker of this page ends since it was idle.
    pub(crate) fn wait_at_most<T>(
        changed: &Condvar,
        guard: &mut MutexGuard<'_, T>,
        _: Duration,
    ) -> bool {
        IDLES.fetch_add(1, Ordering::SeqCst); // under the lock, which the wait releases
        changed.0.wait(guard);
        false
    }

    pub(crate) fn wait_while<T>(
        changed: &Condvar,
        guard: &mut MutexGuard<'_, T>,
        mut waits: impl FnMut(&mut T) -> bool,
        _: Duration,
    ) {
        while waits(guard) {
            changed.0.wait(guard);
        }
    }
}

/// A job sends when it begins, and ends when its receiver is closed.
type Job = (Sender<()>, Receiver<()>);

/// A hand-over whose workers are threads of this test.
struct Pool(Arc<Handover<Job, ()>>);

impl Pool {
    /// Submits a job that is held. Returns what tells of its beginning, and what ends it by its drop.
    fn submit(&self) -> (Receiver<()>, Sender<()>) {
        let (begin, begun) = channel();
        let (end, ended) = channel();
        match self.0.submit((begin, ended), ()) {
            Submitted::Queued(_) => {}
            Submitted::Refused(_) => panic!("it is not shut down"),
            Submitted::StartWorker(_, worker) => {
                let handover = self.0.clone();
                let works = move || {
                    while let Some((begin, ended)) = handover.next_job(worker) {
                        let _ = begin.send(());
                        let _ = ended.recv();
                    }
                };
                drop(thread::spawn(works));
            }
        }
        (begun, end)
    }
}

fn notifies() -> usize {
    sync::NOTIFIES.load(Ordering::SeqCst)
}

/// Returns when so many waits of idle workers have begun.
fn until_idle(count: &AtomicUsize, waits: usize) {
    let begun = || count.load(Ordering::SeqCst);
    until(|| begun() >= waits, || format!("{} of {waits}", begun()));
    assert_eq!(begun(), waits);
}

#[test]
fn a_worker_is_notified_only_if_one_is_idle() {
    let pool = Pool(Arc::new(Handover::new(2, LONG)));
    // The first two jobs start the workers. The others find both at work.
    let jobs: Vec<_> = (0..10).map(|_| pool.submit()).collect();
    for (begun, end) in jobs {
        begun.recv().unwrap();
        drop(end);
    }
    until_idle(&sync::IDLES, 2);
    assert_eq!(notifies(), 0, "no worker was idle");

    // One idle worker gets one notification, whichever of the two it is.
    let (begun, end) = pool.submit();
    begun.recv().unwrap();
    assert_eq!(notifies(), 1);
    let other = pool.submit();
    other.0.recv().unwrap();
    assert_eq!(notifies(), 2);
    // Both are at work again: a job that waits in the queue notifies none.
    let third = pool.submit();
    assert_eq!(notifies(), 2);
    drop((end, other.1));
    third.0.recv().unwrap();
    drop(third);
    until_idle(&sync::IDLES, 4);
    assert_eq!(notifies(), 2);

    pool.0.shut_down();
    assert!(pool.0.wait_ended(LONG, || false));
    assert_eq!(notifies(), 2, "a shutdown notifies all at once");
}
