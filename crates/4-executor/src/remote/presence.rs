//! Handles of other threads count themselves in at their loop, and out.
//!
//! The problem: a loop on virtual time would jump over the minutes in which a
//! thread computes for it, and report a deadlock while a thread is about to call.
//! So every handle that another thread may hold is counted, and counts itself out
//! when it is dropped.
//!
//! Invariant: when the last handle of a kind goes, its loop is rung. The loop may be
//! asleep for that handle's sake, and must look again.
//!
//! Read next: `handle.rs`.

use std::fmt;
use std::sync::Arc;

use groundup_task::Address;

use crate::iteration::Inner;
use crate::iteration::callers::{Caller, Callers};

/// An entry in one of the two counts of a loop, for as long as it lives.
pub(super) struct Presence {
    address: Address,
    callers: Arc<Callers>,
    caller: Caller,
}

impl Presence {
    fn new(address: Address, callers: &Arc<Callers>, caller: Caller) -> Self {
        callers.enter(caller);
        Presence {
            address,
            callers: callers.clone(),
            caller,
        }
    }

    /// Counts a handle by which a thread may call this loop.
    pub(super) fn of(inner: &Inner) -> Self {
        let address = inner.scheduler().address();
        Self::new(address, inner.callers(), Caller::MayCall)
    }

    /// Counts a thread that is at work for the same loop.
    pub(super) fn at_work(&self) -> Self {
        Self::new(self.address, &self.callers, Caller::AtWork)
    }

    /// The loop that counts it.
    pub(super) fn address(&self) -> Address {
        self.address
    }
}

impl Clone for Presence {
    fn clone(&self) -> Self {
        Self::new(self.address, &self.callers, self.caller)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.callers.leave(self.caller) {
            self.address.ring();
        }
    }
}

/// A thread is at work for a loop: [`Remote::at_work`](crate::Remote::at_work) makes
/// it. While one is alive, a clock that jumps stands still.
///
/// `Send`, `Sync` and `Clone`. Drop it after the result was sent.
#[derive(Clone)]
#[must_use = "the clock goes on as soon as this is dropped"]
pub struct AtWork(pub(super) Presence);

impl fmt::Debug for AtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtWork")
            .field("open", &self.0.address().is_open())
            .finish()
    }
}
