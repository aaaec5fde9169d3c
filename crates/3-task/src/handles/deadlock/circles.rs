//! Finds the circles of tasks that await each other.
//!
//! The problem: a task that awaits itself through others can never go on. A task awaits one other
//! task, or a gather, which needs all its members. So the awaits are a graph, and a circle in it
//! is found by a walk that keeps the path to where it is.
//!
//! ```text
//!   a awaits b, b awaits gather(c, a)          walk: a ─> b ─> c, back, b ─> a: on the path
//!                                              circle: a -> b -> a
//! ```
//!
//! Invariants:
//! 1. Each task is entered once, and each await is looked at once.
//! 2. A path of any length is a list, and not a nest of calls.
//!
//! Read next: `handles/deadlock/survey.rs`.

use std::collections::{HashMap, HashSet};

use groundup_interweave::trace::Name;

use crate::core::Core;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};
use crate::wait;

/// Returns the circles among these tasks, each as the names along it. `hidden` finds the one thing
/// that a task awaits through a combinator of another crate.
pub(super) fn circles(
    core: &Core,
    living: &[Ticket],
    hidden: impl Fn(Ticket) -> Option<Ticket>,
) -> Vec<Vec<Name>> {
    let mut found = Vec::new();
    // The place on the path of each task that was entered; `None` once the walk has left it.
    let mut places: HashMap<Ticket, Option<usize>> = HashMap::new();
    for &start in living {
        if places.contains_key(&start) {
            continue;
        }
        places.insert(start, Some(0));
        let mut path = vec![(start, needed(core, start, &hidden).into_iter())];
        while let Some((ticket, needs)) = path.last_mut() {
            let Some(next) = needs.next() else {
                places.insert(*ticket, None);
                path.pop();
                continue;
            };
            match places.get(&next) {
                Some(None) => {}
                Some(&Some(place)) => {
                    let circle = path[place..].iter().map(|(ticket, _)| *ticket);
                    let names = circle.chain([next]).filter_map(|it| core.name_of(it));
                    found.push(names.collect());
                }
                None => {
                    places.insert(next, Some(path.len()));
                    path.push((next, needed(core, next, &hidden).into_iter()));
                }
            }
        }
    }
    found
}

/// Returns the tasks that must end before a task goes on: the one that it awaits, or the members
/// of the gather that it awaits, also of a gather in a gather. A combinator of another crate may
/// stand between, if it holds nothing else that the loop knows.
fn needed(core: &Core, ticket: Ticket, hidden: impl Fn(Ticket) -> Option<Ticket>) -> Vec<Ticket> {
    if let Some(next) = wait::followed(core, ticket) {
        return vec![next];
    }
    let word = core.slot_of(ticket).map(Slot::wait).unwrap_or_default();
    let awaited = match word {
        WaitWord::NOTHING => hidden(ticket),
        word => word.awaited(core),
    };
    let awaited = awaited.map(|ticket| core.original_of(ticket));
    let is_task = |ticket: &Ticket| core.slot_of(*ticket).is_some_and(Slot::is_task);
    let mut tasks: Vec<Ticket> = awaited.filter(is_task).into_iter().collect();
    let mut promises: Vec<Ticket> = awaited.into_iter().collect();
    let mut seen = HashSet::new();
    while let Some(promise) = promises.pop() {
        let Some(hook) = core.slot_of(promise).and_then(|slot| core.hook_of(slot)) else {
            continue;
        };
        for target in (0..).map_while(|number| hook.target(number)) {
            let target = core.original_of(target);
            let Some(slot) = core.slot_of(target).filter(|slot| !slot.is_done()) else {
                continue;
            };
            if !seen.insert(target) {
                continue;
            }
            match slot.has(Mark::Promise) {
                true => promises.push(target),
                false => tasks.push(target),
            }
        }
    }
    tasks
}
