//! Lends one mailbox to a series of loops, one after another.
//!
//! The problem: a thread may keep the address of a loop for ever, and a mailbox outlives its loop.
//! So a letter to a loop that has gone must not reach the next loop, also if the letter comes
//! at the moment when one loop closes and the next one opens.
//!
//! ```text
//!   epoch   0 ── open(1) ──> 1 ── close ──> 0 ── open(7) ──> 7 ──> ..
//!                            a letter to 1 is put in only here, with the box open
//! ```
//!
//! Invariants:
//! 1. A letter to an epoch is added while the station has that epoch, or else it is returned. A
//!    letter without an epoch, a wake, is added while the station has any loop: its ticket names
//!    the loop.
//! 2. A loop that closes takes its remaining letters out.
//! 3. A ring for one loop may reach the next one, which then looks into its box for nothing. A
//!    thread whose ring finds a loop asleep unparks it, also if it is the next one.
//!
//! Read next: `mailbox/remote.rs`, where every loop has its station.

use super::letters::Keyed;
use super::park::Mailbox;
use super::sync::{AtomicU64, Mutex, Ordering, constructor};

/// A mailbox of letters `T`, and the `U` that unparks its loop.
pub(crate) struct Station<T, U> {
    pub(crate) mailbox: Mailbox<T>,
    /// The epoch of the loop that has this station now; 0 for none.
    epoch: AtomicU64,
    unpark: Mutex<Option<U>>,
}

impl<T: Keyed, U: Clone> Station<T, U> {
    constructor! {
        /// Makes a station without a loop.
        pub(crate) fn new() -> Self {
            Station {
                mailbox: Mailbox::new(),
                epoch: AtomicU64::new(0),
                unpark: Mutex::new(None),
            }
        }
    }

    /// Opens the station: it takes letters to this epoch from now on.
    pub(crate) fn open(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Closes the station: it takes no letters from now on. Returns the unread letters.
    pub(crate) fn close(&self) -> Vec<T> {
        self.mailbox.shut(|| self.epoch.store(0, Ordering::Release))
    }

    /// Returns true if the station has this epoch; with 0, if it has any.
    pub(crate) fn is_of(&self, epoch: u64) -> bool {
        let now = self.epoch.load(Ordering::Acquire);
        now != 0 && (epoch == 0 || epoch == now)
    }

    /// Posts a letter to an epoch, or with 0 to any. `Ok(true)` means that the loop sleeps
    /// and the caller must unpark it.
    #[inline]
    pub(crate) fn post(&self, letter: T, epoch: u64) -> Result<bool, T> {
        self.mailbox.post(letter, || self.is_of(epoch))
    }

    /// Rings without a letter; returns true if the caller must unpark the loop.
    pub(crate) fn ring(&self, epoch: u64) -> bool {
        self.is_of(epoch) && self.mailbox.ring()
    }

    /// Returns the `U` that unparks the loop, if it is set.
    #[cold]
    pub(crate) fn sleeper(&self) -> Option<U> {
        self.unpark.lock().clone()
    }

    /// Sets the `U` that unparks the loop; returns the previous one.
    pub(crate) fn set_unpark(&self, unpark: Option<U>) -> Option<U> {
        std::mem::replace(&mut *self.unpark.lock(), unpark)
    }
}
