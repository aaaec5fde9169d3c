//! Names the entries of a round for the chooser that orders it.
//!
//! The problem: an entry is an integer, and a chooser of floor 0 knows no slots. So the scheduler looks
//! into the slot that the entry names, and finds the number of the task. An entry whose occupant has
//! gone does nothing, and no entry comes to life again: a chooser may put such an entry anywhere.
//!
//! ```text
//!   entry          slot                          candidate
//!   Step           a task that is to step        Task
//!   Step           a callback                    Callback
//!   Step           another occupant, or no step  Stale
//!   DeferredWake   of the task to wake           Timer, or Stale if there is none
//!   NotifyGroup    of the task that has ended    Ended
//!   CancelScope    of the task of the scope      Cancel, or Stale if the scope is closed
//! ```
//!
//! Invariants:
//! 1. A name changes nothing: no slot, no timer, no scope.
//! 2. The name of an entry does not depend on observers. So a callback, which has a number in the trace
//!    only if there is a sink, is named by its ticket.
//!
//! Read next: `run/observing/held_up.rs`.

use groundup_interweave::trace::Candidate;

use crate::run::Scheduler;
use crate::store::object::Root;
use crate::store::slot::Slot;
use crate::store::ticket::{Entry, EntryKind, LOOP, Ticket};

impl Scheduler {
    /// Returns the name of an entry of the ready queue.
    pub(crate) fn candidate(&self, entry: Entry, root: &dyn Root) -> Candidate {
        let core = &self.core;
        match entry.kind() {
            EntryKind::Step => self.candidate_of_step(entry.ticket()),
            EntryKind::DeferredWake => {
                let slept = root.sleeper(entry.timer());
                let task = slept.and_then(|ticket| self.number_of_task(ticket));
                task.map_or(Candidate::Stale, Candidate::Timer)
            }
            EntryKind::NotifyGroup => {
                let ended = entry.ended_task(core.loop_field());
                let task = self.number_of_task(ended);
                task.map_or(Candidate::Unnamed, Candidate::Ended)
            }
            EntryKind::CancelScope => match self.cancels.task_of_scope(entry.scope()) {
                Some(task) => {
                    let task = self.number_of_task(task);
                    task.map_or(Candidate::Unnamed, Candidate::Cancel)
                }
                None => Candidate::Stale,
            },
        }
    }

    fn candidate_of_step(&self, ticket: Ticket) -> Candidate {
        let due = |slot: &&Slot| slot.is_scheduled() && !slot.is_done();
        match self.core.slot_unnoted(ticket).filter(due) {
            None => Candidate::Stale,
            Some(slot) if slot.is_task() => Candidate::Task(self.core.number(slot)),
            Some(_) => Candidate::Callback(ticket.bits() & !LOOP),
        }
    }

    /// Returns the number of a task, if it is still in its slot.
    pub(in crate::run) fn number_of_task(&self, ticket: Ticket) -> Option<u64> {
        let slot = self.core.slot_unnoted(ticket).filter(|slot| slot.is_task());
        slot.map(|slot| self.core.number(slot))
    }
}
