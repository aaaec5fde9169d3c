//! The same scheduler, with events in place of sentences.

use std::collections::VecDeque;

use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, Step};
use groundup::trace::{Event, Outcome, Recorder, Sink, TaskId, Verb, Wait};

fn schedule(mut queue: VecDeque<(TaskId, Countdown)>, sink: &mut dyn Sink) {
    let mut emit = |task: &TaskId, verb| {
        let task = Some(task.clone());
        sink.event(&Event {
            time: 0,
            iteration: 1,
            task,
            verb,
        });
    };
    for (task, _) in &queue {
        emit(task, Verb::Spawn { by: None });
    }
    while let Some((task, mut body)) = queue.pop_front() {
        emit(&task, Verb::Step);
        match body.resume(()) {
            Step::Yield(_) => {
                emit(&task, Verb::Yield { on: Wait::Nothing });
                queue.push_back((task, body));
            }
            Step::Return(_) => emit(
                &task,
                Verb::Done {
                    how: Outcome::Returned,
                },
            ),
        }
    }
}

pub fn main() {
    let tasks = [("ann", 2), ("ben", 1), ("ann", 1)];
    let queue = (1..)
        .zip(tasks)
        .map(|(number, (name, n))| (TaskId::new(number, name), Countdown::new(n)));
    let log = Recorder::new();
    schedule(queue.collect(), &mut log.clone());
    println!("{}", log.text().trim_end());
}
