//! Explains why a task waits, and why a deadlocked loop stands still.
//!
//! The problem: a program that hangs shows nothing. But every suspended task has stored its
//! wait reason. So the chain of waits can be followed, for example to a promise that was never
//! set. If nothing is ready, no timer is armed and no thread can call the loop, the loop hangs
//! for ever, and it is better to report that.
//!
//! Invariants:
//! 1. The report holds every task that is not done; its text names the first 20.
//! 2. Following a chain ends, also when tasks wait for each other in a circle.
//!
//! Read next: `inside.rs`, the futures of a running task.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

use groundup_interweave::trace::{Name, Wait};

use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Mark, TaskState};
use crate::store::object::CallSite;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::wait;

const SHOWN: usize = 20; // tasks that the text of a report names
const MEMBERS: usize = 5; // members of one combinator that it names

/// The combinators of a loop and the tickets of their members, by the task that awaits them.
type Combinators = HashMap<Ticket, (&'static str, Vec<Ticket>)>;

/// One task of a [`Deadlock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stuck {
    /// The name of the task.
    pub task: Name,
    /// The wait reason of the task.
    pub wait: Wait,
    /// The combinator that the task awaits, if it awaits one.
    pub combinator: Option<Combinator>,
    /// Where the awaited promise was made, if the task awaits one.
    pub promise: Option<CallSite>,
    /// Where the task was spawned; `None` for the main task.
    pub place: Option<CallSite>,
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
        let unknown = self.stuck.iter().any(Stuck::may_be_woken);
        f.write_str(match unknown {
            true => "deadlock: nothing is ready and no timer is armed",
            false => "deadlock: nothing is ready, no timer is armed, and nobody outside can call the loop",
        })?;
        for stuck in self.stuck.iter().take(SHOWN) {
            write!(f, "\n  {stuck}")?;
        }
        if let Some(more @ 1..) = self.stuck.len().checked_sub(SHOWN) {
            write!(f, "\n  and {more} more")?;
        }
        for cycle in self.cycles.iter().take(SHOWN) {
            let more = if cycle.len() > SHOWN { " -> .." } else { "" };
            let shown = &cycle[..cycle.len().min(SHOWN)];
            write!(f, "\n  a circle: {}{more}", shown.join(" -> "))?;
        }
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
        self.combinator.is_some() || matches!(self.wait, Wait::Task(_))
    }

    /// Writes the wait of the task, as the end of a sentence.
    fn says(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let made = |f: &mut dyn fmt::Write| match self.promise {
            Some(place) => write!(f, " (made at {place})"),
            None => Ok(()),
        };
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
        let combinators = self.combinators();
        let (mut cycles, mut seen) = (Vec::new(), HashSet::new());
        for &start in &living {
            let (mut path, mut at) = (Vec::new(), Some(start));
            while let Some(ticket) = at.filter(|&ticket| seen.insert(ticket)) {
                path.push(ticket);
                at = wait::followed(&self.core, ticket);
            }
            if let Some(from) = path.iter().position(|&other| Some(other) == at) {
                let circle = path[from..].iter().chain([&path[from]]);
                let names = circle.filter_map(|&ticket| self.core.name_of(ticket));
                cycles.push(names.collect());
            }
        }
        let stuck = |&ticket: &Ticket| self.stuck(ticket, &combinators);
        let mut stuck: Vec<_> = living.iter().filter_map(stuck).collect();
        stuck.sort_by_key(Stuck::waits_for_tasks); // stable: causes first
        Deadlock { stuck, cycles }
    }

    /// Makes the entry of one task.
    fn stuck(&self, ticket: Ticket, combinators: &Combinators) -> Option<Stuck> {
        let slot = self.core.slot_of(ticket)?;
        let awaited = slot.wait().awaited(&self.core);
        let awaited = awaited.and_then(|ticket| self.core.slot_of(self.core.original_of(ticket)));
        let promise = awaited.filter(|awaited| awaited.has(Mark::Promise));
        Some(Stuck {
            task: self.core.name_of(ticket)?,
            wait: wait::wait_of(&self.core, slot),
            combinator: self.combinator(ticket, awaited, combinators),
            promise: promise.and_then(Slot::place),
            place: slot.place(),
        })
    }

    /// Returns the combinators that have a task's waker, with their members, by the ticket of
    /// that task. One look at each group and each member, however many tasks are reported.
    fn combinators(&self) -> Combinators {
        let mut members: HashMap<u32, Vec<Ticket>> = HashMap::new();
        let core = &self.core;
        for ticket in core.by_age(|slot| !slot.has(Mark::Callback) && !slot.is_done()) {
            let groups = core.slot_of(ticket).map(|slot| core.groups_of(slot));
            for group in groups.into_iter().flatten() {
                members
                    .entry(self.groups.place(group))
                    .or_default()
                    .push(ticket);
            }
        }
        let named = self.groups.awaited().into_iter();
        named
            .map(|(place, what, waiting)| {
                (waiting, (what, members.remove(&place).unwrap_or_default()))
            })
            .collect()
    }

    /// Returns the combinator that a task awaits, through the promise `awaited` or its waker.
    fn combinator(
        &self,
        ticket: Ticket,
        awaited: Option<&Slot>,
        combinators: &Combinators,
    ) -> Option<Combinator> {
        let hook = awaited.and_then(|slot| self.core.rare(slot, |rare| rare.hook.clone()));
        let (what, members) = match hook.flatten() {
            Some(hook) => (hook.what()?, (0..).map_while(|n| hook.target(n)).collect()),
            None => combinators.get(&ticket)?.clone(),
        };
        let name = |ticket| {
            let slot = self.core.slot_of(ticket).filter(|slot| !slot.is_done())?;
            match slot.has(Mark::Promise) {
                true => Some(Name::from(format!("promise {}", self.core.number(slot)))),
                false => self.core.name_of(ticket),
            }
        };
        let members = members.into_iter().filter_map(name).collect();
        Some(Combinator { what, members })
    }

    /// Explains what `task` waits for, what that one waits for, and so on to the root cause.
    ///
    /// ```
    /// let scheduler = groundup_task::Scheduler::new().unwrap();
    /// let task = scheduler.spawn(scheduler.promise::<()>());
    /// task.set_name("reader");
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&task).starts_with("reader waits for promise 1"));
    /// ```
    pub fn explain(self: &Rc<Self>, task: &TaskRef) -> String {
        let mut ticket = task.ticket();
        let Some(name) = self.core.name_of(ticket) else {
            return "a task that has gone".to_string();
        };
        let combinators = self.combinators();
        let (mut text, mut passed) = (name.to_string(), HashSet::from([ticket]));
        while let (Some(slot), Some(stuck)) =
            (self.core.slot_of(ticket), self.stuck(ticket, &combinators))
        {
            let state = match slot.state(self.core.current() == ticket) {
                TaskState::Running { .. } => " is running",
                TaskState::Done(_) | TaskState::Vacant => " is done",
                TaskState::Ready => " is ready to run",
                TaskState::Idle => " ",
            };
            text.push_str(state);
            if state != " " {
                break;
            }
            let _ = stuck.says(&mut text); // writing into a string does not fail
            let Some(next) = wait::followed(&self.core, ticket) else {
                break;
            };
            if !passed.insert(next) {
                text.push_str(" again: they wait for each other");
                break;
            }
            text.push_str(", which");
            ticket = next;
        }
        text
    }
}
