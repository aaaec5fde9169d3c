//! Says what a task waits for besides the thing that its wait word names.
//!
//! The problem: the survey has tickets and numbers. A person who reads a report looks for names: the
//! number of a promise and the line that made it, the name of a task, a combinator with its members.
//!
//! | thing | text |
//! |---|---|
//! | a promise | `promise 3 (made at src/main.rs:7:39)` |
//! | a task | `task payer` |
//! | a combinator | `the gather of payer, promise 3` |
//! | a primitive | that of `thing.rs` |
//!
//! Invariant: a member that is done is not named.
//!
//! Read next: `handles/deadlock/handed.rs`.

use groundup_interweave::trace::Name;

use crate::core::Core;
use crate::core::rare::CancelTargets;
use crate::core::reasons::Holder;
use crate::handles::deadlock::Combinator;
use crate::handles::deadlock::survey::{Survey, targets_of};
use crate::handles::deadlock::thing::{passed, places, thing};
use crate::store::key::{Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};

/// Returns true if a task is neither ready nor running.
fn rests(core: &Core, ticket: Ticket) -> bool {
    let idle = |slot: &Slot| slot.state(core.current() == ticket) == TaskState::Idle;
    core.slot_of(ticket).is_some_and(idle)
}

impl Survey {
    /// Names the promises that are set and have woken a task, but whose awaits it has not polled in the
    /// steps since.
    pub(super) fn unpolled(&self, core: &Core, ticket: Ticket) -> Vec<String> {
        if !rests(core, ticket) {
            return Vec::new(); // it is about to poll them, or does so now
        }
        let mut names = Vec::new();
        for promise in self.woken_by.of(ticket) {
            let Some(slot) = core.slot_of(*promise) else {
                continue;
            };
            let made = places(slot.call_site(), None);
            names.push(match core.hook_of(slot).and_then(|hook| hook.what()) {
                Some(what) => format!("the {what}{made}"),
                None => format!("promise {}{made}", core.number(slot)),
            });
        }
        names
    }

    /// Returns the primitives that have notified the task, but whose waits it has not polled since. A
    /// lock that the task waits for, and was passed, is told as that.
    pub(super) fn notified(&self, core: &Core, ticket: Ticket) -> Vec<String> {
        if !rests(core, ticket) {
            return Vec::new();
        }
        let waits_for = core.slot_of(ticket).and_then(|slot| slot.wait().entry());
        let mut names = Vec::new();
        for number in self.notified.of(ticket) {
            let Some(reason) = core.named_reason(*number) else {
                continue;
            };
            let is_told = matches!(reason.holder, Holder::Next(next) if next == ticket);
            if !is_told || waits_for != Some(*number) {
                names.push(passed(&reason));
            }
        }
        names
    }

    /// Returns what a task awaits of which the loop knows, as text, if its wait word does not say
    /// it.
    pub(super) fn among(&self, core: &Core, ticket: Ticket, word: WaitWord) -> Vec<String> {
        let others = self.others(core, ticket, word);
        let groups = others.groups;
        if word.is_watched() && groups.len() < 2 {
            return Vec::new();
        }
        let place_of = |word| core.place_of(core.slot_of(ticket)?, word);
        let mut known = Vec::new();
        for one in others.things {
            let Some(slot) = core.slot_of(core.original_of(one)) else {
                continue;
            };
            let made = places(slot.call_site(), place_of(one.into()));
            let hooked = core
                .hook_of(slot)
                .and_then(|hook| Combinator::hooked(core, &*hook));
            if let Some(combinator) = hooked {
                known.push(format!("{combinator}{made}"));
            } else if slot.has(Mark::Promise) {
                known.push(format!("promise {}{made}", core.number(slot)));
            } else if let Some(name) = core.name_of(core.original_of(one)) {
                let awaited = places(None, place_of(one.into()));
                known.push(format!("task {name}{awaited}"));
            }
        }
        for number in others.lines {
            let Some(reason) = core.named_reason(number) else {
                continue;
            };
            known.push(thing(
                core,
                &reason,
                ticket,
                place_of(WaitWord::named(number)),
            ));
        }
        for (what, members) in groups {
            known.push(Combinator::of(core, what, members).to_string());
        }
        known
    }
}

impl Combinator {
    /// Names the combinator for which a promise stands.
    pub(super) fn hooked(core: &Core, hook: &dyn CancelTargets) -> Option<Combinator> {
        Some(Combinator::of(core, hook.what()?, &targets_of(hook)))
    }

    /// Names the members that are not done.
    pub(super) fn of(core: &Core, what: &'static str, tickets: &[Ticket]) -> Combinator {
        let mut members = Vec::new();
        for ticket in tickets {
            let Some(slot) = core.slot_of(*ticket).filter(|slot| !slot.is_done()) else {
                continue;
            };
            match slot.has(Mark::Promise) {
                true => members.push(Name::from(format!("promise {}", core.number(slot)))),
                false => members.extend(core.name_of(*ticket)),
            }
        }
        Combinator { what, members }
    }
}
