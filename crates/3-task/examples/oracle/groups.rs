//! The oracle of groups: which ends a listener is notified of, and when.
//!
//! The problem: a group notifies its listener of all ends, of few, or of those that a filter
//! wants, and says so one round after the end. The floor keeps this in slots, counts and entries of
//! the ready queue. So here is the whole meaning of it once more, as simply as possible: a list of
//! children, and a queue of steps and notices. There are no tickets, no futures and no table.
//!
//! ```text
//!   round n     a child ends ──> wanted, or nothing else is queued? ──yes──> its notice is queued
//!                                         │ no
//!                                         v
//!                                it counts as ended, and that is all
//!   round n+1   the notice ──> the listener gets (member, how it ended)
//! ```
//!
//! The property `a_group_does_what_the_oracle_says` (`tests/it/props.rs`) makes random children,
//! beside a task that ticks in every round, and runs them here and on the scheduler. Before a
//! change of what a group does, change this page.
//!
//! Invariants:
//! 1. A wanted end is notified in the round after it, in the place where the child ended.
//! 2. A round takes place while a child or the ticking task is queued, also if no end is wanted.
//!
//! Read next: `group.rs`, the groups of the floor itself.

use groundup_task::Exit;

/// The end of a child, after this many steps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    Returns(usize),
    Panics(usize),
    /// It yields for ever, and is cancelled before this round; rounds are numbered from 0.
    Cancelled(usize),
}

/// The ends of which a group notifies its listener.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// All: `Group::new`.
    Plain,
    /// Failures, cancels and the last end: `Group::coalesced`.
    Coalesced,
    /// Those of the members with an even number: `Group::with_filter`.
    Filtered,
}

/// What the listener and the ticking task see.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Tick(usize),
    Notified(u32, Exit),
}

/// The result by which two runs are compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    /// The lines in order, each with its round.
    pub(crate) lines: Vec<(usize, Line)>,
    pub(crate) rounds: usize,
}

/// An entry of the queue.
enum Entry {
    Child(usize),
    Ticker(usize),
    Notice(usize, Exit),
}

/// Returns what the children of a group do, beside a task of so many ticks.
pub(crate) fn expect(kind: Kind, children: &[Child], ticks: usize) -> Run {
    let mut steps = vec![0; children.len()];
    let mut running = children.len();
    let mut queue: Vec<Entry> = (0..children.len()).map(Entry::Child).collect();
    queue.push(Entry::Ticker(0));
    let mut run = Run {
        lines: Vec::new(),
        rounds: 0,
    };
    while !queue.is_empty() {
        let mut next = Vec::new();
        for entry in queue {
            match entry {
                Entry::Ticker(tick) if tick == ticks => {}
                Entry::Ticker(tick) => {
                    run.lines.push((run.rounds, Line::Tick(tick)));
                    next.push(Entry::Ticker(tick + 1));
                }
                Entry::Notice(child, exit) => {
                    let line = Line::Notified(child as u32, exit);
                    run.lines.push((run.rounds, line));
                }
                Entry::Child(child) => {
                    let Some(exit) = end(children[child], steps[child], run.rounds) else {
                        steps[child] += 1;
                        next.push(Entry::Child(child));
                        continue;
                    };
                    running -= 1;
                    let wanted = match kind {
                        Kind::Plain => true,
                        Kind::Coalesced => exit != Exit::Returned || running == 0,
                        Kind::Filtered => child % 2 == 0,
                    };
                    if wanted || next.is_empty() {
                        next.push(Entry::Notice(child, exit));
                    }
                }
            }
        }
        run.rounds += 1;
        queue = next;
    }
    run
}

/// Returns how a child ends in its step of this round, after so many steps; `None` if it yields.
fn end(child: Child, steps: usize, round: usize) -> Option<Exit> {
    match child {
        Child::Returns(end) if steps == end => Some(Exit::Returned),
        Child::Panics(end) if steps == end => Some(Exit::Failed),
        Child::Cancelled(at) if round >= at => Some(Exit::Cancelled),
        _ => None,
    }
}
