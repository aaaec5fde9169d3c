//! Keeps the queued jobs of a pool in order, and takes out any of them.
//!
//! The problem: the awaiter of a queued job may be cancelled, and then the job leaves the queue. A
//! search along a queue of a million jobs is too slow for that, and so is moving the jobs behind.
//!
//! ```text
//!   number   4    5    6    7    8          numbers only grow, so a job is found by halving
//!   job      A    -    C    -    E          a job that was taken out leaves an empty entry
//! ```
//!
//! Invariants:
//! 1. Numbers grow from front to back.
//! 2. At most half of the entries are empty, or a few, so a queue of cancelled jobs needs no memory.
//!
//! Read next: `threads/handover.rs`.

use std::collections::VecDeque;

/// So many empty entries may stand in a short list.
const FEW: usize = 32;

struct Queued<J, L> {
    number: u64,
    label: L,
    job: Option<J>,
}

/// The queued jobs, first in, first out.
pub(crate) struct JobList<J, L> {
    entries: VecDeque<Queued<J, L>>,
    empty: usize,
    next: u64,
}

impl<J, L> JobList<J, L> {
    /// Makes an empty list; the first job has the number 1.
    pub(crate) fn new() -> Self {
        JobList {
            entries: VecDeque::new(),
            empty: 0,
            next: 1,
        }
    }

    /// Appends a job, and returns its number.
    pub(crate) fn push(&mut self, job: J, label: L) -> u64 {
        let number = self.next;
        self.next += 1;
        let job = Some(job);
        self.entries.push_back(Queued { number, label, job });
        number
    }

    /// Takes out the first job, with its number and label.
    pub(crate) fn pop(&mut self) -> Option<(u64, L, J)> {
        loop {
            let first = self.entries.pop_front()?;
            match first.job {
                Some(job) => return Some((first.number, first.label, job)),
                None => self.empty -= 1,
            }
        }
    }

    fn find(&mut self, number: u64) -> Option<&mut Option<J>> {
        let search = |entry: &Queued<J, L>| entry.number;
        let at = self.entries.binary_search_by_key(&number, search).ok()?;
        Some(&mut self.entries[at].job)
    }

    /// Returns the job with this number, if it is there.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut J> {
        self.find(number)?.as_mut()
    }

    /// Takes out the job with this number, if it is there.
    pub(crate) fn take(&mut self, number: u64) -> Option<J> {
        let job = self.find(number)?.take()?;
        self.empty += 1;
        if self.empty > FEW.max(self.entries.len() / 2) {
            self.entries.retain(|entry| entry.job.is_some());
            self.entries.shrink_to_fit();
            self.empty = 0;
        }
        Some(job)
    }

    /// Takes out all jobs, in their order.
    pub(crate) fn take_all(&mut self) -> Vec<J> {
        self.empty = 0;
        let entries = self.entries.drain(..);
        entries.filter_map(|entry| entry.job).collect()
    }

    /// Returns the number of jobs.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.empty
    }
}
