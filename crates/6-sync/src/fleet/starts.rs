//! Waits until all threads of a fleet have started, or could not.
//!
//! The problem: a fleet is made when all its loops are. The thread that makes it waits for word of
//! each of them, and a thread may also end without a word: its function panics, or the system refuses
//! it. So each thread has a guard, whose drop is the word.
//!
//! Invariant: `wait` returns when no guard is left.
//!
//! Read next: `fleet/builder.rs`.

use std::sync::Arc;

use crate::threads::sync::{Condvar, Mutex};

/// The starts of the threads of one fleet.
#[derive(Default)]
pub(super) struct Starts {
    awaited: Mutex<Awaited>,
    none_left: Condvar,
}

#[derive(Default)]
struct Awaited {
    /// Number of guards.
    threads: usize,
    /// Why the first thread that failed did.
    failed: Option<String>,
}

impl Starts {
    /// Makes the guard of a thread that is about to start.
    pub(super) fn begin(self: &Arc<Self>) -> Start {
        self.awaited.lock().threads += 1;
        Start(self.clone())
    }

    /// Blocks this thread until no guard is left. Returns why the first thread that failed did.
    pub(super) fn wait(&self) -> Option<String> {
        let mut awaited = self.awaited.lock();
        while awaited.threads > 0 {
            self.none_left.wait(&mut awaited);
        }
        awaited.failed.take()
    }
}

/// The guard of one thread that starts. It is dropped when the thread has its loop, or gets none.
pub(super) struct Start(Arc<Starts>);

impl Start {
    /// Says why the thread gets no loop.
    pub(super) fn fail(&self, why: String) {
        self.0.awaited.lock().failed.get_or_insert(why);
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        self.0.awaited.lock().threads -= 1;
        self.0.none_left.notify_all();
    }
}
