//! Being counted: a loop knows who outside may call it, and who is at work.
//!
//! The problem: a loop on virtual time would jump over the minutes in which a
//! thread computes for it, and report a deadlock while a thread is about to call.
//! So every handle that another thread may hold is counted, and counts itself out
//! when it is dropped.
//!
//! Invariant: the loop that may be asleep because of one is rung when the last of
//! its kind goes.
//!
//! Read next: `handle.rs`.

use std::fmt;
use std::sync::Arc;

use groundup_task::Address;

use crate::iteration::Inner;
use crate::iteration::callers::{Caller, Callers};

/// One that is counted, for as long as this lives.
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

    /// One that may call this loop.
    pub(super) fn of(inner: &Inner) -> Self {
        let address = inner.scheduler().address();
        Self::new(address, inner.callers(), Caller::MayCall)
    }

    /// One that is at work for the same loop.
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
