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
//!    │ │ it has died   │ └── end: the worker died, or sent garbage ──> gone
//!    │ └───────────────┼───────────────────────────────────────────────> gone
//!    │                 │ give_back after a shutdown, and no job is queued ──> gone
//!    └── start ────────┘
//! ```
//!
//! Invariants:
//! 1. A worker that died, or that sent something unasked while it was idle, gets no further job.
//! 2. A process is counted until the system has given its status.
//! 3. No process is started, killed or waited for under the lock.
//!
//! Read next: `processes/pool.rs`.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use super::worker::Worker;
use crate::threads::sync::{Condvar, Mutex, wait_while};

#[derive(Default)]
struct WorkersState {
    idle: Vec<Arc<Worker>>,
    busy: Vec<Arc<Worker>>,
    /// Number of processes that are being waited for.
    ending: usize,
}

/// The workers of one pool.
pub(super) struct Workers {
    state: Mutex<WorkersState>,
    gone: Condvar,
    /// The test that is a worker's program, in a test program.
    test: Option<String>,
}

impl Workers {
    pub(super) fn new(test: Option<String>) -> Self {
        Workers {
            state: Mutex::new(WorkersState::default()),
            gone: Condvar::new(),
            test,
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
        state.ending += 1;
        drop(state);
        worker.close();
        self.ended(1);
    }

    /// Kills a busy worker, if it lives, and waits for its end.
    pub(super) fn end(&self, worker: &Arc<Worker>) -> io::Result<ExitStatus> {
        let mut state = self.state.lock();
        state.forget(worker);
        state.ending += 1;
        drop(state);
        let status = worker.end();
        self.ended(1);
        status
    }

    fn ended(&self, workers: usize) {
        self.state.lock().ending -= workers;
        self.gone.notify_all();
    }

    /// Ends the idle workers.
    pub(super) fn end_idle(&self) {
        let mut state = self.state.lock();
        let idle = std::mem::take(&mut state.idle);
        state.ending += idle.len();
        drop(state);
        idle.iter().for_each(|worker| worker.close());
        self.ended(idle.len());
    }

    /// Blocks this thread until no process is left, for at most `limit`. Returns true if none is.
    pub(super) fn wait_gone(&self, limit: Duration) -> bool {
        let mut state = self.state.lock();
        let are_left = |state: &mut WorkersState| state.len() > 0;
        wait_while(&self.gone, &mut state, are_left, limit);
        state.len() == 0
    }

    /// Kills all workers. Their jobs end with an error.
    pub(super) fn kill_all(&self) {
        let state = self.state.lock();
        let all: Vec<_> = state.idle.iter().chain(&state.busy).cloned().collect();
        drop(state);
        all.iter().for_each(|worker| worker.kill());
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
        all.iter().map(|worker| worker.id()).collect()
    }
}

impl WorkersState {
    fn forget(&mut self, worker: &Arc<Worker>) {
        self.busy.retain(|busy| !Arc::ptr_eq(busy, worker));
    }

    fn len(&self) -> usize {
        self.idle.len() + self.busy.len() + self.ending
    }
}
