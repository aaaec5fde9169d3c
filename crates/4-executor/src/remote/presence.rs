//! Counts: a loop knows how many handles other threads hold.
//!
//! The problem: a loop on virtual time would jump over the minutes in which a thread
//! computes for it, and report a deadlock while a thread is about to call. So every handle
//! that another thread may hold is counted, until it is dropped.
//!
//! Invariant: when the last handle of a kind is dropped, the loop is notified. It may be
//! parked because of that handle, and must check again.
//!
//! Read next: `remote/handle.rs`.

use std::fmt;
use std::sync::Arc;

use groundup_task::Address;

use crate::iteration::LoopCore;
use crate::iteration::callers::{Caller, Callers};

/// Guard that counts one handle at its loop while it lives.
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
    pub(super) fn of(inner: &LoopCore) -> Self {
        let address = inner.scheduler().address();
        Self::new(address, inner.callers(), Caller::MayCall)
    }

    /// Counts a thread that is at work for the loop.
    fn at_work_for(inner: &LoopCore) -> Self {
        let address = inner.scheduler().address();
        Self::new(address, inner.callers(), Caller::AtWork)
    }

    /// Counts a thread that is at work for the same loop.
    pub(super) fn at_work(&self) -> Self {
        Self::new(self.address, &self.callers, Caller::AtWork)
    }

    /// Returns the address of the loop that counts the handle.
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
            self.address.notify();
        }
    }
}

/// Guard of a thread that is at work for a loop, made by
/// [`Remote::at_work`](crate::Remote::at_work). While one is alive, a clock that jumps
/// stands still.
///
/// It is `Send`, `Sync` and `Clone`. Drop it after the result was sent.
#[derive(Clone)]
#[must_use = "the clock goes on as soon as this is dropped"]
pub struct AtWork(pub(super) Presence);

impl AtWork {
    /// Returns the address of the loop for which the thread is at work.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_executor::*; } pub use groundup_executor::run; }
    /// use groundup::lowlevel::{address_here, at_work_here};
    ///
    /// let work = groundup::run(async {
    ///     let work = at_work_here().expect("a loop runs");
    ///     assert!(address_here() == Some(work.address()));
    ///     work
    /// });
    /// assert!(!work.address().is_open(), "the loop has gone");
    /// assert!(at_work_here().is_none() && address_here().is_none());
    /// ```
    pub fn address(&self) -> Address {
        self.0.address()
    }
}

/// Makes the guard of a thread that is at work for the running loop, as
/// [`Remote::at_work`](crate::Remote::at_work) does; `None` outside a running loop.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_executor::*; } }
/// assert!(groundup::lowlevel::at_work_here().is_none(), "no loop runs");
/// ```
pub fn at_work_here() -> Option<AtWork> {
    LoopCore::try_current(|inner| AtWork(Presence::at_work_for(inner)))
}

/// Returns the address of the running loop; `None` outside one.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_executor::*; } }
/// assert!(groundup::lowlevel::address_here().is_none(), "no loop runs");
/// ```
pub fn address_here() -> Option<Address> {
    LoopCore::try_current(|inner| inner.scheduler().address())
}

impl fmt::Debug for AtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtWork")
            .field("open", &self.0.address().is_open())
            .finish()
    }
}
