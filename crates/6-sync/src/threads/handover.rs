//! Hands jobs over to the workers of a pool, and counts the workers.
//!
//! The problem: a job must reach a worker, whether the workers are idle, busy, about to end or not
//! started yet. A notification to a worker that is not idle costs a call of the system for nothing.
//! A worker that ends because it was idle must not end at the moment when a job comes for it.
//!
//! One lock decides all of it. Under the lock, a submit either reserves an idle worker by a token,
//! or asks its caller to start a worker, or leaves the job to the first worker that is free. One token
//! is out at a time. A worker that takes it passes one on, if there is another job and an idle worker:
//! a loop that submits a thousand jobs in a step makes one call of the system, and the workers the others.
//!
//! ```text
//!   submit:  more jobs than idle   live + 1, and the caller starts the worker; if there are
//!              workers and tokens  `most` workers: the queue alone
//!            a token is out        the queue alone
//!            a worker is idle      idle - 1, tokens + 1, notify one
//!
//!   worker:  jobs ──> run ──> jobs ──> none: idle + 1, wait
//!                                        a token:      tokens - 1, look for a job; more jobs, and
//!                                                      an idle worker: idle - 1, tokens + 1, notify one
//!                                        too late:     idle - 1, live - 1, end
//!                                        shut down:    idle - 1, the rest of the jobs, end
//! ```
//!
//! Invariants:
//! 1. While a job is queued and a worker is idle, a token is out. So a worker whose time is over and
//!    that finds no token leaves no job behind.
//! 2. A job that is queued is returned exactly once: by `next_job`, `take`, `take_all` or
//!    `not_started`. A job that is refused is returned by `submit`.
//! 3. While a job is queued, a worker lives. So no job waits for a worker that no submit will start.
//! 4. Nothing of the user's runs under the lock: jobs are moved out of it.
//!
//! `tests/park-model` runs this page under two model checkers.
//!
//! Read next: `threads/turns/line.rs`.

use std::time::Duration;

use super::job_list::JobList;
use super::sync::{Condvar, Mutex, MutexGuard, wait_at_most, wait_while};

/// The next act of the caller of [`Handover::submit`].
#[must_use]
pub(crate) enum Submitted<J> {
    /// A worker will take the job, which has this number.
    Queued(u64),
    /// Starts the worker with this index, which will take the job with this number.
    StartWorker(u64, usize),
    /// The pool is shut down; here is the job.
    Refused(J),
}

/// The present work of one worker.
#[derive(Clone, Copy)]
pub(crate) enum WorkerState<L> {
    /// No thread has this index.
    Absent,
    /// It is started, or looks for a job, or waits, also for the turn of a job that is over.
    Free,
    /// It runs the job with this number and label.
    Busy(u64, L),
}

struct HandoverState<J, L> {
    jobs: JobList<J, L>,
    workers: Vec<WorkerState<L>>,
    live: usize,
    /// Workers that wait and have no token.
    idle: usize,
    /// Notifications that no worker has taken yet.
    tokens: usize,
    closing: bool,
}

/// A queue of jobs `J` with labels `L`, between the threads that submit and the workers.
pub(crate) struct Handover<J, L> {
    state: Mutex<HandoverState<J, L>>,
    wake: Condvar,
    ended: Condvar,
    most: usize,
    idle_time: Duration,
}

impl<J, L: Copy> Handover<J, L> {
    /// Makes a queue without workers, for at most `most` of them. A worker that is idle for
    /// `idle_time` ends.
    pub(crate) fn new(most: usize, idle_time: Duration) -> Self {
        Handover {
            state: Mutex::new(HandoverState {
                jobs: JobList::new(),
                workers: Vec::new(),
                live: 0,
                idle: 0,
                tokens: 0,
                closing: false,
            }),
            wake: Condvar::new(),
            ended: Condvar::new(),
            most,
            idle_time,
        }
    }

    /// Queues a job, or refuses it. The caller then acts by the answer.
    pub(crate) fn submit(&self, job: J, label: L) -> Submitted<J> {
        let mut state = self.state.lock();
        if state.closing {
            return Submitted::Refused(job);
        }
        let number = state.jobs.push(job, label);
        let enough = state.jobs.len() <= state.idle + state.tokens;
        if enough || state.live == self.most {
            self.notify_idle(state);
            return Submitted::Queued(number);
        }
        state.live += 1;
        let absent = |worker: &WorkerState<L>| matches!(worker, WorkerState::Absent);
        let worker = state.workers.iter().position(absent);
        let worker = worker.unwrap_or_else(|| {
            state.workers.push(WorkerState::Absent);
            state.workers.len() - 1
        });
        state.workers[worker] = WorkerState::Free;
        Submitted::StartWorker(number, worker)
    }

    /// Reserves an idle worker and notifies it, if there is one, a job is queued and no token is out.
    fn notify_idle(&self, mut state: MutexGuard<'_, HandoverState<J, L>>) {
        if state.idle > 0 && state.tokens == 0 && state.jobs.len() > 0 {
            state.idle -= 1;
            state.tokens += 1;
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Returns the next job of a worker; waits while there is none. `None` means that the worker
    /// ends: it was idle for too long, or the pool is shut down and no job is left.
    pub(crate) fn next_job(&self, worker: usize) -> Option<J> {
        let mut state = self.state.lock();
        state.workers[worker] = WorkerState::Free;
        loop {
            if let Some((number, label, job)) = state.jobs.pop() {
                state.workers[worker] = WorkerState::Busy(number, label);
                self.notify_idle(state);
                return Some(job);
            }
            if state.closing || !self.wait(&mut state) {
                self.end(&mut state, worker);
                return None;
            }
        }
    }

    /// Says that the job of a worker is over: its thread is held, and runs nothing.
    pub(crate) fn job_is_over(&self, worker: usize) {
        self.state.lock().workers[worker] = WorkerState::Free;
    }

    /// Returns true if every worker that can live does, and at most `held` of them run nothing.
    pub(crate) fn is_full(&self, held: usize) -> bool {
        let state = self.state.lock();
        let free = |worker: &&WorkerState<L>| matches!(worker, WorkerState::Free);
        state.live == self.most && state.workers.iter().filter(free).count() <= held
    }

    /// Waits as an idle worker. Returns false if the worker was idle for too long.
    fn wait(&self, state: &mut MutexGuard<'_, HandoverState<J, L>>) -> bool {
        state.idle += 1;
        loop {
            let late = wait_at_most(&self.wake, state, self.idle_time);
            if state.tokens > 0 {
                state.tokens -= 1;
                return true;
            }
            if state.closing || late {
                state.idle -= 1;
                return state.closing;
            }
        }
    }

    fn end(&self, state: &mut HandoverState<J, L>, worker: usize) {
        state.workers[worker] = WorkerState::Absent;
        state.live -= 1;
        if state.live == 0 {
            self.ended.notify_all();
        }
    }

    /// Counts out a worker whose thread could not be started. Returns the jobs for which no worker
    /// is left.
    pub(crate) fn not_started(&self, worker: usize) -> Vec<J> {
        let mut state = self.state.lock();
        self.end(&mut state, worker);
        if state.live == 0 {
            state.jobs.take_all()
        } else {
            Vec::new()
        }
    }

    /// Takes one job out of the queue; `None` if it is not there any more.
    pub(crate) fn take(&self, number: u64) -> Option<J> {
        self.state.lock().jobs.take(number)
    }

    /// Takes all jobs out of the queue.
    pub(crate) fn take_all(&self) -> Vec<J> {
        self.state.lock().jobs.take_all()
    }

    /// Refuses further jobs. The workers end when the queue is empty.
    pub(crate) fn shut_down(&self) {
        self.state.lock().closing = true;
        self.wake.notify_all();
    }

    /// Returns true if `shut_down` was called.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.state.lock().closing
    }

    /// Blocks this thread until all workers have ended, for at most `limit`, and at most until
    /// `given_up` returns true. Returns true if the workers have ended.
    pub(crate) fn wait_ended(&self, limit: Duration, given_up: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock();
        let waits = |state: &mut HandoverState<J, L>| state.live > 0 && !given_up();
        wait_while(&self.ended, &mut state, waits, limit);
        state.live == 0
    }

    /// Has the threads that wait for the end ask `given_up` again.
    pub(crate) fn look_again(&self) {
        drop(self.state.lock()); // a thread that has just asked waits by now
        self.ended.notify_all();
    }

    /// Returns the number of live workers, and of queued jobs.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.live, state.jobs.len())
    }

    /// Returns the running jobs: worker, number and label of each.
    pub(crate) fn running(&self) -> Vec<(usize, u64, L)> {
        let state = self.state.lock();
        let workers = state.workers.iter().enumerate();
        let busy = |(worker, state): (usize, &WorkerState<L>)| match *state {
            WorkerState::Busy(number, label) => Some((worker, number, label)),
            _ => None,
        };
        workers.filter_map(busy).collect()
    }
}
