//! The scheduler's end of its mailbox: what a loop asks of it.
//!
//! The problem: a loop that has nothing to do must sleep, and must not sleep over
//! a letter. The protocol is `park.rs`; here are the few words of it that a loop
//! says: is there mail, may I sleep, I am up again.
//!
//! Invariant: nobody blocks without a yes of `may_sleep`, and `rise` follows.
//!
//! Read next: `core/caller.rs`.

use crate::core::Core;
use crate::mailbox::remote::{Address, Letter, Unpark};

impl Core {
    /// Where other threads can write to.
    pub(crate) fn address(&self) -> Address {
        self.home.address()
    }

    /// Refuses what other threads send from now on, and drops what they have sent.
    pub(crate) fn retire(&self) {
        self.home.retire();
    }

    /// Sets what wakes the thread when it sleeps; called from any thread.
    pub(crate) fn set_unpark(&self, unpark: Option<Unpark>) {
        self.home.set_unpark(unpark);
    }

    /// Whether another thread has left something: one load.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.home.mailbox().asked()
    }

    /// Takes what other threads have left.
    pub(crate) fn collect_into(&self, letters: &mut Vec<Letter>) {
        self.home.mailbox().collect(letters);
    }

    /// Whether the thread may go to sleep; from a yes on, every letter unparks.
    pub(crate) fn may_sleep(&self) -> bool {
        self.home.mailbox().may_sleep()
    }

    /// The thread is awake again.
    pub(crate) fn rise(&self) {
        self.home.mailbox().rise();
    }
}
