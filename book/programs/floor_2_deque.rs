//! The deque before each step.

use std::collections::VecDeque;

use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, Step};

pub fn main() {
    let names = [("a", 3), ("b", 1), ("c", 2)];
    let mut queue: VecDeque<_> = names.map(|(name, n)| (name, Countdown::new(n))).into();
    while let Some((name, mut generator)) = queue.pop_front() {
        let behind: Vec<&str> = queue.iter().map(|(name, _)| *name).collect();
        let step = generator.resume(());
        println!("{name} [{:3}] {step:?}", behind.join(" "));
        if let Step::Yield(_) = step {
            queue.push_back((name, generator));
        }
    }
}
