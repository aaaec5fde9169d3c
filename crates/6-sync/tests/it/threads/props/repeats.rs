//! Random programs with jobs on threads repeat to the byte.
//!
//! The problem: two jobs end in an order that no program decides. On virtual time the loop decides it,
//! with a chooser or without one. The property runs a random program several times, with other
//! lengths of its jobs each time, and compares the traces, the outputs and the iterations. A run without
//! a sink for the trace has the same output, too.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `../../errors.rs`.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use groundup_sync::combinators::timeout;
use groundup_sync::executor::{EventLoop, iteration, sleep, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::trace::Recorder;
use groundup_sync::{JobError, RunInExecutor, ThreadPool, run_in_executor, to_thread};
use proptest::prelude::*;

use crate::setup::expect_panics;
use crate::threads::LONG;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// Awaits a job on a pool.
    Job {
        pool: usize,
        panics: bool,
    },
    /// Awaits a job on the default pool.
    ToThread,
    /// Awaits a job under a timeout of so many ms.
    Timeout(usize, u64),
    /// Submits a job, polls it this often, and leaves it.
    Leave(usize, usize),
    /// Submits two jobs, and awaits the second one first.
    Crossed(usize),
    Sleep(u64),
    /// Keeps the loop busy for so many iterations.
    Spin(usize),
    /// Joins a pool, which refuses jobs from then on.
    Join(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let pool = 0..2_usize;
    prop_oneof![
        6 => (pool.clone(), any::<bool>()).prop_map(|(pool, panics)| Op::Job { pool, panics }),
        3 => Just(Op::ToThread),
        2 => (pool.clone(), 0..3_u64).prop_map(|(pool, ms)| Op::Timeout(pool, ms)),
        2 => (pool.clone(), 0..3_usize).prop_map(|(pool, polls)| Op::Leave(pool, polls)),
        2 => pool.clone().prop_map(Op::Crossed),
        2 => (0..4_u64).prop_map(Op::Sleep),
        3 => prop_oneof![3 => 0..6_usize, 1 => 60..200_usize].prop_map(Op::Spin),
        1 => pool.prop_map(Op::Join),
    ]
}

/// The state of one run of a program.
struct Run {
    pools: [ThreadPool; 2],
    /// The number of the run, on which the real lengths of the jobs depend.
    number: usize,
    log: RefCell<String>,
}

impl Run {
    fn say(&self, what: impl Display) {
        let line = format!("{what}@{} ", iteration());
        self.log.borrow_mut().push_str(&line);
    }

    /// Returns a function that takes a length of real time that differs from run to run.
    fn work(&self, value: usize, panics: bool) -> impl FnOnce() -> usize + Send + 'static {
        let length = (self.number * 104_729 + value * 7919) % 97;
        move || {
            (0..length).for_each(|_| thread::yield_now());
            assert!(!panics, "on purpose");
            value
        }
    }

    fn submit(&self, pool: usize, value: usize, panics: bool) -> RunInExecutor<usize> {
        run_in_executor(&self.pools[pool], self.work(value, panics))
    }

    async fn act(&self, op: Op, value: usize) {
        match op {
            Op::Job { pool, panics } => {
                self.say(text(self.submit(pool, value, panics).await));
            }
            Op::ToThread => self.say(text(to_thread(self.work(value, false)).await)),
            Op::Timeout(pool, ms) => {
                let job = self.submit(pool, value, false);
                match timeout(Duration::from_millis(ms), job).await {
                    Ok(result) => self.say(text(result)),
                    Err(_) => self.say("late"),
                }
            }
            Op::Leave(pool, polls) => {
                let mut job = self.submit(pool, value, false);
                for _ in 0..polls {
                    if let Poll::Ready(result) = futures::poll!(&mut job) {
                        return self.say(text(result));
                    }
                    yield_now().await;
                }
                self.say("left");
            }
            Op::Crossed(pool) => {
                let (first, second) = (
                    self.submit(pool, value, false),
                    self.submit(pool, value + 1, false),
                );
                self.say(text(second.await));
                self.say(text(first.await));
            }
            Op::Sleep(ms) => sleep(Duration::from_millis(ms)).await,
            Op::Spin(steps) => {
                for _ in 0..steps {
                    yield_now().await;
                }
            }
            Op::Join(pool) => {
                let ended = self.pools[pool].join(LONG).await;
                self.say(format!("joined {}", ended.is_ok()));
            }
        }
    }
}

fn text(result: Result<usize, JobError>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(JobError::Panicked(_)) => "panic".into(),
        Err(_) => "refused".into(),
    }
}

/// How a run is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Watched {
    No,
    Debugged,
    Recorded,
}

/// Runs a program, and returns its trace and its output.
fn run(
    program: &[Vec<Op>],
    seed: Option<u64>,
    number: usize,
    watched: Watched,
) -> (String, String) {
    expect_panics();
    let recorder = Recorder::new();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let builder = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| told.borrow_mut().push(report.to_string()));
    let builder = match watched {
        Watched::No => builder,
        Watched::Debugged => builder.debug(true),
        Watched::Recorded => builder.trace(recorder.clone()),
    };
    let event_loop = match seed {
        Some(seed) => builder.seed(seed).build(),
        None => builder.build(),
    };
    let run = Rc::new(Run {
        pools: [ThreadPool::new(1), ThreadPool::new(3)],
        number,
        log: RefCell::default(),
    });
    let of_main = run.clone();
    let main = async move {
        let tasks: Vec<_> = (program.iter().enumerate())
            .map(|(task, ops)| {
                let (run, ops) = (of_main.clone(), ops.clone());
                spawn(async move {
                    for (at, op) in ops.into_iter().enumerate() {
                        run.act(op, task * 100 + at * 2).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for pool in &of_main.pools {
            pool.join(LONG).await.unwrap();
        }
        of_main.say("end");
    };
    event_loop.run_until_complete(main).unwrap();
    if watched != Watched::Debugged {
        assert_eq!(reports.take(), [""; 0], "no job ends out of turn");
    }
    let log = run.log.take();
    (recorder.text(), log)
}

proptest! {
    /// On virtual time a program with jobs on threads has the same trace and the same output in every
    /// run, with a seed and without one.
    #[test]
    fn programs_with_jobs_repeat(
        program in prop::collection::vec(prop::collection::vec(op(), 0..6), 1..5),
        seed in prop::option::of(0..100_u64),
    ) {
        let first = run(&program, seed, 0, Watched::Recorded);
        for number in 1..4 {
            let again = run(&program, seed, number, Watched::Recorded);
            prop_assert_eq!(&first.1, &again.1);
            prop_assert_eq!(&first.0, &again.0);
        }
    }
    /// Watching changes nothing: a program with jobs has the same output without a sink, and in debug
    /// mode.
    #[test]
    fn watching_a_program_with_jobs_changes_nothing(
        program in prop::collection::vec(prop::collection::vec(op(), 0..6), 1..5),
        seed in prop::option::of(0..100_u64),
    ) {
        let plain = run(&program, seed, 0, Watched::No);
        prop_assert_eq!(plain.0.lines().count(), 1, "no event: {}", plain.0);
        for watched in [Watched::Recorded, Watched::Debugged] {
            let again = run(&program, seed, 1, watched);
            prop_assert_eq!(&plain.1, &again.1, "{:?}", watched);
        }
    }
}
