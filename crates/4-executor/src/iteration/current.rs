//! The running loop of a thread.
//!
//! The problem: a task says `sleep(d)` and `spawn(f)` and names no loop. What it
//! means is the loop that is polling it, and of those there is at most one on a
//! thread. So the running loop stands in a thread-local, and whoever enters takes
//! it out again when it leaves, by whatever way it leaves.
//!
//! Invariants:
//! 1. At most one loop runs on a thread; a second is refused before anything of
//!    the first is touched (L22).
//! 2. A loop that is closed while another runs takes its place for as long as the
//!    closing takes, and gives it back.
//! 3. What asked the run to stop goes with the run, by whatever way it is left.
//! 4. The place is there as long as the thread is: a loop can be closed also while
//!    the thread is being torn down.
//!
//! Read next: `guest.rs`, a run in pieces.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use groundup_task::{Entered, Scheduler};

use super::Inner;
use crate::error::RunError;

thread_local! {
    // Nothing is dropped with the thread: whoever entered takes it out again.
    static CURRENT: RefCell<Option<ManuallyDrop<Rc<Inner>>>> = const { RefCell::new(None) };
}

#[cold]
#[track_caller]
fn no_loop(what: &str) -> ! {
    panic!(
        "no running event loop: {what} works only inside one; call it from a task or a callback of \
         a running loop, or use the method of an EventLoop"
    )
}

impl Inner {
    #[inline]
    pub(crate) fn try_current<R>(ask: impl FnOnce(&Rc<Inner>) -> R) -> Option<R> {
        CURRENT.with(|current| current.borrow().as_deref().map(ask))
    }

    #[track_caller]
    pub(crate) fn current(what: &str) -> Rc<Inner> {
        match Self::try_current(Rc::clone) {
            Some(inner) => inner,
            None => no_loop(what),
        }
    }

    /// The scheduler of the running loop.
    #[track_caller]
    #[inline]
    pub(crate) fn scheduler_of(what: &str) -> Rc<Scheduler> {
        Self::with_current(what, |inner| inner.scheduler.clone())
    }

    /// Asks the running loop for something, without another count on it; not for calling
    /// what may be the user's, since that may enter another loop.
    #[track_caller]
    #[inline]
    pub(crate) fn with_current<R>(what: &str, act: impl FnOnce(&Rc<Inner>) -> R) -> R {
        match Self::try_current(act) {
            Some(done) => done,
            None => no_loop(what),
        }
    }

    /// Makes this the running loop of the thread.
    pub(crate) fn enter(self: &Rc<Self>) -> Result<Running, RunError> {
        if self.scheduler.is_closed() {
            return Err(RunError::Closed);
        }
        if self.running.get() {
            return Err(RunError::AlreadyRunning);
        }
        match self.scheduler.enter() {
            Some(entered) => {
                // A run in pieces leaves the mailbox asleep.
                self.scheduler.rise();
                Ok(self.enter_with(entered))
            }
            None => Err(RunError::AnotherLoopRuns),
        }
    }

    /// The same, in place of whatever loop runs on the thread: for closing.
    pub(crate) fn enter_over(self: &Rc<Self>) -> Running {
        self.enter_with(self.scheduler.enter_over())
    }

    fn enter_with(self: &Rc<Self>, entered: Entered) -> Running {
        self.running.set(true);
        self.runs.set(self.runs.get() + 1);
        let this = ManuallyDrop::new(self.clone());
        Running {
            inner: self.clone(),
            before: CURRENT.with(|current| current.replace(Some(this))),
            _entered: entered,
        }
    }
}

/// While it lives, the loop is the thread's; after it, whichever was before.
pub(crate) struct Running {
    inner: Rc<Inner>,
    before: Option<ManuallyDrop<Rc<Inner>>>,
    _entered: Entered,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.inner.running.set(false);
        self.inner.set_stopping(false);
        let left = CURRENT.with(|current| current.replace(self.before.take()));
        drop(left.map(ManuallyDrop::into_inner));
    }
}
