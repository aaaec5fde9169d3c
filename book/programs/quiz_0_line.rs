//! Quiz: an event is written as one line.

use groundup::trace::{Cause, Event, TaskId, Verb};

pub fn main() {
    let event = Event {
        time: 1_500_000_000,
        iteration: 4,
        task: Some(TaskId::new(2, "kettle")),
        verb: Verb::Wake {
            by: Cause::Timer(1),
        },
    };
    let line = event.to_string();
    let words: Vec<&str> = line.split_whitespace().collect();
    println!("{}", words.join(" "));
}
