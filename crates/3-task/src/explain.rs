//! Why is this task waiting? The chain of waits, told in a paragraph.
//!
//! The problem: a program that hangs shows nothing. But every suspended task has
//! said what it waits for, so the chain can be followed: this task waits for that
//! one, which waits for a promise that nobody has set. And when nothing is ready,
//! no timer is armed and nobody outside can wake the loop, then what hangs hangs
//! for ever, and saying so is better than hanging.
//!
//! Invariants:
//! 1. The report names every task that is not done.
//! 2. Following a chain ends, also when tasks wait for each other in a circle.
//!
//! Read next: floor 4, where a deadlock is noticed.

use std::fmt;
use std::rc::Rc;

use groundup_interweave::trace::{Name, Wait};

use crate::object::Place;
use crate::scheduler::Scheduler;
use crate::task::TaskRef;
use crate::ticket::{LOOP, PROMISE};
use crate::wait::WATCHED;

/// One task of a [`Deadlock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stuck {
    /// What the task is called.
    pub task: Name,
    /// What it waits for.
    pub wait: Wait,
    /// Where it was spawned; `None` for the main task.
    pub place: Option<Place>,
}

/// Nothing is ready, no timer is armed, nobody outside can wake the loop: these
/// tasks wait for ever.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deadlock {
    /// All tasks that are not done, oldest first.
    pub stuck: Vec<Stuck>,
    /// Circles of tasks that await each other, each as the names along it.
    pub cycles: Vec<Vec<Name>>,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stuck.is_empty() {
            return f.write_str(
                "deadlock: the loop runs, but it has no task, no callback and no timer, so nothing \
                 can ever happen; stop it from a callback, or give it something to do",
            );
        }
        f.write_str("deadlock: nothing is ready, no timer is armed, and ")?;
        for (at, stuck) in self.stuck.iter().enumerate() {
            match at {
                0 => {}
                _ if at + 1 == self.stuck.len() => f.write_str(", and ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "{}", stuck.task)?;
            if let Some(place) = stuck.place {
                write!(f, " (spawned at {place})")?;
            }
            f.write_str(" waits for ")?;
            waits_for(f, &stuck.wait)?;
        }
        for cycle in &self.cycles {
            write!(f, "; a circle: {}", cycle.join(" -> "))?;
        }
        f.write_str(". Wake one of them, or cancel it")
    }
}

impl std::error::Error for Deadlock {}

fn waits_for(f: &mut impl fmt::Write, wait: &Wait) -> fmt::Result {
    match wait {
        Wait::Nothing => f.write_str("something unknown to the loop"),
        Wait::Task(name) => write!(f, "{name}"),
        Wait::Promise(number) => write!(f, "promise {number}, which nobody has set"),
        Wait::Outside => f.write_str("something outside the loop"),
        Wait::Several => f.write_str("several things"),
        Wait::Timer { at } => write!(f, "the time {:.3} s", *at as f64 / 1e9),
        other => write!(f, "{other}"),
    }
}

impl Scheduler {
    /// All tasks that wait, and for what.
    pub fn deadlock(self: &Rc<Self>) -> Deadlock {
        let living = self.living();
        let stuck = living
            .iter()
            .filter_map(|&ticket| {
                let slot = self.slot_of(ticket)?;
                let wait = self.wait_of(slot);
                let place = self.place_of(ticket);
                Some(Stuck {
                    task: self.name_of(ticket)?,
                    wait,
                    place,
                })
            })
            .collect();
        Deadlock {
            stuck,
            cycles: self.cycles(&living),
        }
    }

    /// The task a task awaits, if it awaits exactly one.
    fn awaits(&self, ticket: u64) -> Option<u64> {
        let word = self.slot_of(ticket)?.wait.get();
        let word = match word & LOOP {
            WATCHED => self.tag | (word & !LOOP),
            tag if tag == self.tag => word,
            _ => return None,
        };
        let task = self.slot_of(word)?.key.get() & PROMISE == 0;
        task.then_some(word)
    }

    fn cycles(&self, living: &[u64]) -> Vec<Vec<Name>> {
        let mut cycles = Vec::new();
        let mut seen: Vec<u64> = Vec::new();
        for &start in living {
            let mut path = Vec::new();
            let mut at = Some(start);
            while let Some(ticket) = at.filter(|ticket| !seen.contains(ticket)) {
                seen.push(ticket);
                path.push(ticket);
                at = self.awaits(ticket);
            }
            let back = at.and_then(|ticket| path.iter().position(|&other| other == ticket));
            if let Some(from) = back {
                let circle = path[from..].iter().chain([&path[from]]);
                cycles.push(circle.filter_map(|&ticket| self.name_of(ticket)).collect());
            }
        }
        cycles
    }

    /// What `task` waits for, what that waits for, and so on to the root cause.
    pub fn explain(self: &Rc<Self>, task: &TaskRef) -> String {
        use fmt::Write as _;
        let mut text = String::new();
        let mut ticket = task.ticket();
        let mut passed = Vec::new();
        loop {
            let Some(slot) = self.slot_of(ticket) else {
                let _ = write!(text, "a task that has gone");
                return text;
            };
            let name = self.name_of(ticket).unwrap_or_else(|| Name::from("?"));
            if passed.contains(&ticket) {
                let _ = write!(text, "{name} again: they wait for each other");
                return text;
            }
            passed.push(ticket);
            let _ = write!(text, "{name} ");
            if slot.key.get() & crate::ticket::DONE != 0 {
                let _ = write!(text, "is done");
                return text;
            }
            if slot.key.get() & crate::ticket::SCHED != 0 {
                let _ = write!(text, "is ready to run");
                return text;
            }
            if self.current.get() == ticket {
                let _ = write!(text, "is running");
                return text;
            }
            let _ = write!(text, "waits for ");
            match self.awaits(ticket) {
                Some(next) => ticket = next,
                None => {
                    let _ = waits_for(&mut text, &self.wait_of(slot));
                    return text;
                }
            }
        }
    }
}
