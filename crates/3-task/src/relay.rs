//! Relays: entries of the ready queue that are no steps.
//!
//! The problem: where asyncio schedules a callback, to set the future of a sleeper,
//! to tell a gather that a child has ended, to cancel what a deadline guards, that
//! callback takes a place in an iteration, and what it does becomes ready in the
//! next. To keep its pace without its callbacks, an entry may stand for one:
//!
//! ```text
//!   loop field of the entry     redeeming it
//!   0                           wakes the task: its timer has fired
//!   TELL                        tells the task's group that the task has ended
//!   WATCHED                     cancels a scope
//!   any other                   not a relay: a step of the task
//! ```
//!
//! Invariants:
//! 1. A relay takes one place of a round, and wakes for the next.
//! 2. A relay whose task has gone does nothing.
//!
//! Read next: `ending.rs`, what follows the last step.

use std::rc::Rc;

use groundup_interweave::trace::Cause;

use crate::group::Ending;
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{GROUP, LOOP, OBSERVED, TAG};
use crate::wait::WATCHED;

impl Scheduler {
    /// The ticket of a scope: it is cancelled, in this place of the queue.
    #[cold]
    pub(crate) fn redeem_scope(self: &Rc<Self>, entry: u64) {
        self.current.set(0);
        if entry & LOOP == WATCHED {
            self.redeem_posted(entry);
        }
    }

    /// A relay: somebody is woken, in this place of the queue.
    #[cold]
    pub(crate) fn redeem_relay(self: &Rc<Self>, entry: u64, slot: &Slot) {
        if (slot.key.get() ^ entry) & TAG & !LOOP != 0 {
            return;
        }
        self.current.set(0);
        let ticket = self.tag | entry;
        if !self.is_void(ticket) {
            self.wake(ticket);
        }
    }

    /// A relay of the other kind: a group is told of the end of this slot's task.
    #[inline(never)]
    pub(crate) fn redeem_tell(&self, entry: u64, slot: &Slot) {
        let key = slot.key.get();
        if (key ^ entry) & TAG & !LOOP != 0 || key & GROUP == 0 {
            return;
        }
        self.current.set(0);
        let waiter = slot.waiter.replace(0);
        slot.key.set(key & !GROUP);
        if key & OBSERVED != 0 {
            self.set_cause(self.name_of(entry & !LOOP | self.tag).map(Cause::Task));
        }
        self.tell((waiter >> 32) as u32, waiter as u32, Ending::of(key));
        if key & OBSERVED != 0 {
            self.set_cause(None);
        }
    }
}
