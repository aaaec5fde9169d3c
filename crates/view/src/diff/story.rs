//! The story of a task: its events, without words of one run alone.
//!
//! ```text
//!   0.200   5  arm    Task-5   timer#6 at 3.200      ──►  arm, for 3.000 s
//!   0.200   5  yield  Task-5   on timer at 3.200     ──►  yield, on a timer
//!   3.200  29  wake   Task-5   by timer#6            ──►  wake, by a timer
//! ```
//!
//! A task of the other run is written by the label of its partner, so that both stories
//! name it alike. Labels are for the reader: two items are compared by the pairs of their tasks.
//!
//! Invariants
//! 1. An item depends on the event and on the pairs, not on the events around it.
//! 2. A task without a partner is equal to no task of the other run, and to no lack of one.
//!
//! Read next: nothing; this is the last file.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use groundup_trace::{Cause, TaskId, Verb, Wait};

use super::pairs::Pairs;
use crate::timeline::Timeline;
use crate::words::{self, seconds};

/// Two sleeps of nearly the same length are the same sleep: a real clock is not exact.
const SAME: u64 = 1_000_000;

/// A task in the eyes of both runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    /// The pair that has this lane in the first run.
    Pair(usize),
    /// The run and the lane of a task without a partner.
    Alone(usize, usize),
}

impl Who {
    fn of(pairs: &Pairs, run: usize, lane: usize) -> Self {
        let first = match run {
            0 => pairs.second[lane].map(|_| lane),
            _ => pairs.first[lane],
        };
        first.map_or(Self::Alone(run, lane), Self::Pair)
    }
}

/// One event of a story.
#[derive(Clone, Debug)]
pub(super) struct Item {
    who: Option<Who>,
    /// The words for the reader, with labels.
    words: String,
    /// The words that are compared, with pairs.
    compared: String,
    /// The length of a sleep, in nanoseconds.
    sleep: Option<u64>,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        let sleep = match (self.sleep, other.sleep) {
            (Some(one), Some(other)) => one.abs_diff(other) < SAME,
            (one, other) => one == other,
        };
        sleep && self.who == other.who && self.compared == other.compared
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        match self.sleep {
            Some(sleep) => write!(f, " for {} s", seconds(sleep)),
            None => Ok(()),
        }
    }
}

impl Item {
    /// Makes the item of an event of run `run`.
    pub(super) fn of(runs: &[Timeline; 2], pairs: &Pairs, run: usize, event: usize) -> Self {
        let timeline = &runs[run];
        let who = |lane: usize| Who::of(pairs, run, lane);
        // Both runs name a task by its label in the first.
        let label = |task: &TaskId| match timeline.index.get(task).map(who) {
            Some(Who::Pair(lane)) => runs[0].label(lane).into(),
            _ => timeline.name(task),
        };
        let pair = |task: &TaskId| format!("{:?}", timeline.index.get(task).map(who));
        let of = &timeline.events[event];
        Self {
            who: timeline.lane_of[event].map(who),
            words: told(&of.verb, &label),
            compared: told(&of.verb, &pair),
            sleep: match of.verb {
                Verb::Arm { at, .. } => Some(at.saturating_sub(of.time)),
                _ => None,
            },
        }
    }
}

/// Returns what an event says in a story: its verb, and details that do not belong to one run alone.
fn told(verb: &Verb, name: &dyn Fn(&TaskId) -> String) -> String {
    let details = match verb {
        Verb::Yield { on } => match on {
            Wait::Timer { .. } => "on a timer".into(),
            Wait::Promise(_) => "on a promise".into(),
            on => format!("on {}", words::wait(on, name)),
        },
        Verb::Wake { by } => match by {
            Cause::Promise(_) => "by a promise".into(),
            Cause::Timer(_) => "by a timer".into(),
            Cause::Callback(_) => "by a callback".into(),
            Cause::Io(_) => "by a socket".into(),
            by => format!("by {}", words::cause(by, name)),
        },
        Verb::Set { how, .. } => how.to_string(),
        Verb::Unpolled { .. } | Verb::Make { .. } | Verb::Park { .. } => String::new(),
        Verb::Call { .. } | Verb::Run { .. } | Verb::Drop { .. } => String::new(),
        Verb::Arm { .. } | Verb::Fire { .. } | Verb::Disarm { .. } => String::new(),
        verb => words::details(verb, name),
    };
    format!("{} {details}", verb.word()).trim_end().to_string()
}

/// Returns the events of each lane, by their numbers.
pub(super) fn stories(run: &Timeline) -> Vec<Vec<usize>> {
    let mut stories = vec![Vec::new(); run.lanes.len()];
    for (event, lane) in run.lane_of.iter().enumerate() {
        if let Some(lane) = lane {
            stories[*lane].push(event);
        }
    }
    stories
}

/// Returns the number of the step in which the item `at` of a story is, from 1.
pub(super) fn step(run: &Timeline, story: &[usize], at: usize) -> u64 {
    let until = story.iter().take(at + 1);
    until
        .filter(|event| run.events[**event].verb == Verb::Step)
        .count() as u64
}

/// Returns the first events that differ, apart from those of the loop itself.
pub(super) fn parting(runs: &[Timeline; 2], pairs: &Pairs) -> Option<[Option<usize>; 2]> {
    let told = |run: usize| {
        let events = runs[run].events.iter().enumerate();
        let own = |verb: &Verb| matches!(verb, Verb::Iteration | Verb::Park { .. });
        let told = events.filter(move |(_, event)| !own(&event.verb));
        told.map(|(event, _)| event)
    };
    let (mut first, mut second) = (told(0), told(1));
    loop {
        let pair = [first.next(), second.next()];
        let [a, b] = pair;
        let (Some(a), Some(b)) = (a, b) else {
            return (a != b).then_some(pair);
        };
        if Item::of(runs, pairs, 0, a) != Item::of(runs, pairs, 1, b) {
            return Some(pair);
        }
    }
}

/// Returns a sentence about one event.
pub(super) fn sentence(run: &Timeline, event: usize) -> String {
    let name = |task: &TaskId| run.name(task);
    let subject = run.lane_of[event].map_or("the loop", |lane| run.label(lane));
    let predicate = words::predicate(&run.events[event].verb, &name);
    format!("{subject} {predicate}")
}

/// Returns, for each moment of run `run`, the moment of the other that belongs to it.
pub(super) fn links(runs: &[Timeline; 2], pairs: &Pairs, run: usize) -> Vec<usize> {
    let (own, other) = (&runs[run], &runs[1 - run]);
    let partners = if run == 0 {
        &pairs.second
    } else {
        &pairs.first
    };
    let mut places = HashMap::new();
    let mut counts = vec![0_usize; other.lanes.len()];
    for (event, lane) in other.lane_of.iter().enumerate() {
        if let Some(lane) = *lane {
            places.insert((lane, counts[lane]), event + 1);
            counts[lane] += 1;
        }
    }
    let mut counts = vec![0_usize; own.lanes.len()];
    let mut links = vec![0];
    for lane in &own.lane_of {
        let mut place = None;
        if let Some(lane) = *lane {
            let partner = partners[lane];
            place = partner.and_then(|partner| places.get(&(partner, counts[lane])).copied());
            counts[lane] += 1;
        }
        links.push(place.unwrap_or(links[links.len() - 1]));
    }
    links
}
