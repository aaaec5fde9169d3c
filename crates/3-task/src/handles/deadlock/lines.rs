//! Makes the lines of a report, merges those alike, breaks long ones.
//!
//! The problem: a report has one task a line. A hundred workers that wait for one queue then make a
//! hundred lines, which differ by a name. A report that ends after some of them hides the task for which
//! a reader looks: the producer, or the main future. And names have any length, and a task may wait for
//! several things, each with its holder and its place. A terminal and a log cut or hide what stands
//! behind hundreds of characters, and that may be the cause.
//!
//! ```text
//!   worker 1 (spawned at ..) waits for an item of jobs ..; so do 98 more, up to worker 99
//!   Task-3 (spawned at ..) waits for several things: promise 1 (made at ..), which is not set;
//!     promise 2 ..
//! ```
//!
//! Invariants:
//! 1. A line names one task, or tasks that were spawned at one place and wait in the same words.
//! 2. The main future has a line, however many others have one.
//! 3. A break leaves nothing out. It adds spaces and line breaks.
//!
//! Read next: `handles/deadlock/leftovers.rs`.

use std::collections::HashMap;

use crate::handles::deadlock::Stuck;

/// The largest number of characters of a line.
const LONGEST: usize = 480;

/// The beginning of each further line of a task.
const MARGIN: &str = "      ";

/// Breaks a line after a space, or else in the middle of a word, so that no part is too long.
pub(super) fn broken(line: String) -> String {
    // Bytes are as many as characters, or more.
    if line.len() <= LONGEST {
        return line;
    }
    let (mut text, mut rest) = (String::new(), line.as_str());
    let mut room = LONGEST;
    while let Some((end, _)) = rest.char_indices().nth(room) {
        let spaced = rest[..end].trim_end_matches(|c| c != ' ');
        let part = if spaced.trim().is_empty() {
            &rest[..end]
        } else {
            spaced
        };
        text = text + part + "\n" + MARGIN;
        rest = &rest[part.len()..];
        room = LONGEST - MARGIN.len();
    }
    text + rest
}

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
pub(super) fn of(stuck: &[Stuck], most: usize) -> (Vec<String>, usize) {
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
