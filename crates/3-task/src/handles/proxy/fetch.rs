//! Fetches the outcome of a proxy when a caller asks for it.
//!
//! The problem: a proxy gets its outcome from its member, by the user's `Clone`, which may
//! panic or use the proxy itself. The member may itself have to fetch from a proxy: a shield of
//! a shield of a shield, in any number. If each called the next, the depth of the stack would
//! grow with their number.
//!
//! ```text
//!   proxy ──source──> proxy ──source──> proxy ──> promise
//!     3rd               2nd              1st        the order in which they are fetched
//! ```
//!
//! Invariants:
//! 1. The box is out of its slot while its outcome is fetched, and comes back, also after a
//!    panic.
//! 2. A fetch needs the same stack however many proxies stand behind each other.
//!
//! Read next: `handles/callback.rs`, functions beside the tasks.

use crate::cancel::gate;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::run::report::CLONED;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

impl Scheduler {
    /// Fetches the outcome of a proxy from its original, if it has ended.
    #[cold]
    pub(in crate::handles) fn fetch(&self, ticket: Ticket, slot: &Slot) {
        let mut behind = Vec::new();
        let mut next = self.source(slot);
        while let Some((source, slot)) = next {
            behind.push(source);
            next = self.source(slot);
        }
        // Any of them may drop any of the others, and this one.
        while let Some(source) = behind.pop() {
            if let Some(slot) = self.core.slot_of(source) {
                self.fetch_one(slot);
            }
        }
        if slot.is_of(ticket) {
            self.fetch_one(slot);
        }
    }

    /// Returns the proxy that a proxy will ask for its outcome.
    fn source(&self, slot: &Slot) -> Option<(Ticket, &Slot)> {
        let ended = |slot: &&Slot| slot.is_done() && slot.has(Mark::Promise);
        let slot = Some(slot).filter(ended)?;
        let source = slot.content(|object| object.source()).flatten()?;
        let slot = self.core.slot_of(source).filter(ended)?;
        Some((source, slot))
    }

    fn fetch_one(&self, slot: &Slot) {
        let mut lent = slot.lend();
        if let Some(object) = lent.object().filter(|_| slot.is_done()) {
            // The caller that asks for the value has passed the gate, and no task needs a wake.
            let _gate = gate::open_for_now();
            object.fetch();
        }
    }
}

impl TaskRef {
    /// Fetches the value of a [proxy](Scheduler::proxy) that has ended, for
    /// [`output_is`](crate::Task::output_is). This may call the user's `Clone`, and reports its
    /// panic.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    pub fn fetch_output(&self) {
        if let Some(slot) = self.slot().filter(|slot| slot.has(Mark::Promise)) {
            let scheduler = &self.scheduler;
            scheduler.guard(CLONED, &mut || scheduler.fetch(self.ticket, slot));
        }
    }
}
