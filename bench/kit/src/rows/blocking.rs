//! The rows about jobs that block, on threads.
//!
//! ```text
//!   blocking_batch    a task starts 1,000 jobs, then awaits each
//!   blocking_seq      a task starts a job and awaits it, then the next
//! ```
//!
//! Invariants: a job does nothing but return its number, so a row measures the way to the thread
//! and back. The unmeasured round starts the threads.
//!
//! Read next: `memory.rs`.

use crate::sharing::Blocking;
use crate::{Sample, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: Blocking>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "blocking_batch" => Some(S::run(blocking_batch::<S>(work))),
        "blocking_seq" => Some(S::run(blocking_seq::<S>(work))),
        _ => None,
    }
}

/// Starts `size` jobs, then awaits them.
async fn blocking_batch<S: Blocking>(work: Work) -> Sample {
    let row = async move {
        let sample = work.measure(work.size, async || {
            let jobs: Vec<_> = (0..work.size)
                .map(|number| S::job(move || number))
                .collect();
            for (number, job) in (0..).zip(jobs) {
                assert_eq!(job.await, number);
            }
        });
        sample.await
    };
    S::spawn(row).await
}

/// Starts `size` jobs, each when the one before it has ended.
async fn blocking_seq<S: Blocking>(work: Work) -> Sample {
    let row = async move {
        let sample = work.measure(work.size, async || {
            for number in 0..work.size {
                assert_eq!(S::job(move || number).await, number);
            }
        });
        sample.await
    };
    S::spawn(row).await
}
