//! The first version: a scheduler that prints its work as sentences.

use std::collections::VecDeque;

use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, Step};

pub fn main() {
    let mut queue = VecDeque::from([
        ("ann", Countdown::new(2)),
        ("ben", Countdown::new(1)),
        ("ann", Countdown::new(1)),
    ]);
    while let Some((name, mut task)) = queue.pop_front() {
        println!("{name} runs");
        match task.resume(()) {
            Step::Yield(_) => {
                println!("{name} pauses");
                queue.push_back((name, task));
            }
            Step::Return(_) => println!("{name} is done"),
        }
    }
}
