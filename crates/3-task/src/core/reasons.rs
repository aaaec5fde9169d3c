//! Stores the reasons of waits that do not fit into a word.
//!
//! The problem: a lock, a queue and any primitive outside these crates wait for something with a
//! name, perhaps with a holder, and the holder changes. A word in the slot has no room for that.
//! So the word has the number of an entry of this table, which belongs to the primitive and not to
//! one wait: a wait still costs one store. The holder of a lock changes often, and its name is
//! rarely asked for. So an entry has the ticket of the holder, and a report looks up the name.
//!
//! ```text
//!   slot of Plato             entry 3                     slot of Kant
//!   wait: NAMED | 3  ──────>  what: fork-b          ┌──>  name: Kant
//!                             holder: Task(ticket) ─┘     wait: ...
//! ```
//!
//! Invariant: no reason is dropped while the table is borrowed.
//!
//! Read next: `core/starts.rs`.

use groundup_interweave::trace::Wait;

use crate::core::Core;
use crate::store::object::CallSite;
use crate::store::ticket::Ticket;

/// Identifies the task that has a thing for which others wait, or that produces it, see
/// [`ReasonEntry::held_by`](crate::ReasonEntry::held_by).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holder {
    /// No task, or none that is known.
    #[default]
    Unknown,
    /// The task with this ticket has it.
    Task(Ticket),
    /// It was passed to the task with this ticket, which has not polled its wait since.
    Next(Ticket),
    /// The task with this ticket produced the last one, as the last item of a queue. Another task may
    /// produce the next.
    Producer(Ticket),
}

impl Holder {
    /// Returns the ticket of the task, if one is known.
    pub fn ticket(self) -> Option<Ticket> {
        match self {
            Holder::Unknown => None,
            Holder::Task(ticket) | Holder::Next(ticket) | Holder::Producer(ticket) => Some(ticket),
        }
    }
}

/// An entry of the table.
#[derive(Clone, Debug)]
pub(crate) struct NamedReason {
    /// The reason, without the holder.
    pub(crate) wait: Wait,
    pub(crate) holder: Holder,
    /// Where the primitive was made, if it says so.
    pub(crate) place: Option<CallSite>,
}

impl Core {
    /// Notes that the running task has a wait word in this step.
    #[inline]
    pub(crate) fn note_wait(&self) {
        self.waited.set(self.current.get());
    }

    /// Returns false if the wait word of the running task is empty, which it is at the beginning
    /// of nearly every step. If it returns true, only the slot has the answer.
    // Speed: select2. A comparison in place of a look at the slot.
    #[inline]
    pub(crate) fn may_wait(&self) -> bool {
        self.waited.get() == self.current.get()
    }

    /// Adds a reason, and returns its number.
    pub(crate) fn enter_reason(&self, wait: Wait, place: Option<CallSite>) -> u32 {
        let holder = Holder::Unknown;
        let reason = NamedReason {
            wait,
            holder,
            place,
        };
        self.reasons.borrow_mut().insert(|_| reason)
    }

    /// Replaces a reason; returns the previous one for the caller to drop.
    pub(crate) fn replace_reason(&self, number: u32, wait: Wait) -> Option<Wait> {
        let mut reasons = self.reasons.borrow_mut();
        Some(std::mem::replace(&mut reasons.get_mut(number)?.wait, wait))
    }

    /// Stores the holder of the thing that a reason names.
    #[inline]
    pub(crate) fn set_holder(&self, number: u32, holder: Holder) {
        if let Some(reason) = self.reasons.borrow_mut().get_mut(number) {
            reason.holder = holder;
        }
    }

    /// Removes a reason; returns it for the caller to drop.
    pub(crate) fn leave_reason(&self, number: u32) -> Option<NamedReason> {
        self.reasons.borrow_mut().remove(number)
    }

    /// Returns the reason with this number.
    pub(crate) fn named_reason(&self, number: u32) -> Option<NamedReason> {
        self.reasons.borrow().get(number).cloned()
    }

    /// Returns the reason with this number, with the name of the holder.
    pub(crate) fn wait_reason(&self, number: u32) -> Option<Wait> {
        let NamedReason { wait, holder, .. } = self.named_reason(number)?;
        Some(match (wait, holder.ticket()) {
            (Wait::Held { what, by: None }, Some(holder)) => Wait::Held {
                what,
                by: self.id_of(holder),
            },
            (wait, _) => wait,
        })
    }
}

#[cfg(test)]
#[path = "../../tests/unit/reasons.rs"]
mod tests;
