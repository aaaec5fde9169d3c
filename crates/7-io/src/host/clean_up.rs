//! Closes a guest when its tasks have cleaned up.
//!
//! The problem: main is done, and other tasks are in the middle of something. They are cancelled, and
//! clean up in one more run, which is a future like every run of a guest.
//!
//! Invariants:
//! 1. The clean-up takes the iterations that `Runner::close` takes.
//! 2. A request to stop does not end the clean-up.
//! 3. A clean-up that is dropped leaves no callback that stops a later run.
//!
//! Read next: `host/run_in.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::time::Duration;

use groundup_sync::executor::{
    CloseError, EventLoop, RunError, TimerHandle, call_soon, current_loop, stop,
};
use groundup_sync::task::{Report, ReportKind, TaskRef};
use groundup_sync::trace::Name;

use super::Host;
use super::guest::Guest;

/// Duration of a clean-up after which a report names the tasks that go on.
const NAMED_AFTER: Duration = Duration::from_secs(5);

fn unfinished(tasks: &[TaskRef]) -> Vec<Name> {
    let open = tasks.iter().filter(|task| !task.done());
    open.filter_map(TaskRef::name).collect()
}

/// The tasks and timers of a clean-up, until it is dropped.
struct CleanUp {
    left: Rc<[TaskRef]>,
    /// Number of the tasks that have not ended.
    open: Rc<Cell<usize>>,
    /// True when the limit is over.
    over: Rc<Cell<bool>>,
    timers: Vec<TimerHandle>,
}

impl CleanUp {
    /// Cancels the tasks, and has the loop stopped when all have ended, or when the limit is over.
    fn begin(event_loop: &EventLoop, left: Rc<[TaskRef]>, limit: Option<Duration>) -> Self {
        left.iter().for_each(|task| _ = task.cancel());
        let (late, over) = (left.clone(), Rc::new(Cell::new(false)));
        let mut timers = vec![event_loop.call_later(NAMED_AFTER, move || report_late(&late))];
        if let Some(limit) = limit {
            let over = over.clone();
            timers.push(event_loop.call_later(limit, move || {
                over.set(true);
                stop();
            }));
        }
        let open = Rc::new(Cell::new(left.len()));
        for task in left.iter() {
            let open = Rc::downgrade(&open);
            task.add_done_callback(move || count_down(&open));
        }
        CleanUp {
            left,
            open,
            over,
            timers,
        }
    }
}

impl Drop for CleanUp {
    fn drop(&mut self) {
        self.timers.iter().for_each(TimerHandle::cancel);
    }
}

/// Counts a task that has ended, if the clean-up goes on; stops the loop after the last.
fn count_down(open: &Weak<Cell<usize>>) {
    if let Some(open) = open.upgrade() {
        open.set(open.get() - 1);
        if open.get() == 0 {
            let open = Rc::downgrade(&open);
            call_soon(move || {
                if open.strong_count() != 0 {
                    stop();
                }
            });
        }
    }
}

/// Returns to the host once, which polls again.
async fn let_the_host_run() {
    let mut polled = false;
    let once = poll_fn(|cx| match std::mem::replace(&mut polled, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    });
    once.await;
}

/// Reports the names of the tasks that go on.
fn report_late(late: &[TaskRef]) {
    let names = unfinished(late).join(", ");
    let mut report = Report::new(format!(
        "the loop is closing, and tasks go on {NAMED_AFTER:?} after they were cancelled: {names}"
    ));
    report.kind = ReportKind::StillRunning;
    current_loop().call_exception_handler(report);
}

impl<H: Host> Guest<H> {
    /// Cancels the remaining tasks, waits for them, and closes the loop, as
    /// [`Runner::close`](groundup_sync::executor::Runner::close) does. A drop of the guest closes the
    /// loop at once, and drops the tasks as they are.
    ///
    /// # Errors
    ///
    /// [`CloseError::StillRunning`] if the guest runs, [`CloseError::AnotherLoopRuns`] if the future is
    /// polled inside a run of a loop.
    pub async fn close(&self) -> Result<(), CloseError> {
        self.shut(None).await
    }

    /// Does what [`close`](Guest::close) does, but waits no longer than `limit`: a task that has not
    /// ended by then is dropped as it is.
    ///
    /// # Errors
    ///
    /// [`CloseError::Unfinished`] names the tasks that had not ended; else as `close`.
    pub async fn shutdown(&self, limit: Duration) -> Result<(), CloseError> {
        self.shut(Some(limit)).await
    }

    async fn shut(&self, limit: Option<Duration>) -> Result<(), CloseError> {
        if self.event_loop.is_closed() {
            return Ok(());
        }
        let Ok(_turn) = self.begin() else {
            return Err(CloseError::StillRunning);
        };
        let left: Rc<[TaskRef]> = self.event_loop.all_tasks().into();
        let mut names = Vec::new();
        if !left.is_empty() {
            let clean_up = CleanUp::begin(&self.event_loop, left, limit);
            while clean_up.open.get() > 0 && !clean_up.over.get() {
                match self.until_stopped().await {
                    // A task that stops the loop again and again must not keep the host's thread.
                    Ok(()) => let_the_host_run().await,
                    Err(RunError::AnotherLoopRuns) => return Err(CloseError::AnotherLoopRuns),
                    Err(error) => return Err(CloseError::CleanUp(error)),
                }
            }
            names = unfinished(&clean_up.left);
        }
        self.event_loop.close()?;
        match names.is_empty() {
            true => Ok(()),
            false => Err(CloseError::Unfinished(names)),
        }
    }
}
