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
use crate::handles::deadlock::survey::Survey;
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
        let name = |promise: &Ticket| {
            let slot = core.slot_of(*promise)?;
            let made = slot.call_site().map(|place| format!(" (made at {place})"));
            let what = core.hook_of(slot).and_then(|hook| hook.what());
            let what = what.map(|what| format!("the {what}"));
            let what = what.unwrap_or_else(|| format!("promise {}", core.number(slot)));
            Some(what + &made.unwrap_or_default())
        };
        self.woken_by.of(ticket).iter().filter_map(name).collect()
    }

    /// Returns the primitives that have notified the task, but whose waits it has not polled since. A
    /// lock that the task waits for, and was passed, is told as that.
    pub(super) fn notified(&self, core: &Core, ticket: Ticket) -> Vec<String> {
        if !rests(core, ticket) {
            return Vec::new();
        }
        let waits_for = core.slot_of(ticket).and_then(|slot| slot.wait().entry());
        let name = |number: &u32| {
            let reason = core.named_reason(*number)?;
            let is_told = matches!(reason.holder, Holder::Next(next) if next == ticket);
            (!is_told || waits_for != Some(*number)).then(|| passed(&reason))
        };
        self.notified.of(ticket).iter().filter_map(name).collect()
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
            known.extend(match hooked {
                Some(combinator) => Some(format!("{combinator}{made}")),
                None if slot.has(Mark::Promise) => {
                    Some(format!("promise {}{made}", core.number(slot)))
                }
                None => core.name_of(core.original_of(one)).map(|name| {
                    let awaited = places(None, place_of(one.into()));
                    format!("task {name}{awaited}")
                }),
            });
        }
        for number in others.lines {
            let Some(reason) = core.named_reason(number) else {
                continue;
            };
            known.push(thing(core, &reason, place_of(WaitWord::named(number))));
        }
        let named = groups.iter();
        known.extend(named.map(|(what, members)| {
            Combinator::of(core, what, members.iter().copied()).to_string()
        }));
        known
    }
}

impl Combinator {
    /// Names the combinator for which a promise stands.
    pub(super) fn hooked(core: &Core, hook: &dyn CancelTargets) -> Option<Combinator> {
        let members = (0..).map_while(|number| hook.target(number));
        Some(Combinator::of(core, hook.what()?, members))
    }

    /// Names the members that are not done.
    pub(super) fn of(
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
}
