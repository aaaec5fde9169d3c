//! Repeats a failing schedule, makes it smaller, and tells it.
//!
//! The problem: a failure that does not repeat cannot be explained by its schedule. The program depends on
//! something else then, and the user must know that first.
//!
//! Invariants:
//! 1. A failure of the program is returned only after two more runs, whose traces are equal to the last line.
//! 2. The failure, the story and the token of a result belong to one run.
//!
//! Read next: `explore/lines.rs`.

use groundup::trace::Recorder;

use crate::explore::engine::{Engine, Failed, ORDERS};
use crate::explore::found::Found;
use crate::explore::lines::unequal_lines;
use crate::run::failure::{Failure, FailureKind};
use crate::schedule::guide::Guide;
use crate::schedule::plan::Plan;
use crate::schedule::story::story;
use crate::schedule::token::Token;
use crate::schedule::{Deviation, Question, deviations};
use crate::search::shrink::{leave_out, shrink};

impl<P, F, A> Engine<'_, P>
where
    P: Fn(&Guide) -> (F, A),
    F: Future<Output: 'static> + 'static,
    A: FnOnce(Option<F::Output>) -> Result<(), Failure>,
{
    /// Repeats a failure, makes its schedule smaller, and tells it.
    pub(super) fn report(&mut self, (failure, record): Failed, shrinks: bool) -> Box<Found> {
        let mut schedule = deviations(&record);
        let schedules = self.explored.schedules;
        let at_first = schedule.len();
        let told = |failure, schedule: &[Deviation]| {
            Box::new(self.found(failure, schedule, at_first, schedules))
        };
        if failure.kind == FailureKind::NotRepeatable {
            return told(failure, &schedule);
        }
        if let Some(failure) = self.repeats(&schedule, &failure) {
            return told(failure, &schedule);
        }
        if shrinks {
            schedule = shrink(schedule, &ORDERS, &|| self.is_late(), &mut |schedule| {
                self.fails_in_the_same_way(schedule, failure.kind)
            });
        }
        told(failure, &schedule)
    }

    /// Runs a schedule. Returns its questions, and true if it fails with this kind of failure.
    fn fails_in_the_same_way(
        &self,
        schedule: &[Deviation],
        kind: FailureKind,
    ) -> (Vec<Question>, bool) {
        let tried = self.run(Plan::Deviations(schedule.to_vec()), None);
        let fails = tried.failure.is_some_and(|failure| failure.kind == kind);
        (tried.record, fails)
    }

    /// Runs a schedule twice, and returns a failure if the two runs are not alike.
    fn repeats(&self, schedule: &[Deviation], failure: &Failure) -> Option<Failure> {
        let run = || {
            let recorder = Recorder::new();
            let plan = Plan::Deviations(schedule.to_vec());
            (self.run(plan, Some(recorder.clone())), recorder.text())
        };
        let ((one, first), (other, second)) = (run(), run());
        if let Some((before, after)) = unequal_lines(&first, &second) {
            return Some(not_repeatable(&format!("first `{before}`, then `{after}`")));
        }
        let kinds = [&one, &other].map(|tried| tried.failure.as_ref().map(|failure| failure.kind));
        (one.record != other.record || kinds != [Some(failure.kind); 2])
            .then(|| not_repeatable(&format!("first `{failure}`, then another end")))
    }

    /// Repeats a failure of a disturbed run, and tells it by the deviations that it needs. The search goes from
    /// below, so it has run all smaller schedules before.
    pub(crate) fn repeated(
        &self,
        failure: Failure,
        schedule: &[Deviation],
        schedules: u64,
    ) -> Found {
        let at_first = schedule.len();
        if let Some(failure) = self.repeats(schedule, &failure) {
            return self.found(failure, schedule, at_first, schedules);
        }
        let needed = leave_out(schedule.to_vec(), &|| false, &mut |schedule| {
            self.fails_in_the_same_way(schedule, failure.kind)
        });
        self.found(failure, &needed, at_first, schedules)
    }

    /// Runs a failing schedule once more, and tells it.
    fn found(
        &self,
        failure: Failure,
        schedule: &[Deviation],
        at_first: usize,
        schedules: u64,
    ) -> Found {
        let recorder = Recorder::new();
        let tried = self.run(Plan::Deviations(schedule.to_vec()), Some(recorder.clone()));
        let alike = tried
            .failure
            .as_ref()
            .is_some_and(|now| now.kind == failure.kind);
        let (schedule, events) = (deviations(&tried.record), recorder.take());
        Found {
            story: story(&tried.record, &tried.guide, &events),
            token: Token::new(&schedule, &tried.record).text(),
            deviations: schedule.len(),
            deviations_at_first: at_first,
            failure: tried.failure.filter(|_| alike).unwrap_or(failure),
            schedules,
            events,
        }
    }
}

/// Returns a failure if a run did not ask what it was expected to ask.
pub(crate) fn unlike(expected: &[Question], record: &[Question]) -> Option<Failure> {
    let at = (0..expected.len()).find(|&at| {
        let asked = record.get(at);
        asked.is_none_or(|asked| !asked.is_like(&expected[at]))
    })?;
    let was = expected[at].options;
    let text = match record.get(at) {
        Some(now) => format!(
            "question {at} was first one of {was} options, then of {}",
            now.options
        ),
        None => format!("question {at} was asked first, and then not"),
    };
    Some(not_repeatable(&text))
}

fn not_repeatable(how: &str) -> Failure {
    let text = format!(
        "two runs of one schedule are not alike: {how}. The program depends on more than its \
         schedule: the order of a HashMap, a static, a clock, another thread, random numbers; \
         `pick` and `rng` of groundup-testkit are part of the schedule"
    );
    Failure::new(FailureKind::NotRepeatable, text)
}
