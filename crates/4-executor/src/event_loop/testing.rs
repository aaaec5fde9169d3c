//! One test of async code, in one order of execution or in many.
//!
//! The problem: a test of async code passes by accident. A task panics, and nothing awaits it. A
//! task waits for ever, or sleeps or yields in an endless loop, and the test is killed after an hour.
//! Two tasks race, and the test has always seen one order. So each of these makes a test fail here,
//! and the message names the seed with which it fails again.
//!
//! ```text
//!   for each seed:  new loop on virtual time ──> the test to its end ──> clean up ──> close
//!                        a panic, an Err, a deadlock, too many jumps of the clock, too many
//!                        iterations without one, a report that went to no awaiter
//!                        └──> the test fails, with its seed
//! ```
//!
//! Invariants:
//! 1. What happens in one order leaves nothing for the next: each has a loop of its own.
//! 2. A test that fails under a seed fails again when it is run with `GROUNDUP_SEED` alone.
//!
//! Read next: `event_loop/builder.rs`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use groundup_task::{Deadlock, Report, ReportKind};

use super::EventLoop;
use crate::driver::Outside;
use crate::driver::virtual_time::Virtual;
use crate::error::RunError;
use crate::event_loop::builder::Builder;
use crate::event_loop::runner::Runner;

/// Limit of the clean-up after a test, on virtual time.
const CLEAN_UP: Duration = Duration::from_secs(3600);

/// How long a test may go on.
#[derive(Clone, Copy)]
struct Limits {
    /// Number of jumps that the clock may make.
    jumps: u64,
    /// Number of iterations between two moves of the clock. An iteration in which a thread may call the
    /// loop, or is at work for it, does not count: the test may wait for that thread.
    iterations: u32,
}

/// A week of seconds, and more: each takes some seconds in a debug build.
const LIMITS: Limits = Limits {
    jumps: 1_000_000,
    iterations: 1_000_000,
};

/// Number of tasks that the report of a standstill names.
const SHOWN: usize = 20;

#[diagnostic::on_unimplemented(
    message = "a test cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>` whose error is `Debug`",
    note = "end the test with `;` or `Ok(())`, and compare values by `assert_eq!`"
)]
/// A value that a test may return: `()` or a `Result`. See [`run_test`].
pub trait TestOutcome {
    /// Returns the text of the failure, if it is one.
    fn failure(self) -> Option<String>;
}

impl TestOutcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: Debug> TestOutcome for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

/// Runs a test on virtual time: once in the usual order if there are no `seeds`, else once in the
/// order of each seed. `#[groundup::test]` expands to a call of it. Jobs on threads end in the order
/// of their submission, or in the order of the seed; so give seeds for a test with two jobs.
///
/// The test returns `()` or a `Result<(), E>` with `E: Debug`. If it fails under a seed, the run
/// prints the seed, and `GROUNDUP_SEED=<seed>` in the environment runs the test with that one alone.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use std::time::Duration;
///
/// use groundup::{Promise, run_test, sleep, spawn};
///
/// run_test(0..20, || async {
///     let promise = Promise::new();
///     let setter = promise.clone();
///     let task = spawn(async move { setter.set_result(5) });
///     assert_eq!(promise.await?, 5);
///     sleep(Duration::from_secs(3600)).await; // takes no time
///     task.await??; // the task, `set_result`
///     Ok::<_, Box<dyn std::error::Error>>(())
/// });
/// ```
///
/// # Panics
///
/// If the test panics, returns an `Err`, or can never go on; if no code has looked at a panic of a
/// task or a callback, or at an error of a promise; if a task that is left goes on for an hour of
/// the loop's time after its cancel. An `Err` that a task returned counts only after
/// [`detach_reporting`](groundup_task::Task::detach_reporting).
///
/// If the test goes on after a million jumps of its clock: a task that sleeps in an endless loop
/// makes them in some seconds. And if it goes on after a million iterations in which its clock stands
/// still and no thread may call its loop: a task that yields in an endless loop makes them. A test that
/// needs more calls [`run_virtual`](crate::run_virtual), which has no such limits.
#[doc(alias = "IsolatedAsyncioTestCase")]
#[track_caller]
pub fn run_test<F>(seeds: impl IntoIterator<Item = u64>, test: impl Fn() -> F)
where
    F: Future<Output: TestOutcome>,
{
    let mut seeds = seeds.into_iter().peekable();
    if let Some(seed) = seed_of_the_environment() {
        under(seed, &test);
    } else if seeds.peek().is_none() {
        once(EventLoop::builder(), LIMITS, &test);
    } else {
        seeds.for_each(|seed| under(seed, &test));
    }
}

/// Returns the seed that `GROUNDUP_SEED` sets.
fn seed_of_the_environment() -> Option<u64> {
    let value = std::env::var_os("GROUNDUP_SEED").filter(|value| !value.is_empty())?;
    let seed = value.to_str().and_then(|value| value.parse().ok());
    Some(seed.unwrap_or_else(|| {
        panic!("GROUNDUP_SEED is {value:?}: set it to a whole number from 0 to 2^64-1")
    }))
}

/// Runs the test in the order of one seed; names the seed if it fails.
fn under<F: Future<Output: TestOutcome>>(seed: u64, test: &impl Fn() -> F) {
    let builder = EventLoop::builder().seed(seed);
    let ran = catch_unwind(AssertUnwindSafe(|| once(builder, LIMITS, test)));
    if let Err(panic) = ran {
        eprintln!("the test fails in the order of seed {seed}: GROUNDUP_SEED={seed} runs it alone");
        resume_unwind(panic);
    }
}

/// Runs the test on a loop with these limits. Panics if the test fails, at the place of the test.
#[track_caller]
fn once<F: Future<Output: TestOutcome>>(builder: Builder, limits: Limits, test: &impl Fn() -> F) {
    let clock = Rc::new(Virtual::new());
    clock.limit_jumps(limits.jumps);
    let event_loop = builder.driver_rc(clock.clone()).build();
    let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
    let kept = reports.clone();
    // The default one: the test may set a handler of its own, and restore the default.
    let scheduler = event_loop.scheduler();
    scheduler.set_default_exception_handler(Some(Rc::new(move |report: &Report| {
        // A long clean-up is no lost error, and has a limit of its own.
        if report.kind != ReportKind::StillRunning {
            kept.borrow_mut().push(report.clone());
        }
    })));
    let runner = Runner::with_loop(event_loop);
    let event_loop = runner.event_loop();
    let (mut clock_stands, mut tasks) = (Standstill::default(), None);
    let ran = event_loop.run_main_while(test(), &mut || {
        if clock_stands.iterations(event_loop) == limits.iterations {
            tasks = Some(event_loop.scheduler().explain_all());
        }
        tasks.is_none()
    });
    match ran {
        Ok(outcome) => {
            if let Some(failure) = outcome.failure() {
                panic!("the test returned an error: {failure}");
            }
        }
        Err(RunError::Deadlock(waits)) if clock.is_spent() => {
            panic!("{}", endless(limits.jumps, &waits))
        }
        Err(error) => match tasks {
            Some(tasks) => panic!("{}", standing(limits.iterations, &tasks)),
            None => panic!("{error}"),
        },
    }
    clock.limit_jumps(u64::MAX); // the clean-up has a limit of its own
    if let Err(error) = runner.shutdown(CLEAN_UP) {
        panic!("{error}");
    }
    let lost: Vec<String> = reports.take().iter().map(Report::to_string).collect();
    assert!(
        lost.is_empty(),
        "no awaiter received these errors:\n{}",
        lost.join("\n")
    );
}

/// Counts the iterations since the last move of the clock.
#[derive(Default)]
struct Standstill {
    now: u64,
    iterations: u32,
}

impl Standstill {
    /// Counts an iteration, and returns the number of those without a move of the clock.
    fn iterations(&mut self, event_loop: &EventLoop) -> u32 {
        let inner = &event_loop.inner;
        let now = inner.driver().now();
        match now == self.now && inner.callers().outside() == Outside::Nobody {
            true => self.iterations = self.iterations.saturating_add(1),
            false => (self.now, self.iterations) = (now, 0),
        }
        self.iterations
    }
}

/// Says that a test goes on while its clock stands still, and what its tasks do.
fn standing(iterations: u32, tasks: &str) -> String {
    let mut lines: Vec<_> = tasks.lines().map(|line| format!("\n  {line}")).collect();
    if let Some(more @ 1..) = lines.len().checked_sub(SHOWN) {
        lines.truncate(SHOWN);
        lines.push(format!("\n  and {more} more"));
    }
    format!(
        "the test goes on after {iterations} iterations in which its clock stands still. One of its \
         tasks may yield in an endless loop: await what it looks for, or sleep between two looks{}",
        lines.concat()
    )
}

/// Says that a test goes on and on, and where its tasks wait.
fn endless(jumps: u64, waits: &Deadlock) -> String {
    format!(
        "the test goes on after {jumps} jumps of its clock. One of its tasks may sleep in an endless \
         loop: cancel it when the work is done, or put a timeout around it\n{}",
        waits.tasks()
    )
}

#[cfg(test)]
#[path = "../../tests/unit/testing.rs"]
mod tests;
