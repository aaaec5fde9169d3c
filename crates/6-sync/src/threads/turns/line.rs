//! Keeps the open turns of a loop, and knows which jobs may end next.
//!
//! The problem: a pool of two threads cannot end its fifth job before its first. So the jobs of each
//! pool stand in the order of their submission, and only the first ones may be picked, as many as the
//! pool has threads:
//!
//! ```text
//!   pool of 2 threads   | 1  3 | 4  7  8     candidates 1, 3
//!   pool of 4 threads   | 2  5  6 |          candidates 2, 5, 6
//!                         join 9             a candidate when its pool has no open turn
//! ```
//!
//! Invariants:
//! 1. Numbers grow with the order of submission, over all pools of the loop.
//! 2. The candidates depend on the submissions and on the turns that are over, not on a thread.
//! 3. The chosen job has an open turn.
//!
//! Read next: `threads/turns/table.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A job, as its turn knows it.
pub(in crate::threads) trait InTurn: Send + Sync {
    /// Wakes the awaiter, if the job is over. Returns false if it is not.
    fn deliver(&self) -> bool;
    /// Returns true if no thread has begun the job.
    fn is_queued(&self) -> bool;
}

/// Where the turns of a job stand.
#[derive(Clone, Copy)]
pub(in crate::threads) struct TurnLine {
    /// Identity of the pool.
    pub(in crate::threads) pool: usize,
    /// So many jobs of the pool may be picked.
    pub(in crate::threads) width: usize,
    /// It is a join: picked when the pool has no open turn.
    pub(in crate::threads) join: bool,
}

/// Names one turn of a loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    number: u64,
    pub(super) pool: usize,
}

pub(super) struct OpenTurn {
    number: u64,
    pub(super) job: Arc<dyn InTurn>,
    over: bool,
    /// A thread is held until the turn is over.
    held: bool,
}

#[derive(Default)]
struct PoolTurns {
    width: usize,
    jobs: VecDeque<OpenTurn>,
    joins: VecDeque<OpenTurn>,
}

/// The open turns of one loop, and the chosen one.
#[derive(Default)]
pub(super) struct OpenTurns {
    pools: BTreeMap<usize, PoolTurns>,
    last: u64,
    chosen: Option<Key>,
    /// Number of picks and of ends of turns: it stands still while the loop waits.
    moves: u64,
}

impl PoolTurns {
    fn lines(&mut self) -> [&mut VecDeque<OpenTurn>; 2] {
        [&mut self.jobs, &mut self.joins]
    }

    /// Returns the turns from which the next one is picked.
    fn candidates(&self) -> impl Iterator<Item = &OpenTurn> {
        let (line, most) = match self.jobs.is_empty() {
            true => (&self.joins, usize::MAX),
            false => (&self.jobs, self.width),
        };
        line.iter().take(most)
    }
}

impl OpenTurns {
    /// Adds the turn of a job that is submitted now.
    pub(super) fn enter(&mut self, line: TurnLine, job: Arc<dyn InTurn>) -> Key {
        self.last += 1;
        let (number, over, held) = (self.last, false, false);
        let turns = self.pools.entry(line.pool).or_default();
        turns.width = line.width;
        let open = OpenTurn {
            number,
            job,
            over,
            held,
        };
        turns.lines()[usize::from(line.join)].push_back(open);
        let pool = line.pool;
        Key { number, pool }
    }

    fn find(&mut self, key: Key) -> Option<&mut OpenTurn> {
        let lines = self.pools.get_mut(&key.pool)?.lines();
        lines.into_iter().find_map(|line| {
            let at = line.binary_search_by_key(&key.number, |open| open.number);
            at.ok().map(|at| &mut line[at])
        })
    }

    pub(super) fn is_open(&mut self, key: Key) -> bool {
        self.find(key).is_some()
    }

    /// Notes that the job is over; returns false if its turn is not open.
    pub(super) fn set_over(&mut self, key: Key) -> bool {
        let open = self.find(key);
        open.map(|open| open.over = true).is_some()
    }

    /// Notes that a thread is held until the turn is over, or that it is not any more.
    pub(super) fn set_held(&mut self, key: Key, held: bool) {
        if let Some(open) = self.find(key) {
            open.held = held;
        }
    }

    /// Returns the number of threads of a pool that are held for its turns.
    pub(super) fn held(&self, pool: usize) -> usize {
        let turns = self.pools.get(&pool);
        turns.map_or(0, |turns| {
            turns.jobs.iter().filter(|open| open.held).count()
        })
    }

    /// Returns true if a job is over and waits for its turn.
    pub(super) fn any_over(&self) -> bool {
        let mut pools = self.pools.values();
        pools.any(|turns| (turns.jobs.iter().chain(&turns.joins)).any(|open| open.over))
    }

    /// Ends a turn, and returns it, to be dropped outside of the lock.
    pub(super) fn leave(&mut self, key: Key) -> Option<OpenTurn> {
        if self.chosen == Some(key) {
            self.chosen = None;
        }
        let turns = self.pools.get_mut(&key.pool)?;
        let left = turns.lines().into_iter().find_map(|line| {
            let at = line.binary_search_by_key(&key.number, |open| open.number);
            at.ok().and_then(|at| line.remove(at))
        });
        if turns.jobs.is_empty() && turns.joins.is_empty() {
            self.pools.remove(&key.pool);
        }
        self.moves += 1;
        left
    }

    /// Takes out the turns whose jobs are over, in the order of their numbers.
    pub(super) fn take_over(&mut self) -> Vec<OpenTurn> {
        let mut over = Vec::new();
        for (pool, turns) in &self.pools {
            let open = turns.jobs.iter().chain(&turns.joins);
            let pool = *pool;
            let key = |open: &OpenTurn| Key {
                number: open.number,
                pool,
            };
            over.extend(open.filter(|open| open.over).map(key));
        }
        over.sort_unstable();
        over.into_iter().filter_map(|key| self.leave(key)).collect()
    }

    /// Takes out all turns: the loop is closed.
    pub(super) fn take_all(&mut self) -> Vec<OpenTurn> {
        self.chosen = None;
        let mut pools = std::mem::take(&mut self.pools);
        let lines = pools.values_mut().flat_map(PoolTurns::lines);
        lines.flat_map(std::mem::take).collect()
    }

    /// Returns the keys of the jobs of which one may end next, in the order of their numbers.
    pub(super) fn candidates(&self) -> Vec<Key> {
        let pools = self.pools.iter();
        let mut keys: Vec<Key> = pools
            .flat_map(|(&pool, turns)| {
                let key = move |open: &OpenTurn| Key {
                    number: open.number,
                    pool,
                };
                turns.candidates().map(key)
            })
            .collect();
        keys.sort_unstable();
        keys
    }

    /// Chooses the job that ends next, if its turn is still open.
    pub(super) fn choose(&mut self, key: Key) {
        if self.is_open(key) {
            self.chosen = Some(key);
            self.moves += 1;
        }
    }

    /// Returns the chosen job.
    pub(super) fn chosen(&mut self) -> Option<(Key, Arc<dyn InTurn>)> {
        let key = self.chosen?;
        self.find(key).map(|open| (key, open.job.clone()))
    }

    /// Returns the chosen job, if it stands in this pool.
    pub(super) fn chosen_of(&mut self, pool: usize) -> Option<(Key, Arc<dyn InTurn>)> {
        self.chosen().filter(|(key, _)| key.pool == pool)
    }

    pub(super) fn is_chosen(&self, key: Key) -> bool {
        self.chosen == Some(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    pub(super) fn moves(&self) -> u64 {
        self.moves
    }
}
