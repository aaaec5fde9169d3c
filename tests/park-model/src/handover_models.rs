//! The models of the hand-over of jobs to the workers of a pool.
//!
//! The problem: a job that comes while the last worker ends, or while the pool is shut down, may
//! find no worker. The three programs run on the correct hand-over and on four broken forms.
//!
//! | program | property |
//! |---|---|
//! | `jobs_run_once` | every job is run once, also if workers end when they are idle; the pool ends |
//! | `shut_down_beside` | a job that is submitted during a shutdown is run once, or refused |
//! | `taken_out_beside` | a job that its awaiter takes out is run, or taken out; never both |
//!
//! Read next: `handover_under_loom.rs`.

/// Defines the surroundings that `handover.rs` needs, from a checker.
macro_rules! surroundings {
    ($checker:ident) => {
        #[allow(dead_code)]
        mod sync {
            use std::ops::{Deref, DerefMut};
            use std::time::Duration;

            pub(crate) struct Mutex<T>($checker::sync::Mutex<T>);

            pub(crate) struct MutexGuard<'a, T> {
                held: Option<$checker::sync::MutexGuard<'a, T>>,
                mutex: &'a Mutex<T>,
            }

            pub(crate) struct Condvar($checker::sync::Condvar);

            impl<T> Mutex<T> {
                pub(crate) fn new(value: T) -> Self {
                    Mutex($checker::sync::Mutex::new(value))
                }

                fn hold(&self) -> Option<$checker::sync::MutexGuard<'_, T>> {
                    Some(self.0.lock().expect("no model panics under the lock"))
                }

                pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
                    MutexGuard {
                        held: self.hold(),
                        mutex: self,
                    }
                }
            }

            impl<T> Deref for MutexGuard<'_, T> {
                type Target = T;
                fn deref(&self) -> &T {
                    self.held.as_ref().expect("it is locked")
                }
            }

            impl<T> DerefMut for MutexGuard<'_, T> {
                fn deref_mut(&mut self) -> &mut T {
                    self.held.as_mut().expect("it is locked")
                }
            }

            impl Condvar {
                pub(crate) fn new() -> Self {
                    Condvar($checker::sync::Condvar::new())
                }
                pub(crate) fn notify_one(&self) {
                    self.0.notify_one();
                }
                pub(crate) fn notify_all(&self) {
                    self.0.notify_all();
                }
            }

            fn wait<T>(changed: &Condvar, guard: &mut MutexGuard<'_, T>) {
                let held = guard.held.take().expect("it is locked");
                guard.held = Some(changed.0.wait(held).expect("no model panics"));
            }

            /// Waits. With a limit of zero the wait is over when the other threads have run for a
            /// while, or at once.
            pub(crate) fn wait_at_most<T>(
                changed: &Condvar,
                guard: &mut MutexGuard<'_, T>,
                limit: Duration,
            ) -> bool {
                if limit.is_zero() {
                    drop(guard.held.take());
                    guard.held = guard.mutex.hold();
                    return true;
                }
                wait(changed, guard);
                false
            }

            pub(crate) fn wait_while<T>(
                changed: &Condvar,
                guard: &mut MutexGuard<'_, T>,
                mut waits: impl FnMut(&mut T) -> bool,
                _: Duration,
            ) {
                while waits(guard) {
                    wait(changed, guard);
                }
            }
        }
    };
}

/// Includes a broken form of `handover.rs`.
macro_rules! broken {
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

/// Defines the three programs in a module, on one form of the hand-over.
macro_rules! programs {
    ($checker:ident, $name:ident, $handover:path) => {
        #[allow(dead_code)]
        mod $name {
            use std::time::Duration;
            use $checker::sync::Arc;
            use $checker::sync::atomic::{AtomicUsize, Ordering};
            use $checker::thread;
            use $handover::{Handover, Submitted};

            const LONG: Duration = Duration::from_secs(1);

            struct Pool {
                handover: Handover<usize, ()>,
                runs: Vec<AtomicUsize>,
            }

            impl Pool {
                fn new(most: usize, idle: Duration, jobs: usize) -> Arc<Pool> {
                    Arc::new(Pool {
                        handover: Handover::new(most, idle),
                        runs: (0..jobs).map(|_| AtomicUsize::new(0)).collect(),
                    })
                }

                /// Submits a job, and starts a worker if it must. Returns its number.
                fn submit(pool: &Arc<Self>, job: usize) -> Option<u64> {
                    match pool.handover.submit(job, ()) {
                        Submitted::Queued(number) => Some(number),
                        Submitted::StartWorker(number, worker) => {
                            let pool = pool.clone();
                            thread::spawn(move || {
                                while let Some(job) = pool.handover.next_job(worker) {
                                    pool.runs[job].fetch_add(1, Ordering::Relaxed);
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
                    assert!(self.handover.wait_ended(LONG));
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

pub(crate) use {broken, programs, surroundings};
