//! Stores the things that few tasks have, and names tasks.
//!
//! The problem: a name, a second waiter, a done-callback, a cancel with a reason, the payload of
//! a panic. Every task may have one of them, and hardly any has; in the slot they would triple the
//! cost of every task. So they are in a side table. A slot's entry is made when it is first needed, and
//! removed with its occupant. Traces and reports ask for a task's name, the same in every run.
//!
//! Invariants:
//! 1. A slot's `rare` is 0 until one of these things is there.
//! 2. The table is borrowed for one look or one change. Nothing of the user's is dropped, called
//!    or cloned meanwhile: it is moved out first.
//! 3. Tasks are numbered from 1 in the order of spawning, and promises apart from them. The
//!    numbers do not depend on which slots are free.
//! 4. A name costs nothing until it is set or asked for.
//!
//! Read next: `core/reasons.rs`, the waits that need more than a word.

use std::any::Any;
use std::cell::RefMut;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use groundup_interweave::trace::{Access, Name, TaskId, Touched};

use crate::core::Core;
use crate::error::panic::Panic;
use crate::store::hidden::HiddenWaits;
use crate::store::key::{Mark, TaskState};
use crate::store::notes::Notes;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::ScopesOfTasks;
use crate::store::waiters::{Waiter, Waiters};

/// Clones the value in `from` into the `Option` in `to`.
pub(crate) type Copier = fn(from: &dyn Any, to: &mut dyn Any);

/// Takes the value of a task, out of its slot or beside it, and sets its text if it is an `Err`.
/// Then it drops the value.
pub(crate) type ErrorText = fn(&Slot, Option<Rc<dyn Any>>, &mut Option<String>);

/// Lists the tasks and promises that are cancelled in place of a promise.
///
/// ```
/// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
/// use groundup::lowlevel::{CancelTargets, Scheduler, Ticket};
/// use groundup::TaskRef;
/// use std::{cell::Cell, rc::Rc};
///
/// struct Two([TaskRef; 2], Rc<Cell<bool>>);
///
/// impl CancelTargets for Two {
///     fn target(&self, number: usize) -> Option<Ticket> {
///         self.0.get(number).map(TaskRef::ticket)
///     }
///
///     fn accepted(&self) {
///         self.1.set(true);
///     }
/// }
///
/// let scheduler = Scheduler::new().unwrap();
/// let tasks = [1, 2].map(|_| scheduler.spawn(std::future::pending::<()>()));
/// let (promise, accepted) = (scheduler.promise::<()>(), Rc::default());
/// promise.on_cancel(Two(tasks.each_ref().map(|task| task.task_ref()), Rc::clone(&accepted)));
/// assert!(promise.cancel() && accepted.get() && !promise.done());
/// assert_eq!(tasks.map(|task| task.cancelling()), [1, 1]);
/// ```
pub trait CancelTargets {
    /// Returns the ticket of the target with this number, from 0 on; `None` after the last.
    /// The targets are cancelled one after another, each with the tasks that it awaits.
    fn target(&self, number: usize) -> Option<Ticket>;

    /// Called when all targets were asked and at least one has accepted.
    fn accepted(&self);

    /// Returns the name of the combinator whose promise it is, such as `gather`, for reports;
    /// `None` for a promise that stands for itself.
    fn what(&self) -> Option<&'static str> {
        None
    }
}

/// The rare things of one occupant.
#[derive(Default)]
pub(crate) struct Rare {
    /// Waiters after the one in the slot.
    pub(crate) waiters: Waiters,
    pub(crate) name: Option<Name>,
    /// The number of the occupant, if the slot has no room for it; the number of a callback
    /// that was in a trace.
    pub(crate) number: u64,
    /// Number of cancels that were requested and not taken back.
    pub(crate) cancelling: u32,
    /// Number of these that its open scopes have counted.
    pub(crate) by_scopes: u32,
    /// Number of times that `uncancel` has left none; and this number at its last own cancel.
    pub(crate) taken_back: u32,
    pub(crate) asked_after: u32,
    /// The scopes of the task whose cancel can perhaps still be taken back.
    pub(crate) revocable: ScopesOfTasks,
    /// The reason of the last cancel.
    pub(crate) reason: Option<Arc<str>>,
    /// A cancel is about to be delivered: a second cancel does not change its reason.
    pub(crate) reason_stands: bool,
    /// The panic that ended the task.
    pub(crate) panic: Option<Panic>,
    /// The targets that are cancelled in place of a promise.
    pub(crate) hook: Option<Rc<dyn CancelTargets>>,
    /// The original of a proxy, and the proxy's place among the original's waiters, or 0.
    pub(crate) original: (Ticket, u64),
    /// Its position on the path of a cancel, if it is on it (`cancel/path.rs`).
    pub(crate) position_on_path: u32,
    /// The task or promise that its cancel was handed on to last.
    pub(crate) forwarded_to: Ticket,
    /// Its own cancel that follows errors is an echo (`cancel/owner.rs`).
    pub(crate) echo: bool,
    /// The scopes that have handed their own cancel on to it.
    pub(crate) asked_by: ScopesOfTasks,
    /// The record of its hidden waits, alive if there are any.
    pub(crate) hidden: Weak<HiddenWaits>,
    /// Number of handles besides the first.
    pub(crate) handles: u32,
    /// Clones the value for a handle that is not the last.
    pub(crate) copier: Option<Copier>,
    /// Writes the text of an error that no handle will take, for a report.
    pub(crate) error_text: Option<ErrorText>,
    /// The value of a task, which leaves the slot's box at the first look at it.
    pub(crate) shared: Option<Rc<dyn Any>>,
    /// The notes of a watched occupant.
    pub(crate) notes: Option<Box<Notes>>,
}

/// The side table.
impl Core {
    /// Reads a slot's `Rare`; returns `None` if it has none.
    pub(crate) fn rare<R>(&self, slot: &Slot, read: impl FnOnce(&Rare) -> R) -> Option<R> {
        match slot.rare() {
            0 => None,
            number => self.rares.borrow().get(number).map(read),
        }
    }

    /// Lends a slot's `Rare`, to change it. It is made if the slot has none.
    #[inline(never)]
    pub(crate) fn rare_mut(&self, slot: &Slot) -> RefMut<'_, Rare> {
        let mut rares = self.rares.borrow_mut();
        if slot.rare() == 0 {
            slot.set_rare(rares.insert(|_| Rare::default()));
        }
        RefMut::map(rares, |rares| {
            let rare = rares.get_mut(slot.rare());
            rare.expect("a slot's rare is in the table")
        })
    }

    /// Shows the value of a task to `look`, if it is beside its slot; returns false if not.
    pub(crate) fn show_shared(&self, slot: &Slot, look: &mut dyn FnMut(&dyn Any)) -> bool {
        let shared = self.rare(slot, |rare| rare.shared.clone()).flatten();
        shared.inspect(|shared| look(&**shared)).is_some()
    }

    /// Returns the reason of the last cancel, if it had one.
    pub(crate) fn reason(&self, slot: &Slot) -> Option<Arc<str>> {
        self.rare(slot, |rare| rare.reason.clone()).flatten()
    }

    /// Returns true if the slot's list of waiters is empty.
    pub(crate) fn no_more_waiters(&self, slot: &Slot) -> bool {
        self.rare(slot, |rare| rare.waiters.is_empty()) != Some(false)
    }

    /// Removes a slot's `Rare` and returns it for the caller to drop.
    pub(crate) fn take_rare(&self, slot: &Slot) -> Option<Rare> {
        self.rares.borrow_mut().remove(slot.set_rare(0))
    }
}

/// Numbers and names.
impl Core {
    /// Returns the sequence number of a slot's occupant among the tasks or promises of its loop.
    pub(crate) fn number(&self, slot: &Slot) -> u64 {
        let beside = || self.rare(slot, |rare| rare.number).unwrap_or(0);
        slot.number().unwrap_or_else(beside)
    }

    /// Stores the number of an occupant in its `Rare`, since the slot has no room for it.
    #[cold]
    #[inline(never)]
    pub(super) fn number_beside(&self, slot: &Slot, number: u64) {
        self.rare_mut(slot).number = number;
    }

    /// Returns the original of a proxy, also of a proxy of proxies, or the ticket itself if it
    /// is no proxy's.
    pub(crate) fn original_of(&self, mut ticket: Ticket) -> Ticket {
        let original = |slot| self.rare(slot, |rare| rare.original.0);
        while let Some(next) =
            (self.slot_of(ticket).and_then(original)).filter(|next| *next != Ticket::NONE)
        {
            ticket = next;
        }
        ticket
    }

    /// Returns the name of a ticket's task.
    pub(crate) fn name_of(&self, ticket: Ticket) -> Option<Name> {
        let slot = self.slot_unnoted(ticket)?;
        let given = self.rare(slot, |rare| rare.name.clone()).flatten();
        Some(given.unwrap_or_else(|| Name::from(format!("Task-{}", self.number(slot)))))
    }

    /// Returns the number and the name of a ticket's task, for an event.
    pub(crate) fn id_of(&self, ticket: Ticket) -> Option<TaskId> {
        let number = self.number(self.slot_unnoted(ticket)?);
        Some(TaskId::new(number, self.name_of(ticket)?))
    }

    /// Returns the number and the name of the running task; `None` in a callback, outside of a
    /// step, and when the task has ended.
    pub(crate) fn running_id(&self) -> Option<TaskId> {
        self.running().filter(|slot| !slot.is_done())?;
        self.id_of(self.current())
    }

    /// Returns the groups that a task or promise is a member of.
    pub(crate) fn groups_of(&self, slot: &Slot) -> Vec<u32> {
        let mut groups = Vec::new();
        if slot.has(Mark::Group) {
            groups.push(slot.group().0);
        }
        self.each_listed(slot, &mut |waiter| {
            if let Waiter::Group { group, .. } = waiter {
                groups.push(*group);
            }
        });
        groups
    }

    /// Returns the tickets of the tasks that wait at a task or promise, and whether each waits under
    /// a waker of another executor.
    pub(crate) fn tasks_at(&self, slot: &Slot) -> Vec<(Ticket, bool)> {
        let mut tasks = Vec::new();
        if !slot.has(Mark::Group) && slot.has_waiter() {
            tasks.push((slot.waiter(), false));
        }
        self.each_listed(slot, &mut |waiter| {
            if let Some(task) = waiter.task() {
                tasks.push((task, matches!(waiter, Waiter::Waker(_))));
            }
        });
        let looks = &self.reasons.looks;
        looks.set(looks.get() + tasks.len() as u64);
        tasks
    }

    /// Calls `look` with each waiter in the list of a slot.
    fn each_listed(&self, slot: &Slot, look: &mut dyn FnMut(&Waiter)) {
        self.rare(slot, |rare| rare.waiters.iter().for_each(look));
    }

    /// Returns how many waiters reports have ever looked at.
    pub(crate) fn report_looks(&self) -> u64 {
        self.reasons.looks.get()
    }

    /// Returns the targets of a promise that stands for a combinator.
    pub(crate) fn hook_of(&self, slot: &Slot) -> Option<Rc<dyn CancelTargets>> {
        self.rare(slot, |rare| rare.hook.clone()).flatten()
    }

    /// Returns the tickets of all tasks that are not done, in the order of their numbers.
    pub(crate) fn living(&self) -> Vec<Ticket> {
        let lives = |state| !matches!(state, TaskState::Vacant | TaskState::Done(_));
        self.by_age(&|slot| slot.is_task() && lives(slot.state(false)))
    }

    /// Returns the tickets of all `wanted` slots in use, in the order of their numbers. Callbacks,
    /// which have none, come first.
    pub(crate) fn by_age(&self, wanted: &dyn Fn(&Slot) -> bool) -> Vec<Ticket> {
        let number = |slot: &Slot| match slot.has(Mark::Callback) {
            true => 0,
            false => self.number(slot),
        };
        self.touch(Touched::Everything, Access::Write);
        let mut tickets = Vec::new();
        self.slots.look(|index, slot| {
            if wanted(slot) {
                tickets.push((number(slot), slot.tag() | u64::from(index)));
            }
        });
        tickets.sort_unstable();
        let tickets = tickets.into_iter();
        tickets.map(|(_, bits)| Ticket::from_bits(bits)).collect()
    }
}
