//! The result of a task, between its loop's thread and another.
//!
//! The problem: the task belongs to the loop's thread, and its handle to another. Between
//! them stands a result that both can reach. The end of the task or the end of the loop
//! sets it, whichever comes first, and it is set once.
//!
//! ```text
//!   Open { not begun } ── begin ──> Open { ticket } ── the task ends ──> Done
//!
//!   If the loop is closed, the reply is dropped: each state becomes Done.
//! ```
//!
//! Invariants:
//! 1. A result is always set in the end: a reply that is dropped unanswered sets `Closed`.
//!    So no thread waits for ever for a loop that is closed.
//! 2. A result that is not taken is dropped with the last side, and its panic is reported.
//! 3. No foreign code, such as a waker or a sink, runs under the lock.
//! 4. Until the result is set, the task's loop counts the handle as a caller, since the
//!    handle may cancel the task. If another loop awaits the task, that loop counts the
//!    handle as well, since the result will wake it.
//!
//! Read next: `remote/task.rs`, the handle.

use std::cell::RefCell;
use std::future::Future;
use std::mem::take;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use groundup_task::{Scheduler, Task, TaskError, Ticket, drop_told};
use parking_lot::{Condvar, Mutex};

use super::error::RemoteError;
use super::origin::Origin;
use super::presence::Presence;
use crate::iteration::LoopCore;

pub(super) enum AnswerState<T> {
    Open(Open),
    /// Done; holds the result until it is taken, and whose it is.
    Done(Option<Result<T, RemoteError>>, Option<Origin>),
}

#[derive(Default)]
pub(super) struct Open {
    pub(super) cancelled: bool,
    /// The ticket of the task, once it is spawned.
    pub(super) ticket: Option<Ticket>,
    pub(super) waker: Option<Waker>,
    /// Counts the handle at the task's loop, until it is awaited there or dropped.
    pub(super) may_cancel: Option<Presence>,
    /// Counts the handle at another loop that awaits it.
    pub(super) awaited: Option<Presence>,
}

pub(super) struct Shared<T> {
    pub(super) state: Mutex<AnswerState<T>>,
    /// Signalled when the state becomes `Done`. At most one thread waits: there is one handle, and
    /// a wait borrows it.
    pub(super) done: Condvar,
}

impl<T> Drop for Shared<T> {
    /// Drops a result that was not taken. The panic of the task is reported then, as that of
    /// another task; a panic in the drop of the value is reported, too.
    fn drop(&mut self) {
        let AnswerState::Done(result, origin) = self.state.get_mut() else {
            return;
        };
        match (result.take(), origin.take()) {
            (Some(Err(RemoteError::Panicked(why))), Some(origin)) => origin.report(why),
            (result, _) => drop_told(result),
        }
    }
}

impl<T> Shared<T> {
    /// Makes a result that is not set yet, and the reply that sets it.
    pub(super) fn open(may_cancel: Presence) -> (Arc<Self>, Reply<T>) {
        let state = AnswerState::Open(Open {
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

    /// Stores the ticket of the spawned task; returns true if the task was cancelled before.
    fn begins(&self, task: Ticket) -> bool {
        match &mut *self.state.lock() {
            AnswerState::Open(open) => {
                open.ticket = Some(task);
                open.cancelled
            }
            AnswerState::Done(..) => false,
        }
    }

    /// Sets the result, and wakes the thread or the task that waits for it.
    fn finish(&self, result: Result<T, RemoteError>, origin: Option<Origin>) {
        let mut state = self.state.lock();
        let AnswerState::Open(open) = &mut *state else {
            return;
        };
        let mut open = take(open);
        *state = AnswerState::Done(Some(result), origin);
        drop(state);
        self.done.notify_one();
        if let Some(waker) = open.waker.take() {
            match Scheduler::current() {
                Some(scheduler) => scheduler.wake_foreign(waker),
                None => waker.wake(),
            }
        }
        // The drop notifies the loops that counted the handle, after their wake was sent.
        drop(open);
    }
}

/// The loop's side of the result. A reply that is dropped unanswered sets `Closed`.
pub(super) struct Reply<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.shared.finish(Err(RemoteError::Closed), None);
    }
}

impl<T: Send + 'static> Reply<T> {
    /// Spawns the future on the loop's thread, and sets the result when the task ends.
    pub(super) fn begin(
        self,
        future: impl Future<Output = T> + 'static,
        place: &'static Location<'static>,
    ) {
        let inner = LoopCore::current("a remote task");
        let task = inner.scheduler().clone().spawn_at(future, place);
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
        if Arc::strong_count(&self.shared) == 1 {
            return; // no handle is left: the task reports its panic as another one does
        }
        let origin = Origin::of(&task);
        let result = task.take_result().unwrap_or(Err(TaskError::Closed));
        let result = result.map_err(|error| match error {
            TaskError::Cancelled(_) => RemoteError::Cancelled,
            TaskError::Panicked(panic) => RemoteError::Panicked(panic.message().to_string()),
            _ => RemoteError::Closed,
        });
        self.shared.finish(result, Some(origin));
    }
}
