//! Names the tasks that a slow step has held up, for the report of it.
//!
//! The problem: a step that does not suspend keeps the thread, and other tasks are late. The report of
//! the step has to name them: "Executing computes took 0.250 seconds" alone sounds harmless. Two lists
//! know them. The ready entries from before the step have not had their turn. And timers became due
//! meanwhile, which the floor above has not fired.
//!
//! ```text
//!   the round        [ taken .. | the slow step | rest ]
//!   the next round   [ from before the step | made ready by the step ]
//!   the timers       [ due by now | later ]
//! ```
//!
//! | entry | held up |
//! |---|---|
//! | `Step` of a task or callback that has not ended | the task or callback |
//! | `DeferredWake`, a timer that has fired | the task that sleeps |
//! | `CancelScope`, a deadline that has passed | the task of the scope |
//! | `NotifyGroup` | none: a member of the group has ended, but its task is not ready yet |
//!
//! Messages from other threads and events outside are not known before the loop collects them, so their
//! tasks are not named. Nor is the rest of the round in which the program turns debug mode on.
//!
//! Invariants:
//! 1. A task is named once, by its first deadline if it has one that is due. The task of the step is not
//!    named.
//! 2. A text has at most five names; the others are counted. First come timers, in the order of their
//!    deadlines, then ready tasks, in the order of the queue.
//! 3. To make the text changes nothing. No cell is borrowed when the handler gets it.
//!
//! Read next: `run/events.rs`.

use crate::core::Core;
use crate::run::Scheduler;
use crate::store::object::Root;
use crate::store::ticket::trees::TicketPlaces;
use crate::store::ticket::{Entry, EntryKind, Ticket};

/// The most tasks that a report names.
const NAMED: usize = 5;

/// The tasks and callbacks that a step has held up.
#[derive(Default)]
struct HeldUp {
    /// The occupants that were looked at.
    known: TicketPlaces,
    /// The names of the first ones, each with its reason.
    names: Vec<String>,
    /// The number of tasks beside them.
    more: usize,
    callbacks: usize,
}

impl Scheduler {
    /// Says which tasks and callbacks the step of `running` has held up until `now`, in words that follow
    /// those about the step; says nothing if there are none. `ready` are the entries that were ready
    /// before the step.
    pub(super) fn held_up_by<'a>(
        &self,
        running: Ticket,
        root: &dyn Root,
        now: u64,
        ready: impl Iterator<Item = &'a Entry>,
    ) -> String {
        let mut held_up = HeldUp::default();
        held_up.known.insert(running, 0);
        for (at, entry) in root.due(now) {
            let late = match entry.kind() {
                EntryKind::CancelScope => self.cancels.task_of_scope(entry.scope()),
                _ => Some(entry.ticket()),
            };
            held_up.add(&self.core, late, Some(at));
        }
        for entry in ready {
            held_up.add(&self.core, self.goes_on_by(*entry, root), None);
        }
        held_up.into_text()
    }

    /// Returns the task or callback that goes on when an entry of the ready queue has its turn, if it has
    /// not ended before.
    fn goes_on_by(&self, entry: Entry, root: &dyn Root) -> Option<Ticket> {
        match entry.kind() {
            EntryKind::Step => Some(entry.ticket()),
            EntryKind::DeferredWake => root.sleeper(entry.timer()),
            EntryKind::CancelScope => self.cancels.task_of_posted(entry.scope()),
            EntryKind::NotifyGroup => None,
        }
    }
}

impl HeldUp {
    /// Adds a task or callback, unless it has ended or was added. `due` is its deadline; without one it is
    /// ready.
    fn add(&mut self, core: &Core, ticket: Option<Ticket>, due: Option<u64>) {
        let slot = ticket.and_then(|ticket| core.slot_unnoted(ticket));
        let (Some(ticket), Some(slot)) = (ticket, slot.filter(|slot| !slot.is_done())) else {
            return;
        };
        if !self.known.insert(ticket, 0) {
            return;
        }
        if !slot.is_task() {
            self.callbacks += 1;
        } else if self.names.len() == NAMED {
            self.more += 1;
        } else if let Some(name) = core.name_of(ticket) {
            self.names.push(match due {
                None => format!("{name} (ready)"),
                Some(at) => format!("{name} (due at {:.3} s)", at as f64 / 1e9),
            });
        }
    }

    /// Returns the words for all of them; no words if there are none.
    fn into_text(self) -> String {
        let counted = |number: usize, what: &str| match number {
            0 => None,
            1 => Some(format!("1 {what}")),
            _ => Some(format!("{number} {what}s")),
        };
        let mut all = self.names;
        all.extend(counted(self.more, "more task"));
        all.extend(counted(self.callbacks, "callback"));
        match all.pop() {
            None => String::new(),
            Some(one) if all.is_empty() => format!(" and held up {one}"),
            Some(last) => format!(" and held up {} and {last}", all.join(", ")),
        }
    }
}
