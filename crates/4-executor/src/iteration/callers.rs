//! Counts of the threads that may call a loop, or work for it.
//!
//! The problem: a loop with nothing to do must know whether another thread can still call.
//! And a clock that jumps must know whether a thread is computing for the loop meanwhile.
//! Threads come and go, so both are counts.
//!
//! Invariant: a thread leaves its messages before it leaves the count. So a loop that first
//! reads a count of zero and then checks its mailbox finds them.
//!
//! Read next: `iteration/completions.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::driver::Outside;

/// Two counts, shared with the handles that other threads hold.
#[derive(Default)]
pub(crate) struct Callers {
    may_call: AtomicUsize,
    at_work: AtomicUsize,
}

/// The kind of a handle: the count in which it stands.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    /// A thread may call through the handle.
    MayCall,
    /// A thread computes for the loop while the handle lives.
    AtWork,
}

impl Callers {
    fn count(&self, caller: Caller) -> &AtomicUsize {
        match caller {
            Caller::MayCall => &self.may_call,
            Caller::AtWork => &self.at_work,
        }
    }

    /// Counts a handle in.
    pub(crate) fn enter(&self, caller: Caller) {
        self.count(caller).fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a handle out, and returns true if it was the last of its kind.
    pub(crate) fn leave(&self, caller: Caller) -> bool {
        self.count(caller).fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Returns the number of handles by which a thread may call, and of threads at work.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let [may_call, at_work] = [&self.may_call, &self.at_work];
        (
            may_call.load(Ordering::Acquire),
            at_work.load(Ordering::Acquire),
        )
    }

    /// Returns the two counts as an [`Outside`], for the driver.
    pub(crate) fn outside(&self) -> Outside {
        if self.at_work.load(Ordering::Acquire) > 0 {
            Outside::AtWork
        } else if self.may_call.load(Ordering::Acquire) > 0 {
            Outside::MayCall
        } else {
            Outside::Nobody
        }
    }
}
