//! Charges each delay of a task to the tasks that ran meanwhile.
//!
//! The problem: "the loop is slow" has no line number. A ready task waits for its turn
//! because another one runs, and a timer fires late because no one looked at the clock.
//! The trace has the times of both. So each nanosecond of a delay is charged to the task,
//! or to the other thing, that had the thread in that nanosecond.
//!
//! ```text
//!   hog      ████████████████████│            runs
//!   cook     ─ asleep ─┤▒▒▒▒▒▒▒▒▒█            due in the middle: hog delayed cook
//!   waiter   ░░░░░░░░░░░░░░░░░░░░░█           ready at the start: hog delayed waiter
//!            0        1 s       2 s           cook by 1 s, waiter by 2 s
//! ```
//!
//! A delay of a task begins when the task becomes ready: at the deadline of its timer, at
//! its wake, at its spawn, at its own yield. It ends with the next step. A timer of
//! `call_later` wakes no task, so the timer itself is delayed, until it fires.
//!
//! Invariants
//! 1. The charges of a delay add up to the delay, to the nanosecond.
//! 2. No delay is charged twice: the lateness of a timer counts for the task that the
//!    timer wakes, or for the timer if it wakes none.
//! 3. A run of any size has at most 10,000 single charges.
//!
//! Read next: `blame/holds.rs`.

mod holds;
mod largest;

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use groundup_trace::{Cause, Event, Verb};

use crate::timeline::{Doing, Kind, Timeline};
use crate::words;
use holds::{CALLBACKS, Hold, LOOP};
use largest::Largest;

/// The thing that had the thread while others waited.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Culprit {
    /// The task with this label ran.
    Task(String),
    /// Callbacks ran.
    Callbacks,
    /// The loop itself had work to do, between the steps.
    Loop,
    /// The loop was parked, and the machine unparked it after its deadline.
    Machine,
}

/// The thing that was delayed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Victim {
    /// The task with this label.
    Task(String),
    /// The timer of this number, which calls a callback.
    Timer {
        /// The number of the timer.
        number: u64,
        /// The label of the task that set it, if a task did.
        owner: Option<String>,
    },
    /// So many others. Only the 10,000 largest charges of a run are listed one by one, and
    /// each culprit has one more charge for the rest of its victims.
    Others(usize),
}

/// One line of a [`Blame`]: who delayed whom, for how long in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The thing that had the thread.
    pub by: Culprit,
    /// The thing that was delayed.
    pub to: Victim,
    /// The sum of the delays.
    pub delay: Duration,
}

/// The delays of a run, charged. Its `Display` form has one line for each culprit.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::read_trace;
///
/// let blame = groundup_view::blame(&read_trace("# groundup-trace 1
///   0.000  0  spawn  hog   #1
///   0.000  0  spawn  cook  #2
///   0.000  1  step   hog
///   2.000  1  done   hog   returned
///   2.000  1  step   cook
///   2.000  1  done   cook  returned")?);
/// assert_eq!(blame.to_string(), "hog delayed cook by 2.000 s\n2.000 s in all\n");
/// # Ok::<(), groundup::trace::TraceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    charges: Vec<Charge>,
    /// For each event: the delays that the step or callback which begins there caused.
    pub(crate) heat: Vec<u128>,
}

/// Charges the delays of a run.
pub fn blame(events: &[Event]) -> Blame {
    Timeline::of(events).blame()
}

impl Timeline {
    /// Charges the delays of the run, as [`blame`] does.
    pub fn blame(&self) -> Blame {
        let mut bill = Bill::new(self);
        for (number, lane) in self.lanes.iter().enumerate() {
            for span in lane.spans.iter().filter(|span| span.doing == Doing::Ready) {
                let ready = span.due.unwrap_or(self.clock[span.from]);
                let runs = self.clock.get(span.to).or(self.clock.last());
                bill.delay(ready, runs.copied().unwrap_or(ready));
            }
            bill.charge(number);
        }
        let wakes = self.events.iter().filter_map(|event| match event.verb {
            Verb::Wake {
                by: Cause::Timer(timer),
            } => Some(timer),
            _ => None,
        });
        let wakes: HashSet<u64> = wakes.collect();
        for (number, timer) in self.things.iter().enumerate() {
            let Kind::Timer { at } = timer.kind else {
                continue;
            };
            let fired = self.events.get(timer.to).map(|event| &event.verb);
            if matches!(fired, Some(Verb::Fire { .. })) && !wakes.contains(&timer.number) {
                let armed = self.clock[timer.from];
                bill.delay(at.max(armed), self.clock[timer.to]);
                bill.charge(self.lanes.len() + number);
            }
        }
        bill.finish()
    }

    fn culprit(&self, by: usize) -> Culprit {
        match by.checked_sub(self.lanes.len()) {
            None => Culprit::Task(self.label(by).into()),
            Some(CALLBACKS) => Culprit::Callbacks,
            Some(LOOP) => Culprit::Loop,
            Some(_) => Culprit::Machine,
        }
    }

    fn victim(&self, to: usize) -> Victim {
        let Some(thing) = to.checked_sub(self.lanes.len()) else {
            return Victim::Task(self.label(to).into());
        };
        let timer = &self.things[thing];
        Victim::Timer {
            number: timer.number,
            owner: timer.owner.map(|owner| self.label(owner).into()),
        }
    }
}

/// The charges while they are added up.
struct Bill<'a> {
    timeline: &'a Timeline,
    holds: Vec<Hold>,
    /// The debt of each holder to the present victim, in nanoseconds.
    owed: Vec<u128>,
    /// The holders that owe anything.
    debtors: Vec<usize>,
    largest: Largest,
    heat: Vec<u128>,
}

impl<'a> Bill<'a> {
    fn new(timeline: &'a Timeline) -> Self {
        let holders = timeline.lanes.len() + 3;
        Self {
            timeline,
            holds: timeline.holds(),
            owed: vec![0; holders],
            debtors: Vec::new(),
            largest: Largest::new(holders),
            heat: vec![0; timeline.events.len()],
        }
    }

    /// Divides one delay among the holders of the thread. It ends with an event, as they do.
    fn delay(&mut self, ready: u64, runs: u64) {
        let first = self.holds.partition_point(|hold| hold.to <= ready);
        let holds = self.holds[first..].iter();
        for hold in holds.take_while(|hold| hold.from < runs) {
            let part = u128::from(hold.to - hold.from.max(ready));
            if self.owed[hold.by] == 0 && part > 0 {
                self.debtors.push(hold.by);
            }
            self.owed[hold.by] += part;
            self.heat[hold.since] += part;
        }
    }

    /// Writes down what each holder owes to a victim: a lane, or a thing after the last lane.
    fn charge(&mut self, to: usize) {
        self.debtors.sort_unstable();
        for by in self.debtors.drain(..) {
            let delay = std::mem::take(&mut self.owed[by]);
            self.largest.add(delay, by, to);
        }
    }

    fn finish(self) -> Blame {
        let [listed, others] = self.largest.finish();
        let charge = |delay, by, to| Charge {
            by: self.timeline.culprit(by),
            to,
            delay: duration(delay),
        };
        let listed = listed.into_iter();
        let listed = listed.map(|(delay, by, to)| charge(delay, by, self.timeline.victim(to)));
        let others = others.into_iter();
        let others = others.map(|(delay, by, count)| charge(delay, by, Victim::Others(count)));
        Blame {
            charges: listed.chain(others).collect(),
            heat: self.heat,
        }
    }
}

fn duration(ns: u128) -> Duration {
    let seconds = u64::try_from(ns / 1_000_000_000).unwrap_or(u64::MAX);
    Duration::new(seconds, (ns % 1_000_000_000) as u32)
}

impl Blame {
    /// Returns the charges, the largest first; each charge of [`Victim::Others`] is behind them.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Returns the sum of all delays.
    pub fn total(&self) -> Duration {
        self.charges.iter().map(|charge| charge.delay).sum()
    }
}

impl Display for Culprit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Task(task) => task,
            Self::Callbacks => "callbacks",
            Self::Loop => "the loop",
            Self::Machine => "the machine",
        })
    }
}

impl Display for Victim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(task) => f.write_str(task),
            Self::Timer {
                number,
                owner: None,
            } => write!(f, "timer#{number}"),
            Self::Timer {
                number,
                owner: Some(owner),
            } => write!(f, "timer#{number} of {owner}"),
            Self::Others(1) => f.write_str("1 other"),
            Self::Others(count) => write!(f, "{count} others"),
        }
    }
}

impl Display for Blame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (mut lines, mut line_of) = (Vec::new(), HashMap::new());
        for charge in &self.charges {
            let line = *line_of.entry(&charge.by).or_insert(lines.len());
            if line == lines.len() {
                lines.push((&charge.by, Vec::new()));
            }
            let delay = words::seconds(charge.delay.as_nanos());
            lines[line].1.push(format!("{} by {delay} s", charge.to));
        }
        for (culprit, own) in lines {
            writeln!(f, "{culprit} delayed {}", own.join(", "))?;
        }
        writeln!(f, "{} s in all", words::seconds(self.total().as_nanos()))
    }
}
