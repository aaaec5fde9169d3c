//! Finds the circles of tasks that await each other.
//!
//! The problem: a task that awaits itself through others can never go on. A task awaits another
//! task, or a gather, or a lock that another task holds, or several of these at once. So the waits
//! are a graph, and a circle in it is found by a walk that keeps the path to where it is.
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

use groundup_interweave::trace::Name;

use crate::core::Core;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::TicketPlaces;

/// Returns the circles to which these tasks lead, each as the tasks along it, of which the last is the first.
/// `needed` returns the tasks for which a task waits.
pub(super) fn circles(
    tasks: &[Ticket],
    needed: &dyn Fn(Ticket) -> Vec<Ticket>,
) -> Vec<Vec<Ticket>> {
    let mut found = Vec::new();
    // The place on the path at which each task was entered. It stands there until the walk leaves it.
    let mut places = TicketPlaces::default();
    for &start in tasks {
        if !places.insert(start, 0) {
            continue;
        }
        let mut path = vec![(start, needed(start).into_iter())];
        while let Some((_, needs)) = path.last_mut() {
            let Some(next) = needs.next() else {
                path.pop();
                continue;
            };
            match places.get(next) {
                Some(place) => {
                    if path.get(place).is_some_and(|(ticket, _)| *ticket == next) {
                        let circle = path[place..].iter().map(|(ticket, _)| *ticket);
                        found.push(circle.chain([next]).collect());
                    }
                }
                None => {
                    places.insert(next, path.len());
                    path.push((next, needed(next).into_iter()));
                }
            }
        }
    }
    found
}

/// Returns the names of the tasks along a circle.
pub(super) fn names(core: &Core, circle: &[Ticket]) -> Vec<Name> {
    let mut names = Vec::new();
    for ticket in circle {
        names.extend(core.name_of(*ticket));
    }
    names
}
