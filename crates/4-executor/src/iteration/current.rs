//! The running loop of a thread.
//!
//! The problem: a task calls `sleep(d)` and `spawn(f)` and names no loop. It means the loop
//! that is polling it, and at most one loop runs on a thread. So the running loop stands in
//! a thread-local. A guard puts it there when a run begins, and takes it out when the run
//! is left, however it ends.
//!
//! Invariants:
//! 1. At most one loop runs on a thread. A second one is refused before anything of the
//!    first is touched.
//! 2. A loop that is closed while another one runs stands in the thread-local for as long
//!    as the closing takes, and then puts the other one back.
//! 3. A request to stop ends with its run, however the run ends.
//! 4. A loop whose owner was dropped during a run is closed when that run ends, however it ends; and
//!    during another call, when that call ends.
//! 5. The thread-local is there as long as the thread is, so a loop can be closed also
//!    while the thread is being torn down.
//!
//! Read next: `iteration/guest.rs`, a run in pieces.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use groundup_task::{Entered, Scheduler};

use super::LoopCore;
use crate::driver::Driver;
use crate::error::RunError;

thread_local! {
    // The thread-local drops nothing when the thread ends: the guard has taken the loop
    // out.
    static CURRENT: RefCell<Option<ManuallyDrop<Rc<LoopCore>>>> = const { RefCell::new(None) };
}

#[cold]
#[track_caller]
fn no_loop(what: &str) -> ! {
    panic!(
        "no running event loop: {what} works only inside one; call it from a task or a callback, \
         or in a future that you give to `run`"
    )
}

impl LoopCore {
    #[inline]
    pub(crate) fn try_current<R>(ask: impl FnOnce(&Rc<LoopCore>) -> R) -> Option<R> {
        CURRENT.with(|current| current.borrow().as_deref().map(ask))
    }

    #[track_caller]
    pub(crate) fn current(what: &str) -> Rc<LoopCore> {
        match Self::try_current(Rc::clone) {
            Some(inner) => inner,
            None => no_loop(what),
        }
    }

    /// Returns the scheduler of the running loop.
    #[track_caller]
    #[inline]
    pub(crate) fn scheduler_of(what: &str) -> Rc<Scheduler> {
        // Speed: spawn_join. It has entered the thread together with its loop.
        match Scheduler::current() {
            Some(scheduler) => scheduler,
            None => no_loop(what),
        }
    }

    /// Calls `act` with the running loop, without a new count on it. `act` must not call
    /// the user's code, since that may enter another loop.
    #[track_caller]
    #[inline]
    pub(crate) fn with_current<R>(what: &str, act: impl FnOnce(&Rc<LoopCore>) -> R) -> R {
        match Self::try_current(act) {
            Some(done) => done,
            None => no_loop(what),
        }
    }

    /// Makes this loop the running one of the thread.
    pub(crate) fn enter(self: &Rc<Self>) -> Result<Running, RunError> {
        if self.scheduler.is_closed() {
            return Err(RunError::Closed);
        }
        if self.running.get() {
            return Err(RunError::AlreadyRunning);
        }
        match self.scheduler.enter() {
            Some(entered) => Ok(self.enter_with(entered)),
            None => Err(RunError::AnotherLoopRuns),
        }
    }

    /// Makes this loop the running one, in place of another that runs on the thread: for
    /// closing.
    pub(crate) fn enter_over(self: &Rc<Self>) -> Running {
        self.enter_with(self.scheduler.enter_over())
    }

    /// Drops everything that the loop holds: what it keeps goes last.
    pub(crate) fn close(self: &Rc<Self>) {
        let _running = self.enter_over();
        self.scheduler.close();
        self.timers.clear();
        drop(self.completions.take());
        while let Some(value) = self.kept.pop() {
            self.scheduler.drop_reported(value);
        }
        self.scheduler
            .drop_reported(LeftDriver(self.driver.present()));
    }

    /// Closes the loop at once, or at the end of the call that is under way: the owner may be dropped
    /// by a handler, a sink or a waker.
    pub(crate) fn close_at_rest(self: &Rc<Self>) {
        let this = self.clone();
        self.scheduler.at_rest(move || {
            if !this.scheduler.is_closed() {
                this.close();
            }
        });
    }

    /// Has the present run close the loop when it ends.
    pub(crate) fn close_after_run(&self) {
        self.orphaned.set(true);
    }

    fn enter_with(self: &Rc<Self>, entered: Entered) -> Running {
        self.running.set(true);
        self.completions.set_hosted(false);
        self.runs.set(self.runs.get() + 1);
        let this = ManuallyDrop::new(self.clone());
        Running {
            inner: self.clone(),
            before: CURRENT.with(|current| current.replace(Some(this))),
            _entered: entered,
        }
    }
}

/// The driver of a loop that is closed. The program may keep it, so its drop tells it.
struct LeftDriver(Rc<dyn Driver>);

impl Drop for LeftDriver {
    fn drop(&mut self) {
        self.0.replaced();
    }
}

/// Guard of a run: while it lives, its loop is the running one of the thread. Its drop puts
/// the loop before it back.
pub(crate) struct Running {
    inner: Rc<LoopCore>,
    before: Option<ManuallyDrop<Rc<LoopCore>>>,
    _entered: Entered,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.inner.running.set(false);
        self.inner.set_stopping(false);
        self.inner.completions.pause();
        let left = CURRENT.with(|current| current.replace(self.before.take()));
        drop(left.map(ManuallyDrop::into_inner));
        if self.inner.orphaned.get() {
            self.inner.close_at_rest();
        }
    }
}
