//! Compares two runs of one program: by task and step, not by line.
//!
//! The problem: two runs of one program under two orders differ in most lines, because
//! times, iterations and numbers differ after the first other choice. A line diff shows
//! noise. The tasks are the same, though, and each has a story of its own: its steps, its
//! waits, its end. So the diff pairs the tasks, and compares each pair's stories.
//!
//! ```text
//!   first    main ─ a ─ b ─ main        main: the same story in both
//!   second   main ─ b ─ a ─ main        a: the same; b: waits in its step 2
//!                   ▲
//!                   the runs part here
//! ```
//!
//! Invariants
//! 1. Two equal runs have no difference.
//! 2. Times, iterations, and the numbers of timers, promises and callbacks are no part of
//!    a story. The length of a sleep is, to the millisecond.
//!
//! Read next: `diff/pairs.rs`, which finds the pairs.

mod pairs;
mod story;

use std::fmt::{self, Display, Formatter};

use groundup_trace::Event;

use crate::timeline::Timeline;
use crate::words::seconds;
use pairs::Pairs;
use story::Item;

/// The comparison of two runs. Its `Display` form begins with the place where the runs
/// part, and has one line for each task that differs.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::read_trace;
///
/// let first = read_trace("# groundup-trace 1
///   0.000  0  spawn  a  #1
///   0.000  0  spawn  b  #2
///   0.000  1  step   a
///   0.000  1  done   a  returned
///   0.000  1  step   b
///   0.000  1  done   b  returned")?;
/// let second = read_trace("# groundup-trace 1
///   0.000  0  spawn  a  #1
///   0.000  0  spawn  b  #2
///   0.000  1  step   b
///   0.000  1  yield  b  on nothing
///   0.000  1  step   a
///   0.000  1  done   a  returned
///   0.000  2  step   b
///   0.000  2  done   b  returned")?;
/// assert_eq!(groundup_view::diff(&first, &second).to_string(), "\
/// the runs part at 0.000: in the first, a steps; in the second, b steps
/// b differs in its step 1: done returned in the first, yield on nothing in the second
/// 1 task has the same story in both
/// 2 steps in 0.000 s against 3 steps in 0.000 s
/// ");
/// # Ok::<(), groundup::trace::TraceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    pub(crate) runs: [Timeline; 2],
    pub(crate) pairs: Pairs,
    parting: Option<[Option<usize>; 2]>,
    differences: Vec<Difference>,
    same: usize,
}

/// A task that has another story in each run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The label of the task, in the first run that has it.
    pub task: String,
    /// The step in which the stories part, counted from 1; 0 before the first step.
    pub step: u64,
    /// The events, by their numbers in the two runs; `None` if the story has ended there.
    pub events: [Option<usize>; 2],
    words: [String; 2],
}

/// Compares two runs.
pub fn diff(first: &[Event], second: &[Event]) -> Diff {
    Diff::of(Timeline::of(first), Timeline::of(second))
}

impl Diff {
    /// Compares two timelines. Their titles stay on the page.
    pub fn of(first: Timeline, second: Timeline) -> Self {
        let runs = [first, second];
        let pairs = Pairs::of(&runs);
        let mut diff = Self {
            parting: story::parting(&runs, &pairs),
            pairs,
            runs,
            differences: Vec::new(),
            same: 0,
        };
        diff.tasks();
        diff
    }

    fn tasks(&mut self) {
        let [first, second] = &self.runs;
        let stories = [story::stories(first), story::stories(second)];
        for lane in 0..first.lanes.len() {
            let Some(other) = self.pairs.second[lane] else {
                self.differences.push(Difference::alone(first, 0, lane));
                continue;
            };
            let (own, its) = (&stories[0][lane], &stories[1][other]);
            let length = own.len().max(its.len());
            let item = |run: usize, story: &[usize], at: usize| {
                let event = story.get(at).copied();
                event.map(|event| (event, Item::of(&self.runs, &self.pairs, run, event)))
            };
            let parted = (0..length).find_map(|at| {
                let (a, b) = (item(0, own, at), item(1, its, at));
                let equal = a.as_ref().map(|a| &a.1) == b.as_ref().map(|b| &b.1);
                (!equal).then_some((at, a, b))
            });
            let Some((at, a, b)) = parted else {
                self.same += 1;
                continue;
            };
            let known = if a.is_some() {
                (first, own)
            } else {
                (second, its)
            };
            let words = |item: &Option<(usize, Item)>| match item {
                Some((_, item)) => item.to_string(),
                None => "nothing more".into(),
            };
            self.differences.push(Difference {
                task: first.label(lane).into(),
                step: story::step(known.0, known.1, at),
                events: [a.as_ref().map(|a| a.0), b.as_ref().map(|b| b.0)],
                words: [words(&a), words(&b)],
            });
        }
        for lane in 0..second.lanes.len() {
            if self.pairs.first[lane].is_none() {
                self.differences.push(Difference::alone(second, 1, lane));
            }
        }
    }

    /// Returns the two runs.
    pub fn runs(&self) -> &[Timeline; 2] {
        &self.runs
    }

    /// Returns the first events that differ, by their numbers in the two runs. An event is
    /// `None` if its run has ended there.
    pub fn parting(&self) -> Option<[Option<usize>; 2]> {
        self.parting
    }

    /// Returns the tasks that have different stories.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Returns true if the runs have the same events in the same order, apart from times
    /// and numbers.
    pub fn is_same(&self) -> bool {
        self.parting.is_none() && self.differences.is_empty()
    }

    /// Returns, for each moment of one run, the moment of the other run that belongs to
    /// it: after the same step of the same task.
    pub(crate) fn links(&self, run: usize) -> Vec<usize> {
        story::links(&self.runs, &self.pairs, run)
    }
}

impl Difference {
    fn alone(run: &Timeline, number: usize, lane: usize) -> Self {
        let spawned = run.lanes[lane].spawned;
        let mut events = [None, None];
        events[number] = spawned;
        let mut words = ["is not there".to_string(), "is not there".to_string()];
        words[number] = "spawn".into();
        Self {
            task: run.label(lane).into(),
            step: 0,
            events,
            words,
        }
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            task, step, words, ..
        } = self;
        let [first, second] = words;
        match step {
            0 => write!(f, "{task} differs before its first step")?,
            step => write!(f, "{task} differs in its step {step}")?,
        }
        write!(f, ": {first} in the first, {second} in the second")
    }
}

impl Display for Diff {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.runs;
        if let Some(parting) = self.parting {
            let words = |run: usize| match parting[run] {
                Some(event) => story::sentence(&self.runs[run], event),
                None => "nothing more happens".into(),
            };
            let at = parting[0].map_or(first.end, |event| first.clock[event]);
            writeln!(
                f,
                "the runs part at {}: in the first, {}; in the second, {}",
                seconds(at),
                words(0),
                words(1)
            )?;
        }
        for difference in &self.differences {
            writeln!(f, "{difference}")?;
        }
        match self.same {
            0 => {}
            1 => writeln!(f, "1 task has the same story in both")?,
            same => writeln!(f, "{same} tasks have the same story in both")?,
        }
        let (steps, others) = (first.steps_in_all(), second.steps_in_all());
        let (end, other) = (seconds(first.end), seconds(second.end));
        writeln!(
            f,
            "{steps} steps in {end} s against {others} steps in {other} s"
        )
    }
}
