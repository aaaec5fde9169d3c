//! The function that a task calls, and its future.
//!
//! The problem: a task needs the value of a function that another process calls. A thread of the pool
//! talks to the process, and the task is suspended meanwhile.
//!
//! ```text
//!   the task                 the thread                        the worker
//!   --------                 ----------                        ----------
//!   writes the arguments
//!   submits a job   ───────> takes a worker, or starts one
//!   suspended                sends the job           ────────> runs it
//!                            reads the reply         <──────── replies
//!   resumed         <─────── reads the value
//! ```
//!
//! Invariants:
//! 1. A job that is not listed, or whose arguments are over the limit, reaches no thread.
//! 2. The task writes the arguments, and the thread reads the value: so arguments need not be `Send`.
//!
//! Read next: `processes/shutdown.rs`.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::{Call, run};
use super::error::ProcessError;
use super::frame::{ARGUMENTS, Request};
use super::jobs;
use super::pool::{ProcessCore, ProcessPool};
use crate::threads::run_in_executor::{RunInExecutor, submit};

/// Runs `function` with `arguments` in a process of `pool`: `loop.run_in_executor` with a
/// `ProcessPoolExecutor`. The future gives the function's value.
///
/// The job is submitted by this call, before the future is polled. The function must be in the list of
/// [`serve_jobs`](crate::serve_jobs). See [`process_job`](crate::process_job) for its form.
///
/// A process of the pool runs one job after another, so a job finds what earlier jobs left in the static
/// variables. Its standard input is empty, its output is the program's.
///
/// # Errors
///
/// See [`ProcessError`]: the job panicked, its worker died, and so on. A job whose worker died is not
/// run again, because it may have done a part of its work.
///
/// # Cancel safety
///
/// If the future is dropped, a job that has not begun is taken out of the queue. A job that has begun
/// runs to its end, and its value is dropped, unless the pool
/// [kills its worker](crate::ProcessPoolBuilder::kill_on_cancel).
///
/// # Virtual time
///
/// As for [`run_in_executor`](crate::run_in_executor): the clock stands still while the job runs, and
/// under a chooser jobs end in the chosen order.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{ProcessPool, gather, process_job, run, run_in_process, serve_jobs};
///
/// fn longest(words: Vec<String>) -> Option<String> {
///     words.into_iter().max_by_key(String::len)
/// }
///
/// fn main() {
///     serve_jobs(&[process_job(longest)]);
///     run(async {
///         let pool = ProcessPool::new(2).unwrap();
///         let texts = ["the tower", "many small floors"];
///         let jobs = texts.map(|text| {
///             let words = text.split(' ').map(String::from).collect();
///             run_in_process(&pool, longest, words)
///         });
///         let found = gather(jobs).await.unwrap();
///         assert_eq!(found[1].as_ref().unwrap().as_deref(), Some("floors"));
///     });
/// }
/// ```
#[doc(alias("ProcessPoolExecutor", "submit"))]
#[track_caller]
pub fn run_in_process<F, A, R>(pool: &ProcessPool, function: F, arguments: A) -> RunInProcess<R>
where
    F: Fn(A) -> R + Send + Sync + 'static,
    A: Serialize,
    R: DeserializeOwned + Send + 'static,
{
    drop(function); // the worker has one
    let core = &pool.core;
    let request = match core.request::<F>(&arguments) {
        Ok(request) => request,
        Err(error) => {
            return RunInProcess {
                submission: Submission::Refused(Some(error)),
                job: "",
                call: None,
            };
        }
    };
    let (job, request) = request;
    let call = Call::new();
    let (running, on_thread) = (call.clone(), core.clone());
    let work = move || run(&on_thread, &running, job, &request);
    let place = Location::caller();
    RunInProcess {
        submission: Submission::Submitted(submit(&core.threads.core, work, place)),
        job,
        call: core.kill_on_cancel.then_some(call),
    }
}

impl ProcessCore {
    /// Makes the request of a job, or says why there is none.
    fn request<F: 'static>(
        &self,
        arguments: &impl Serialize,
    ) -> Result<(&'static str, Request), ProcessError> {
        let job = jobs::find::<F>()?;
        let written = postcard::to_allocvec(arguments);
        let arguments = written.map_err(|error| ProcessError::Unreadable {
            job,
            what: ARGUMENTS,
            why: error.to_string(),
        })?;
        let (bytes, limit) = (arguments.len() as u64, self.limit);
        if bytes > limit {
            return Err(ProcessError::TooLarge {
                job,
                what: ARGUMENTS,
                bytes,
                limit,
            });
        }
        let request = Request {
            number: self.next_number(),
            limit,
            job: job.into(),
            arguments,
        };
        Ok((job, request))
    }
}

enum Submission<R> {
    /// The job was not submitted, for this reason.
    Refused(Option<ProcessError>),
    Submitted(RunInExecutor<Result<R, ProcessError>>),
}

/// The future of a job in a process, made by [`run_in_process`](crate::run_in_process).
#[must_use = "dropping the future takes the job out of the queue"]
pub struct RunInProcess<R> {
    submission: Submission<R>,
    job: &'static str,
    /// The job, if a drop kills its worker.
    call: Option<Arc<Call>>,
}

impl<R> Future for RunInProcess<R> {
    type Output = Result<R, ProcessError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let job = self.job;
        match &mut self.submission {
            Submission::Refused(_) if Scheduler::holds_back(cx) => Poll::Pending,
            Submission::Refused(error) => {
                let error = error.take();
                Poll::Ready(Err(
                    error.expect("a job was polled after it had finished: await it once")
                ))
            }
            Submission::Submitted(running) => {
                let ended = std::task::ready!(Pin::new(running).poll(cx));
                let not_run = |error| ProcessError::NotRun { job, error };
                Poll::Ready(ended.unwrap_or_else(|error| Err(not_run(error))))
            }
        }
    }
}

// No field is pinned: the future of the job on the thread is `Unpin`, and a value is never stored.
impl<R> Unpin for RunInProcess<R> {}

impl<R> Drop for RunInProcess<R> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            call.kill();
        }
    }
}

impl<R> fmt::Debug for RunInProcess<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunInProcess")
            .field("job", &self.job)
            .finish()
    }
}
