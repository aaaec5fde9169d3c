//! The scheduler's end of its mailbox: what a loop asks of it.
//!
//! The problem: a loop that has nothing to do must sleep, and must not sleep over
//! a letter. The protocol is `park.rs`; here are the few words of it that a loop
//! says: is there mail, may I sleep, I am up again.
//!
//! Invariant: nobody blocks without a yes of `may_sleep`, and `rise` follows.
//!
//! Read next: `remote.rs`, where every loop has its box.

use crate::remote::{Address, Unpark};
use crate::scheduler::Scheduler;

impl Scheduler {
    /// Where other threads can write to.
    pub fn address(&self) -> Address {
        self.home.address()
    }

    /// Refuses what other threads send from now on, and drops what they have sent.
    pub(crate) fn retire(&self) {
        self.home.retire();
    }

    /// Sets what wakes the thread when it sleeps; called from any thread.
    pub fn set_unpark(&self, unpark: Option<Unpark>) {
        self.home.set_unpark(unpark);
    }

    /// Whether another thread has left something: one load.
    #[inline]
    pub fn has_mail(&self) -> bool {
        self.home.mailbox().asked()
    }

    pub(crate) fn collect_into(&self, letters: &mut Vec<crate::remote::Letter>) {
        self.home.mailbox().collect(letters);
    }

    /// Whether the thread may go to sleep; from a yes on, every letter unparks.
    pub fn may_sleep(&self) -> bool {
        self.home.mailbox().may_sleep()
    }

    /// The thread is awake again.
    pub fn rise(&self) {
        self.home.mailbox().rise();
    }
}
