//! The hand-over of jobs to the workers of a pool, under both checkers.
//!
//! The problem: a job that comes while the last worker ends, or while the pool is shut down, may
//! find no worker. The programs run on the correct hand-over and on broken forms.
//!
//! ```text
//!   crates/6-sync/src/threads/handover.rs ──┬── as it is              must pass
//!                                           └── build.rs: one change  must fail
//! ```
//!
//! | program | property |
//! |---|---|
//! | `jobs_run_once` | every job is run once, also if workers end when they are idle; the pool ends |
//! | `shut_down_beside` | a job that is submitted during a shutdown is run once, or refused |
//! | `jobs_side_by_side` | two jobs that wait for each other end, also if their workers were idle |
//! | `taken_out_beside` | a job that its awaiter takes out is run, or taken out; never both |
//!
//! Invariant: one text has the tests of both checkers. Under shuttle the programs have more workers and
//! jobs.
//!
//! Read next: `shared_queue.rs`.

use crate::models::{chance, few_interruptions, must_fail};

/// Includes forms of `handover.rs` that `build.rs` has written.
macro_rules! forms {
    ($($name:ident),*) => { $(
        #[allow(dead_code, unused_mut)]
        mod $name {
            use super::sync;
            mod job_list {
                include!(concat!(env!("OUT_DIR"), "/job_list.rs"));
            }
            pub(crate) mod handover {
                include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            }
        }
    )* };
}

/// Defines the programs in a module, on one form of the hand-over.
macro_rules! programs {
    ($checker:ident, $name:ident, $handover:path) => {
        #[allow(dead_code)]
        mod $name {
            use std::time::Duration;
            use $checker::sync::atomic::{AtomicUsize, Ordering};
            use $checker::sync::{Arc, Condvar, Mutex};
            use $checker::thread;
            use $handover::{Handover, Submitted};

            const LONG: Duration = Duration::from_secs(1);

            struct Pool {
                handover: Handover<usize, ()>,
                runs: Vec<AtomicUsize>,
                /// The jobs from this number on wait for each other.
                meets: usize,
                /// How many of them have begun.
                begun: Mutex<usize>,
                begins: Condvar,
            }

            impl Pool {
                fn new(most: usize, idle: Duration, jobs: usize) -> Arc<Pool> {
                    Arc::new(Pool {
                        handover: Handover::new(most, idle),
                        runs: (0..jobs).map(|_| AtomicUsize::new(0)).collect(),
                        meets: jobs,
                        begun: Mutex::new(0),
                        begins: Condvar::new(),
                    })
                }

                fn run(&self, job: usize) {
                    self.runs[job].fetch_add(1, Ordering::Relaxed);
                    if job >= self.meets {
                        let mut begun = self.begun.lock().unwrap();
                        *begun += 1;
                        self.begins.notify_all();
                        while *begun < self.runs.len() - self.meets {
                            begun = self.begins.wait(begun).unwrap();
                        }
                    }
                }

                /// Submits a job, and starts a worker if it must. Returns its number.
                fn submit(pool: &Arc<Self>, job: usize) -> Option<u64> {
                    match pool.handover.submit(job, ()) {
                        Submitted::Queued(number) => Some(number),
                        Submitted::StartWorker(number, worker) => {
                            let pool = pool.clone();
                            thread::spawn(move || {
                                while let Some(job) = pool.handover.next_job(worker) {
                                    pool.run(job);
                                }
                            });
                            Some(number)
                        }
                        Submitted::Refused(job) => {
                            pool.runs[job].fetch_add(1, Ordering::Relaxed);
                            None
                        }
                    }
                }

                /// Shuts the pool down, waits for its end, and looks at its jobs.
                fn end(&self) {
                    self.handover.shut_down();
                    assert!(self.handover.wait_ended(LONG, || false));
                    let runs = self.runs.iter().map(|runs| runs.load(Ordering::Relaxed));
                    let runs: Vec<usize> = runs.collect();
                    assert!(
                        runs.iter().all(|runs| *runs == 1),
                        "each job has one end: {runs:?}"
                    );
                }
            }

            /// One thread submits; workers end at once when they are idle, or never.
            pub(crate) fn jobs_run_once(most: usize, jobs: usize, impatient: bool) {
                let idle = if impatient { Duration::ZERO } else { LONG };
                let pool = Pool::new(most, idle, jobs);
                for job in 0..jobs {
                    Pool::submit(&pool, job);
                }
                pool.end();
            }

            /// Two jobs that wait for each other, when both workers may be idle.
            pub(crate) fn jobs_side_by_side(before: usize) {
                let mut pool = Pool::new(2, LONG, before + 2);
                Arc::get_mut(&mut pool).unwrap().meets = before;
                for job in 0..before + 2 {
                    Pool::submit(&pool, job);
                }
                let mut begun = pool.begun.lock().unwrap();
                while *begun < 2 {
                    begun = pool.begins.wait(begun).unwrap(); // a shutdown would notify all workers
                }
                drop(begun);
                pool.end();
            }

            /// Another thread submits while this one shuts the pool down.
            pub(crate) fn shut_down_beside(most: usize, jobs: usize) {
                let pool = Pool::new(most, LONG, jobs);
                let other = pool.clone();
                let submits = thread::spawn(move || {
                    for job in 0..jobs {
                        Pool::submit(&other, job);
                    }
                });
                pool.handover.shut_down();
                submits.join().unwrap();
                pool.end();
            }

            /// A wait for the end of a worker that never ends is given up.
            pub(crate) fn given_up_beside() {
                let pool = Pool::new(1, LONG, 1);
                let _ = pool.handover.submit(0, ()); // counts a worker, which is not started
                let given_up = Arc::new(AtomicUsize::new(0));
                let (other, gives_up) = (pool.clone(), given_up.clone());
                let leaves = thread::spawn(move || {
                    gives_up.store(1, Ordering::SeqCst);
                    other.handover.look_again();
                });
                let is_given_up = || given_up.load(Ordering::SeqCst) == 1;
                assert!(!pool.handover.wait_ended(LONG, is_given_up));
                leaves.join().unwrap();
            }

            /// The awaiter takes its job out while a worker looks for one.
            pub(crate) fn taken_out_beside(most: usize) {
                let pool = Pool::new(most, LONG, 2);
                Pool::submit(&pool, 0);
                if let Some(number) = Pool::submit(&pool, 1)
                    && let Some(job) = pool.handover.take(number)
                {
                    pool.runs[job].fetch_add(1, Ordering::Relaxed);
                }
                pool.end();
            }
        }
    };
}

/// Compiles the hand-over, as it is and broken, for one checker, with its tests.
///
/// `sizes` are the workers and jobs of the larger programs, as far as the checker can go.
macro_rules! under {
    ($checker:ident, $check:expr, $larger:expr, sizes $one:literal $two:tt $idle:tt $shut:tt) => {
        mod $checker {
            #[allow(unused_imports)] // each checker has its own of the first two
            use super::{chance, few_interruptions, must_fail};

            crate::locks::surroundings!($checker);

            forms!(
                unchanged,
                ended_with_a_token,
                queued_in_two_steps,
                shut_down_silently,
                looked_without_the_lock,
                ended_before_the_queue,
                passed_no_token_on
            );
            programs!($checker, whole, super::unchanged::handover);
            programs!($checker, token, super::ended_with_a_token::handover);
            programs!($checker, two_steps, super::queued_in_two_steps::handover);
            programs!($checker, silent, super::shut_down_silently::handover);
            programs!($checker, unlocked, super::looked_without_the_lock::handover);
            programs!($checker, early, super::ended_before_the_queue::handover);
            programs!($checker, selfish, super::passed_no_token_on::handover);

            #[test]
            fn one_worker_runs_each_job_once() {
                $check(|| whole::jobs_run_once(1, $one, false));
            }

            #[test]
            fn several_workers_run_each_job_once() {
                $larger(|| whole::jobs_run_once $two);
            }

            #[test]
            fn jobs_that_wait_for_each_other_end() {
                $larger(|| whole::jobs_side_by_side(2));
            }

            #[test]
            fn passing_no_token_on_leaves_a_job() {
                must_fail(concat!(module_path!(), "::passing_no_token_on_leaves_a_job"), || {
                    $larger(|| selfish::jobs_side_by_side(2));
                });
            }

            #[test]
            fn a_worker_that_ends_when_it_is_idle_leaves_no_job() {
                $check(|| whole::jobs_run_once $idle);
            }

            #[test]
            fn a_job_beside_a_shutdown_is_run_or_refused() {
                $check(|| whole::shut_down_beside $shut);
            }

            #[test]
            fn a_job_is_run_or_taken_out() {
                $check(|| whole::taken_out_beside($shut.0));
            }

            #[test]
            fn a_wait_that_is_given_up_ends() {
                $check(|| whole::given_up_beside());
            }

            #[test]
            fn a_look_without_the_lock_never_comes() {
                must_fail(concat!(module_path!(), "::a_look_without_the_lock_never_comes"), || {
                    $check(|| unlocked::given_up_beside());
                });
            }

            #[test]
            fn ending_with_a_token_loses_a_job() {
                must_fail(concat!(module_path!(), "::ending_with_a_token_loses_a_job"), || {
                    $check(|| token::jobs_run_once(1, 2, true));
                });
            }

            #[test]
            fn queueing_in_two_steps_loses_a_job() {
                must_fail(concat!(module_path!(), "::queueing_in_two_steps_loses_a_job"), || {
                    $check(|| two_steps::jobs_run_once(1, 2, true));
                });
            }

            #[test]
            fn a_silent_shutdown_never_ends() {
                must_fail(concat!(module_path!(), "::a_silent_shutdown_never_ends"), || {
                    $check(|| silent::jobs_run_once(1, 1, false));
                });
            }

            #[test]
            fn ending_before_the_queue_loses_a_job() {
                must_fail(concat!(module_path!(), "::ending_before_the_queue_loses_a_job"), || {
                    $check(|| early::jobs_run_once(1, 2, false));
                });
            }
        }
    };
}

under!(loom, loom::model, few_interruptions, sizes 2 (2, 2, false) (1, 2, true) (1, 2));
under!(shuttle, chance, chance, sizes 4 (3, 5, false) (2, 5, true) (2, 4));
