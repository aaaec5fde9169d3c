//! Finds the waits of each task at the things that it waits for.
//!
//! The problem: a task has one word for its wait reason. If it waits for several things, the word
//! says no more than that. But each of these things has the task among its waiters: a promise,
//! another task, the group of a combinator, a lock. So one look at each of them finds all.
//!
//! ```text
//!   promise 3 ── waiters: T          T waits for several things:
//!   task a ───── group of a wait       promise 3; lock held by K; the wait of a, b
//!   task b ───── group of a wait
//!                  └── awaited by T  T needs: K, a, b
//!   reason 7 ─── line: T
//!     └── held by K
//! ```
//!
//! A promise that is done keeps the ticket of the task that it has woken, until the await is polled
//! (`Slot::woken`). If that task has stepped and waits again, it does not poll that await.
//!
//! A handle that was awaited once, and is kept, stays registered: it is named, too. If a read of a
//! stream was dropped, the stream may name its last reader still. So a combinator that is awaited
//! through a group counts only if the word leaves room for it: a word that names one other thing
//! was set by a later step.
//!
//! Invariants:
//! 1. One look at each task, promise, registration and place in a line, however many tasks are
//!    reported.
//! 2. The report names no task or promise that is done.
//! 3. The wait word goes before the groups. They add names where the word has none.
//!
//! Read next: `handles/deadlock/lists.rs`.

use crate::core::Core;
use crate::core::rare::CancelTargets;
use crate::core::reasons::WaitingTask;
use crate::handles::deadlock::Combinator;
use crate::handles::deadlock::lists::Lists;
use crate::run::Scheduler;
use crate::store::key::{Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::trees::TicketPlaces;
use crate::store::ticket::{Ticket, WaitWord};
use crate::wait;

/// A combinator: its name, and the tickets of its members.
type Awaited = (&'static str, Vec<Ticket>);

/// The waits of the tasks of a loop, by the ticket of the waiting task.
pub(super) struct Survey {
    /// The combinators that are awaited through a group.
    combinators: Lists<Awaited>,
    /// The tasks and promises that are awaited, and whether under a waker of another executor.
    awaited: Lists<(Ticket, bool)>,
    /// The reasons of the primitives in whose lines the task waits, and whether under a waker of
    /// another executor.
    lines: Lists<(u32, bool)>,
    /// The reasons of the primitives whose lines have notified the task, which has not polled its wait since.
    pub(super) notified: Lists<u32>,
    /// The promises that are set, by the task that was woken and has not polled its await since.
    pub(super) woken_by: Lists<Ticket>,
    /// The tasks that wait for each promise and for nothing else.
    sole: Lists<Ticket>,
    /// The members of groups of which it is not known which task awaits them.
    pub(super) unclaimed: Vec<Ticket>,
}

/// The things that a task awaits and its wait word does not name.
#[derive(Default)]
pub(super) struct Others<'a> {
    pub(super) groups: &'a [Awaited],
    /// Tasks and promises that are no members of the groups.
    pub(super) things: Vec<Ticket>,
    /// The numbers of the reasons of primitives.
    pub(super) lines: Vec<u32>,
}

impl Survey {
    /// Looks at all tasks and promises that are not done.
    pub(super) fn of(scheduler: &Scheduler) -> Self {
        let core = &scheduler.core;
        let mut members: Vec<Vec<Ticket>> = Vec::new(); // by the position of the group
        let (mut awaited, mut sole, mut woken_by) = (Lists::new(), Lists::new(), Lists::new());
        let looked_at = |slot: &Slot| !slot.has(Mark::Callback) && !slot.is_done();
        for ticket in core.by_age(&|slot| looked_at(slot) || slot.woken().is_some()) {
            let Some(slot) = core.slot_of(ticket) else {
                continue;
            };
            if let Some(task) = slot.woken() {
                woken_by.add(task, ticket);
                continue;
            }
            for group in core.groups_of(slot) {
                let position = scheduler.groups.position(group) as usize;
                while members.len() <= position {
                    members.push(Vec::new());
                }
                members[position].push(ticket);
            }
            for (task, hidden) in core.tasks_at(slot) {
                if !awaited.add_once(task, (ticket, hidden)) {
                    continue;
                }
                let word = core
                    .slot_of(task)
                    .and_then(|slot| slot.wait().awaited(core));
                if word.is_some_and(|word| core.original_of(word) == ticket) {
                    sole.add(ticket, task);
                }
            }
        }
        let mut combinators = Lists::new();
        let mut unclaimed = Vec::new();
        for (position, listener) in scheduler.groups.listeners() {
            let of_group = members.get(position as usize);
            let of_group = of_group.map_or(&[][..], Vec::as_slice);
            let Some((what, waiting)) = listener.awaited_by() else {
                unclaimed.extend_from_slice(of_group);
                continue;
            };
            let mut of_group = of_group.to_vec();
            of_group.extend(listener.others());
            combinators.add(waiting, (what, of_group));
        }
        let (lines, notified) = Self::lines(core);
        Survey {
            combinators,
            awaited,
            lines,
            notified,
            woken_by,
            sole,
            unclaimed,
        }
    }

    /// Asks the lines of all primitives for their tasks: those that wait, and those that were notified.
    fn lines(core: &Core) -> (Lists<(u32, bool)>, Lists<u32>) {
        let (mut lines, mut notified) = (Lists::new(), Lists::new());
        for (number, line) in core.lines() {
            for ticket in line.notified() {
                notified.add_once(ticket, number);
            }
            for WaitingTask { ticket, hidden } in line.waiting() {
                lines.add_once(ticket, (number, hidden));
            }
        }
        (lines, notified)
    }

    /// Returns the combinator that a task awaits, through the promise `awaited` or a group.
    pub(super) fn combinator(
        &self,
        core: &Core,
        ticket: Ticket,
        awaited: Option<&Slot>,
    ) -> Option<Combinator> {
        if let Some(hook) = awaited.and_then(|slot| core.hook_of(slot)) {
            return Combinator::hooked(core, &*hook);
        }
        let word = core.slot_of(ticket)?.wait();
        let (what, members) = self.others(core, ticket, word).groups.first()?;
        Some(Combinator::of(core, what, members))
    }

    /// Returns the things that a task awaits and its wait word does not name.
    pub(super) fn others(&self, core: &Core, ticket: Ticket, word: WaitWord) -> Others<'_> {
        let several = word == WaitWord::SEVERAL;
        let for_futures = || wait::reason_of(core, word).is_some_and(|reason| reason.for_futures);
        let room = several || word == WaitWord::NOTHING || for_futures();
        let groups = match room || word.is_watched() {
            true => self.combinators.of(ticket),
            false => &[],
        };
        let mut others = Others {
            groups,
            ..Others::default()
        };
        if !room && groups.len() < 2 {
            return others;
        }
        let mut members = TicketPlaces::default();
        for (_, of_group) in groups {
            members.add(of_group);
        }
        // A wait under a waker of another executor leaves no word.
        let counts = |hidden: bool| several || hidden;
        for (thing, hidden) in self.awaited.of(ticket) {
            if counts(*hidden) && !members.contains(*thing) {
                others.things.push(*thing);
            }
        }
        for (number, hidden) in self.lines.of(ticket) {
            if counts(*hidden) {
                others.lines.push(*number);
            }
        }
        others
    }

    /// Returns the tasks for which a task waits: those that it awaits, the members of the combinators
    /// that it awaits, also of a gather in a gather, and the holders of the primitives.
    pub(super) fn needed(&self, core: &Core, ticket: Ticket) -> Vec<Ticket> {
        let Some(slot) = core
            .slot_of(ticket)
            .filter(|slot| is_idle(core, ticket, slot))
        else {
            return Vec::new(); // it is ready, as a task that was passed the lock for which it has waited
        };
        let word = slot.wait();
        let others = self.others(core, ticket, word);
        let holder = |number| core.named_reason(number)?.followed(core);
        let mut targets = Vec::new();
        targets.extend(wait::followed(core, ticket));
        targets.extend(word.awaited(core));
        targets.extend_from_slice(&others.things);
        for (_, members) in others.groups {
            targets.extend_from_slice(members);
        }
        for number in others.lines {
            targets.extend(holder(number));
        }
        tasks_among(core, targets)
    }

    /// Returns the tasks that may be cancelled by a cancel of a task: those of `needed`, also if another
    /// wait of the task has hidden them, but not the holders of primitives.
    pub(super) fn cancelled_with(&self, core: &Core, ticket: Ticket) -> Vec<Ticket> {
        let word = core.slot_of(ticket).map(Slot::wait).unwrap_or_default();
        let known = word.is_watched() || word.awaited(core).is_some();
        let mut targets = Vec::new();
        targets.extend(word.ticket(core).filter(|_| known));
        for (_, members) in self.combinators.of(ticket) {
            targets.extend_from_slice(members);
        }
        targets.extend_from_slice(&self.others(core, ticket, word).things);
        tasks_among(core, targets)
    }

    /// Returns how many tasks wait for a promise and for nothing else.
    pub(super) fn awaits(&self, promise: Ticket) -> u64 {
        self.sole.of(promise).len() as u64
    }
}

/// Returns true if a task is suspended, so that it waits for the thing in its wait word.
pub(super) fn is_idle(core: &Core, ticket: Ticket, slot: &Slot) -> bool {
    slot.state(core.current() == ticket) == TaskState::Idle
}

/// Returns the tasks among these tasks and promises that are not done. A promise that stands for a
/// combinator stands for its members.
fn tasks_among(core: &Core, mut targets: Vec<Ticket>) -> Vec<Ticket> {
    let (mut tasks, mut seen, mut at) = (Vec::new(), TicketPlaces::default(), 0);
    while let Some(&target) = targets.get(at) {
        at += 1;
        let target = core.original_of(target);
        let Some(slot) = core.slot_of(target).filter(|slot| !slot.is_done()) else {
            continue;
        };
        if !seen.insert(target, 0) {
            continue;
        }
        match core.hook_of(slot) {
            Some(hook) => targets.extend_from_slice(&targets_of(&*hook)),
            None if slot.is_task() => tasks.push(target),
            None => {}
        }
    }
    tasks
}

/// Returns the tasks and promises for which a promise stands.
pub(super) fn targets_of(hook: &dyn CancelTargets) -> Vec<Ticket> {
    let mut targets = Vec::new();
    while let Some(target) = hook.target(targets.len()) {
        targets.push(target);
    }
    targets
}
