//! Learns which entries conflict, while it searches.
//!
//! The problem: a search by footprints leaves out the orders that differ in entries without a conflict.
//! But the conflicts are known only when the program has run. So the search begins with none, adds those
//! of each run, and begins anew when it has found one that it did not know. The last search has found
//! none.
//!
//! ```text
//!   no conflicts ──> search ── a run has a new conflict ──> add it, forget the outcomes ──┐
//!                      ^                                                                  │
//!                      └──────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Invariant: an exploration counts the schedules of its last search.
//!
//! Read next: `explore/repeat.rs`.

use std::rc::Rc;

use groundup::trace::Candidate;

use crate::explore::engine::Engine;
use crate::explore::repeat::unlike;
use crate::run::failure::Failure;
use crate::schedule::Question;
use crate::schedule::guide::Guide;
use crate::schedule::plan::Plan;
use crate::search::{Scope, Trial, everything};

impl<P, F, A> Engine<'_, P>
where
    P: Fn(&Guide) -> (F, A),
    F: Future<Output: 'static> + 'static,
    A: FnOnce(Option<F::Output>) -> Result<(), Failure>,
{
    /// Runs one schedule for a search; `None` ends it.
    pub(super) fn trial(&mut self, trial: &Trial<'_>) -> Option<Vec<Question>> {
        let is_enough = trial.counts && self.explored.schedules >= self.options.runs;
        if is_enough || self.is_late() {
            return None;
        }
        let schedule = trial.schedule.to_vec();
        let known = (self.options.by_footprints).then(|| Rc::clone(&self.conflicts));
        let plan = match self.options.exhaustive && self.options.reduced {
            true => Plan::Reduced(schedule, known),
            false => Plan::Deviations(schedule),
        };
        let tried = self.timed(plan);
        if let Some(failure) = unlike(trial.expected, &tried.record) {
            self.failed = Some((failure, tried.record));
            return None;
        }
        if !trial.counts {
            let Some(failure) = tried.failure else {
                return Some(tried.record);
            };
            // It had no failure when it counted: the report says so, or finds it again.
            self.failed = Some((failure, tried.record));
            return None;
        }
        let guide = tried.guide.clone();
        let record = self.count(tried)?;
        (!self.learns(&guide)).then_some(record)
    }

    /// Adds the conflicts of a run to those that are known. Returns true if there are new ones: the
    /// search must begin anew then.
    fn learns(&mut self, guide: &Guide) -> bool {
        let new = |met: &(Option<u64>, (Candidate, Candidate))| {
            let (_, (one, other)) = met;
            let tasks = one.task().and(other.task());
            tasks.is_some() && !self.conflicts.contains(met)
        };
        let found: Vec<_> = guide.conflicts().into_iter().filter(new).collect();
        self.has_learned = !found.is_empty();
        Rc::make_mut(&mut self.conflicts).extend(found);
        self.has_learned
    }

    /// Runs all schedules. With footprints, the search begins anew as long as it finds conflicts that
    /// it did not know.
    pub(super) fn everything(&mut self, scope: &Scope) -> bool {
        loop {
            let complete = everything(scope, &mut |trial| self.trial(trial)).is_some();
            if !std::mem::take(&mut self.has_learned) {
                return complete;
            }
            self.explored.schedules = 0;
            if let Some(watch) = &mut self.watch {
                watch(None);
            }
        }
    }
}
