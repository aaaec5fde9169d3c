//! The result of a task, between its loop's thread and another.
//!
//! The problem: the task belongs to the loop's thread, and its handle to another.
//! Between them stands a result that both can reach, one of them once: it is put in
//! by the task's end or by the loop's, by whichever comes first.
//!
//! ```text
//!   Open { not begun } --begin--> Open { ticket } --the task ends--> Done
//!          |                           |                              ^
//!          +--------- the loop is closed: the reply is dropped -------+
//! ```
//!
//! Invariants:
//! 1. A result is always there in the end: a reply that is dropped unanswered
//!    answers `Closed`. So nobody waits for ever for a loop that has gone.
//! 2. No foreign code, be it a waker or a sink, is run under the lock.
//! 3. Until there is a result, the task's loop counts the handle as a caller, since
//!    the handle may cancel the task; and a loop that awaits the task, if it is
//!    another, counts it as well, since the result will wake it.
//!
//! Read next: `task.rs`, the handle.

use std::cell::RefCell;
use std::future::Future;
use std::mem::take;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use groundup_task::{Task, TaskError};
use parking_lot::{Condvar, Mutex};

use super::error::RemoteError;
use super::presence::Presence;
use crate::iteration::Inner;

pub(super) enum State<T> {
    Open(Open),
    /// Done, and the result, if it was not taken.
    Done(Option<Result<T, RemoteError>>),
}

#[derive(Default)]
pub(super) struct Open {
    pub(super) cancelled: bool,
    /// Once it is spawned.
    pub(super) ticket: Option<u64>,
    pub(super) waker: Option<Waker>,
    /// In its own loop, until it is awaited there or its handle is dropped.
    pub(super) may_cancel: Option<Presence>,
    /// In another loop that awaits it.
    pub(super) awaited: Option<Presence>,
}

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
    /// Signalled when the state becomes `Done`.
    pub(super) done: Condvar,
}

impl<T> Shared<T> {
    /// A result that is not there yet, and the means to put it in.
    pub(super) fn open(may_cancel: Presence) -> (Arc<Self>, Reply<T>) {
        let state = State::Open(Open {
            may_cancel: Some(may_cancel),
            ..Open::default()
        });
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            done: Condvar::new(),
        });
        let reply = Reply {
            shared: shared.clone(),
        };
        (shared, reply)
    }

    /// The task is spawned; true if it was cancelled before.
    fn begins(&self, task: u64) -> bool {
        match &mut *self.state.lock() {
            State::Open(open) => {
                open.ticket = Some(task);
                open.cancelled
            }
            State::Done(_) => false,
        }
    }

    /// Puts the result in, and wakes the thread or the task that waits for it.
    fn finish(&self, result: Result<T, RemoteError>) {
        let mut state = self.state.lock();
        let State::Open(open) = &mut *state else {
            return;
        };
        let mut open = take(open);
        *state = State::Done(Some(result));
        drop(state);
        self.done.notify_all();
        if let Some(waker) = open.waker.take() {
            waker.wake();
        }
        // The loops that counted the handle are rung now, with the wake before them.
        drop(open);
    }
}

/// The loop's end of it: if it is dropped unanswered, the loop was closed.
pub(super) struct Reply<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.shared.finish(Err(RemoteError::Closed));
    }
}

impl<T: Send + 'static> Reply<T> {
    /// On the loop's thread: spawns the future, and hands its end on.
    pub(super) fn begin(
        self,
        future: impl Future<Output = T> + 'static,
        place: &'static Location<'static>,
    ) {
        let inner = Inner::current("a remote task");
        let task = inner.scheduler().spawn_at(future, place);
        if self.shared.begins(task.ticket()) {
            task.cancel();
        }
        let handle = task.task_ref();
        let ends = RefCell::new(Some((task, self)));
        handle.add_done_callback(move || {
            if let Some((task, reply)) = ends.take() {
                reply.end(task);
            }
        });
    }

    fn end(self, mut task: Task<T>) {
        let result = task.take_result().unwrap_or(Err(TaskError::Closed));
        self.shared.finish(result.map_err(|error| match error {
            TaskError::Cancelled(_) => RemoteError::Cancelled,
            TaskError::Panicked(panic) => RemoteError::Panicked(panic.message().to_string()),
            _ => RemoteError::Closed,
        }));
    }
}
