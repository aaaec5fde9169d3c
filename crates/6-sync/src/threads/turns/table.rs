//! The open turns of a loop, shared with the threads of its jobs.
//!
//! The problem: the loop waits for the job that it has chosen, and a thread must end that wait. A job
//! may never end, as it waits for another one whose turn has not come. And a run may end while jobs
//! are over, and then no thread must be kept for them.
//!
//! ```text
//!   a thread                              the loop
//!   `over`: chosen?  ── notify ─────────> delivers it
//!           else, under a chooser: holds
//!           the thread until the turn is
//!           over, or the run is, or the
//!           chosen job has no thread
//!
//!   `watch`, a thread for each run:       ten seconds without a move, and a job is over or a busy
//!                                         loop waits: the jobs that are over end out of turn
//! ```
//!
//! Invariants:
//! 1. The lock of a job may be held when the lock of the table is taken, and never the other way.
//! 2. Jobs are delivered and dropped while nothing is locked.
//! 3. No thread is held for a loop that does not run, nor while the chosen job lacks a thread.
//!
//! Read next: `threads/turns.rs`.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use groundup_combinators::task::{Address, Report, Scheduler, drop_told_by};

use super::line::{InTurn, Key, OpenTurn, OpenTurns, TurnLine};
use crate::threads::sync::{Condvar, Mutex, wait_while};

/// For so long, in real time, a job that is over waits for its turn while no other turn ends.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A held thread looks after so long, in real time, whether the chosen job lacks a thread.
const LOOK: Duration = Duration::from_millis(10);

/// After so many looks the chosen job gets a held thread, also if the pool seems to have a free one: a
/// thread that is held for the turn of another loop.
const CROSSED: u32 = 50;

/// Number of looks until the patience of a held thread is over.
const LOOKS: u128 = PATIENCE.as_millis() / LOOK.as_millis();

#[derive(Default)]
struct TurnState {
    open: OpenTurns,
    /// A run goes on.
    running: bool,
    /// The loop waits for the chosen job, although it has other things to do.
    busy: bool,
    /// The patience with the chosen job is over.
    slow: bool,
    /// A thread watches the patience.
    watched: bool,
}

/// The turns of one loop.
pub(super) struct TurnTable {
    address: Address,
    state: Mutex<TurnState>,
    /// A turn is over, or the run is.
    turned: Condvar,
    /// The run is over.
    paused: Condvar,
}

/// The answer to a job that is over.
pub(super) enum Over {
    /// Its turn is not open any more, or the patience is over: it is delivered at once.
    Deliver,
    /// The loop delivers it in its turn.
    Waits,
}

/// The answer to a loop that asks for the next job.
pub(super) enum Next {
    /// No turn is open, or only those of joins, and the loop is busy.
    Nobody,
    /// One of these is to be chosen.
    Choose(Vec<Key>),
    /// This one is chosen.
    Chosen(Key, Arc<dyn InTurn>),
}

impl TurnTable {
    pub(super) fn new(address: Address) -> Arc<Self> {
        Arc::new(TurnTable {
            address,
            state: Mutex::new(TurnState::default()),
            turned: Condvar::new(),
            paused: Condvar::new(),
        })
    }

    /// Opens the turn of a job, on the loop's own thread.
    pub(super) fn enter(self: &Arc<Self>, line: TurnLine, job: Arc<dyn InTurn>) -> Key {
        let mut state = self.state.lock();
        self.begin(&mut state);
        state.open.enter(line, job)
    }

    /// Ends a turn. A loop that waits for this job then chooses another one.
    pub(super) fn leave(&self, key: Key) {
        let mut state = self.state.lock();
        let chosen = state.open.is_chosen(key);
        let left = state.open.leave(key);
        if chosen {
            (state.busy, state.slow) = (false, false);
        }
        drop(state);
        self.turned.notify_all();
        drop(left);
        let here = Scheduler::current().map(|scheduler| scheduler.address());
        if chosen && here != Some(self.address) {
            self.address.notify();
        }
    }

    /// Notes that a job is over, on its thread.
    pub(super) fn over(&self, key: Key) -> Over {
        let mut state = self.state.lock();
        if !state.open.set_over(key) {
            return Over::Deliver;
        }
        let chosen = state.open.is_chosen(key);
        if state.slow && !chosen {
            let left = state.open.leave(key);
            drop(state);
            self.report_late();
            drop(left);
            return Over::Deliver;
        }
        drop(state);
        if chosen {
            self.address.notify();
        }
        Over::Waits
    }

    /// Holds this thread until the turn is over, or the run is, or the chosen job needs the thread.
    /// `is_full`, given the number of held threads, returns true if the pool has no other free one.
    /// Ends after the patience in any case.
    pub(super) fn hold(&self, key: Key, is_full: impl Fn(usize) -> bool) {
        let Some(pool) = key.pool else {
            return; // the thread of a join runs nothing else
        };
        let waits = |state: &mut TurnState| state.running && state.open.is_open(key);
        let mut state = self.state.lock();
        state.open.set_held(key, true);
        let (mut before, mut same) = (None, 0);
        for _ in 0..LOOKS {
            wait_while(&self.turned, &mut state, waits, LOOK);
            if !waits(&mut state) {
                break;
            }
            let (chosen, held) = (state.open.chosen_of(pool), state.open.held(pool));
            drop(state);
            let now = chosen.as_ref().map(|(key, _)| *key);
            same = if now == before { same + 1 } else { 0 };
            before = now;
            let lacks = || is_full(held) || same > CROSSED;
            let needed = same > 0 && chosen.is_some_and(|(_, job)| job.is_queued()) && lacks();
            state = self.state.lock();
            if needed {
                break;
            }
        }
        state.open.set_held(key, false);
    }

    /// Returns the chosen job, or the jobs from which one is to be chosen. A busy loop neither chooses
    /// a join nor waits for one.
    pub(super) fn next(self: &Arc<Self>, idle: bool) -> Next {
        let mut state = self.state.lock();
        if state.open.puts_join_off(idle) {
            state.slow = false;
        }
        if let Some((key, job)) = state.open.chosen() {
            return Next::Chosen(key, job);
        }
        let candidates = state.open.candidates(idle);
        match candidates.is_empty() {
            true => Next::Nobody,
            false => Next::Choose(candidates),
        }
    }

    /// Chooses a job, unless its turn has ended meanwhile.
    pub(super) fn choose(&self, key: Key) {
        self.state.lock().open.choose(key);
    }

    /// Says that the loop is about to wait for the chosen job. Returns false if a busy loop must not,
    /// since its patience is over.
    pub(super) fn wait(self: &Arc<Self>, idle: bool) -> bool {
        let mut state = self.state.lock();
        self.begin(&mut state);
        state.busy = !idle && !state.slow;
        idle || state.busy
    }

    /// Says that a run goes on, and has a thread watch it.
    fn begin(self: &Arc<Self>, state: &mut TurnState) {
        state.running = true;
        if !state.watched {
            let table = self.clone();
            let named = thread::Builder::new().name("turns".into());
            // Without a thread for it the patience does not end.
            state.watched = named.spawn(move || table.watch()).is_ok();
        }
    }

    /// Says that no run goes on. Threads are not held meanwhile.
    pub(super) fn pause(&self) {
        let mut state = self.state.lock();
        (state.running, state.busy) = (false, false);
        drop(state);
        self.paused.notify_all();
        self.turned.notify_all();
    }

    /// Ends all turns: the loop is closed, and chooses no job any more.
    pub(super) fn close(&self) {
        let left = self.state.lock().open.take_all();
        self.pause();
        deliver(left);
    }

    /// Ends jobs out of turn when nothing moves for too long, until the run is over.
    fn watch(&self) {
        let mut state = self.state.lock();
        while state.running {
            let moves = state.open.moves();
            let running = |state: &mut TurnState| state.running;
            wait_while(&self.paused, &mut state, running, PATIENCE);
            let stuck = state.running && state.open.moves() == moves;
            if !stuck || !(state.busy || state.open.any_over()) {
                continue;
            }
            (state.slow, state.busy) = (true, false);
            let late = state.open.take_over();
            drop(state);
            if !late.is_empty() {
                self.report_late();
            }
            deliver(late);
            self.turned.notify_all();
            self.address.notify();
            state = self.state.lock();
        }
        state.watched = false;
    }

    /// Reports that a job ends out of turn.
    #[cold]
    fn report_late(&self) {
        let report = || {
            let Some(scheduler) = Scheduler::current() else {
                return;
            };
            scheduler.report_later(Report::new(format!(
                "a job was over and waited {PATIENCE:?} for the end of another job, whose turn came \
                 first: the order of this run does not repeat. If that job waits for this one, let a \
                 task submit it when this one has ended"
            )));
        };
        let _ = self.address.call_soon(Box::new(report)); // a closed loop has no turns
    }
}

/// Delivers jobs outside of their turns. A panic of a waker goes no further.
fn deliver(turns: Vec<OpenTurn>) {
    for turn in turns {
        drop_told_by(|| _ = turn.job.deliver());
    }
}
