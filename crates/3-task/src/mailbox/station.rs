//! A station: one mailbox, and one loop after the other that has it.
//!
//! The problem: a thread keeps the address of a loop for as long as it likes, and
//! a mailbox outlives its loop. So a letter to a loop that has gone must not fall
//! into the box of the next, at whatever moment the one closes and the other opens.
//!
//! ```text
//!   epoch   0 ── open(1) ──> 1 ── close ──> 0 ── open(7) ──> 7 ──> ..
//!                            a letter to 1 is put in only here, with the box open
//! ```
//!
//! Invariants:
//! 1. A letter to an epoch is put in while the station is of that epoch, or it comes
//!    back. A letter to nobody in particular, a wake, is put in while any loop is there:
//!    its ticket says whom it is for.
//! 2. What a loop has not collected is taken out when it closes.
//! 3. A bell may ring for the next loop that rang for the one before: it looks round
//!    for nothing. Whoever rings a loop that sleeps unparks it, of whatever epoch.
//!
//! Read next: `mailbox/remote.rs`, where every loop has its station.

use super::letters::Keyed;
use super::park::Mailbox;
use super::sync::{AtomicU64, Mutex, Ordering, constructor};

/// A mailbox of letters `T`, and `U`, by which its loop is unparked.
pub(crate) struct Station<T, U> {
    pub(crate) mailbox: Mailbox<T>,
    /// Which of the loops that have had this station owns it now; 0 for none.
    epoch: AtomicU64,
    unpark: Mutex<Option<U>>,
}

impl<T: Keyed, U: Clone> Station<T, U> {
    constructor! {
        /// A station that nobody has.
        pub(crate) fn new() -> Self {
            Station {
                mailbox: Mailbox::new(),
                epoch: AtomicU64::new(0),
                unpark: Mutex::new(None),
            }
        }
    }

    /// From now on letters to this epoch are taken.
    pub(crate) fn open(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// From now on letters come back. Gives those that nobody has read.
    pub(crate) fn close(&self) -> Vec<T> {
        self.mailbox.shut(|| self.epoch.store(0, Ordering::Release))
    }

    /// Returns true if the station is of this epoch; with 0, of any.
    pub(crate) fn is_of(&self, epoch: u64) -> bool {
        let now = self.epoch.load(Ordering::Acquire);
        now != 0 && (epoch == 0 || epoch == now)
    }

    /// Leaves a letter to an epoch, or with 0 to any; `Ok(true)` if the loop sleeps and
    /// the caller must unpark it.
    #[inline]
    pub(crate) fn post(&self, letter: T, epoch: u64) -> Result<bool, T> {
        self.mailbox.post(letter, || self.is_of(epoch))
    }

    /// Rings without a letter; true if the caller must unpark the loop.
    pub(crate) fn ring(&self, epoch: u64) -> bool {
        self.is_of(epoch) && self.mailbox.ring()
    }

    /// What unparks the loop, if that has set it.
    #[cold]
    pub(crate) fn sleeper(&self) -> Option<U> {
        self.unpark.lock().clone()
    }

    /// Sets what unparks the loop, and gives what did before.
    pub(crate) fn set_unpark(&self, unpark: Option<U>) -> Option<U> {
        std::mem::replace(&mut *self.unpark.lock(), unpark)
    }
}
