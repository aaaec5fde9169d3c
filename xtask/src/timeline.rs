//! The timeline of a run on the stage.
//!
//! The problem: `groundup-view` draws the events of a loop. A program of the tour has
//! printed lines as well, some programs have no loop, and none of them names its tasks,
//! because the source does not. So this page adds the lines as remarks, draws a program
//! without a loop as one lane, and gives the tasks the names of the source's functions.
//!
//! Invariant: apart from names and remarks, a timeline has the events of the run and no
//! other.
//!
//! Read next: `page.rs`.

use groundup::trace::{Cause, Event, Name, Outcome, TaskId, Verb, Wait};
use groundup_view::{Axis, Timeline};

use crate::programs::Program;
use crate::stage::{Performance, Settings};

/// Makes the timeline of a run. A program that takes no time is drawn by its steps. If a seed
/// decides which task is spawned next, the names of the source do not fit, and none is given.
pub fn of(program: &Program, settings: &Settings, seen: &Performance) -> Timeline {
    let axis = match program.exact {
        0.0 => Axis::Order,
        _ => Axis::Time,
    };
    let events = match seen.events.is_empty() && axis == Axis::Time {
        true => alone(seen.elapsed),
        false => {
            let fixed = program.seeded.is_none() || settings.seed.is_none();
            let names = if fixed { program.lanes } else { &[] };
            seen.events
                .iter()
                .map(|event| named(event, names))
                .collect()
        }
    };
    let title = format!("{}  {}", program.id, program.title);
    let timeline = Timeline::of(&events).titled(title).by(axis);
    let timeline = timeline.until(seen.elapsed);
    let marks = seen.said.iter();
    marks.fold(timeline, |timeline, said| {
        timeline.mark(said.after, said.time, said.line.clone())
    })
}

/// Returns the events of a program without a loop: one task that runs from start to end.
fn alone(elapsed: u64) -> Vec<Event> {
    let how = Outcome::Returned;
    let verbs = [
        (0, Verb::Spawn { by: None }),
        (0, Verb::Step),
        (elapsed, Verb::Done { how }),
    ];
    let event = |(time, verb)| Event {
        time,
        iteration: 1,
        task: Some(TaskId::new(1, "main")),
        verb,
    };
    verbs.map(event).into()
}

/// Returns an event with the names that the source uses.
fn named(event: &Event, names: &[&str]) -> Event {
    let name = |task: &TaskId| {
        let place = task
            .number
            .checked_sub(1)
            .and_then(|at| usize::try_from(at).ok());
        let name = place.and_then(|at| names.get(at));
        match name.filter(|_| *task == TaskId::unnamed(task.number)) {
            Some(name) => TaskId::new(task.number, Name::from(*name)),
            None => task.clone(),
        }
    };
    let verb = match &event.verb {
        Verb::Spawn { by } => Verb::Spawn {
            by: by.as_ref().map(name),
        },
        Verb::Wake {
            by: Cause::Task(task),
        } => Verb::Wake {
            by: Cause::Task(name(task)),
        },
        Verb::Yield {
            on: Wait::Task(task),
        } => Verb::Yield {
            on: Wait::Task(name(task)),
        },
        verb => verb.clone(),
    };
    Event {
        task: event.task.as_ref().map(name),
        verb,
        ..event.clone()
    }
}
