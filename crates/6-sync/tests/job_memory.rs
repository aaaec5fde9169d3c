//! Bounds the memory of jobs on threads.
//!
//! The problem: a program gives a job to a thread for each request, for months. A job that stays in
//! a list after its end, or a thread that keeps something of each job, fills the memory. The test
//! reads a counting allocator, so it depends neither on the clock nor on the system.
//!
//! Invariant: one test runs at a time, since the count is for the whole process.
//!
//! Read next: `it/main.rs`.

use groundup_sync::executor::EventLoop;
use groundup_sync::{ThreadPool, run_in_executor};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Jobs that wait or run at one time.
const BATCH: u64 = 100;

/// Runs so many jobs on threads; one in ten is dropped before its end, and one in ten panics.
async fn jobs(pool: &ThreadPool, count: u64) {
    for batch in 0..count / BATCH {
        let started = (batch * BATCH..(batch + 1) * BATCH).map(|number| {
            let job = run_in_executor(pool, move || {
                // Without the hook for panics, which allocates.
                if number % 10 == 3 {
                    std::panic::resume_unwind(Box::new(number));
                }
                Box::new(number)
            });
            (number, job)
        });
        for (number, job) in started.collect::<Vec<_>>() {
            match number % 10 {
                3 => drop(job.await.expect_err("the job panics")),
                7 => drop(job),
                _ => assert_eq!(*job.await.expect("the job returns"), number),
            }
        }
    }
}

fn jobs_leave_nothing(count: u64) {
    let pool = ThreadPool::new(2);
    let event_loop = EventLoop::new();
    let grown = event_loop.run_until_complete(async {
        jobs(&pool, 1_000).await;
        let before = ALLOCATOR.current_usage();
        jobs(&pool, count).await;
        ALLOCATOR.current_usage().saturating_sub(before)
    });
    let grown = grown.expect("the loop is not stuck");
    // The threads may still hold the jobs that were dropped last.
    assert!(grown < 8 * 1024, "{count} jobs leave {grown} bytes");
}

#[test]
fn ten_thousand_jobs_leave_nothing() {
    jobs_leave_nothing(10_000);
}

#[test]
#[ignore = "slow: cargo test --release -p groundup-sync --test job_memory -- --include-ignored --test-threads=1"]
fn a_million_jobs_leave_nothing() {
    jobs_leave_nothing(1_000_000);
}
