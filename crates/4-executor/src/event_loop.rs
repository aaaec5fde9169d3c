//! The event loop: the interweaver that knows the time.
//!
//! The problem: floor 3 runs what is ready, and knows nothing else. Somebody has
//! to say when the next round begins, wait when there is nothing to run, notice
//! that a timer is due, and take in what other threads leave. One iteration:
//!
//! ```text
//!        +----------------------------------------------------------+
//!        |                                                          |
//!        v                                                          |
//!   1. mail?   letters of other threads join the ready queue        |
//!   2. idle?   park until the first deadline, or until called       |
//!   3. due?    due timers join the ready queue, in order            |
//!   4. round   everything that is ready now takes one step          |
//!   5. tell    reports go to the exception handler                  |
//!        |                                                          |
//!        +---- stop() was called? ----no----------------------------+
//!                      | yes
//!                      v
//!                   return
//! ```
//!
//! Invariants:
//! 1. What becomes ready in step 4 runs in the next iteration (L02).
//! 2. `stop` ends the loop after the iteration in which it was called (L06);
//!    called before, it lets one iteration run (L07).
//! 3. While something is ready, the clock is read at most once in 64 steps; a
//!    timer is late by no more than that (T06, T20).
//! 4. A loop that can never do anything again says so: `RunError::Deadlock`.
//!
//! Read next: `run.rs`, the entrance; `sleep.rs`, the first thing that waits.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_task::trace::{Chooser, Sink, Verb};
use groundup_task::{
    Deadlock, DoneCallback, Entered, ExceptionHandler, Handle, NoRoot, Promise, Report, Root,
    Scheduler, Task, TaskError, TaskRef,
};

use crate::driver::{Driver, Parked, nanos};
use crate::error::RunError;
use crate::timer::TimerHandle;
use crate::timers::Timers;

/// How many steps are taken before the clock is looked at again.
const BUDGET: usize = 64;

/// What an event loop is made of, shared with the futures that need it.
pub(crate) struct Inner {
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) timers: Rc<Timers>,
    pub(crate) driver: Rc<dyn Driver>,
    iteration: Cell<u64>,
    steps: Cell<usize>,
    running: Cell<bool>,
    pub(crate) stopping: Cell<bool>,
    /// How many handles there are that another thread may hold.
    pub(crate) outside: Arc<AtomicUsize>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
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
        CURRENT
            .try_with(|current| current.borrow().as_ref().map(ask))
            .ok()
            .flatten()
    }

    #[track_caller]
    pub(crate) fn current(what: &str) -> Rc<Inner> {
        match Self::try_current(Rc::clone) {
            Some(inner) => inner,
            None => no_loop(what),
        }
    }

    /// Has the running loop do something, without another count on it.
    #[track_caller]
    #[inline]
    pub(crate) fn with_current<R>(what: &str, act: impl FnOnce(&Rc<Inner>) -> R) -> R {
        match Self::try_current(act) {
            Some(done) => done,
            None => no_loop(what),
        }
    }

    /// Makes this the running loop of the thread.
    fn enter(self: &Rc<Self>) -> Result<Running, RunError> {
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

    /// The same, in place of whatever loop runs on the thread: for closing.
    fn enter_over(self: &Rc<Self>) -> Running {
        self.enter_with(self.scheduler.enter_over())
    }

    fn enter_with(self: &Rc<Self>, entered: Entered) -> Running {
        self.running.set(true);
        // While the thread is being torn down there is no place to stand in.
        let before = CURRENT.try_with(|current| current.replace(Some(self.clone())));
        Running {
            inner: self.clone(),
            before: before.ok().flatten(),
            _entered: entered,
        }
    }

    /// Runs iterations until `stop`.
    fn run(&self, root: &mut dyn Root) -> Result<(), Deadlock> {
        loop {
            self.begin_iteration()?;
            self.scheduler.run_rounds(root, |steps| self.goes_on(steps));
            if self.stopping.get() {
                self.stopping.set(false);
                return Ok(());
            }
        }
    }

    /// One iteration alone.
    fn iterate(&self, root: &mut dyn Root) -> Result<(), Deadlock> {
        self.begin_iteration()?;
        self.scheduler.run_rounds(root, |steps| {
            self.end_iteration(steps);
            false
        });
        Ok(())
    }

    /// Everything of an iteration that comes before its round.
    fn begin_iteration(&self) -> Result<(), Deadlock> {
        let scheduler = &self.scheduler;
        self.iteration.set(self.iteration.get() + 1);
        if scheduler.has_mail() {
            scheduler.collect_mail();
        }
        if scheduler.is_observed() {
            self.tell_iteration();
        }
        if scheduler.is_idle() {
            self.wait()?;
        } else if self.steps.get() >= BUDGET {
            self.look();
        }
        if self.timers.may_be_due() {
            self.timers.fire();
        }
        Ok(())
    }

    /// A round is over: reports are told, steps are counted.
    #[inline]
    fn end_iteration(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps);
        self.scheduler.flush_reports();
    }

    /// Between two rounds: whether the next iteration is one in which there is
    /// nothing to do but to run what is ready. Then it has begun.
    #[inline]
    fn goes_on(&self, steps: usize) -> bool {
        self.end_iteration(steps);
        let quiet = !self.stopping.get()
            && self.steps.get() < BUDGET
            && !self.timers.may_be_due()
            && self.scheduler.only_ready();
        self.iteration.set(self.iteration.get() + u64::from(quiet));
        quiet
    }

    #[cold]
    fn tell_iteration(&self) {
        self.stamp();
        self.scheduler.emit(None, Verb::Iteration);
    }

    /// What is told from now on happens now.
    fn stamp(&self) {
        if self.scheduler.is_observed() {
            self.scheduler
                .set_stamp(self.timers.now.get(), self.iteration.get());
        }
    }

    /// Busy: the clock is looked at if there is a timer it could make due.
    #[inline]
    fn look(&self) {
        self.steps.set(0);
        if self.timers.any() {
            self.timers.look();
            self.stamp();
        }
    }

    /// Time passes, and nobody else runs.
    pub(crate) fn block(&self, duration: Duration) {
        self.driver.block(duration);
        self.timers.look();
        self.stamp();
    }

    /// Idle: waits for the first deadline or a letter.
    fn wait(&self) -> Result<(), Deadlock> {
        self.steps.set(0);
        if self.stopping.get() {
            self.timers.look();
            return Ok(());
        }
        let until = self.timers.until();
        if until.is_none_or(|until| until > self.timers.look()) {
            self.park(until)?;
        }
        self.stamp();
        Ok(())
    }

    fn park(&self, until: Option<u64>) -> Result<(), Deadlock> {
        if self.scheduler.is_observed() {
            self.scheduler.emit(None, Verb::Park { until });
        }
        // Whoever has let go of its handle has left its letters before.
        let outside = self.outside.load(Ordering::Acquire) > 0;
        let mut asleep = || self.scheduler.may_sleep();
        let parked = self.driver.park(until, outside, &mut asleep);
        self.scheduler.rise();
        self.timers.look();
        if self.scheduler.has_mail() {
            self.scheduler.collect_mail();
        } else if parked == Parked::Stalled {
            return Err(self.scheduler.deadlock());
        }
        Ok(())
    }

    pub(crate) fn iteration(&self) -> u64 {
        self.iteration.get()
    }

    fn stop_when_done(self: &Rc<Self>, task: &TaskRef) -> DoneCallback {
        let inner = Rc::downgrade(self);
        task.add_done_callback(move || {
            if let Some(inner) = inner.upgrade() {
                inner.stopping.set(true);
            }
        })
    }
}

/// While it lives, the loop is the thread's; after it, whichever was before.
struct Running {
    inner: Rc<Inner>,
    before: Option<Rc<Inner>>,
    _entered: Entered,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.inner.running.set(false);
        let left = CURRENT.try_with(|current| current.replace(self.before.take()));
        drop(left);
    }
}

/// The main future's place among the tasks, given back however the run ends.
struct MainTask<'a> {
    inner: &'a Inner,
    task: TaskRef,
    stop_when_done: DoneCallback,
}

impl<'a> MainTask<'a> {
    fn open(inner: &'a Rc<Inner>) -> Self {
        let task = inner.scheduler.open_root();
        let stop_when_done = inner.stop_when_done(&task);
        MainTask {
            inner,
            task,
            stop_when_done,
        }
    }

    /// How it ended; `None` if it did not.
    fn close(&self) -> Option<Result<(), TaskError>> {
        // A main future that is given up must not stop the next run.
        self.task.remove_done_callback(&self.stop_when_done);
        self.inner.scheduler.close_root(self.task.clone())
    }
}

impl Drop for MainTask<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

/// A future on the stack of `run_until_complete`; it need not be `'static`.
struct Main<'a, F: Future> {
    future: Pin<&'a mut Option<F>>,
    output: Option<F::Output>,
}

impl<F: Future> Root for Main<'_, F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = self.future.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                self.future.set(None);
                self.output = Some(output);
                Poll::Ready(())
            }
        }
    }

    fn clear(&mut self) {
        self.future.set(None);
        self.output = None;
    }
}

/// An event loop: asyncio's, in Rust.
///
/// It belongs to the thread that made it. Everything it runs may hold `Rc`s.
pub struct EventLoop {
    inner: Rc<Inner>,
}

impl EventLoop {
    /// A loop on the real clock: [`EventLoop::builder`] with nothing chosen.
    ///
    /// # Panics
    ///
    /// If 4094 loops are alive in the process.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::builder().build()
    }

    pub(crate) fn assemble(driver: Rc<dyn Driver>) -> Result<Self, RunError> {
        let scheduler = Scheduler::new().ok_or(RunError::TooManyLoops)?;
        scheduler.set_unpark(Some(driver.unpark()));
        let timers = Rc::new(Timers::new(scheduler.clone(), driver.clone()));
        let inner = Rc::new(Inner {
            scheduler,
            timers,
            driver,
            iteration: Cell::new(0),
            steps: Cell::new(0),
            running: Cell::new(false),
            stopping: Cell::new(false),
            outside: Arc::default(),
        });
        Ok(EventLoop { inner })
    }

    pub(crate) fn inner(&self) -> &Rc<Inner> {
        &self.inner
    }

    #[track_caller]
    fn open(&self) -> &Rc<Inner> {
        assert!(
            !self.inner.scheduler.is_closed(),
            "Event loop is closed: make a new one"
        );
        &self.inner
    }

    /// Runs the loop until `main` is done, and gives what it gives.
    ///
    /// `main` may borrow: it stays on this stack. When it is done, the iteration
    /// is finished and one more runs, as in asyncio (L19); other tasks stay and go
    /// on in the next run. A panic in `main` goes on here.
    ///
    /// # Errors
    ///
    /// See [`RunError`]. None of them harms this loop or the one that is running.
    #[track_caller]
    pub fn run_until_complete<F: IntoFuture>(&self, main: F) -> Result<F::Output, RunError> {
        self.run_main(main.into_future(), false)
    }

    /// The same; if asked to, what main sets in its locals is kept for the next.
    #[track_caller]
    pub(crate) fn run_main<F: Future>(&self, main: F, keep: bool) -> Result<F::Output, RunError> {
        let _running = self.inner.enter()?;
        let future = pin!(Some(main));
        let mut main = Main {
            future,
            output: None,
        };
        let place = MainTask::open(&self.inner);
        let ran = self.inner.run(&mut main);
        if keep {
            self.inner.scheduler.keep_locals(&place.task);
        }
        let ended = place.close();
        ran.map_err(RunError::Deadlock)?;
        match ended {
            Some(Ok(())) => Ok(main
                .output
                .expect("a main future that is done has given its output")),
            Some(Err(TaskError::Panicked(panic))) => panic.resume(),
            Some(Err(TaskError::Cancelled(cancelled))) => Err(RunError::Cancelled(cancelled)),
            Some(Err(error)) => Err(RunError::Task(error)),
            None => Err(RunError::Stopped),
        }
    }

    /// Runs the loop until `task` is done, and gives what it gives. A task that
    /// is done already costs exactly one iteration (L20).
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    pub fn run_until_done<T: 'static>(&self, mut task: Task<T>) -> Result<T, RunError> {
        if !Rc::ptr_eq(task.scheduler(), &self.inner.scheduler) {
            return Err(RunError::ForeignTask);
        }
        let _running = self.inner.enter()?;
        let callback = self.inner.stop_when_done(&task);
        let ran = self.inner.run(&mut NoRoot);
        task.remove_done_callback(&callback);
        ran.map_err(RunError::Deadlock)?;
        match task.take_result() {
            Some(Ok(value)) => Ok(value),
            Some(Err(TaskError::Panicked(panic))) => panic.resume(),
            Some(Err(TaskError::Cancelled(cancelled))) => Err(RunError::Cancelled(cancelled)),
            Some(Err(error)) => Err(RunError::Task(error)),
            None => Err(RunError::Stopped),
        }
    }

    /// Runs the loop until [`stop`](EventLoop::stop).
    ///
    /// # Errors
    ///
    /// [`RunError::AlreadyRunning`], [`RunError::AnotherLoopRuns`],
    /// [`RunError::Closed`], [`RunError::Deadlock`].
    pub fn run_forever(&self) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        self.inner.run(&mut NoRoot).map_err(RunError::Deadlock)
    }

    /// Runs one iteration, as between two lines of a debugger. Waits if nothing
    /// is ready.
    ///
    /// # Errors
    ///
    /// As [`run_forever`](EventLoop::run_forever).
    pub fn step(&self) -> Result<(), RunError> {
        let _running = self.inner.enter()?;
        self.inner
            .iterate(&mut NoRoot)
            .map_err(RunError::Deadlock)?;
        self.inner.stopping.set(false);
        Ok(())
    }

    /// Ends the run after the iteration that runs now; called while none runs, it
    /// lets the next run make one iteration (L06, L07). Twice is once.
    pub fn stop(&self) {
        self.inner.stopping.set(true);
    }

    /// Drops everything that waits or is ready, without running it (L16). Tasks
    /// are dropped oldest first, while the loop still counts as running. A second
    /// time does nothing.
    ///
    /// # Errors
    ///
    /// [`RunError::StillRunning`] from inside (L17).
    pub fn close(&self) -> Result<(), RunError> {
        if self.is_running() {
            return Err(RunError::StillRunning);
        }
        if !self.is_closed() {
            let _running = self.inner.enter_over();
            self.inner.timers.clear();
            self.inner.scheduler.close();
            self.inner.timers.clear();
        }
        Ok(())
    }

    /// Whether [`close`](EventLoop::close) was called.
    pub fn is_closed(&self) -> bool {
        self.inner.scheduler.is_closed()
    }

    /// Whether the loop is running now, further up on this stack.
    pub fn is_running(&self) -> bool {
        self.inner.running.get()
    }

    /// The time since the loop's beginning, on its own clock.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.inner.timers.look())
    }

    /// How many iterations the loop has run.
    pub fn iteration(&self) -> u64 {
        self.inner.iteration()
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.inner.timers.len()
    }

    /// Makes a task of a future, without running any of it (K01).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<<F::IntoFuture as Future>::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.open().scheduler.spawn(future.into_future())
    }

    /// A pending promise of this loop.
    #[track_caller]
    pub fn create_promise<T: Clone + 'static>(&self) -> Promise<T> {
        self.open().scheduler.promise()
    }

    /// Has `callback` called in the next iteration (L01).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.open().scheduler.call_soon(callback)
    }

    /// Has `callback` called when `delay` has passed; the delay counts from now.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        let inner = self.open();
        let when = inner.timers.look().saturating_add(nanos(delay));
        TimerHandle::set(&inner.timers, when, callback)
    }

    /// Has `callback` called at `when`, a [`time`](EventLoop::time) of this loop; a
    /// time that has passed is due at once.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_at(&self, when: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        TimerHandle::set(&self.open().timers, nanos(when), callback)
    }

    /// Makes a task of a future when `delay` has passed: asyncio's
    /// `call_later(delay, create_task, ...)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn_later<F>(&self, delay: Duration, future: F) -> TimerHandle
    where
        F: IntoFuture + 'static,
        F::IntoFuture: 'static,
        <F::IntoFuture as Future>::Output: 'static,
    {
        self.call_later(delay, move || crate::run::spawn(future).detach())
    }

    /// All tasks that are not done, oldest first (K08).
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.inner.scheduler.all_tasks()
    }

    /// What `task` waits for, and what that waits for, to the root cause.
    pub fn explain(&self, task: &TaskRef) -> String {
        self.inner.scheduler.explain(task)
    }

    /// Sets who is told of panics and errors that nobody else hears of; `None` is
    /// the default, which writes to standard error.
    pub fn set_exception_handler(&self, handler: Option<ExceptionHandler>) {
        self.inner.scheduler.set_exception_handler(handler);
    }

    /// Tells the exception handler something.
    pub fn call_exception_handler(&self, report: Report) {
        self.inner.scheduler.report(report);
    }

    /// Debug mode on or off; `slow` is how long a step may take unreported.
    pub fn set_debug(&self, on: bool, slow: Duration) {
        let driver = self.inner.driver.clone();
        let clock: Rc<dyn Fn() -> u64> = Rc::new(move || driver.now());
        self.inner
            .scheduler
            .set_debug(on.then(|| (clock, nanos(slow))));
    }

    /// Whether debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.inner.scheduler.is_debug()
    }

    /// Who is told of every move, or `None`.
    pub fn set_trace(&self, sink: Option<Box<dyn Sink>>) {
        self.inner.scheduler.set_sink(sink);
    }

    /// Who chooses where order is free, or `None` for first in, first out.
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.inner.scheduler.set_chooser(chooser);
    }

    /// The scheduler under the loop, for a floor above.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.inner.scheduler
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // A loop is borrowed while it runs, so it is not running now.
        let closed = self.close();
        debug_assert!(closed.is_ok(), "dropped while it runs");
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("running", &self.is_running())
            .field("closed", &self.is_closed())
            .field("debug", &self.is_debug())
            .field("iteration", &self.iteration())
            .field("timers", &self.timers())
            .finish()
    }
}
