//! What few tasks have, and who is who: numbers, names, the living.
//!
//! The problem: a name, a second waiter, a done-callback, a cancel with a reason, the
//! payload of a panic. Every task may have them, hardly any does; in the slot they
//! would triple what every task costs. So they stand in a side table, whose entry comes
//! to be when it is first needed, and goes with its occupant. A name is asked for by
//! traces and reports, and must be the same in every run of the same program.
//!
//! Invariants:
//! 1. A slot's `extra` is 0 until one of these things is there.
//! 2. The table is borrowed for the length of one look or one change. Nothing of the
//!    user's is dropped, called or cloned meanwhile: it is moved out first.
//! 3. Tasks are numbered in the order of spawning, from 1; promises apart from
//!    them. The numbers do not depend on which slots are free.
//! 4. A name costs nothing until somebody gives one or asks for one.
//!
//! Read next: `locals.rs`, the first part above the core.

use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;

use groundup_interweave::trace::{Name, TaskId};

use crate::core::Core;
use crate::store::key::{Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::waiters::Waiters;

/// Clones the value in `from` into the `Option` in `to`.
pub(crate) type Copier = fn(from: &dyn Any, to: &mut dyn Any);

/// The tasks and promises that are cancelled in place of a promise that stands for them.
///
/// ```
/// use groundup_task::{CancelTargets, Scheduler, TaskRef};
/// use std::{cell::Cell, rc::Rc};
///
/// struct Two([TaskRef; 2], Rc<Cell<bool>>);
///
/// impl CancelTargets for Two {
///     fn target(&self, number: usize) -> Option<u64> {
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
    /// The ticket of the task or promise with this number, from 0 on; `None` after the
    /// last. One of them after the other is asked to stop, and with it what it awaits,
    /// before the next is.
    fn target(&self, number: usize) -> Option<u64>;

    /// All were asked, and one at least has accepted.
    fn accepted(&self);
}

/// The rare things of one slot.
#[derive(Default)]
pub(crate) struct Extra {
    /// Waiters after the one in the slot.
    pub(crate) waiters: Waiters,
    pub(crate) name: Option<Name>,
    /// The number of the occupant, if a slot has no room for it; of a callback, if a trace
    /// has told of it.
    pub(crate) number: u64,
    /// How many cancels were asked for and not taken back.
    pub(crate) cancelling: u32,
    /// How many of these its open scopes have counted.
    pub(crate) by_scopes: u32,
    /// The numbers of those of its scopes whose cancel may be one that can be taken back.
    pub(crate) revocable: BTreeSet<u32>,
    /// What the last cancel said.
    pub(crate) reason: Option<Rc<str>>,
    /// A cancel is about to be delivered: its reason stands, whoever asks again.
    pub(crate) reason_stands: bool,
    /// What a panic carried.
    pub(crate) payload: Option<Box<dyn Any + Send>>,
    /// What is cancelled in place of a promise.
    pub(crate) hook: Option<Rc<dyn CancelTargets>>,
    /// What a proxy stands for, and its place among the waiters of that, or 0.
    pub(crate) original: (u64, u64),
    /// Where it stands on the path of a cancel, if it does (`cancel/path.rs`).
    pub(crate) place_on_path: u32,
    /// The task or promise that its cancel was handed on to last.
    pub(crate) forwarded_to: u64,
    /// The cancel that follows errors is there because cancels were counted: it is an echo.
    pub(crate) echo: bool,
    /// The numbers of the scopes that handed their own cancel on to it.
    pub(crate) asked_by: BTreeSet<u32>,
    /// How many handles there are besides the first.
    pub(crate) handles: u32,
    /// How a handle that is not the last gets its value.
    pub(crate) copier: Option<Copier>,
    /// The value of a task from the first look at it on, out of the slot's box.
    pub(crate) shared: Option<Rc<dyn Any>>,
}

/// The side table.
impl Core {
    /// Reads something of a slot's extra; `None` if it has none.
    pub(crate) fn extra<R>(&self, slot: &Slot, read: impl FnOnce(&Extra) -> R) -> Option<R> {
        match slot.extra() {
            0 => None,
            number => self.extras.borrow().get(number).map(read),
        }
    }

    /// Changes a slot's extra, which comes to be if it is not there.
    pub(crate) fn extra_mut<R>(&self, slot: &Slot, change: impl FnOnce(&mut Extra) -> R) -> R {
        let mut extras = self.extras.borrow_mut();
        if slot.extra() == 0 {
            slot.set_extra(extras.insert(Extra::default()));
        }
        let extra = extras.get_mut(slot.extra());
        change(extra.expect("a slot's extra is in the table"))
    }

    /// Shows the value of a task that lies beside its slot; false if it does not.
    pub(crate) fn show_shared(&self, slot: &Slot, look: &mut dyn FnMut(&dyn Any)) -> bool {
        let shared = self.extra(slot, |extra| extra.shared.clone()).flatten();
        shared.inspect(|shared| look(&**shared)).is_some()
    }

    /// The reason of the last cancel, if one was given.
    pub(crate) fn reason(&self, slot: &Slot) -> Option<Rc<str>> {
        self.extra(slot, |extra| extra.reason.clone()).flatten()
    }

    /// Returns true if nobody stands in the slot's list of waiters.
    pub(crate) fn no_more_waiters(&self, slot: &Slot) -> bool {
        self.extra(slot, |extra| extra.waiters.is_empty()) != Some(false)
    }

    /// Takes the whole extra out, for the caller to drop.
    pub(crate) fn take_extra(&self, slot: &Slot) -> Option<Extra> {
        self.extras.borrow_mut().remove(slot.set_extra(0))
    }
}

/// Who is who.
impl Core {
    /// Which of the tasks or promises of its loop the occupant of a slot is.
    pub(crate) fn number(&self, slot: &Slot) -> u64 {
        let beside = || self.extra(slot, |extra| extra.number).unwrap_or(0);
        slot.number().unwrap_or_else(beside)
    }

    /// Puts the number of an occupant beside its slot, which has no room for it.
    #[cold]
    #[inline(never)]
    pub(super) fn number_beside(&self, slot: &Slot, number: u64) {
        self.extra_mut(slot, |extra| extra.number = number);
    }

    /// What a proxy stands for, also by way of others; everything else stands for itself.
    pub(crate) fn original_of(&self, mut ticket: u64) -> u64 {
        let original = |slot| self.extra(slot, |extra| extra.original.0);
        while let Some(next) = self
            .slot_of(ticket)
            .and_then(original)
            .filter(|&next| next != 0)
        {
            ticket = next;
        }
        ticket
    }

    /// What the task of a ticket is called.
    pub(crate) fn name_of(&self, ticket: u64) -> Option<Name> {
        let slot = self.slot_of(ticket)?;
        let given = self.extra(slot, |extra| extra.name.clone()).flatten();
        Some(given.unwrap_or_else(|| Name::from(format!("Task-{}", self.number(slot)))))
    }

    /// Names the task of a ticket, for an event.
    pub(crate) fn id_of(&self, ticket: u64) -> Option<TaskId> {
        let number = self.number(self.slot_of(ticket)?);
        Some(TaskId::new(number, self.name_of(ticket)?))
    }

    /// Names the running task; `None` in a callback, outside, and when the task has ended.
    pub(crate) fn running_id(&self) -> Option<TaskId> {
        self.running().filter(|slot| !slot.is_done())?;
        self.id_of(self.current())
    }

    /// The tickets of all tasks that are not done, in the order of their numbers.
    pub(crate) fn living(&self) -> Vec<u64> {
        let lives = |state| !matches!(state, TaskState::Vacant | TaskState::Done(_));
        self.by_age(|slot| slot.is_task() && lives(slot.state(false)))
    }

    /// The tickets of all slots that are `wanted`, in the order of their numbers;
    /// callbacks, which have none, come first.
    pub(crate) fn by_age(&self, wanted: impl Fn(&Slot) -> bool) -> Vec<u64> {
        let wanted = self.slots.iter().filter(|(_, slot)| wanted(slot));
        let number = |slot: &Slot| match slot.has(Mark::Callback) {
            true => 0,
            false => self.number(slot),
        };
        let aged = wanted.map(|(index, slot)| (number(slot), slot.tag() | u64::from(index)));
        let mut tickets: Vec<_> = aged.collect();
        tickets.sort_unstable();
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }
}
