//! Explains why a task waits, and why a deadlocked loop stands still.
//!
//! The problem: a program that hangs shows nothing. But every suspended task has stored its
//! wait reason. So the chain of waits can be followed, for example to a promise that was never
//! set. If nothing is ready, no timer is armed and no thread can call the loop, the loop hangs
//! for ever, and it is better to report that.
//!
//! What a task waits for that its wait word cannot say is found by `deadlock/survey.rs`.
//! `deadlock/explain.rs` follows the waits of one task.
//!
//! Invariants:
//! 1. The report holds every task that is not done; its text names the first 20.
//! 2. Following a chain ends, also when tasks wait for each other in a circle.
//!
//! Read next: `inside.rs`, the futures of a running task. Second reading:
//! `handles/deadlock/explain.rs`, the waits of one task.

use std::fmt;
use std::rc::Rc;

use groundup_interweave::trace::{Name, Wait};

use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::object::CallSite;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::wait;
use circles::circles;
use survey::Survey;
use thing::thing;

mod circles;
mod explain;
mod survey;
mod thing;

const SHOWN: usize = 20; // tasks that the text of a report names
const MEMBERS: usize = 5; // members of one combinator, or things of one task, that it names

/// One task of a [`Deadlock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stuck {
    /// The name of the task.
    pub task: Name,
    /// The wait reason of the task.
    pub wait: Wait,
    /// The combinator that the task awaits, if it awaits one; the first of several.
    pub combinator: Option<Combinator>,
    /// If the task waits for several things, as in a `join` or a `select`: those of which the
    /// loop knows, as text. Handles that the task has awaited before and keeps are among them.
    pub known: Vec<String>,
    /// Where the awaited promise was made, if the task awaits one.
    pub promise: Option<CallSite>,
    /// Where the lock, queue or other primitive was made for which the task waits, if it says so.
    pub primitive: Option<CallSite>,
    /// Where the task was spawned; `None` for the main task.
    pub place: Option<CallSite>,
    /// A task is among `known`, or holds one of them.
    knows_tasks: bool,
    /// The lock, queue or other primitive, with its holder.
    thing: Option<String>,
}

/// A combinator that a task of a [`Deadlock`] awaits, with its members that are not done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Combinator {
    /// The name of the combinator: `gather`, `wait`, ...
    pub what: &'static str,
    /// The names of the members, in their order.
    pub members: Vec<Name>,
}

impl fmt::Display for Combinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.members[..self.members.len().min(MEMBERS)];
        write!(f, "the {} of {}", self.what, shown.join(", "))?;
        match self.members.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The tasks of a loop that wait for ever: nothing is ready, no timer is armed, no thread can
/// call the loop. Made by [`Scheduler::deadlock`]. Its `Debug` is its text, too, so that
/// `unwrap` prints the report.
#[derive(Clone)]
#[non_exhaustive]
pub struct Deadlock {
    /// All tasks that are not done: first those that wait for no other task, which are the
    /// causes, then the rest; each part oldest first.
    pub stuck: Vec<Stuck>,
    /// Circles of tasks that wait for each other, each as the names along it. A task that waits for
    /// several things waits for each of them here.
    pub cycles: Vec<Vec<Name>>,
}

impl Deadlock {
    /// Returns the middle of the text: the tasks with their waits, and the circles, one a line.
    pub fn tasks(&self) -> String {
        let shown = self.stuck.iter().take(SHOWN);
        let mut lines: Vec<String> = shown.map(|stuck| format!("  {stuck}")).collect();
        if let Some(more @ 1..) = self.stuck.len().checked_sub(SHOWN) {
            lines.push(format!("  and {more} more"));
        }
        for cycle in self.cycles.iter().take(SHOWN) {
            let more = if cycle.len() > SHOWN { " -> .." } else { "" };
            let shown = &cycle[..cycle.len().min(SHOWN)];
            lines.push(format!("  a circle: {}{more}", shown.join(" -> ")));
        }
        lines.join("\n")
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stuck.is_empty() {
            return f.write_str(
                "deadlock: the loop runs, but it has no task, no callback and no timer, so nothing \
                 can ever happen; stop it from a callback, or give it something to do",
            );
        }
        let unknown = self.stuck.iter().any(Stuck::may_be_woken);
        f.write_str(match unknown {
            true => "deadlock: nothing is ready and no timer is armed",
            false => "deadlock: nothing is ready, no timer is armed, and nobody outside can call the loop",
        })?;
        write!(f, "\n{}", self.tasks())?;
        if unknown {
            f.write_str(
                "\nIf a thread is to wake one of them, keep a `Remote` as long as it may call \
                 (`at_work()` while it computes), or use the real clock.",
            )?;
        }
        f.write_str("\nSet, wake or cancel what one of them waits for, and it goes on.")
    }
}

impl fmt::Debug for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{} (spawned at {place}) ", self.task)?,
            None => write!(f, "{} (the main future) ", self.task)?,
        }
        self.says(f)
    }
}

impl std::error::Error for Deadlock {}

impl Stuck {
    /// Returns true if the loop does not know what may wake the task: perhaps a thread.
    fn may_be_woken(&self) -> bool {
        matches!(self.wait, Wait::Nothing | Wait::Outside | Wait::Several)
    }

    /// Returns true if the task waits for other tasks, so that the cause is theirs.
    fn waits_for_tasks(&self) -> bool {
        let task = matches!(self.wait, Wait::Task(_) | Wait::Held { by: Some(_), .. });
        task || self.combinator.is_some() || self.knows_tasks
    }

    /// Writes the wait of the task, as the end of a sentence.
    fn says(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let made = |f: &mut dyn fmt::Write| match self.promise {
            Some(place) => write!(f, " (made at {place})"),
            None => Ok(()),
        };
        let more = self.known.len().saturating_sub(MEMBERS);
        let mut known = self.known[..self.known.len() - more].join("; ");
        if more > 0 {
            known += &format!("; and {more} more");
        }
        match (&self.thing, self.known.len()) {
            (Some(thing), 0) => return write!(f, "waits for {thing}"),
            (Some(thing), _) => return write!(f, "waits for {thing}; they wait for {known}"),
            (None, 1) if self.combinator.is_none() => {
                return write!(f, "waits for several things, among them {known}");
            }
            (None, 2..) => return write!(f, "waits for several things: {known}"),
            (None, _) => {}
        }
        if let Some(combinator) = &self.combinator {
            write!(f, "waits for {combinator}")?;
            return made(f);
        }
        match &self.wait {
            Wait::Timer { at: u64::MAX } => f.write_str("sleeps for ever"),
            Wait::Timer { at } => write!(f, "waits until {:.3} s", *at as f64 / 1e9),
            Wait::Nothing => f.write_str("waits for something that the loop does not know"),
            Wait::Outside => f.write_str("waits for something outside the loop"),
            Wait::Several => f.write_str("waits for several things"),
            Wait::Promise(number) => {
                write!(f, "waits for promise {number}")?;
                made(f)?;
                f.write_str(", which is not set")
            }
            Wait::Task(task) => write!(f, "waits for task {}", task.name),
            other => write!(f, "waits for {other}"),
        }
    }
}

impl Scheduler {
    /// Lists all tasks that are not done, with their wait reasons.
    pub fn deadlock(self: &Rc<Self>) -> Deadlock {
        let living = self.core.living();
        let _once = self.core.keep_earlier_producers();
        let survey = Survey::of(self);
        let cycles = circles(&self.core, &living, |task| survey.needed(&self.core, task));
        let stuck = |&ticket: &Ticket| self.stuck(ticket, &survey);
        let mut stuck: Vec<_> = living.iter().filter_map(stuck).collect();
        stuck.sort_by_key(Stuck::waits_for_tasks); // stable: causes first
        Deadlock { stuck, cycles }
    }

    /// Makes the entry of one task.
    fn stuck(&self, ticket: Ticket, survey: &Survey) -> Option<Stuck> {
        let slot = self.core.slot_of(ticket)?;
        let awaited = slot.wait().awaited(&self.core);
        let awaited = awaited.and_then(|ticket| self.core.slot_of(self.core.original_of(ticket)));
        let promise = awaited.filter(|awaited| awaited.has(Mark::Promise));
        let (known, knows_tasks) = survey.among(&self.core, ticket, slot.wait());
        let reason = wait::reason_of(&self.core, slot.wait());
        Some(Stuck {
            task: self.core.name_of(ticket)?,
            wait: wait::wait_of(&self.core, slot),
            combinator: survey.combinator(&self.core, ticket, awaited),
            known,
            knows_tasks,
            thing: reason.as_ref().map(|reason| thing(&self.core, reason)),
            promise: promise.and_then(Slot::call_site),
            primitive: reason.and_then(|reason| reason.place),
            place: slot.call_site(),
        })
    }
}
