//! Pairs the tasks of two runs.
//!
//! The problem: a number says nothing across two runs, because another order spawns the
//! tasks in another order. A name may belong to ten workers. But the n-th task of a name
//! that a certain task spawns is the same task in every order of the others.
//!
//! ```text
//!   main ── spawns ──► worker (1st)    pairs with    worker (1st) of main
//!        ── spawns ──► worker (2nd)    pairs with    worker (2nd) of main
//!        ── spawns ──► Task-4 (1st without a name)
//! ```
//!
//! Invariant: a task has one partner at most, and the partner's spawner is the partner of
//! its spawner.
//!
//! Read next: `diff/story.rs`.

use std::collections::HashMap;

use groundup_trace::{Name, Verb};

use crate::timeline::Timeline;

/// The partner of each lane in the other run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    /// For each lane of the first run, its partner in the second.
    pub(crate) second: Vec<Option<usize>>,
    /// For each lane of the second run, its partner in the first.
    pub(crate) first: Vec<Option<usize>>,
}

/// The spawner of a task, its name if it has one, and how many such tasks were before it.
type Birth = (Option<usize>, Name, usize);

impl Pairs {
    /// Pairs the tasks of two runs.
    pub(super) fn of(runs: &[Timeline; 2]) -> Self {
        let [first, second] = runs;
        let mut born = HashMap::new();
        for (lane, birth) in births(first) {
            born.entry(birth).or_insert(lane);
        }
        let mut pairs = Self {
            second: vec![None; first.lanes.len()],
            first: vec![None; second.lanes.len()],
        };
        let mut count = HashMap::new();
        for lane in by_birth(second) {
            let spawner = spawner(second, lane);
            let partner = spawner.map(|spawner| pairs.first[spawner]);
            if partner == Some(None) {
                continue; // The spawner has no partner.
            }
            let birth = birth(second, lane, partner.flatten(), &mut count);
            let Some(&partner) = born.get(&birth) else {
                continue;
            };
            pairs.first[lane] = Some(partner);
            pairs.second[partner] = Some(lane);
        }
        pairs
    }
}

/// Returns the births of all tasks of a run.
fn births(run: &Timeline) -> Vec<(usize, Birth)> {
    let mut count = HashMap::new();
    let lanes = by_birth(run).into_iter();
    let birth = |lane| (lane, birth(run, lane, spawner(run, lane), &mut count));
    lanes.map(birth).collect()
}

/// Returns the lanes in the order of their spawns; lanes without one come last.
fn by_birth(run: &Timeline) -> Vec<usize> {
    let mut lanes: Vec<usize> = (0..run.lanes.len()).collect();
    lanes.sort_by_key(|lane| run.lanes[*lane].spawned.unwrap_or(usize::MAX));
    lanes
}

fn spawner(run: &Timeline, lane: usize) -> Option<usize> {
    let spawned = run.lanes[lane].spawned?;
    match &run.events[spawned].verb {
        Verb::Spawn { by: Some(by) } => {
            let spawner = run.index.get(by);
            let before = |at: usize| run.lanes[at].spawned.is_some_and(|at| at < spawned);
            spawner.filter(|spawner| before(*spawner))
        }
        _ => None,
    }
}

fn birth(
    run: &Timeline,
    lane: usize,
    spawner: Option<usize>,
    count: &mut HashMap<(Option<usize>, Name), usize>,
) -> Birth {
    let task = &run.lanes[lane].task;
    let unnamed = *task.name == *format!("Task-{}", task.number);
    let name: Name = if unnamed {
        "".into()
    } else {
        task.name.clone()
    };
    let count = count.entry((spawner, name.clone())).or_default();
    *count += 1;
    (spawner, name, *count)
}
