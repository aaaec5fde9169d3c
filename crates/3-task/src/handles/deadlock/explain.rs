//! Explains why one task waits, in one sentence.
//!
//! The problem: a task that hangs is at the end of a chain of waits, and the cause is at the other
//! end. So the chain is followed, one wait after the other, as long as each of its tasks waits for
//! one other task. Where a chain splits, the wait of each of these tasks is said, and none is followed further.
//! If the chain comes back, the circle is said.
//!
//! ```text
//!   Plato waits for fork-b held by Kant, which waits for fork-a held by Plato again: ..
//!   └─ says ─────────────────┘ └ needed ┘ └─ says ───────────────┘
//! ```
//!
//! Invariant: following a chain ends, also when tasks wait for each other in a circle.
//!
//! Read next: `handles/deadlock/lines.rs`.

use std::rc::Rc;

use groundup_interweave::trace::Visible;

use crate::core::Core;
use crate::handles::deadlock::circles::{circles, names};
use crate::handles::deadlock::survey::{Survey, is_idle};
use crate::handles::deadlock::{MEMBERS, Stuck, joined};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::TaskState;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::TicketPlaces;

impl Scheduler {
    /// Explains what `task` waits for, what that one waits for, and so on to the root cause.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{Promise, current_loop, run, spawn_named, yield_now};
    ///
    /// run(async {
    ///     let promise = Promise::<()>::new();
    ///     let reader = spawn_named("reader", promise.clone().into_future());
    ///     yield_now().await;
    ///     let why = current_loop().explain(&reader);
    ///     assert!(why.starts_with("reader waits for promise 1"));
    ///     promise.cancel();
    /// });
    /// ```
    pub fn explain(self: &Rc<Self>, task: &TaskRef) -> String {
        let (core, mut ticket) = (&self.core, task.ticket());
        let Some(name) = core.name_of(ticket) else {
            return "a task that has gone".to_string();
        };
        let _once = core.keep_earlier_producers();
        let survey = Survey::of(self);
        let needed = |task| survey.needed(core, task);
        let (mut text, mut passed) = (name.to_string(), TicketPlaces::default());
        passed.add(&[ticket]);
        while let (Some(slot), Some(stuck)) = (core.slot_of(ticket), self.stuck(ticket, &survey)) {
            text += &says(core, ticket, slot, &stuck);
            if !is_idle(core, ticket, slot) {
                break;
            }
            let one = stuck.known.len() < 2;
            match needed(ticket)[..] {
                [] => break,
                [next] if passed.insert(next, 0) => {
                    let name = core.name_of(next).filter(|_| !one);
                    text += &name.map_or(", which".to_string(), |name| format!("; {name}"));
                    ticket = next;
                }
                [next] if one && next == ticket => {
                    text.push_str(": it waits for itself");
                    break;
                }
                [_] if one => {
                    text.push_str(" again: they wait for each other");
                    break;
                }
                _ => {
                    if let Some(circle) = circles(&[task.ticket()], &needed).first() {
                        let names = joined(&names(core, circle), " -> ");
                        text += &format!("; a circle: {names}");
                        break;
                    }
                    text += &self.says_members(&needed(ticket), &survey);
                    break;
                }
            }
        }
        Visible(&text).to_string()
    }

    /// Explains what each task waits for that is not done, or that it is ready or running: one task a
    /// line, oldest first. Looks at each task once.
    pub fn explain_all(self: &Rc<Self>) -> String {
        let core = &self.core;
        let _once = core.keep_earlier_producers();
        let survey = Survey::of(self);
        let mut text = String::new();
        for ticket in core.living() {
            if let (Some(slot), Some(stuck)) = (core.slot_of(ticket), self.stuck(ticket, &survey)) {
                text += if text.is_empty() { "" } else { "\n" };
                let mut line = String::new();
                let _ = stuck.says_task(&mut line); // writing into a string does not fail
                line += &says(core, ticket, slot, &stuck);
                text += &Visible(&line).to_string();
            }
        }
        text
    }

    /// Says what each of these tasks waits for, of those for which one task waits.
    fn says_members(self: &Rc<Self>, members: &[Ticket], survey: &Survey) -> String {
        let mut text = String::new();
        for &member in members.iter().take(MEMBERS) {
            let slot = self.core.slot_of(member);
            let stuck = slot.and_then(|slot| Some((slot, self.stuck(member, survey)?)));
            if let Some((slot, stuck)) = stuck {
                text += &format!("; {}{}", stuck.task, says(&self.core, member, slot, &stuck));
            }
        }
        match members.len().saturating_sub(MEMBERS) {
            0 => text,
            more => text + &format!("; and {more} more"),
        }
    }
}

/// Says what a task does, or for what it waits, as the rest of a sentence.
fn says(core: &Core, ticket: Ticket, slot: &Slot, stuck: &Stuck) -> String {
    match slot.state(core.current() == ticket) {
        TaskState::Running { .. } => " is running".to_string(),
        TaskState::Done(_) | TaskState::Vacant => " is done".to_string(),
        TaskState::Ready => " is ready to run".to_string(),
        TaskState::Idle => {
            let mut text = " ".to_string();
            let _ = stuck.says(&mut text); // writing into a string does not fail
            text
        }
    }
}
