//! Finds the waits of each task at the things that it waits for.
//!
//! The problem: a task has one word for its wait reason. If it waits for several things, the word
//! says no more than that. But each of these things has the task among its waiters: a promise,
//! another task, the group of a combinator. So one look at each of them finds all.
//!
//! ```text
//!   promise 3 ── waiters: T          T waits for several things:
//!   task a ───── group of a wait       promise 3; the wait of a, b
//!   task b ───── group of a wait
//!                  └── awaited by T
//! ```
//!
//! A handle that was awaited once, and is kept, stays registered: it is named, too. If a read of a
//! stream was dropped, the stream may name its last reader still. So a combinator that is awaited
//! through a group counts only if the word leaves room for it: a word that names one other thing
//! was set by a later step.
//!
//! Invariants:
//! 1. One look at each task, promise and registration, however many tasks are reported.
//! 2. The report names no task or promise that is done.
//! 3. The wait word goes before the groups. They add names where the word has none.
//!
//! Read next: `inside.rs`.

use std::collections::{HashMap, HashSet};

use groundup_interweave::trace::Name;

use crate::core::Core;
use crate::core::rare::CancelTargets;
use crate::core::reasons::Holder;
use crate::handles::deadlock::Combinator;
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};

/// A combinator: its name, and the tickets of its members.
type Awaited = (&'static str, Vec<Ticket>);

/// The waits of the tasks of a loop, by the ticket of the waiting task.
pub(super) struct Survey {
    /// The combinators that are awaited through a group.
    combinators: HashMap<Ticket, Vec<Awaited>>,
    /// The tasks and promises that are awaited, and whether under a waker of another executor.
    awaited: HashMap<Ticket, Vec<(Ticket, bool)>>,
}

impl Survey {
    /// Looks at all tasks and promises that are not done.
    pub(super) fn of(scheduler: &Scheduler) -> Self {
        let core = &scheduler.core;
        let mut members: HashMap<u32, Vec<Ticket>> = HashMap::new();
        let mut awaited: HashMap<Ticket, Vec<(Ticket, bool)>> = HashMap::new();
        let mut seen = HashSet::new();
        for ticket in core.by_age(|slot| !slot.has(Mark::Callback) && !slot.is_done()) {
            let Some(slot) = core.slot_of(ticket) else {
                continue;
            };
            for group in core.groups_of(slot) {
                let position = scheduler.groups.position(group);
                members.entry(position).or_default().push(ticket);
            }
            for (task, hidden) in core.tasks_at(slot) {
                if seen.insert((task, ticket, hidden)) {
                    awaited.entry(task).or_default().push((ticket, hidden));
                }
            }
        }
        let mut combinators: HashMap<_, Vec<_>> = HashMap::new();
        for (position, listener) in scheduler.groups.listeners() {
            let Some((what, waiting)) = listener.awaited_by() else {
                continue;
            };
            let mut of_group = members.get(&position).cloned().unwrap_or_default();
            of_group.extend(listener.others());
            let named = combinators.entry(waiting).or_default();
            named.push((what, of_group));
        }
        Survey {
            combinators,
            awaited,
        }
    }

    /// Returns the combinator that a task awaits, through the promise `awaited` or a group.
    pub(super) fn combinator(
        &self,
        core: &Core,
        ticket: Ticket,
        awaited: Option<&Slot>,
    ) -> Option<Combinator> {
        if let Some(hook) = awaited.and_then(|slot| core.hook_of(slot)) {
            return hooked(core, &*hook);
        }
        let word = core.slot_of(ticket)?.wait();
        let (what, members) = self.groups(ticket, word).first()?;
        Some(combinator(core, what, members.iter().copied()))
    }

    /// Returns the combinators that a task awaits through groups: none if its wait word names
    /// another thing.
    fn groups(&self, ticket: Ticket, word: WaitWord) -> &[Awaited] {
        match word {
            WaitWord::NOTHING | WaitWord::SEVERAL => {}
            word if word.is_watched() => {}
            _ => return &[],
        }
        self.combinators.get(&ticket).map_or(&[], Vec::as_slice)
    }

    /// Returns the one task or promise that a task awaits under a waker of another executor, if it
    /// awaits no other thing of which the loop knows.
    pub(super) fn only_hidden(&self, ticket: Ticket) -> Option<Ticket> {
        match self.awaited.get(&ticket)?[..] {
            [(one, true)] if !self.combinators.contains_key(&ticket) => Some(one),
            _ => None,
        }
    }

    /// Returns what a task awaits of which the loop knows, as text, if its wait word does not say
    /// it; and whether a task is among it.
    pub(super) fn among(&self, core: &Core, ticket: Ticket, word: WaitWord) -> (Vec<String>, bool) {
        let groups = self.groups(ticket, word);
        let several = word == WaitWord::SEVERAL;
        if !several && word != WaitWord::NOTHING && groups.len() < 2 {
            return (Vec::new(), false);
        }
        let awaited = self.awaited.get(&ticket).into_iter().flatten();
        let (mut known, mut tasks) = (Vec::new(), !groups.is_empty());
        let members = groups.iter().flat_map(|(_, members)| members);
        let members: HashSet<Ticket> = members.copied().collect();
        // A wait under a waker of another executor leaves no word.
        for &(one, _) in awaited.filter(|(_, hidden)| several || *hidden) {
            if members.contains(&one) {
                continue;
            }
            let Some(slot) = core.slot_of(core.original_of(one)) else {
                continue;
            };
            let made = match slot.call_site() {
                Some(place) => format!(" (made at {place})"),
                None => String::new(),
            };
            let hooked = core.hook_of(slot).and_then(|hook| hooked(core, &*hook));
            tasks |= hooked.is_some() || slot.is_task();
            known.extend(match hooked {
                Some(combinator) => Some(format!("{combinator}{made}")),
                None if slot.has(Mark::Promise) => {
                    Some(format!("promise {}{made}", core.number(slot)))
                }
                None => core
                    .name_of(core.original_of(one))
                    .map(|name| format!("task {name}")),
            });
        }
        let named = groups.iter();
        known
            .extend(named.map(|(what, members)| {
                combinator(core, what, members.iter().copied()).to_string()
            }));
        (known, tasks)
    }
}

/// Returns what a report adds to the name of a holder, or says of a producer.
pub(super) fn says(core: &Core, holder: Holder) -> String {
    let slot = holder.ticket().map(|ticket| core.slot_of(ticket));
    let state = match (slot, holder) {
        (None, _) => "",
        (Some(None), Holder::Producer(_)) => "a task that has ended",
        (Some(None), _) => " by a task that has ended",
        (Some(Some(slot)), _) if slot.is_done() => ", which has ended",
        (_, Holder::Next(_)) => ", to which it was passed, and which has not polled since",
        _ => "",
    };
    let Holder::Producer(producer) = holder else {
        return state.to_string();
    };
    let name = core.name_of(producer);
    let name = name.as_deref().unwrap_or_default();
    format!("; the last one came from {name}{state}")
}

fn hooked(core: &Core, hook: &dyn CancelTargets) -> Option<Combinator> {
    let members = (0..).map_while(|number| hook.target(number));
    Some(combinator(core, hook.what()?, members))
}

/// Names the members that are not done.
fn combinator(
    core: &Core,
    what: &'static str,
    members: impl Iterator<Item = Ticket>,
) -> Combinator {
    let name = |ticket| {
        let slot = core.slot_of(ticket).filter(|slot| !slot.is_done())?;
        match slot.has(Mark::Promise) {
            true => Some(Name::from(format!("promise {}", core.number(slot)))),
            false => core.name_of(ticket),
        }
    };
    let members = members.filter_map(name).collect();
    Combinator { what, members }
}
