//! Cancel everywhere: every task, at every point, and see what is left.
//!
//! The problem: a semaphore hands a permit to a waiter, and the waiter is cancelled before it
//! runs. Where is the permit? Python's semaphore had two bugs in that one iteration.
//! Few tests are about one iteration. So the kit makes a run for each: it disturbs the
//! program once, at one point, and lets it come to rest. In the picture a box is an iteration, with the
//! tasks that step in it. Each `^` is a point: one run with this disturbance alone.
//!
//! ```text
//!   calm       |main|   |a b|   ~~ 1 s ~~  |b|  |main|        the first run: must hold the laws
//!   cancel    ^main    ^main ^a ^b ..      ^b   ^main         before each iteration, each task
//!   drop            ^                               ^         after each poll of the future
//!   close     ^        ^                   ^    ^             before each iteration
//! ```
//!
//! After each run the program must be at rest: its loop holds no task, no timer, no promise that is not
//! set, no callback, no group and no scope, and no panic and no error was lost (`run/left.rs`). And the laws of the case must hold: each permit is free again, each item
//! is in the queue or was received.
//!
//! Invariants:
//! 1. A disturbance is a choice of the schedule, so a fault has a story and a token.
//! 2. The case itself must hold its laws without a disturbance.
//!
//! Read next: `cancel/report.rs`.

pub(crate) mod report;

use std::panic::Location;
use std::pin::Pin;

use crate::cancel::report::{CancelReport, Point};
use crate::explore::engine::Engine;
use crate::explore::options::Explore;
use crate::explore::repeat::unlike;
use crate::explore::token_of_the_environment;
use crate::run::disturbance::Droppable;
use crate::run::failure::{Failure, FailureKind};
use crate::schedule::guide::Guide;
use crate::schedule::plan::Plan;
use crate::schedule::{Deviation, Disturbance, Question};
use crate::search::{Scope, Trial, with_exactly};

/// The most iterations of a disturbed run. A run that goes on for longer never comes to rest.
const ITERATIONS: u64 = 2_000;

/// A law, and the line that added it.
type Law = (Box<dyn Fn() -> bool>, &'static Location<'static>);

/// A future under test, and the laws that hold when it has ended in any way.
///
/// Each task of the future is cancelled in some run, and there an `unwrap` of its result panics: such a run is broken,
/// and tells nothing new. So the future ignores such an `Err`, or returns it. What must hold all the same is a law.
///
/// ```
/// use std::rc::Rc;
///
/// use groundup::Semaphore;
/// use groundup_testkit::{Case, cancel_everywhere};
///
/// cancel_everywhere(|| {
///     let pool = Rc::new(Semaphore::new(2));
///     let free = pool.clone();
///     Case::new(async move {
///         let worker = groundup::spawn(async move {
///             let _permit = pool.acquire().await;
///             groundup::yield_now().await;
///         });
///         worker.await.ok(); // not `unwrap`: some runs cancel the worker
///     })
///     .law(move || free.available() == 2)
/// })
/// .assert_safe();
/// ```
pub struct Case {
    future: Pin<Box<dyn Future<Output = ()>>>,
    laws: Vec<Law>,
    laws_after_close: Vec<Law>,
}

impl Case {
    /// Makes a case of a future, whose output does not matter.
    pub fn new<F: Future + 'static>(future: F) -> Self {
        Case {
            future: Box::pin(async move { drop(future.await) }),
            laws: Vec::new(),
            laws_after_close: Vec::new(),
        }
    }

    /// Adds a law that holds at rest, however tasks were cancelled and the future was dropped.
    #[must_use]
    #[track_caller]
    pub fn law(mut self, holds: impl Fn() -> bool + 'static) -> Self {
        self.laws.push((Box::new(holds), Location::caller()));
        self
    }

    /// Adds a law that holds when the loop was closed. Destructors have run then, and no task has
    /// run on to clean up, so fewer laws hold.
    #[must_use]
    #[track_caller]
    pub fn law_after_close(mut self, holds: impl Fn() -> bool + 'static) -> Self {
        self.laws_after_close
            .push((Box::new(holds), Location::caller()));
        self
    }

    /// Splits the case into its future and its judge.
    fn open(
        self,
        guide: &Guide,
    ) -> (
        Droppable,
        impl FnOnce(Option<()>) -> Result<(), Failure> + use<>,
    ) {
        let future = Droppable::new(self.future, guide.clone());
        let guide = guide.clone();
        let judge = move |_| {
            let notes = guide.notes();
            let mut disturbances = notes.iter().map(|note| note.disturbance);
            let closed = disturbances.any(|one| one == Some(Disturbance::Close));
            let laws = if closed {
                &self.laws_after_close
            } else {
                &self.laws
            };
            let broken = laws.iter().zip(1..).find(|((holds, _), _)| !holds());
            broken.map_or(Ok(()), |((_, place), number)| {
                let text = format!("law {number} of the case does not hold (added at {place})");
                Err(Failure::new(FailureKind::Law, text))
            })
        };
        (future, judge)
    }
}

/// Makes a run of the case for each point of it, with one disturbance at that point: each task is
/// cancelled before each iteration, the future is dropped after each poll, and the loop is closed
/// before each iteration. `make` is called once for each run, outside the loop: what needs a
/// running loop belongs inside the future.
///
/// If the variable `GROUNDUP_REPLAY` of the environment has the token of a fault, only that run
/// is made.
///
/// ```
/// use groundup::{gather, sleep, spawn};
/// use groundup_testkit::{Case, cancel_everywhere};
/// use std::time::Duration;
///
/// let report = cancel_everywhere(|| {
///     Case::new(async { gather([1, 2].map(|s| spawn(sleep(Duration::from_secs(s))))).await })
/// });
/// report.assert_safe();
/// assert_eq!(report.broken().count(), 0);
/// println!("{report}"); // a table for a page
/// ```
///
/// # Panics
///
/// If the case fails without a disturbance, or two runs of it are not alike.
#[track_caller]
pub fn cancel_everywhere(make: impl Fn() -> Case) -> CancelReport {
    CancelEverywhere::new().run(make)
}

/// The options of [`cancel_everywhere`].
///
/// ```
/// use groundup_testkit::{CancelEverywhere, Case};
///
/// let case = || Case::new(async { groundup::join([(); 2].map(|()| groundup::spawn(async {}))).await });
/// let more = CancelEverywhere::new().orders(1).run(case);
/// assert!(more.runs() > CancelEverywhere::new().run(case).runs());
/// ```
#[derive(Clone, Debug)]
pub struct CancelEverywhere {
    disturbances: usize,
    orders: usize,
    explore: Explore,
}

impl Default for CancelEverywhere {
    fn default() -> Self {
        Self::new()
    }
}

impl CancelEverywhere {
    /// Makes the usual options: one disturbance, first in, first out, 2,000 iterations for each
    /// run.
    pub fn new() -> Self {
        CancelEverywhere {
            disturbances: 1,
            orders: 0,
            explore: Explore::new().iterations(ITERATIONS),
        }
    }

    /// Disturbs a run up to twice, the second time while it cleans up. If one of the two disturbances breaks the run
    /// alone, the fault names only this one.
    #[must_use]
    pub fn twice(mut self) -> Self {
        self.disturbances = 2;
        self
    }

    /// Adds the schedules with up to so many deviations from the usual order. A fault names none of them that
    /// can be left out.
    #[must_use]
    pub fn orders(mut self, most: usize) -> Self {
        self.orders = most;
        self
    }

    /// Sets the most iterations of one run. A run that goes on is broken.
    #[must_use]
    pub fn iterations(mut self, most: u64) -> Self {
        self.explore = self.explore.iterations(most);
        self
    }

    /// Makes the runs of a case.
    ///
    /// # Panics
    ///
    /// If the case fails without a disturbance, or two runs of it are not alike.
    #[track_caller]
    pub fn run(&self, make: impl Fn() -> Case) -> CancelReport {
        let place = Location::caller();
        let mut engine = Engine::new(&self.explore, place, true, |guide: &Guide| {
            make().open(guide)
        });
        if let Some(token) = token_of_the_environment() {
            let replayed = engine.replay(&token);
            return match replayed.and_then(|_| engine.fitting(&token)) {
                Ok(tried) => {
                    let point = Point::of(&tried.guide.notes(), None);
                    CancelReport::new(point.into_iter().collect(), 1)
                }
                Err(found) => panic!("{found}"),
            };
        }
        let calm = engine.run(Plan::Deviations(Vec::new()), None);
        if let Some(failure) = calm.failure {
            panic!("the case fails without any disturbance: {failure}");
        }
        match self.disturb(&engine) {
            Ok(report) => report,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Makes the disturbed runs. Fails if a run does not ask what an equal one has asked.
    fn disturb<P, F, A>(&self, engine: &Engine<'_, P>) -> Result<CancelReport, Failure>
    where
        P: Fn(&Guide) -> (F, A),
        F: Future<Output: 'static> + 'static,
        A: FnOnce(Option<F::Output>) -> Result<(), Failure>,
    {
        let scope = Scope {
            disturbances: self.disturbances,
            orders: self.orders,
            skips_moot: false,
        };
        let (mut points, mut runs, mut changed) = (Vec::new(), 0, None);
        for count in 1..=self.disturbances.saturating_add(self.orders) {
            let all = with_exactly(count, &scope, &mut |trial: &Trial<'_>| {
                let tried = engine.run(Plan::Deviations(trial.schedule.to_vec()), None);
                if let Some(failure) = unlike(trial.expected, &tried.record) {
                    let known = tried.failure;
                    let known = known.filter(|known| known.kind == FailureKind::NotRepeatable);
                    changed = Some(known.unwrap_or(failure));
                    return None;
                }
                if trial.counts && disturbs(trial.schedule, &tried.record) {
                    runs += 1;
                    let fault = (tried.failure)
                        .map(|failure| engine.repeated(failure, trial.schedule, runs));
                    points.extend(Point::of(&tried.guide.notes(), fault));
                }
                Some(tried.record)
            });
            if let Some(failure) = changed {
                return Err(failure);
            }
            if all == Some(0) {
                break;
            }
        }
        Ok(CancelReport::new(points, runs))
    }
}

/// Returns true if a schedule disturbs the run.
fn disturbs(schedule: &[Deviation], record: &[Question]) -> bool {
    let mut asked = schedule
        .iter()
        .filter_map(|deviation| record.get(deviation.at as usize));
    asked.any(|question| question.kind.disturbs())
}
