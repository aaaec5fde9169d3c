//! The rows about jobs that block, on threads.
//!
//! ```text
//!   blocking_batch            a task starts 1,000 jobs, then awaits each
//!   blocking_batch_defaults   the same work on the pool that a runtime comes with
//!   blocking_seq              a task starts a job and awaits it, then the next
//! ```
//!
//! Invariants: a job does nothing but return its number, so a row measures the way to the thread
//! and back. Every pool has at most [`pool_threads`](crate::pool_threads) threads, but for the pools
//! of `blocking_batch_defaults`. The unmeasured round starts them.
//!
//! Read next: `memory.rs`.

use futures_util::future::{FutureExt, LocalBoxFuture};

use crate::sharing::Blocking;
use crate::{Sample, Work};

/// Returns the row if it belongs to this module.
pub fn jobs<S: Blocking>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    match row {
        "blocking_batch" => Some(blocking_batch::<S>(work).boxed_local()),
        "blocking_seq" => Some(blocking_seq::<S>(work).boxed_local()),
        _ => None,
    }
}

/// Returns the row on default pools, if it is that one. The caller runs it on a runtime whose pool it
/// has not limited.
pub fn on_default_pool<S: Blocking>(
    row: &str,
    work: Work,
) -> Option<LocalBoxFuture<'static, Sample>> {
    (row == "blocking_batch_defaults").then(|| blocking_batch::<S>(work).boxed_local())
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
                assert_eq!(S::call(move || number).await, number);
            }
        });
        sample.await
    };
    S::spawn(row).await
}
