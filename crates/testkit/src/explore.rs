//! Runs a program under many schedules: the phases of a search.
//!
//! The problem: a test has a few seconds. It is to find the bugs that are there, name the
//! simplest schedule of each, and say how far it has looked if it finds none.
//!
//! ```text
//!   first in, first out ──> all with 1 deviation ──> all with 2 ──> seeds of three sorts
//!          │                        │                    │               │
//!          └────────────────────────┴── a failure ───────┴───────────────┘
//!                                           │
//!                     run it twice ──> shrink ──> a sentence, a token ──> the test fails
//! ```
//!
//! Half of the seeds give each task a *priority*, which lasts (`schedule/priorities.rs`). A quarter is
//! *uniform*: such a seed deviates at nearly each question, and rarely keeps a long stretch of the
//! program in order. A quarter is *sparse*: such a seed deviates at about three questions of a run.
//!
//! Invariants:
//! 1. Each schedule runs on a loop of its own.
//! 2. The result is the same each time, unless a limit of time is set.
//!
//! Read next: `explore/options.rs`.

pub(crate) mod engine;
pub(crate) mod found;
mod learn;
mod lines;
pub(crate) mod options;
mod reductions;
pub(crate) mod repeat;
pub(crate) mod sampling;
mod watchdog;

use std::panic::Location;

use groundup::TestOutcome;

use crate::explore::engine::Engine;
use crate::explore::found::{Explored, Found};
use crate::explore::options::Explore;
use crate::run::failure::{Failure, FailureKind};
use crate::schedule::guide::Guide;
use crate::schedule::plan::Plan;

/// Runs a program under many schedules with the usual options, those of [`Explore::new`]. Panics
/// with the simplest schedule under which the program fails.
///
/// ```should_panic
/// use std::{cell::Cell, rc::Rc};
///
/// use groundup::spawn;
///
/// groundup_testkit::explore(|| async {
///     let last = Rc::new(Cell::new("none"));
///     let tasks = ["first", "second"].map(|name| {
///         let last = last.clone();
///         spawn(async move { last.set(name) })
///     });
///     for task in tasks {
///         task.await.unwrap();
///     }
///     assert_eq!(last.get(), "second"); // only if they run in the order of their spawns
/// });
/// ```
///
/// The panic says:
///
/// ```text
/// main panicked (at tests/order.rs:16:5): assertion `left == right` failed
///   left: "first"
///  right: "second"
///   first in, first out, except: in iteration 2: Task-3, Task-2 instead of Task-2, Task-3
///   found after 2 schedules; GROUNDUP_REPLAY=gu1:tm000 runs it alone
/// ```
///
/// # Panics
///
/// If the program fails under a schedule: the main future panics or returns an `Err`; it can never
/// go on; a panic of a task, or an error of a promise, is seen by no code; tasks are left that
/// can never end; it leaves a promise, a callback, a timer, a group or a scope in its loop; or it does
/// not end within the limit of iterations.
#[track_caller]
pub fn explore<P, F>(program: P) -> Explored
where
    P: Fn() -> F,
    F: Future<Output: TestOutcome + 'static> + 'static,
{
    Explore::new().run(program)
}

/// Explores an async test. The attribute [`test`](macro@crate::test) expands to a call of it. Seeds replace the usual 1,000 random schedules by as many as there are seeds.
///
/// ```
/// #[groundup_testkit::test]
/// async fn two_tasks_in_every_order() {
///     let task = groundup::spawn(async { 5 });
///     assert_eq!(task.await.unwrap(), 5);
/// }
///
/// #[groundup_testkit::test(seeds = 0..50)]
/// async fn in_fewer_orders() {
///     groundup::yield_now().await;
/// }
/// ```
///
/// # Panics
///
/// If the test fails: see [`explore`].
#[track_caller]
pub fn run_test<F>(seeds: impl IntoIterator<Item = u64>, test: impl Fn() -> F)
where
    F: Future<Output: TestOutcome + 'static> + 'static,
{
    let explore = match seeds.into_iter().count() {
        0 => Explore::new(),
        count => Explore::new().seeds(count as u64),
    };
    explore.run(test);
}

impl Explore {
    /// Runs a program under the schedules. If the variable `GROUNDUP_REPLAY` of the environment
    /// has a token, runs it under the schedule of that token alone.
    ///
    /// # Panics
    ///
    /// If the program fails: see [`explore`].
    #[track_caller]
    pub fn run<P, F>(&self, program: P) -> Explored
    where
        P: Fn() -> F,
        F: Future<Output: TestOutcome + 'static> + 'static,
    {
        match self.check(program) {
            Ok(explored) => explored,
            Err(found) => panic!("{found}"),
        }
    }

    /// Does what [`run`](Explore::run) does, and returns the failure in place of a panic.
    ///
    /// # Errors
    ///
    /// The simplest failure that was found.
    #[track_caller]
    pub fn check<P, F>(&self, program: P) -> Result<Explored, Box<Found>>
    where
        P: Fn() -> F,
        F: Future<Output: TestOutcome + 'static> + 'static,
    {
        let program = |_: &Guide| (program(), no_error::<F::Output>);
        let mut engine = Engine::new(self, Location::caller(), false, program);
        match (&self.list, token_of_the_environment()) {
            (Some(list), _) => engine.one(Plan::List(list.clone())),
            (None, Some(token)) => engine.replay(&token),
            (None, None) => engine.search(),
        }
    }

    /// Runs a program under the schedule of one token.
    ///
    /// # Errors
    ///
    /// The failure, or that the token belongs to another program.
    ///
    /// ```
    /// use groundup_testkit::{Explore, FailureKind, pick};
    ///
    /// let program = || async { assert_ne!(pick(9), 7) };
    /// let found = Explore::new().check(program).unwrap_err();
    /// let again = Explore::new().replay(&found.token, program).unwrap_err();
    /// assert_eq!(again.failure, found.failure);
    ///
    /// let changed = || async { assert_ne!(pick(8), 7) };
    /// let refused = Explore::new().replay(&found.token, changed).unwrap_err();
    /// assert_eq!(refused.failure.kind, FailureKind::Token);
    /// ```
    #[track_caller]
    pub fn replay<P, F>(&self, token: &str, program: P) -> Result<Explored, Box<Found>>
    where
        P: Fn() -> F,
        F: Future<Output: TestOutcome + 'static> + 'static,
    {
        let program = |_: &Guide| (program(), no_error::<F::Output>);
        Engine::new(self, Location::caller(), false, program).replay(token)
    }
}

/// Fails if the program returned an `Err`.
fn no_error<T: TestOutcome>(value: Option<T>) -> Result<(), Failure> {
    match value.and_then(TestOutcome::failure) {
        Some(error) => Err(Failure::new(
            FailureKind::Returned,
            format!("main returned an error: {error}"),
        )),
        None => Ok(()),
    }
}

/// Returns the token that `GROUNDUP_REPLAY` sets.
pub(crate) fn token_of_the_environment() -> Option<String> {
    let value = std::env::var_os("GROUNDUP_REPLAY").filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}
