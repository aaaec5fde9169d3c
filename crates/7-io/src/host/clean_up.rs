//! Closes a guest when its tasks have cleaned up.
//!
//! The problem: main is done, and other tasks are in the middle of something. They are cancelled, and
//! clean up in one more run, which is a future like every run of a guest. Floor 4 has the
//! clean-up itself.
//!
//! Invariants:
//! 1. The clean-up takes the iterations that `Runner::close` takes.
//! 2. A request to stop does not end the clean-up.
//! 3. A clean-up that is dropped leaves no callback that stops a later run.
//!
//! Read next: `host/run_in.rs`.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use groundup_sync::executor::{CleanUp, CloseError, RunError};

use super::Host;
use super::guest::Guest;

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
    /// The host has the clock. If it moves only while the host has nothing to do, the limit does not come
    /// while a task yields for ever.
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
        let left = self.event_loop.all_tasks();
        let mut names = Vec::new();
        if !left.is_empty() {
            let clean_up = CleanUp::begin(&self.event_loop, left, limit);
            while !clean_up.is_over() {
                match self.until_stopped().await {
                    // A task that stops the loop again and again must not keep the host's thread.
                    Ok(()) => let_the_host_run().await,
                    Err(RunError::AnotherLoopRuns) => return Err(CloseError::AnotherLoopRuns),
                    Err(error) => return Err(CloseError::CleanUp(error)),
                }
            }
            names = clean_up.unfinished();
        }
        self.event_loop.close()?;
        match names.is_empty() {
            true => Ok(()),
            false => Err(CloseError::Unfinished(names)),
        }
    }
}
