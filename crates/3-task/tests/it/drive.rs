//! A driver for the tests: it runs rounds, counts them, and no more.
//!
//! The problem: this floor has no loop, but its rules are about iterations. So this is the
//! smallest code that drives a scheduler: enter the thread, run rounds, count them. It has no
//! clock, no timers and no sleep.
//!
//! Invariants:
//! 1. Each line of a log is stamped with the round in which it was written.
//! 2. Reports are collected, never printed.
//! 3. A program that can never go on fails the test instead of hanging it.
//! 4. A closed scheduler has no task, no callback and no promise that is not set.
//!
//! Read next: `rules_task.rs`.
#![allow(dead_code, unreachable_pub)] // each test binary uses its own part of this

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use groundup_task::{NoRoot, Promise, Report, ReportKind, Root, Scheduler, Task, TaskError};

/// The lines that a test wrote, each with its round.
#[derive(Clone, Default)]
pub struct Log {
    round: Rc<Cell<u64>>,
    lines: Rc<RefCell<Vec<(u64, String)>>>,
}

impl Log {
    /// Adds `text` with the present round.
    pub fn say(&self, text: impl Display) {
        let line = (self.round.get(), text.to_string());
        self.lines.borrow_mut().push(line);
    }

    /// Returns the texts, in order.
    pub fn texts(&self) -> Vec<String> {
        let lines = self.lines.borrow();
        lines.iter().map(|(_, text)| text.clone()).collect()
    }

    /// Returns the texts with their rounds, counted from the round of the first text.
    pub fn rounds(&self) -> Vec<(u64, String)> {
        let lines = self.lines.borrow();
        let first = lines.first().map_or(0, |(round, _)| *round);
        lines
            .iter()
            .map(|(round, text)| (round - first, text.clone()))
            .collect()
    }

    /// Returns the texts with their rounds, not shifted.
    pub fn all(&self) -> Vec<(u64, String)> {
        self.lines.borrow().clone()
    }

    /// Returns the round in which `text` was added.
    pub fn round_of(&self, text: &str) -> u64 {
        let lines = self.lines.borrow();
        let line = lines.iter().find(|(_, mark)| mark == text);
        line.unwrap_or_else(|| panic!("nobody mark {text:?}: {lines:?}"))
            .0
    }

    /// Returns the present round.
    pub fn round(&self) -> u64 {
        self.round.get()
    }
}

/// A scheduler that a test drives, with a log and the collected reports.
pub struct Drive {
    pub scheduler: Rc<Scheduler>,
    pub log: Log,
    pub reports: Rc<RefCell<Vec<Report>>>,
}

/// The main future of a run: it stays on the stack and may borrow.
struct Main<'a, F: Future> {
    future: Pin<&'a mut Option<F>>,
    output: Option<F::Output>,
}

impl<F: Future> Root for Main<'_, F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = self.future.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        future.poll(cx).map(|output| {
            self.future.set(None);
            self.output = Some(output);
        })
    }

    fn clear(&mut self) {
        self.future.set(None);
        self.output = None;
    }
}

impl Drive {
    pub fn new() -> Self {
        let scheduler = Scheduler::new().expect("fewer than 4093 loops are alive");
        let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
        let into = reports.clone();
        scheduler.set_exception_handler(Some(Rc::new(move |report: &Report| {
            into.borrow_mut().push(report.clone());
        })));
        Drive {
            scheduler,
            log: Log::default(),
            reports,
        }
    }

    /// Spawns a task that never ends. Returns it with the number of its polls and with its waker,
    /// which the first poll provides.
    pub fn spawn_counted(&self) -> (Task<()>, Rc<Cell<usize>>, Promise<Waker>) {
        let polls = Rc::new(Cell::new(0));
        let waker: Promise<Waker> = self.scheduler.promise();
        let (first, counting) = (waker.clone(), polls.clone());
        let task = self.spawn(poll_fn(move |cx| {
            counting.set(counting.get() + 1);
            let _ = first.set_result(cx.waker().clone());
            Poll::Pending
        }));
        (task, polls, waker)
    }

    /// Runs one round, on a thread that the scheduler has entered.
    pub fn turn(&self, root: &mut dyn Root) -> usize {
        self.log.round.set(self.log.round.get() + 1);
        if self.scheduler.has_mail() {
            self.scheduler.collect_mail();
        }
        let steps = self.scheduler.run_round(root);
        self.scheduler.flush_reports();
        steps
    }

    /// Runs `main` to its end, as a loop does, but without a clock.
    pub fn try_run<F: Future>(&self, main: F) -> Result<F::Output, TaskError> {
        let _entered = self.scheduler.enter().expect("no other loop runs here");
        let future = pin!(Some(main));
        let mut main = Main {
            future,
            output: None,
        };
        let root = self.scheduler.open_root();
        while !root.done() {
            let stuck = self.scheduler.is_idle() && !self.scheduler.has_mail();
            if stuck {
                let deadlock = self.scheduler.deadlock();
                root.close();
                panic!("{deadlock}");
            }
            self.turn(&mut main);
        }
        let ended = root.close();
        ended.expect("the root is done")?;
        Ok(main.output.expect("a root that returned has its output"))
    }

    /// Runs `main` to its end, and resumes its panic if it panics.
    pub fn run<F: Future>(&self, main: F) -> F::Output {
        match self.try_run(main) {
            Ok(output) => output,
            Err(TaskError::Panicked(panic)) => panic.resume(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs this many rounds without a main future.
    pub fn turns(&self, count: usize) {
        let _entered = self.scheduler.enter().expect("no other loop runs here");
        for _ in 0..count {
            self.turn(&mut NoRoot);
        }
    }

    /// Runs until nothing is ready; returns the number of rounds.
    pub fn settle(&self) -> usize {
        let _entered = self.scheduler.enter().expect("no other loop runs here");
        let mut rounds = 0;
        while !self.scheduler.is_idle() || self.scheduler.has_mail() {
            self.turn(&mut NoRoot);
            rounds += 1;
            assert!(rounds < 100_000, "the program does not settle");
        }
        rounds
    }

    /// Returns the kinds of the reports so far.
    pub fn kinds(&self) -> Vec<ReportKind> {
        self.reports.borrow().iter().map(|r| r.kind).collect()
    }

    /// Returns the only report; fails if there is any other number.
    pub fn report(&self) -> Report {
        let reports = self.reports.borrow();
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports[0].clone()
    }

    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: IntoFuture<Output: 'static, IntoFuture: 'static>,
    {
        self.scheduler.spawn(future)
    }

    /// Closes the scheduler as its owner would.
    pub fn close(&self) {
        let _entered = self.scheduler.enter().expect("no other loop runs here");
        self.scheduler.close();
    }
}

impl Drop for Drive {
    /// Closes the scheduler, and checks that it holds nothing that could still run or end.
    fn drop(&mut self) {
        if let Some(_entered) = self.scheduler.enter() {
            self.scheduler.close();
        }
        if self.scheduler.is_closed() && !std::thread::panicking() {
            let counts = self.scheduler.counts();
            let held = counts.tasks + counts.promises + counts.callbacks;
            assert_eq!(held, 0, "{:#?}", self.scheduler.leftovers(&[]));
        }
    }
}

/// Spawns on the thread's scheduler, like floor 4's function of this name.
#[track_caller]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: IntoFuture<Output: 'static, IntoFuture: 'static>,
{
    scheduler().spawn(future)
}

/// Schedules a callback for the next round.
#[track_caller]
pub fn call_soon(callback: impl FnOnce() + 'static) -> groundup_task::Handle {
    scheduler().call_soon(callback)
}

pub fn scheduler() -> Rc<Scheduler> {
    Scheduler::current().expect("a scheduler runs on this thread")
}

/// Suspends this many times: the unit of time of the tests.
pub async fn pause(rounds: usize) {
    for _ in 0..rounds {
        groundup_task::yield_now().await;
    }
}

/// Waits for ever, for something that the scheduler does not know.
pub async fn forever() {
    std::future::pending().await
}

/// Makes a promise that is set to `value` after this many rounds.
pub fn later<T: Clone + 'static>(rounds: usize, value: T) -> Promise<T> {
    let promise = Promise::new();
    let setter = promise.clone();
    spawn(async move {
        pause(rounds).await;
        let _ = setter.set_result(value);
    })
    .detach();
    promise
}

/// Counts the values that were made, and those that were dropped.
#[derive(Clone, Default)]
pub struct Drops {
    made: Rc<Cell<usize>>,
    dropped: Rc<Cell<usize>>,
}

impl Drops {
    /// Returns how many values were dropped.
    pub fn count(&self) -> usize {
        self.dropped.get()
    }

    /// Returns how many values were made.
    pub fn made(&self) -> usize {
        self.made.get()
    }

    /// Makes a value whose drop is counted.
    pub fn one(&self) -> Dropping {
        self.made.set(self.made.get() + 1);
        Dropping(self.dropped.clone())
    }
}

#[derive(Debug)]
pub struct Dropping(Rc<Cell<usize>>);

impl Drop for Dropping {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Runs a function when it is dropped.
pub struct OnDrop<F: FnOnce()>(pub Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    pub fn new(function: F) -> Self {
        OnDrop(Some(function))
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(function) = self.0.take() {
            function();
        }
    }
}

/// Returns a copy of the running task's waker.
pub async fn my_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Waits until the flag is set when it is polled, and counts its polls.
pub async fn until(flag: Rc<Cell<bool>>, polls: Rc<Cell<usize>>) {
    poll_fn(|_| {
        polls.set(polls.get() + 1);
        if flag.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// A waker that only counts its wakes.
#[derive(Default)]
pub struct Counting(pub AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns the message of the panic that a task ended with.
pub fn message(error: TaskError) -> String {
    match error {
        TaskError::Panicked(panic) => panic.message().to_string(),
        other => panic!("not a panic: {other:?}"),
    }
}

thread_local! {
    static COALESCED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `run` without printing the panics that it provokes, and returns its result. If the test
/// itself fails in `run`, the last panic is printed.
pub fn quietly<R>(run: impl FnOnce() -> R) -> R {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !COALESCED.get() {
                return before(info);
            }
            LAST.set(info.to_string());
        }));
    });
    let before = COALESCED.replace(true);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    COALESCED.set(before);
    result.unwrap_or_else(|panic| {
        eprintln!("{}", LAST.take());
        std::panic::resume_unwind(panic)
    })
}
