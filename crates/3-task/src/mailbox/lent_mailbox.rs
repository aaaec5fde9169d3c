//! Lends one mailbox to a series of loops, one after another.
//!
//! The problem: a thread may keep the address of a loop for ever, and a mailbox outlives its loop.
//! So a message to a loop that has gone must not reach the next loop, also if the message comes
//! at the moment when one loop closes and the next one opens.
//!
//! ```text
//!   epoch   0 ── open(1) ──> 1 ── close ──> 0 ── open(7) ──> 7 ──> ..
//!                            a message to 1 is put in only here, with the mailbox open
//! ```
//!
//! Invariants:
//! 1. A message to an epoch is added while the mailbox is lent to that epoch, or else it is
//!    returned. A message without an epoch, a wake, is added while the mailbox is lent to any
//!    loop: its ticket names the loop.
//! 2. A loop that closes takes its remaining messages out.
//! 3. A notification for one loop may reach the next one, which then looks into its mailbox for
//!    nothing. A thread whose notification finds a loop parked unparks it, also if it is the
//!    next one.
//!
//! Read next: `mailbox/remote.rs`, where every loop has its lent mailbox.

use super::messages::{Mail, Messages};
use super::park::Mailbox;
use super::sync::{AtomicU64, Mutex, Ordering, constructor};

/// A mailbox of messages `T`, and the `U` that unparks its loop.
///
/// A post writes the first cache line, which has the lock and the messages. It only reads the second
/// one, at which the loop looks in each iteration.
#[repr(C, align(64))] // Speed: remote_wake.
pub(crate) struct LentMailbox<T, U> {
    pub(crate) mailbox: Mailbox<T>,
    /// The epoch of the loop that has this lent mailbox now; 0 for none.
    epoch: AtomicU64,
    unpark: Mutex<Option<U>>,
}

impl<T, U: Clone> LentMailbox<T, U> {
    constructor! {
        /// Makes a lent mailbox without a loop.
        pub(crate) fn new() -> Self {
            LentMailbox {
                mailbox: Mailbox::new(),
                epoch: AtomicU64::new(0),
                unpark: Mutex::new(None),
            }
        }
    }

    /// Opens the lent mailbox: it takes messages to this epoch from now on.
    pub(crate) fn open(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Closes the lent mailbox: it takes no messages from now on. Returns the unread messages.
    pub(crate) fn close(&self) -> Mail<T> {
        self.mailbox.shut(|| self.epoch.store(0, Ordering::Release))
    }

    /// Returns true if the lent mailbox has this epoch; with 0, if it has any.
    pub(crate) fn is_of(&self, epoch: u64) -> bool {
        let now = self.epoch.load(Ordering::Acquire);
        now != 0 && (epoch == 0 || epoch == now)
    }

    /// Posts a message by `put` to an epoch, or with 0 to any. `Ok(true)` means that the loop is
    /// parked and the caller must unpark it.
    #[inline(always)] // Speed: remote_wake.
    pub(crate) fn post<M>(
        &self,
        message: M,
        put: impl FnOnce(&mut Messages<T>, M),
        epoch: u64,
    ) -> Result<bool, M> {
        self.mailbox.post(message, put, || self.is_of(epoch))
    }

    /// Notifies without a message; returns true if the caller must unpark the loop.
    pub(crate) fn notify(&self, epoch: u64) -> bool {
        self.is_of(epoch) && self.mailbox.notify()
    }

    /// Returns the `U` that unparks the loop, if it is set.
    #[cold]
    pub(crate) fn unparker(&self) -> Option<U> {
        self.unpark.lock().clone()
    }

    /// Sets the `U` that unparks the loop; returns the previous one.
    pub(crate) fn set_unpark(&self, unpark: Option<U>) -> Option<U> {
        std::mem::replace(&mut *self.unpark.lock(), unpark)
    }
}
