//! Random jobs against a list: each is accounted for exactly once.
//!
//! The problem: a job can be delivered, panic, be taken back, be refused, or lose its awaiter, and a
//! pool can be shut down at any moment. The model is a list of jobs, of which the first few run. Each
//! job is held until the program tells it to end, so model and threads move in step. Jobs end in any
//! order, so the loop runs on the real clock: on virtual time they end in turn.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `props/repeats.rs`.

mod repeats;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use groundup_sync::executor::EventLoop;
use groundup_sync::task::{Task, TaskError};
use groundup_sync::{JobError, ThreadPool, run_in_executor};
use proptest::prelude::*;

use super::LONG;
use crate::setup::expect_panics;

#[derive(Clone, Copy, Debug)]
enum Op {
    Submit {
        panics: bool,
        awaited: bool,
    },
    /// Lets a running job end.
    End(prop::sample::Index),
    /// Cancels the awaiter of a job that has not ended, or drops its future.
    Leave(prop::sample::Index),
    TakeBack,
    Shutdown,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any::<bool>(), any::<bool>())
            .prop_map(|(panics, awaited)| Op::Submit { panics: panics && awaited, awaited }),
        5 => any::<prop::sample::Index>().prop_map(Op::End),
        4 => any::<prop::sample::Index>().prop_map(Op::Leave),
        1 => Just(Op::TakeBack),
        1 => Just(Op::Shutdown),
    ]
}

/// How a job ended, for its awaiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Value,
    Panic,
    TakenBack,
    Refused,
    Left,
}

/// Counts the values that are alive, and tells of each drop.
struct Value {
    alive: Arc<AtomicUsize>,
    dropped: Sender<()>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
        let _ = self.dropped.send(());
    }
}

/// The awaiter's side of a job: a task, or a future that is not polled before the end.
enum Awaiter {
    Task(Task<Result<Value, JobError>>),
    Future(groundup_sync::RunInExecutor<Value>),
}

struct Job {
    panics: bool,
    end: Option<Sender<()>>,
    awaiter: Option<Awaiter>,
    /// Receives when the job's value, or its function that holds it, is dropped.
    dropped: Receiver<()>,
    told: Option<End>,
}

struct World {
    event_loop: EventLoop,
    pool: ThreadPool,
    width: usize,
    alive: Arc<AtomicUsize>,
    begin: Sender<usize>,
    begun: Receiver<usize>,
    jobs: Vec<Job>,
    // The model.
    queued: Vec<usize>,
    running: Vec<usize>,
    shut: bool,
    ends: Vec<Option<End>>,
}

impl World {
    fn new(width: usize) -> Self {
        let (begin, begun) = channel();
        World {
            event_loop: EventLoop::new(),
            pool: ThreadPool::new(width),
            width,
            alive: Arc::default(),
            begin,
            begun,
            jobs: Vec::new(),
            queued: Vec::new(),
            running: Vec::new(),
            shut: false,
            ends: Vec::new(),
        }
    }

    fn submit(&mut self, panics: bool, awaited: bool) {
        let number = self.jobs.len();
        let (begin, (end, ended), (dropped, was_dropped)) =
            (self.begin.clone(), channel(), channel());
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = self.alive.clone();
        let value = Value { alive, dropped };
        let work = move || {
            let value = value;
            begin.send(number).unwrap();
            let _ = ended.recv();
            assert!(!panics, "on purpose");
            value
        };
        let future = run_in_executor(&self.pool, work);
        let awaiter = match awaited {
            true => Awaiter::Task(self.event_loop.spawn(future)),
            false => Awaiter::Future(future),
        };
        self.jobs.push(Job {
            panics,
            end: Some(end),
            awaiter: Some(awaiter),
            dropped: was_dropped,
            told: None,
        });
        self.ends.push(None);
        match self.shut {
            true => self.ends[number] = Some(End::Refused),
            false => self.queued.push(number),
        }
    }

    /// Lets the threads come as far as the model: the jobs that must begin have begun.
    fn settle(&mut self) {
        let free = self.width - self.running.len();
        let beginning: Vec<usize> = self.queued.drain(..free.min(self.queued.len())).collect();
        let seen: BTreeSet<usize> = beginning
            .iter()
            .map(|_| self.begun.recv().unwrap())
            .collect();
        assert_eq!(seen, beginning.iter().copied().collect());
        self.running.extend(beginning);
        assert_eq!(self.pool.queued(), self.queued.len());
        self.read_ended();
    }

    /// Reads the results of all jobs that have ended for the model.
    fn read_ended(&mut self) {
        for number in 0..self.jobs.len() {
            let job = &mut self.jobs[number];
            if self.ends[number].is_none() || job.told.is_some() {
                continue;
            }
            let told = match job.awaiter.take() {
                None => End::Left,
                Some(Awaiter::Task(task)) => {
                    let ended = self.event_loop.run_until_complete(task).unwrap();
                    ended.map_or_else(|error| end_of_task(&error), end_of)
                }
                Some(Awaiter::Future(future)) => {
                    end_of(self.event_loop.run_until_complete(future).unwrap())
                }
            };
            job.told = Some(told);
            job.dropped.recv().unwrap(); // the value of every ended job is dropped
        }
    }

    fn end(&mut self, at: prop::sample::Index) {
        if !self.running.is_empty() {
            self.end_at(at.index(self.running.len()));
        }
    }

    fn end_at(&mut self, at: usize) {
        let number = self.running.remove(at);
        drop(self.jobs[number].end.take());
        let end = match self.jobs[number].panics {
            true => End::Panic,
            false => End::Value,
        };
        self.ends[number].get_or_insert(end);
        if self.jobs[number].awaiter.is_none() && self.jobs[number].told == Some(End::Left) {
            self.jobs[number].dropped.recv().unwrap(); // by the thread
        }
    }

    fn leave(&mut self, at: prop::sample::Index) {
        let open: Vec<usize> = (0..self.jobs.len())
            .filter(|n| self.ends[*n].is_none())
            .collect();
        if open.is_empty() {
            return;
        }
        let number = open[at.index(open.len())];
        match self.jobs[number].awaiter.take() {
            Some(Awaiter::Future(future)) => drop(future),
            Some(Awaiter::Task(task)) => {
                task.cancel();
                let ended = self.event_loop.run_until_complete(task).unwrap();
                assert!(matches!(ended, Err(TaskError::Cancelled(_))));
            }
            None => unreachable!("an open job has an awaiter"),
        }
        self.ends[number] = Some(End::Left);
        self.jobs[number].told = Some(End::Left);
        let queued = self.queued.len();
        self.queued.retain(|other| *other != number);
        if self.queued.len() < queued {
            self.jobs[number].dropped.recv().unwrap(); // with the function, at once
        }
    }

    fn run(mut self, ops: &[Op]) {
        for op in ops {
            match *op {
                Op::Submit { panics, awaited } => self.submit(panics, awaited),
                Op::End(at) => self.end(at),
                Op::Leave(at) => self.leave(at),
                Op::TakeBack => {
                    assert_eq!(self.pool.take_back_jobs(), self.queued.len());
                    for number in self.queued.drain(..) {
                        self.ends[number] = Some(End::TakenBack);
                    }
                }
                Op::Shutdown => {
                    self.pool.shutdown();
                    self.shut = true;
                }
            }
            self.settle();
        }
        while !self.running.is_empty() {
            self.end_at(0);
            self.settle();
        }
        let told: Vec<Option<End>> = self.jobs.iter().map(|job| job.told).collect();
        assert_eq!(told, self.ends, "each job ends once, as in the model");
        self.pool.join_real_time(LONG).unwrap();
        assert_eq!(
            self.alive.load(Ordering::SeqCst),
            0,
            "no value is kept or lost"
        );
        assert!(self.begun.try_recv().is_err(), "no job has begun twice");
    }
}

fn end_of(result: Result<Value, JobError>) -> End {
    match result {
        Ok(_) => End::Value,
        Err(JobError::Panicked(_)) => End::Panic,
        Err(JobError::TakenBack) => End::TakenBack,
        Err(JobError::PoolShutDown) => End::Refused,
        Err(error) => panic!("{error}"),
    }
}

fn end_of_task(error: &TaskError) -> End {
    panic!("no task of this program fails: {error}")
}

proptest! {
    /// Whatever happens to a job and to its pool, the job is delivered once, or refused, or taken
    /// back, or has no awaiter any more; and its value is dropped once.
    #[test]
    fn each_job_is_accounted_for_once(
        width in 1..4_usize,
        ops in prop::collection::vec(op(), 0..40),
    ) {
        expect_panics();
        World::new(width).run(&ops);
    }
}
