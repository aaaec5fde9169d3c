//! The main future: a task that lives on the stack.
//!
//! The problem: `run` takes a future that may borrow from its caller, and a task may not
//! borrow. So the main future stays on the stack of the caller of `run`, and the scheduler
//! has a slot that refers to it. Everything else is as for any task: the main task has a
//! ticket and a name, it is woken, cancelled and traced, and a done-callback notices its
//! end one iteration later.
//!
//! Invariants:
//! 1. The slot is released however the run ends, also by a panic of the driver.
//! 2. The callback that notices the end stops the run in which it was registered and no
//!    other, also if that run is over when the callback is called.
//!
//! Read next: `iteration/checks.rs`.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_task::{DoneCallback, Entry, Root, RootTask, TaskError, TaskRef, Ticket, TimerWord};

use super::LoopCore;
use crate::timers::Timers;

/// A future on the stack of `run_until_complete`; it need not be `'static`.
pub(crate) struct Main<'a, F: Future> {
    future: Pin<&'a mut Option<F>>,
    output: Option<F::Output>,
    timers: &'a Timers,
}

impl<'a, F: Future> Main<'a, F> {
    pub(crate) fn new(future: Pin<&'a mut Option<F>>, timers: &'a Timers) -> Self {
        let output = None;
        Main {
            future,
            output,
            timers,
        }
    }

    /// Returns the value of the future, if it is done.
    pub(crate) fn into_output(self) -> Option<F::Output> {
        self.output
    }
}

impl<F: Future> Root for Main<'_, F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = self.future.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                // In its place first: the drop of the future may panic, and so may the output's.
                self.output = Some(output);
                self.future.set(None);
                Poll::Ready(())
            }
        }
    }

    fn clear(&mut self) {
        if let Some(output) = self.output.take() {
            self.timers.scheduler().drop_reported(output);
        }
        self.future.set(None);
    }

    fn output_type(&self) -> &'static str {
        type_name::<F::Output>()
    }

    fn redeem(&mut self, timer: TimerWord) -> Option<Ticket> {
        self.timers.redeem(timer)
    }

    fn sleeper(&self, timer: TimerWord) -> Option<Ticket> {
        self.timers.sleeper(timer)
    }

    fn due(&self, now: u64) -> Vec<(u64, Entry)> {
        self.timers.due(now)
    }

    fn number_of(&self, timer: TimerWord) -> u64 {
        self.timers.number_of(timer)
    }
}

/// The root of a run without a main future: it has only the timers of the loop.
pub(crate) struct NoMain<'a>(pub(crate) &'a Timers);

impl Root for NoMain<'_> {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}

    fn redeem(&mut self, timer: TimerWord) -> Option<Ticket> {
        self.0.redeem(timer)
    }

    fn sleeper(&self, timer: TimerWord) -> Option<Ticket> {
        self.0.sleeper(timer)
    }

    fn due(&self, now: u64) -> Vec<(u64, Entry)> {
        self.0.due(now)
    }

    fn number_of(&self, timer: TimerWord) -> u64 {
        self.0.number_of(timer)
    }
}

/// The slot of the main future among the tasks, released however the run ends.
pub(crate) struct MainTask<'a> {
    inner: &'a LoopCore,
    task: RootTask,
    stop_when_done: DoneCallback,
}

impl<'a> MainTask<'a> {
    pub(crate) fn open(inner: &'a Rc<LoopCore>) -> Self {
        let task = inner.scheduler.open_root();
        let stop_when_done = inner.stop_when_done(&task);
        MainTask {
            inner,
            task,
            stop_when_done,
        }
    }

    /// Keeps the locals of the main task for the next main task.
    pub(crate) fn keep_locals(&self) {
        self.inner.scheduler.keep_locals(&self.task);
    }

    /// Releases the slot, and returns how the main task ended; `None` if it has not ended.
    pub(crate) fn close(&self) -> Option<Result<(), TaskError>> {
        // A main future that is dropped before its end must not stop a later run.
        self.task.remove_done_callback(&self.stop_when_done);
        self.task.close()
    }
}

impl Drop for MainTask<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

impl LoopCore {
    /// Ends the present run one iteration after `task` has ended.
    pub(crate) fn stop_when_done(self: &Rc<Self>, task: &TaskRef) -> DoneCallback {
        let (inner, run) = (Rc::downgrade(self), self.run_number());
        task.add_done_callback(move || {
            if let Some(inner) = inner.upgrade() {
                inner.stop_run(run);
            }
        })
    }
}
