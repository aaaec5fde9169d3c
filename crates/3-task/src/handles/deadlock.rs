//! Explains why a task waits, and why a deadlocked loop stands still.
//!
//! The problem: a program that hangs shows nothing. But every suspended task has stored its
//! wait reason. So the chain of waits can be followed, for example to a promise that was never
//! set. If nothing is ready, no timer is armed and no thread can call the loop, the loop hangs
//! for ever, and it is better to report that.
//!
//! What a task waits for that its wait word cannot say is found by `deadlock/survey.rs`.
//! `deadlock/explain.rs` follows the waits of one task, `deadlock/standing.rs` finds circles while
//! other tasks go on, and `deadlock/dot.rs` draws.
//!
//! ```text
//!   Task-1 waits for task payer                 the report:
//!   payer  waits for lock B, held by payee        payer ..      1 the causes
//!   payee  waits for lock A, held by payer        payee ..      2 the tasks that
//!                                                 Task-1 ..       wait for these
//!                                                 a circle: ..  3 the circles
//! ```
//!
//! Invariants:
//! 1. The report holds every task that is not done; its text has 20 lines of tasks at most.
//! 2. Following a chain ends, also when tasks wait for each other in a circle.
//! 3. No line of the text has 500 characters, however long the names are.
//!
//! Read next: `inside.rs`, the futures of a running task. Second reading:
//! `handles/deadlock/report.rs`, which makes the report.

use std::fmt;

use groundup_interweave::trace::{Name, Visible, Wait};

use crate::handles::deadlock::lines::broken;
use crate::handles::deadlock::thing::places;
use crate::store::object::CallSite;

mod among;
mod circles;
mod dot;
mod explain;
mod handed;
pub(crate) mod leftovers;
mod lines;
mod lists;
mod report;
mod standing;
mod survey;
mod thing;

const SHOWN: usize = 20; // lines of tasks in the text of a report
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
    /// The promises that are set, and have woken the task, but whose awaits it has not polled since.
    /// It keeps such an await in a variable, or in a stream, and waits for another thing. If the await
    /// has got a lock or a place in a line, no other task can get it.
    pub unpolled: Vec<String>,
    /// The things that a lock, a semaphore, a queue or another primitive has passed to waits of the task,
    /// which it has not polled since: `a permit of pool (made at src/main.rs:7:16)`.
    pub notified: Vec<String>,
    /// Where the awaited promise was made, if the task awaits one.
    pub promise: Option<CallSite>,
    /// Where the task awaits the thing for which it waits, if it awaits one thing. It is known of the
    /// awaits that were made while a sink or debug mode watched the loop.
    pub awaited: Option<CallSite>,
    /// Where the lock, queue or other primitive was made for which the task waits, if it says so.
    pub primitive: Option<CallSite>,
    /// Where the task was spawned; `None` for the main task, and for a task that is running.
    pub place: Option<CallSite>,
    /// It is the main task.
    is_main: bool,
    /// All handles of the awaited promise are in awaits, so no code is left that could set it.
    orphan: bool,
    /// What is known of the other handles of the awaited promise, as the end of a sentence.
    handed: String,
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
        if self.members.is_empty() {
            return write!(f, "the {}, of which all members have ended", self.what);
        }
        let shown = &self.members[..self.members.len().min(MEMBERS)];
        let names = joined(shown, ", ");
        write!(f, "the {} of {}", self.what, Visible(&names))?;
        match self.members.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The tasks of a loop that wait for ever: nothing is ready, no timer is armed, no thread can
/// call the loop. Made by [`Scheduler::deadlock`](crate::Scheduler::deadlock). Its `Debug` is its text, too, so that
/// `unwrap` prints the report.
#[derive(Clone)]
#[non_exhaustive]
pub struct Deadlock {
    /// All tasks that are not done: first the causes, which are tasks that were woken in vain, tasks
    /// in circles, and tasks that wait for no other task; then the rest. Each part is oldest first.
    pub stuck: Vec<Stuck>,
    /// Circles of tasks that wait for each other, each as the names along it. A task that waits for
    /// several things waits for each of them here.
    pub cycles: Vec<Vec<Name>>,
    /// The waits of tasks for each other, as places in `stuck`, and whether they are in a circle.
    edges: Vec<(usize, usize, bool)>,
}

impl Deadlock {
    /// Returns the middle of the text: the tasks with their waits, and the circles, one a line. Of more than
    /// 20 tasks, those that wait alike share a line. A line that would have 500 characters or more is broken.
    pub fn tasks(&self) -> String {
        let (lines, more) = lines::of(&self.stuck, SHOWN);
        let mut lines: Vec<_> = lines.iter().map(|line| format!("  {line}")).collect();
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        for cycle in self.cycles.iter().take(SHOWN) {
            let more = if cycle.len() > SHOWN { " -> .." } else { "" };
            let shown = &cycle[..cycle.len().min(SHOWN)];
            lines.push(format!("  a circle: {}{more}", joined(shown, " -> ")));
        }
        // A name may have line breaks, and a broken line has them.
        let lines: Vec<_> = lines
            .into_iter()
            .map(|line| broken(Visible(&line).to_string()))
            .collect();
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
        let mut text = String::new();
        self.says_task(&mut text)?;
        text.push(' ');
        self.says(&mut text)?;
        write!(f, "{}", Visible(&text))
    }
}

impl std::error::Error for Deadlock {}

impl Stuck {
    /// Returns true if the task was woken for awaits that it has not polled since.
    fn is_woken_in_vain(&self) -> bool {
        !self.unpolled.is_empty() || !self.notified.is_empty()
    }

    /// Returns true if the loop does not know what may wake the task: perhaps a thread.
    fn may_be_woken(&self) -> bool {
        matches!(self.wait, Wait::Nothing | Wait::Outside | Wait::Several)
    }

    /// Writes the task, and where it was spawned.
    fn says_task(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{} (spawned at {place})", self.task),
            None if self.is_main => write!(f, "{} (the main future)", self.task),
            None => write!(f, "{}", self.task),
        }
    }

    /// Writes the wait of the task, and the awaits that it does not poll, as the end of a sentence.
    fn says(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        self.says_wait(f)?;
        let both = [
            (&self.unpolled, "is set"),
            (&self.notified, "is there for it"),
        ];
        let mut all = 0;
        for (things, verb) in both {
            for thing in things.iter().take(MEMBERS.saturating_sub(all)) {
                let task = &self.task;
                write!(
                    f,
                    "; {thing} {verb}, but its await in {task} was not polled since"
                )?;
            }
            all += things.len();
        }
        match all.saturating_sub(MEMBERS) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }

    fn says_wait(&self, f: &mut dyn fmt::Write) -> fmt::Result {
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
            return write!(
                f,
                "waits for {combinator}{}",
                places(self.promise, self.awaited)
            );
        }
        let awaited = places(None, self.awaited);
        match &self.wait {
            Wait::Timer { at: u64::MAX } => write!(f, "sleeps for ever{awaited}"),
            Wait::Timer { at } => {
                write!(f, "waits until {:.3} s{awaited}", *at as f64 / 1e9)
            }
            Wait::Nothing => f.write_str("waits for something that the loop does not know"),
            Wait::Outside => write!(f, "waits for something outside the loop{awaited}"),
            Wait::Several => f.write_str("waits for several things"),
            Wait::Promise(number) => {
                let places = places(self.promise, self.awaited);
                write!(f, "waits for promise {number}{places}, which is not set")?;
                f.write_str(if self.orphan {
                    " and whose handles all wait for it"
                } else {
                    ""
                })?;
                f.write_str(&self.handed)
            }
            Wait::Task(task) => write!(f, "waits for task {}{awaited}", task.name),
            other => write!(f, "waits for {other}{awaited}"),
        }
    }
}

/// Returns a text of all these names, with `between` between them.
fn joined(names: &[Name], between: &str) -> String {
    let mut text = String::new();
    for (place, name) in names.iter().enumerate() {
        text += if place == 0 { "" } else { between };
        text += name;
    }
    text
}
