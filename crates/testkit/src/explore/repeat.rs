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
use crate::search::shrink::shrink;

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
        if failure.kind == FailureKind::NotRepeatable {
            return Box::new(self.found(failure, &schedule, schedules));
        }
        if let Some(failure) = self.repeats(&schedule, &failure) {
            return Box::new(self.found(failure, &schedule, schedules));
        }
        if shrinks {
            let kind = failure.kind;
            schedule = shrink(schedule, &ORDERS, &mut |schedule| {
                let tried = self.run(Plan::Deviations(schedule.to_vec()), None);
                let fails = tried.failure.is_some_and(|failure| failure.kind == kind);
                (tried.record, fails)
            });
        }
        Box::new(self.found(failure, &schedule, schedules))
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

    /// Repeats a failure of a schedule that must not become smaller, and tells it.
    pub(crate) fn repeated(
        &self,
        failure: Failure,
        schedule: &[Deviation],
        schedules: u64,
    ) -> Found {
        let failure = self.repeats(schedule, &failure).unwrap_or(failure);
        self.found(failure, schedule, schedules)
    }

    /// Runs a failing schedule once more, and tells it.
    fn found(&self, failure: Failure, schedule: &[Deviation], schedules: u64) -> Found {
        let recorder = Recorder::new();
        let tried = self.run(Plan::Deviations(schedule.to_vec()), Some(recorder.clone()));
        let alike = tried
            .failure
            .as_ref()
            .is_some_and(|now| now.kind == failure.kind);
        let schedule = deviations(&tried.record);
        Found {
            story: story(&tried.record, &tried.guide, &recorder.events()),
            token: Token::new(&schedule, &tried.record).text(),
            deviations: schedule.len(),
            failure: tried.failure.filter(|_| alike).unwrap_or(failure),
            schedules,
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
