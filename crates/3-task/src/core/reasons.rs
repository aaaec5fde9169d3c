//! Stores the reasons of waits that do not fit into a word.
//!
//! The problem: a lock, a queue and any primitive outside these crates wait for something with a name,
//! perhaps with a holder, and the holder changes. A word in the slot has no room for that. So the word has
//! the number of an entry of this table, which belongs to the primitive and not to one wait: a wait still
//! costs one store. An entry, or the line of the primitive, has the ticket of the holder. A report looks up the name.
//!
//! A task that waits for several things has one word for all of them, and the word names none. So an entry
//! may also lead to the line of the primitive, which knows the tasks that wait. Only a report asks it.
//!
//! ```text
//!   slot of Plato             entry 3                     slot of Kant
//!   wait: NAMED | 3  ──────>  what: fork-b          ┌──>  name: Kant
//!                             holder: Task(ticket) ─┘     wait: ...
//! ```
//!
//! Invariant: no reason is dropped while the table is borrowed.
//!
//! Read next: `core/history.rs`.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use groundup_interweave::trace::Wait;

use crate::core::{Core, sites::Sites};
use crate::store::object::CallSite;
use crate::store::slab::Slab;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::{TicketPlaces, Tree};

/// Identifies the task that has a thing for which others wait, or that produces it, see
/// [`ReasonEntry::held_by`](crate::ReasonEntry::held_by).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holder {
    /// No task, or none that is known.
    #[default]
    Unknown,
    /// The task with this ticket has it.
    Task(Ticket),
    /// The task with this ticket has it, perhaps with others, and a waiting task may be let in beside it.
    Shared(Ticket),
    /// The task with this ticket took it and keeps no guard of it: any task may release it.
    Kept(Ticket),
    /// It was passed to the task with this ticket, which has not polled its wait since.
    Next(Ticket),
    /// The task with this ticket produced the last one, as the last item of a queue. Another task may
    /// produce the next.
    Producer(Ticket),
    /// The task with this ticket was the last to use the other end of a connection, and may be the sender.
    Peer(Ticket),
}

impl Holder {
    /// Returns the ticket of the task, if one is known.
    pub(crate) fn ticket(self) -> Option<Ticket> {
        match self {
            Holder::Unknown => None,
            Holder::Task(ticket)
            | Holder::Shared(ticket)
            | Holder::Kept(ticket)
            | Holder::Next(ticket)
            | Holder::Producer(ticket)
            | Holder::Peer(ticket) => Some(ticket),
        }
    }
}

/// A task that waits in the line of a primitive, see [`WaitLine`].
#[derive(Clone, Copy, Debug)]
pub struct WaitingTask {
    pub(crate) ticket: Ticket,
    /// The waker of the wait is not that of the task, so the task's wait word does not count it.
    pub(crate) hidden: bool,
}

impl From<Ticket> for WaitingTask {
    /// Makes it of a task that waits under its own waker.
    fn from(ticket: Ticket) -> Self {
        let hidden = false;
        WaitingTask { ticket, hidden }
    }
}

/// Lists the tasks that wait for a primitive, for reports: see
/// [`ReasonEntry::with_line`](crate::ReasonEntry::with_line).
pub trait WaitLine {
    /// Returns the tasks that wait and were not notified since, a task perhaps more than once.
    fn waiting(&self) -> Vec<WaitingTask>;

    /// Returns the tasks that were notified, and have not polled their waits since; NONE for an unknown one.
    fn notified(&self) -> Vec<Ticket> {
        Vec::new()
    }

    /// Wakes the futures under wakers of other executors: the loop is closed, and the primitive refuses them.
    fn loop_closed(&self) {}

    /// Returns the holder of the primitive, if the line knows it. It takes the place of the one in
    /// [`held_by`](crate::ReasonEntry::held_by), and is one store in a cell when it changes.
    fn holder(&self) -> Option<Holder> {
        None
    }

    /// Returns the tasks that have produced what others of the line have taken. The holder of the
    /// reason is the last one, if it is [`Holder::Producer`]; if that task has ended, a report follows
    /// the first of these that lives, and does not wait in the line itself.
    fn producers(&self) -> Vec<Ticket> {
        Vec::new()
    }
}

/// The reasons of a loop.
#[derive(Default)]
pub(crate) struct Reasons {
    table: RefCell<Slab<NamedReason>>,
    sites: Sites,
    /// During a report: the address of each line that was asked, and the ticket of its earlier producer.
    earlier: RefCell<Option<Tree>>,
    /// Number of waiters at tasks and promises that reports have ever looked at.
    pub(super) looks: Cell<u64>,
}

/// An entry of the table.
#[derive(Clone)]
pub(crate) struct NamedReason {
    /// The reason, without the holder.
    pub(crate) wait: Wait,
    pub(crate) holder: Holder,
    /// The word for its making: `made`, `accepted`.
    pub(crate) made: &'static str,
    /// Where the primitive was made, if it says so.
    pub(crate) place: Option<CallSite>,
    /// The tasks that wait for this reason, also among others.
    pub(crate) line: Option<Rc<dyn WaitLine>>,
    /// The task waits for futures that it polls under wakers of their own.
    pub(crate) for_futures: bool,
    /// Tells it from earlier reasons of its number, once a place was noted for it; 0 before.
    pub(crate) noted: u64,
}

impl NamedReason {
    /// Returns the holder, if it is a task that has not ended. If it is a producer that has, returns
    /// an earlier one.
    pub(crate) fn followed(&self, core: &Core) -> Option<Ticket> {
        let holder = self.holder.ticket()?;
        let lives = core.slot_of(holder).is_some_and(|slot| !slot.is_done());
        let living = lives.then_some(holder);
        living.or_else(|| self.earlier_producer(core))
    }

    /// Returns a producer that has not ended and does not wait for the thing itself, if the last one
    /// has ended.
    pub(crate) fn earlier_producer(&self, core: &Core) -> Option<Ticket> {
        let (Holder::Producer(last), Some(line)) = (self.holder, &self.line) else {
            return None;
        };
        let lives = |ticket: Ticket| core.slot_of(ticket).is_some_and(|slot| !slot.is_done());
        if lives(last) {
            return None;
        }
        let address = Rc::as_ptr(line).cast::<()>().addr() as u64;
        let known = &core.reasons.earlier;
        if let Some(known) = &*known.borrow()
            && let Some((of, _)) = known.range((address, 0)..=(address, u64::MAX)).next()
        {
            return Some(Ticket::from_bits(of.1)).filter(|it| *it != Ticket::NONE);
        }
        let mut waiting = TicketPlaces::default();
        for task in line.waiting() {
            waiting.insert(task.ticket, 0);
        }
        let mut producers = line.producers().into_iter();
        let found = producers.find(|it| lives(*it) && !waiting.contains(*it));
        if let Some(known) = &mut *known.borrow_mut() {
            known.insert((address, found.unwrap_or_default().bits()), 0);
        }
        found
    }
}

/// While it lives, the earlier producer of a line is looked for once, however many tasks wait there.
pub(crate) struct EarlierProducers<'a>(&'a Core);

impl Drop for EarlierProducers<'_> {
    fn drop(&mut self) {
        self.0.reasons.earlier.replace(None);
    }
}

impl Core {
    /// Begins a report: each earlier producer is looked for once until the guard is dropped.
    pub(crate) fn keep_earlier_producers(&self) -> EarlierProducers<'_> {
        self.reasons.earlier.replace(Some(Tree::new()));
        EarlierProducers(self)
    }

    /// Adds a reason, and returns its number.
    pub(crate) fn enter_reason(&self, wait: Wait, place: Option<CallSite>) -> u32 {
        let reason = NamedReason {
            wait,
            holder: Holder::Unknown,
            made: "made",
            place,
            line: None,
            for_futures: false,
            noted: 0,
        };
        self.reasons.table.borrow_mut().insert(|_| reason)
    }

    /// Returns the number of the reason `what` of things made at `place`, if the last thing had it.
    #[inline(always)]
    pub(crate) fn last_reason_at(&self, what: &'static str, place: CallSite) -> Option<u32> {
        self.reasons.sites.last_number(what, place)
    }

    /// Returns the number of the reason `what` of nameless things that are made at `place`.
    pub(crate) fn reason_at(&self, what: &'static str, place: CallSite) -> u32 {
        let enter = || self.enter_reason(Wait::Other(what.into()), Some(place));
        self.reasons.sites.number(what, place, enter)
    }

    /// Replaces a reason; returns the previous one for the caller to drop.
    pub(crate) fn replace_reason(&self, number: u32, wait: Wait) -> Option<Wait> {
        Some(std::mem::replace(&mut self.reason_mut(number)?.wait, wait))
    }

    /// Stores the holder of the thing that a reason names.
    #[inline]
    pub(crate) fn set_holder(&self, number: u32, holder: Holder) {
        if let Some(reason) = self.reasons.table.borrow_mut().get_mut(number) {
            reason.holder = holder;
        }
    }

    /// Lends a reason, if it is there.
    pub(crate) fn reason_mut(&self, number: u32) -> Option<RefMut<'_, NamedReason>> {
        let table = self.reasons.table.borrow_mut();
        RefMut::filter_map(table, |table| table.get_mut(number)).ok()
    }

    /// Returns the numbers of the reasons that have a line, with their lines.
    pub(crate) fn lines(&self) -> Vec<(u32, Rc<dyn WaitLine>)> {
        let (mut lines, mut table) = (Vec::new(), self.reasons.table.borrow_mut());
        table.each(&mut |number, reason| {
            lines.extend(reason.line.clone().map(|line| (number, line)));
        });
        lines
    }

    /// Returns the number of the reasons that belong to one primitive each. Those of nameless things
    /// stay as long as the loop.
    pub(super) fn own_reasons(&self) -> usize {
        self.reasons.table.borrow().len() - self.reasons.sites.len()
    }

    /// Removes a reason; returns it for the caller to drop.
    pub(crate) fn leave_reason(&self, number: u32) -> Option<NamedReason> {
        self.reasons.table.borrow_mut().remove(number)
    }

    /// Returns the reason with this number.
    pub(crate) fn named_reason(&self, number: u32) -> Option<NamedReason> {
        let mut reason = self.reasons.table.borrow().get(number).cloned()?;
        let holder = reason.line.as_ref().and_then(|line| line.holder());
        reason.holder = holder.unwrap_or(reason.holder);
        Some(reason)
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
