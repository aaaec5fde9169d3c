//! Makes the report of a deadlock from the waits of the tasks.
//!
//! The problem: a report of a hundred tasks is read from its beginning. So it begins with the tasks
//! from which the others wait, and each task is looked at once.
//!
//! | part | tasks |
//! |---|---|
//! | 1 | those that were woken for an await that they do not poll |
//! | 2 | those of a circle |
//! | 3 | those that wait for no other task |
//! | 4 | all others: they wait for tasks of the parts before |
//!
//! Invariant: each part is in the order in which the tasks were spawned.
//!
//! Read next: `handles/deadlock/explain.rs`.

use std::rc::Rc;

use crate::handles::deadlock::circles::{circles, names};
use crate::handles::deadlock::handed::handed;
use crate::handles::deadlock::survey::Survey;
use crate::handles::deadlock::thing::thing;
use crate::handles::deadlock::{Deadlock, Stuck};
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::store::ticket::trees::{TicketPlaces, Tree};
use crate::wait;

impl Scheduler {
    /// Lists all tasks that are not done, with their wait reasons.
    pub fn deadlock(self: &Rc<Self>) -> Deadlock {
        let living = self.core.living();
        let _once = self.core.keep_earlier_producers();
        let survey = Survey::of(self);
        let needed = |task| survey.needed(&self.core, task);
        let cycles = circles(&living, &needed);
        self.report_of(living, cycles, &survey)
    }

    /// Returns how many waiters of tasks and promises were ever looked at for a report. The difference
    /// over a report is its cost.
    pub fn report_looks(&self) -> u64 {
        self.core.report_looks()
    }

    /// Reports these tasks, of which some wait in circles.
    pub(super) fn report_of(
        &self,
        tasks: Vec<Ticket>,
        cycles: Vec<Vec<Ticket>>,
        survey: &Survey,
    ) -> Deadlock {
        let around = TicketPlaces::of(&cycles);
        let entry = |ticket| {
            let needed = survey.needed(&self.core, ticket);
            Some((ticket, needed, self.stuck(ticket, survey)?))
        };
        // The parts of the report, each oldest first.
        let mut parts: [Vec<_>; 4] = Default::default();
        for entry in tasks.into_iter().filter_map(entry) {
            let (ticket, needed, stuck) = &entry;
            let part = match () {
                () if stuck.is_woken_in_vain() => 0,
                () if around.contains(*ticket) => 1,
                () if needed.is_empty() => 2,
                () => 3,
            };
            parts[part].push(entry);
        }
        let mut entries = Vec::new();
        for mut part in parts {
            entries.append(&mut part);
        }
        let (mut places, mut waits) = (TicketPlaces::default(), Tree::new());
        for (at, (ticket, ..)) in entries.iter().enumerate() {
            places.insert(*ticket, at);
        }
        for wait in cycles.iter().flat_map(|circle| circle.windows(2)) {
            waits.insert((wait[0].bits(), wait[1].bits()), 0);
        }
        let mut edges = Vec::new();
        for (from, (ticket, needed, _)) in entries.iter().enumerate() {
            for next in needed {
                if let Some(to) = places.get(*next) {
                    let wait = (ticket.bits(), next.bits());
                    edges.push((from, to, waits.contains_key(&wait)));
                }
            }
        }
        // A circle begins with the task that the report names first.
        let mut named = Vec::new();
        for mut circle in cycles {
            circle.remove(0); // the last again
            let first = (0..circle.len()).min_by_key(|at| places.get(circle[*at]));
            circle.rotate_left(first.unwrap_or(0));
            circle.extend_from_within(..1);
            named.push(names(&self.core, &circle));
        }
        let stuck = entries.into_iter().map(|(.., stuck)| stuck);
        Deadlock {
            cycles: named,
            stuck: stuck.collect(),
            edges,
        }
    }

    /// Makes the entry of one task.
    pub(super) fn stuck(&self, ticket: Ticket, survey: &Survey) -> Option<Stuck> {
        let slot = self.core.slot_of(ticket)?;
        let awaited = slot.wait().awaited(&self.core);
        let awaited = awaited.map(|ticket| self.core.original_of(ticket));
        let awaits = awaited.map_or(0, |ticket| survey.awaits(ticket));
        let awaited = awaited.and_then(|ticket| self.core.slot_of(ticket));
        let promise = awaited.filter(|awaited| awaited.has(Mark::Promise));
        let known = survey.among(&self.core, ticket, slot.wait());
        let place = self.core.place_of(slot, slot.wait());
        let orphan = promise.is_some_and(|promise| promise.count_handles(|it| it) == awaits);
        let reason = wait::reason_of(&self.core, slot.wait());
        Some(Stuck {
            task: self.core.name_of(ticket)?,
            wait: wait::wait_of(&self.core, slot),
            combinator: survey.combinator(&self.core, ticket, awaited),
            known,
            unpolled: survey.unpolled(&self.core, ticket),
            notified: survey.notified(&self.core, ticket),
            orphan,
            handed: promise.map_or(String::new(), |it| handed(&self.core, it, ticket, orphan)),
            thing: (reason.as_ref()).map(|reason| thing(&self.core, reason, ticket, place)),
            awaited: place,
            promise: promise.and_then(Slot::call_site),
            primitive: reason.and_then(|reason| reason.place),
            place: slot.call_site(),
            is_main: slot.has(Mark::Main),
        })
    }
}
