//! Keeps the open turns of a loop, and knows which jobs may end next.
//!
//! The problem: a pool of two threads cannot end its fifth job before its first. So the jobs of each
//! pool stand in the order of their submission, and only the first ones may be picked, as many as the
//! pool has threads. A join ends when the jobs of others have ended, and these may need the awaiters of
//! other jobs. So it is picked when nothing else can be: no job has an open turn, and the loop is idle.
//!
//! ```text
//!   pool of 2 threads   | 1  3 | 4  7  8     candidates 1, 3
//!   pool of 4 threads   | 2  5  6 |          candidates 2, 5, 6
//!   joins                 9                  a candidate of an idle loop, if no job has an open turn
//! ```
//!
//! Invariants:
//! 1. Numbers grow with the order of submission, over all pools of the loop.
//! 2. The candidates depend on the submissions and on the turns that are over, not on a thread.
//! 3. The chosen job has an open turn.
//! 4. A turn is found and ended at the same cost, however many jobs are queued: a halving.
//!
//! Read next: `threads/turns/table.rs`.

use std::sync::Arc;

use groundup_combinators::task::NumberMap;

/// A job, as its turn knows it.
pub(in crate::threads) trait InTurn: Send + Sync {
    /// Wakes the awaiter, if the job is over. Returns false if it is not.
    fn deliver(&self) -> bool;
    /// Returns true if no thread has begun the job.
    fn is_queued(&self) -> bool;
}

/// Where the turns of a job stand.
#[derive(Clone, Copy)]
pub(in crate::threads) enum TurnLine {
    /// With those of a pool. Its identity, and how many of its jobs may be picked.
    Jobs { pool: usize, width: usize },
    /// With those of all joins.
    Joins,
}

/// Names one turn of a loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) number: u64,
    /// None for a join.
    pub(super) pool: Option<usize>,
}

pub(super) struct OpenTurn {
    pub(super) job: Arc<dyn InTurn>,
    over: bool,
    /// A thread is held until the turn is over.
    held: bool,
}

/// Open turns by their numbers.
type Line = NumberMap<OpenTurn>;

struct PoolTurns {
    pool: usize,
    width: usize,
    jobs: Line,
    /// Number of the turns for which a thread is held.
    held: usize,
}

impl PoolTurns {
    fn new(pool: usize) -> Self {
        let (width, jobs, held) = (0, Line::default(), 0);
        PoolTurns {
            pool,
            width,
            jobs,
            held,
        }
    }
}

/// The open turns of one loop, and the chosen one.
#[derive(Default)]
pub(super) struct OpenTurns {
    /// The pools with open turns, in the order of their identities.
    pools: Vec<PoolTurns>,
    joins: Line,
    last: u64,
    chosen: Option<Key>,
    /// Number of picks and of ends of turns: it stands still while the loop waits.
    moves: u64,
}

impl OpenTurns {
    /// Adds the turn of a job that is submitted now.
    pub(super) fn enter(&mut self, line: TurnLine, job: Arc<dyn InTurn>) -> Key {
        self.last += 1;
        let (number, over, held) = (self.last, false, false);
        let open = OpenTurn { job, over, held };
        let (pool, line) = match line {
            TurnLine::Jobs { pool, width } => {
                let place = self.place(pool).unwrap_or_else(|place| {
                    self.pools.insert(place, PoolTurns::new(pool));
                    place
                });
                let turns = &mut self.pools[place];
                turns.width = width;
                (Some(pool), &mut turns.jobs)
            }
            TurnLine::Joins => (None, &mut self.joins),
        };
        line.insert((number, 0), open);
        Key { number, pool }
    }

    /// Returns the place of a pool, or the place where it belongs.
    fn place(&self, pool: usize) -> Result<usize, usize> {
        self.pools.binary_search_by_key(&pool, |turns| turns.pool)
    }

    fn turns_of(&mut self, pool: usize) -> Option<&mut PoolTurns> {
        let place = self.place(pool).ok()?;
        Some(&mut self.pools[place])
    }

    fn find(&mut self, key: Key) -> Option<&mut OpenTurn> {
        let line = match key.pool {
            Some(pool) => &mut self.turns_of(pool)?.jobs,
            None => &mut self.joins,
        };
        line.get_mut((key.number, 0))
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
        let before = (self.find(key)).map(|open| std::mem::replace(&mut open.held, held));
        let turns = key.pool.and_then(|pool| self.turns_of(pool));
        if let (Some(before), Some(turns)) = (before, turns) {
            turns.held = turns.held + usize::from(held) - usize::from(before);
        }
    }

    /// Returns the number of threads of a pool that are held for its turns.
    pub(super) fn held(&self, pool: usize) -> usize {
        self.place(pool).map_or(0, |place| self.pools[place].held)
    }

    /// Returns all lines, with their pools.
    fn lines(&self) -> impl Iterator<Item = (Option<usize>, &Line)> {
        let pools = self.pools.iter();
        let pools = pools.map(|turns| (Some(turns.pool), &turns.jobs));
        pools.chain([(None, &self.joins)])
    }

    /// Returns true if a job is over and waits for its turn.
    pub(super) fn any_over(&self) -> bool {
        self.lines().any(|(_, line)| over(line).next().is_some())
    }

    /// Ends a turn, and returns it, to be dropped outside of the lock.
    pub(super) fn leave(&mut self, key: Key) -> Option<OpenTurn> {
        if self.chosen == Some(key) {
            self.chosen = None;
        }
        self.moves += 1;
        let Some(pool) = key.pool else {
            return self.joins.remove((key.number, 0));
        };
        let place = self.place(pool).ok()?;
        let turns = &mut self.pools[place];
        let left = turns.jobs.remove((key.number, 0));
        turns.held -= usize::from(left.as_ref().is_some_and(|open| open.held));
        if turns.jobs.is_empty() {
            self.pools.remove(place);
        }
        left
    }

    /// Takes out the turns whose jobs are over, in the order of their numbers.
    pub(super) fn take_over(&mut self) -> Vec<OpenTurn> {
        let mut keys = Vec::new();
        for (pool, line) in self.lines() {
            for number in over(line) {
                keys.push((number, pool));
            }
        }
        let keys = in_order(keys).into_iter();
        keys.filter_map(|key| self.leave(key)).collect()
    }

    /// Takes out all turns: the loop is closed.
    pub(super) fn take_all(&mut self) -> Vec<OpenTurn> {
        self.chosen = None;
        let mut all = Vec::new();
        for mut turns in self.pools.drain(..) {
            all.append(&mut turns.jobs.take_all());
        }
        all.append(&mut self.joins.take_all());
        all
    }

    /// Returns the keys of the jobs of which one may end next, in the order of their numbers.
    pub(super) fn candidates(&self, idle: bool) -> Vec<Key> {
        let mut keys = Vec::new();
        for turns in &self.pools {
            for (number, _) in turns.jobs.keys().take(turns.width) {
                keys.push((number, Some(turns.pool)));
            }
        }
        if keys.is_empty() && idle {
            for (number, _) in self.joins.keys() {
                keys.push((number, None));
            }
        }
        in_order(keys)
    }

    /// Chooses the job that ends next, if its turn is still open.
    pub(super) fn choose(&mut self, key: Key) {
        if self.is_open(key) {
            self.chosen = Some(key);
            self.moves += 1;
        }
    }

    /// Gives up the choice of a join, if the loop is busy now or a job has an open turn. Returns true
    /// if it did.
    pub(super) fn puts_join_off(&mut self, idle: bool) -> bool {
        let is_join = self.chosen.is_some_and(|key| key.pool.is_none());
        let put_off = is_join && !(idle && self.pools.is_empty());
        if put_off {
            self.chosen = None;
        }
        put_off
    }

    /// Returns the chosen job.
    pub(super) fn chosen(&mut self) -> Option<(Key, Arc<dyn InTurn>)> {
        let key = self.chosen?;
        self.find(key).map(|open| (key, open.job.clone()))
    }

    /// Returns the chosen job, if it stands in this pool.
    pub(super) fn chosen_of(&mut self, pool: usize) -> Option<(Key, Arc<dyn InTurn>)> {
        self.chosen().filter(|(key, _)| key.pool == Some(pool))
    }

    pub(super) fn is_chosen(&self, key: Key) -> bool {
        self.chosen == Some(key)
    }

    pub(super) fn moves(&self) -> u64 {
        self.moves
    }
}

/// Returns the numbers of the turns whose jobs are over, in order.
fn over(line: &Line) -> impl Iterator<Item = u64> {
    let keys = line.keys();
    let over = keys.filter(|key| line.get(*key).is_some_and(|open| open.over));
    over.map(|(number, _)| number)
}

/// Returns the keys of turns, each with a number of its own, in the order of the numbers.
fn in_order(turns: Vec<(u64, Option<usize>)>) -> Vec<Key> {
    let mut line = NumberMap::default();
    for (number, pool) in turns {
        line.insert((number, 0), Key { number, pool });
    }
    line.take_all()
}
