//! The workers of a pool: idle, busy, or at their end.
//!
//! The problem: a process costs a thousand times more to start than a job to send. So a worker that
//! has replied is kept for the next job. One that has died meanwhile must not get that job, and when
//! the pool ends, all of them end.
//!
//! ```text
//!            take                      give_back
//!   idle ───────────> busy ───────────────────────────> idle
//!    ^ │               │ │
//!    │ │ end_idle,     │ └── end: the worker died, or sent garbage ──> ending ──> gone
//!    │ │ kill_all      │                                                 ^
//!    │ └───────────────┼─────────────────────────────────────────────────┤
//!    │                 │ give_back after a shutdown, and no job is queued ┘
//!    └── start ────────┘
//! ```
//!
//! Invariants:
//! 1. A worker that died, or that sent something unasked while it was idle, gets no further job.
//! 2. A process is counted until the system has given its status.
//! 3. No process is started, killed or waited for under the lock.
//! 4. Workers that end together have their time to end together.
//!
//! Read next: `processes/pool.rs`.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use super::worker::Worker;
use crate::threads::sync::{Condvar, Deadline, Mutex, wait_while};

#[derive(Default)]
struct WorkersState {
    idle: Vec<Arc<Worker>>,
    busy: Vec<Arc<Worker>>,
    /// Those whose ends are being waited for.
    ending: Vec<Arc<Worker>>,
}

/// The workers of one pool.
pub(super) struct Workers {
    state: Mutex<WorkersState>,
    gone: Condvar,
    /// The test that is a worker's program, in a test program.
    test: Option<String>,
    /// So long idle workers may take to end by themselves.
    patience: Duration,
}

impl Workers {
    pub(super) fn new(test: Option<String>, patience: Duration) -> Self {
        Workers {
            state: Mutex::new(WorkersState::default()),
            gone: Condvar::new(),
            test,
            patience,
        }
    }

    /// Returns an idle worker, or starts one.
    pub(super) fn take(&self) -> io::Result<Arc<Worker>> {
        loop {
            let mut state = self.state.lock();
            let Some(worker) = state.idle.pop() else {
                drop(state);
                break;
            };
            state.busy.push(worker.clone());
            drop(state);
            if worker.is_idle() {
                return Ok(worker);
            }
            let _ = self.end(&worker); // it has died since its last job
        }
        let worker = Arc::new(Worker::start(self.test.as_deref())?);
        self.state.lock().busy.push(worker.clone());
        Ok(worker)
    }

    /// Keeps a worker for the next job, or ends it.
    pub(super) fn give_back(&self, worker: &Arc<Worker>, keep: impl FnOnce(usize) -> bool) {
        let mut state = self.state.lock();
        state.forget(worker);
        if keep(state.idle.len()) {
            state.idle.push(worker.clone());
            return;
        }
        state.ending.push(worker.clone());
        drop(state);
        self.close(std::slice::from_ref(worker));
    }

    /// Kills a busy worker, if it lives, and waits for its end.
    pub(super) fn end(&self, worker: &Arc<Worker>) -> io::Result<ExitStatus> {
        let mut state = self.state.lock();
        state.forget(worker);
        state.ending.push(worker.clone());
        drop(state);
        let status = worker.end();
        self.ended(worker);
        status
    }

    fn ended(&self, worker: &Arc<Worker>) {
        let mut state = self.state.lock();
        state.ending.retain(|ending| !Arc::ptr_eq(ending, worker));
        drop(state);
        self.gone.notify_all();
    }

    /// Waits until these workers have ended by themselves, or kills them.
    fn close(&self, workers: &[Arc<Worker>]) {
        let patience = Deadline::after(self.patience);
        workers.iter().for_each(|worker| worker.say_end());
        for worker in workers {
            worker.wait_end(patience.left());
            self.ended(worker);
        }
    }

    /// Ends the idle workers.
    pub(super) fn end_idle(&self) {
        let idle = self.state.lock().idle_to_ending();
        self.close(&idle);
    }

    /// Blocks this thread until no process is left, for at most `limit`, and at most until `given_up`
    /// returns true. Returns the numbers of those that are left.
    pub(super) fn wait_gone(&self, limit: Duration, given_up: impl Fn() -> bool) -> Vec<u32> {
        let mut state = self.state.lock();
        let waits = |state: &mut WorkersState| state.all().next().is_some() && !given_up();
        wait_while(&self.gone, &mut state, waits, limit);
        state.all().map(|worker| worker.id()).collect()
    }

    /// Has the threads that wait for the end ask `given_up` again.
    pub(super) fn look_again(&self) {
        drop(self.state.lock()); // a thread that has just asked waits by now
        self.gone.notify_all();
    }

    /// Kills all workers. The jobs of the busy ones end with an error, and their threads wait for their
    /// ends. Returns the others, for which the caller calls [`wait_killed`](Workers::wait_killed).
    pub(super) fn kill_all(&self) -> Vec<Arc<Worker>> {
        let mut state = self.state.lock();
        let idle = state.idle_to_ending();
        let busy = state.busy.clone();
        drop(state);
        let all = idle.iter().chain(&busy);
        all.for_each(|worker| worker.kill());
        idle
    }

    /// Waits for the ends of workers that `kill_all` has returned.
    pub(super) fn wait_killed(&self, workers: &[Arc<Worker>]) {
        for worker in workers {
            let _ = worker.end();
            self.ended(worker);
        }
    }

    /// Returns true if a worker is idle.
    pub(super) fn any_idle(&self) -> bool {
        !self.state.lock().idle.is_empty()
    }

    /// Returns the process numbers of the living workers.
    pub(super) fn ids(&self) -> Vec<u32> {
        let state = self.state.lock();
        let all: Vec<_> = state.idle.iter().chain(&state.busy).cloned().collect();
        drop(state);
        let living = all.iter().filter(|worker| worker.lives());
        living.map(|worker| worker.id()).collect()
    }
}

impl WorkersState {
    fn forget(&mut self, worker: &Arc<Worker>) {
        self.busy.retain(|busy| !Arc::ptr_eq(busy, worker));
    }

    /// Marks the idle workers as ending, and returns them.
    fn idle_to_ending(&mut self) -> Vec<Arc<Worker>> {
        let idle = std::mem::take(&mut self.idle);
        self.ending.extend(idle.iter().cloned());
        idle
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Worker>> {
        self.idle.iter().chain(&self.busy).chain(&self.ending)
    }
}
