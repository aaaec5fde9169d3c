//! Puts the tasks that wait alike on one line of a report.
//!
//! The problem: a hundred workers that wait for one queue make a hundred lines, which differ by a name.
//! A report that ends after some of them hides the task for which a reader looks: the producer, or the
//! main future.
//!
//! ```text
//!   worker 1 (spawned at src/main.rs:7:5) waits for an item of jobs ..; so do 98 more, up to worker 99
//!   Task-1 (the main future) waits for task worker 1
//! ```
//!
//! Invariants:
//! 1. A line names one task, or tasks that were spawned at one place and wait in the same words.
//! 2. The main future has a line, however many others have one.
//!
//! Read next: `handles/deadlock/leftovers.rs`.

use std::collections::HashMap;

use crate::handles::deadlock::Stuck;

/// The tasks of a line.
struct Alike<'a> {
    first: &'a Stuck,
    last: &'a Stuck,
    count: usize,
}

impl Alike<'_> {
    fn line(&self) -> String {
        match self.count {
            1 => self.first.to_string(),
            count => {
                let (more, last) = (count - 1, &self.last.task);
                format!("{}; so do {more} more, up to {last}", self.first)
            }
        }
    }
}

/// Returns the lines of these tasks, at most `most`, and how many tasks have no line. So few tasks as
/// fit have a line each.
pub(super) fn lines(stuck: &[Stuck], most: usize) -> (Vec<String>, usize) {
    if stuck.len() <= most {
        return (stuck.iter().map(Stuck::to_string).collect(), 0);
    }
    let mut all = alike(stuck);
    if let Some(main) = all.iter().position(|alike| alike.first.is_main)
        && main >= most
    {
        all.swap(main, most - 1);
    }
    all.truncate(most);
    let told: usize = all.iter().map(|alike| alike.count).sum();
    (all.iter().map(Alike::line).collect(), stuck.len() - told)
}

/// Puts the tasks together that wait alike, in the order of the first ones.
fn alike(stuck: &[Stuck]) -> Vec<Alike<'_>> {
    let mut all = Vec::<Alike<'_>>::new();
    let mut known = HashMap::new();
    for one in stuck {
        let mut wait = String::new();
        let _ = one.says(&mut wait); // writing into a string does not fail
        let at = *known
            .entry((one.is_main, one.place, wait))
            .or_insert(all.len());
        match all.get_mut(at) {
            Some(alike) => {
                alike.last = one;
                alike.count += 1;
            }
            None => all.push(Alike {
                first: one,
                last: one,
                count: 1,
            }),
        }
    }
    all
}
