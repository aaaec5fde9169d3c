//! One job, between its future and the thread that talks to its worker.
//!
//! The problem: a thread of the pool sends the job to a worker, waits for the reply, and reads the
//! value. Meanwhile the future may be dropped. Then a job that has not begun must not be sent, and,
//! if the pool says so, the worker of a job that runs is killed; but not if it has the next job by
//! then.
//!
//! ```text
//!   Waiting ── begin ──> Running(worker) ── end ──> Over
//!      │                     │
//!      └── kill ──> Left     └── kill: kills the worker, whose thread finds the socket closed
//! ```
//!
//! Invariants:
//! 1. A job is sent once. If its worker dies, the job is not sent to another one.
//! 2. A worker is killed for a job only while it has that job.
//!
//! Read next: `processes/run_in_process.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use groundup_combinators::task::{Panic, drop_told};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use super::error::ProcessError;
use super::frame::{Broken, RESULT, Reply, Request};
use super::pool::ProcessCore;
use super::worker::Worker;

/// Where a job stands. A kill of its worker depends on it.
enum CallState {
    /// No worker has it.
    Waiting,
    Running(Arc<Worker>),
    /// Its future was dropped before it began.
    Left,
    Over,
}

/// A job, between its future and its thread.
pub(super) struct Call(Mutex<CallState>);

impl Call {
    pub(super) fn new() -> Arc<Call> {
        Arc::new(Call(Mutex::new(CallState::Waiting)))
    }

    /// Returns false if the future was dropped.
    fn begin(&self, worker: &Arc<Worker>) -> bool {
        let mut state = self.0.lock();
        if matches!(*state, CallState::Left) {
            return false;
        }
        *state = CallState::Running(worker.clone());
        true
    }

    fn end(&self) {
        *self.0.lock() = CallState::Over;
    }

    /// Leaves the job, and kills its worker if it has one.
    pub(super) fn kill(&self) {
        let mut state = self.0.lock();
        match &*state {
            CallState::Waiting => *state = CallState::Left,
            CallState::Running(worker) => worker.kill(),
            CallState::Left | CallState::Over => {}
        }
    }
}

/// Runs a job in a worker, on a thread of the pool.
pub(super) fn run<R: DeserializeOwned>(
    core: &ProcessCore,
    call: &Call,
    job: &'static str,
    request: &Request,
) -> Result<R, ProcessError> {
    let worker = core.workers.take().map_err(|error| {
        let error = Arc::new(error);
        ProcessError::NoWorker { job, error }
    })?;
    let replied = if call.begin(&worker) {
        worker.call(request)
    } else {
        Ok(Reply::Unknown) // no task reads this
    };
    call.end();
    let broken = match replied {
        Ok(reply) => {
            core.give_back(&worker);
            return value(job, request.limit, reply);
        }
        Err(broken) => broken,
    };
    let status = core.workers.end(&worker);
    Err(match (broken, status) {
        (Broken::Garbage(why), _) => ProcessError::Garbage { job, why },
        (Broken::Ended, Ok(status)) => ProcessError::WorkerDied { job, status },
        (Broken::Ended, Err(error)) => ProcessError::Garbage {
            job,
            why: format!("its socket is closed, and it has no status: {error}"),
        },
    })
}

/// Reads the value of a reply.
fn value<R: DeserializeOwned>(
    job: &'static str,
    limit: u64,
    reply: Reply,
) -> Result<R, ProcessError> {
    let unreadable = |what, why: String| ProcessError::Unreadable { job, what, why };
    match reply {
        Reply::Value(bytes) => {
            let read = || match postcard::take_from_bytes(&bytes) {
                Ok((value, [])) => Ok(value),
                Ok(_) => Err("bytes are left".into()),
                Err(error) => Err(error.to_string()),
            };
            // A `Deserialize` is code of the user.
            let read = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
                let panic = Panic::new(payload);
                let why = format!("its Deserialize panicked: {}", panic.message());
                drop_told(panic);
                Err(why)
            });
            read.map_err(|why| unreadable(RESULT, why))
        }
        Reply::Panicked(message, place) => Err(ProcessError::Panicked {
            job,
            message,
            place,
        }),
        Reply::Unreadable(what, why) => Err(unreadable(what, why)),
        Reply::TooLarge(bytes) => Err(ProcessError::TooLarge {
            job,
            what: RESULT,
            bytes,
            limit,
        }),
        Reply::Unknown => Err(ProcessError::NotListed { job }),
    }
}
