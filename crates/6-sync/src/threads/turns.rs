//! Under a chooser, jobs end in the chosen order, so that tests repeat.
//!
//! The problem: three jobs run on three threads. Which one ends first depends on the machine, so a
//! seed does not determine the run. So on virtual time and under a chooser, jobs end one at a time,
//! and only while the loop is idle. The chooser picks the one that ends next:
//!
//! ```text
//!   the loop                                   the threads
//!   submits A, B, C                            A, B and C run; each that is over waits for its turn
//!   `look`, once an iteration:
//!     has a task made a step? ask later
//!     idle: the chooser picks B   ───────────> B's turn: sends its result
//!   parks; its clock stands still
//!   B's result is a message: B's awaiter  <─── the thread of B is free
//!   is woken, and `look` begins anew
//! ```
//!
//! Only jobs that have a thread are picked: the first ones of each pool, as many as it may have
//! threads. A thread whose job waits for its turn takes no other job. So the beginnings of jobs are
//! in the chosen order, too.
//!
//! A job that waits for another job to end may be picked first. No order repeats then: after ten
//! seconds the jobs that are over end out of turn, and a report says so. A loop that is never idle
//! picks after 64 iterations.
//!
//! Invariants:
//! 1. The choices depend on the order of submissions and on the steps of the loop, not on a thread.
//! 2. A result is delivered by one message, whose drop delivers it, too.
//! 3. An awaiter that leaves gives its turn up, and a loop that is closed gives up all of them.
//!
//! Read next: `threads/pool.rs`.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup_combinators::executor::{Virtual, call_soon, current_loop, driver, keep};
use groundup_combinators::task::{Address, Report, Scheduler};
use groundup_combinators::trace::Choice;

use super::sync::{Condvar, Mutex, wait_while};

/// For so long, in real time, a job that is over waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Number of iterations after which a busy loop counts as idle.
const BUSY: u32 = 64;

/// The jobs of one pool that were submitted under a chooser, and have not ended.
struct PoolTurns {
    /// Identity of the pool, and how many threads it may have.
    pool: usize,
    width: usize,
    /// In the order of submission, which is the order of the numbers.
    open: VecDeque<u64>,
}

#[derive(Default)]
struct TurnState {
    /// The pools with open turns.
    pools: Vec<PoolTurns>,
    chosen: Option<u64>,
    last: u64,
}

struct TurnTable {
    state: Mutex<TurnState>,
    changed: Condvar,
}

/// The turns of one loop, which it keeps.
struct Turns {
    table: Arc<TurnTable>,
    /// A `look` is in the ready queue.
    looking: Cell<bool>,
    /// Number of steps that the loop had made at the last look.
    steps: Cell<u64>,
    looks: Cell<u32>,
}

/// The turn of one job.
#[derive(Clone)]
pub(super) struct Turn {
    number: u64,
    pool: usize,
    table: Arc<TurnTable>,
    address: Address,
}

impl Turn {
    /// Makes the turn of a job that is submitted now, if the running loop has a chooser and a clock
    /// that jumps. `pool` identifies the job's pool, which may have `width` threads.
    pub(super) fn of_running_loop(pool: usize, width: usize) -> Option<Turn> {
        let scheduler = Scheduler::current()?;
        if !scheduler.has_chooser() || driver::<Virtual>().is_none() {
            return None;
        }
        let turns = Turns::kept();
        let mut state = turns.table.state.lock();
        state.last += 1;
        let number = state.last;
        state.enter(pool, width, number);
        drop(state);
        turns.look_soon();
        Some(Turn {
            number,
            pool,
            table: turns.table.clone(),
            address: scheduler.address(),
        })
    }

    /// Waits on the thread of the job until its turn has come, and sends its result.
    pub(super) fn deliver(&self, delivery: impl Send + 'static) {
        let mut state = self.table.state.lock();
        let waits = |state: &mut TurnState| self.must_wait(state);
        wait_while(&self.table.changed, &mut state, waits, PATIENCE);
        let late = self.must_wait(&mut state);
        let left = !state.is_open(self.pool, self.number);
        drop(state);
        if left {
            return; // the delivery is dropped here, and nobody waits for it
        }
        let turn = self.clone();
        let message = move || {
            drop(delivery);
            if late {
                report_late();
            }
            turn.leave();
        };
        if self.address.call_soon(Box::new(message)).is_err() {
            self.table.leave(self.pool, self.number); // the loop is closed
        }
    }

    fn must_wait(&self, state: &mut TurnState) -> bool {
        state.chosen != Some(self.number) && state.is_open(self.pool, self.number)
    }

    /// Ends the turn. The loop then looks for the next one.
    pub(super) fn leave(&self) {
        if !self.table.leave(self.pool, self.number) {
            return;
        }
        let look = || Turns::kept().look_soon();
        let here = Scheduler::current().map(|scheduler| scheduler.address());
        if here == Some(self.address) {
            look();
        } else {
            let _ = self.address.call_soon(Box::new(look)); // a closed loop has no turns
        }
    }
}

impl TurnState {
    fn find(&self, pool: usize) -> Option<usize> {
        self.pools.iter().position(|turns| turns.pool == pool)
    }

    fn enter(&mut self, pool: usize, width: usize, number: u64) {
        let at = self.find(pool).unwrap_or_else(|| {
            let open = VecDeque::new();
            self.pools.push(PoolTurns { pool, width, open });
            self.pools.len() - 1
        });
        self.pools[at].open.push_back(number);
    }

    fn is_open(&self, pool: usize, number: u64) -> bool {
        let turns = self.find(pool).map(|at| &self.pools[at]);
        turns.is_some_and(|turns| turns.open.binary_search(&number).is_ok())
    }

    fn leave(&mut self, pool: usize, number: u64) {
        if let Some(at) = self.find(pool) {
            let open = &mut self.pools[at].open;
            if let Ok(place) = open.binary_search(&number) {
                open.remove(place);
            }
            if open.is_empty() {
                self.pools.remove(at);
            }
        }
        if self.chosen == Some(number) {
            self.chosen = None;
        }
    }

    /// Returns the numbers of the jobs that have a thread, or will have one.
    fn candidates(&self) -> Vec<u64> {
        let pools = self.pools.iter();
        let first = pools.flat_map(|turns| turns.open.iter().take(turns.width));
        let mut numbers: Vec<u64> = first.copied().collect();
        numbers.sort_unstable();
        numbers
    }
}

impl TurnTable {
    /// Ends a turn. Returns true if other turns are open.
    fn leave(&self, pool: usize, number: u64) -> bool {
        let mut state = self.state.lock();
        state.leave(pool, number);
        let open = !state.pools.is_empty();
        drop(state);
        self.changed.notify_all();
        open
    }
}

impl Turns {
    fn kept() -> Rc<Turns> {
        keep(|| Turns {
            table: Arc::new(TurnTable {
                state: Mutex::new(TurnState::default()),
                changed: Condvar::new(),
            }),
            looking: Cell::new(false),
            steps: Cell::new(0),
            looks: Cell::new(0),
        })
    }

    /// Looks in the next iteration whether the loop is idle, and then once an iteration.
    fn look_soon(self: &Rc<Self>) {
        if self.looking.replace(true) {
            return;
        }
        self.steps.set(u64::MAX);
        self.looks.set(0);
        self.post();
    }

    fn post(self: &Rc<Self>) {
        let turns = self.clone();
        call_soon(move || turns.look());
    }

    /// Returns true if the loop has made no step since the last look but that look.
    fn is_idle(&self) -> bool {
        let ready = Scheduler::current().map_or(0, |scheduler| scheduler.ready_len());
        if ready > 0 {
            self.steps.set(u64::MAX);
            return false;
        }
        let before = self.steps.replace(current_loop().metrics().steps);
        before.checked_add(1) == Some(self.steps.get())
    }

    /// Picks the job that ends next, if the loop is idle but for this look.
    fn look(self: &Rc<Self>) {
        self.looks.set(self.looks.get() + 1);
        let idle = self.is_idle();
        if !idle && self.looks.get() < BUSY {
            return self.post();
        }
        self.looking.set(false);
        let mut state = self.table.state.lock();
        let candidates = state.candidates();
        if candidates.is_empty() || state.chosen.is_some() {
            return;
        }
        drop(state);
        let scheduler = Scheduler::current();
        let picked = scheduler.map_or(0, |it| it.choose(Choice::Pick, candidates.len()));
        state = self.table.state.lock();
        state.chosen = Some(candidates[picked]);
        drop(state);
        self.table.changed.notify_all();
    }
}

impl Drop for Turns {
    /// Ends all turns: the loop is closed, and picks no job any more.
    fn drop(&mut self) {
        self.table.state.lock().pools.clear();
        self.table.changed.notify_all();
    }
}

/// Reports that a job has ended out of turn.
#[cold]
fn report_late() {
    let Some(scheduler) = Scheduler::current() else {
        return;
    };
    scheduler.report_later(Report::new(format!(
        "a job was over and waited {PATIENCE:?} for the end of another job, which the chooser had \
         picked to end first: the order of this run does not repeat. If that job waits for this \
         one, let a task submit it when this one has ended"
    )));
}
