//! One run of a program, on a loop of its own, to its rest.
//!
//! The problem: an exploration makes thousands of runs. Each must be complete in itself: it
//! begins on a new loop, and each fault in it becomes a value, with the record of
//! its choices, and disturbs no other run.
//!
//! ```text
//!   new loop on virtual time ──> before each iteration: ask whether to disturb
//!        │                       one iteration
//!        │  all tasks have ended, nothing is ready, no timer will call a callback
//!        ▼
//!   at rest ──> what does the loop still hold? ──> close ──> errors that no code has seen?
//! ```
//!
//! Invariants:
//! 1. A run has an end: the value of the main future, or one failure.
//! 2. Nothing of a run outlives it but handles that the program itself leaks.
//!
//! Read next: `search.rs`. Second reading: `run/failure.rs`.

pub(crate) mod disturbance;
pub(crate) mod failure;
mod late;
mod left;
pub(crate) mod quiet;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::{Counts, Recorder};
use groundup::{EventLoop, Report, RunError, Task, TaskError, TaskRef};

use crate::run::disturbance::disturb;
use crate::run::failure::{Failure, FailureKind};
use crate::run::late::LateClock;
use crate::run::left::{left_after_close, left_at_rest};
use crate::run::quiet::{place_of_panic, quietly};
use crate::schedule::Question;
use crate::schedule::guide::Guide;

/// The fate of the tasks that the main future leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leftovers {
    /// They must come to their ends.
    MustEnd,
    /// They are cancelled, as [`run`](groundup::run()) does it.
    AreCancelled,
}

/// The conditions of a run.
#[derive(Clone)]
pub(crate) struct Setting {
    /// The most iterations of the loop.
    pub(crate) iterations: u64,
    pub(crate) leftovers: Leftovers,
    /// How late a park may end, besides 0.
    pub(crate) late: Rc<[Duration]>,
    /// True if the kit cancels tasks and closes the loop, where the guide says so.
    pub(crate) disturbed: bool,
    pub(crate) recorder: Option<Recorder>,
    /// Where the program was passed to the kit.
    pub(crate) place: &'static Location<'static>,
}

/// How a run ended, and the questions that it asked.
pub(crate) struct Ran<T> {
    /// `None` if the main future was cancelled, or the loop was closed, by the kit.
    pub(crate) end: Result<Option<T>, Failure>,
    /// The things that the loop held at rest, as a failure; a broken law of the program comes first.
    pub(crate) left: Option<Failure>,
    pub(crate) record: Vec<Question>,
}

/// Makes one run of a program. The guide is the chooser of its loop, which follows a schedule.
pub(crate) fn run_once<F>(
    guide: &Guide,
    setting: &Setting,
    program: impl FnOnce() -> F,
) -> Ran<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    let mut left = None;
    let end = quietly(|| {
        let run = AssertUnwindSafe(|| Run::new(guide, setting)?.run(program, &mut left));
        catch_unwind(run).unwrap_or_else(|payload| {
            let text = groundup::Panic::new(payload).message().to_string();
            Err(panicked("the program", &text))
        })
    });
    Ran {
        end,
        left,
        record: guide.take_record(),
    }
}

fn panicked(who: &str, text: &str) -> Failure {
    let place = place_of_panic(text).map_or(String::new(), |place| format!(" (at {place})"));
    Failure::new(
        FailureKind::Panicked,
        format!("{who} panicked{place}: {text}"),
    )
}

/// A loop with the reports that no code has received.
struct Run<'a> {
    event_loop: EventLoop,
    reports: Rc<RefCell<Vec<String>>>,
    guide: &'a Guide,
    setting: &'a Setting,
}

/// Why a run stopped.
enum Rest {
    /// The main future has panicked.
    Panicked,
    /// Nothing can happen any more. The counts are those of this moment.
    Idle(Counts),
    Closed,
}

impl<'a> Run<'a> {
    fn new(guide: &'a Guide, setting: &'a Setting) -> Result<Self, Failure> {
        // Also under `GROUNDUP_DEBUG=1`: a report of a closed loop would be a failure.
        let builder = EventLoop::builder().chooser(guide.clone()).debug(false);
        let builder = match setting.late.is_empty() {
            true => builder.virtual_time(),
            false => builder.driver(LateClock::new(guide.clone(), setting.late.clone())),
        };
        let event_loop = builder.try_build().map_err(|error| {
            let text = format!(
                "no loop can be made for the next schedule, since the program leaks handles of \
                 its earlier loops, perhaps in a circle of `Rc`s: {error}"
            );
            Failure::new(FailureKind::NotRepeatable, text)
        })?;
        if let Some(recorder) = &setting.recorder {
            event_loop.set_trace(Some(Box::new(recorder.clone())));
        }
        let reports: Rc<RefCell<Vec<String>>> = Rc::default();
        let kept = reports.clone();
        let keep = move |report: &Report| kept.borrow_mut().push(report.to_string());
        // The default one: the program may set a handler of its own, and restore the default.
        (event_loop.scheduler()).set_default_exception_handler(Some(Rc::new(keep)));
        Ok(Run {
            event_loop,
            reports,
            guide,
            setting,
        })
    }

    fn run<F>(
        self,
        program: impl FnOnce() -> F,
        left: &mut Option<Failure>,
    ) -> Result<Option<F::Output>, Failure>
    where
        F: Future<Output: 'static> + 'static,
    {
        let scheduler = self.event_loop.scheduler().clone();
        let mut main = scheduler.spawn_at(program(), self.setting.place);
        main.set_name("main");
        let rest = self.to_rest(&main)?;
        let value = value_of(
            &mut main,
            self.setting.disturbed,
            matches!(rest, Rest::Closed),
        )?;
        drop(main);
        *left = match rest {
            Rest::Idle(counts) => left_at_rest(&self.event_loop, &counts),
            Rest::Closed => left_after_close(&self.event_loop),
            Rest::Panicked => None,
        };
        if !self.event_loop.is_closed() {
            self.event_loop.scheduler().flush_reports();
            let _ = self.event_loop.close();
        }
        match self.reports.borrow().as_slice() {
            [] => Ok(value),
            reports => {
                let text = format!("no awaiter received: {}", reports.join("; "));
                Err(Failure::new(FailureKind::Unread, text))
            }
        }
    }

    /// Runs the loop until nothing can happen any more.
    fn to_rest<T: 'static>(&self, main: &Task<T>) -> Result<Rest, Failure> {
        let mut cancelled = false;
        for _ in 0..self.setting.iterations {
            if main.done() {
                if main.panicked() == Some(true) {
                    return Ok(Rest::Panicked);
                }
                if !cancelled && self.setting.leftovers == Leftovers::AreCancelled {
                    cancelled = true;
                    let left = self.event_loop.all_tasks();
                    left.iter().for_each(|task| _ = task.cancel());
                }
                if let Some(counts) = self.at_rest() {
                    return Ok(Rest::Idle(counts));
                }
            }
            if self.setting.disturbed && disturb(&self.event_loop, self.guide) {
                return Ok(Rest::Closed);
            }
            if let Err(error) = self.event_loop.step() {
                return Err(stuck(&error, main));
            }
        }
        let names = names(&self.event_loop.all_tasks());
        let end = if main.done() {
            "after its end"
        } else {
            "without an end"
        };
        let text = format!(
            "the program goes on after {} iterations, {end}: {names}; it may run for ever, or need \
             `iterations` with a higher limit",
            self.setting.iterations
        );
        Err(Failure::new(FailureKind::Endless, text))
    }

    /// Returns what the loop holds, if no task is left and nothing is ready. While a timer will
    /// call a callback, the run goes on until it is called. But in a disturbed run this callback counts
    /// as left at once: the kit cannot know whether the cancelled task would have taken it back. (If the
    /// program has a network in memory, the callback may be a packet on its way, and the run goes on.)
    fn at_rest(&self) -> Option<Counts> {
        if !self.event_loop.scheduler().is_idle() {
            return None;
        }
        let counts = self.event_loop.counts();
        let strict = self.setting.disturbed && !self.guide.has_network();
        let is_over = strict || counts.timers == 0 || counts.callbacks == 0;
        (counts.tasks == 0 && is_over).then_some(counts)
    }
}

/// Returns the names of tasks in one line.
fn names(tasks: &[TaskRef]) -> String {
    let names: Vec<String> = tasks.iter().map(TaskRef::to_string).collect();
    match names.is_empty() {
        true => String::from("only timers and callbacks are left"),
        false => names.join(", "),
    }
}

/// Says why an iteration could not be run.
fn stuck<T: 'static>(error: &RunError, main: &Task<T>) -> Failure {
    match error {
        RunError::Deadlock(deadlock) if main.done() => {
            let text = format!("tasks are left that can never end\n{}", deadlock.tasks());
            Failure::new(FailureKind::Leftover, text)
        }
        RunError::Deadlock(deadlock) => Failure::new(FailureKind::Deadlock, deadlock.to_string()),
        other => Failure::new(FailureKind::NotRepeatable, other.to_string()),
    }
}

/// Takes the value of the main task. `None` is the end of a main task that the kit has stopped.
fn value_of<T: 'static>(
    main: &mut Task<T>,
    disturbed: bool,
    closed: bool,
) -> Result<Option<T>, Failure> {
    match main.take_result() {
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(TaskError::Panicked(panic))) => Err(panicked("main", panic.message())),
        None | Some(Err(TaskError::Closed)) if closed => Ok(None),
        Some(Err(TaskError::Cancelled(_))) if disturbed => Ok(None),
        Some(Err(error)) => Err(Failure::new(
            FailureKind::Panicked,
            format!("main ended early: {error}"),
        )),
        None => Err(Failure::new(FailureKind::Endless, "main has not ended")),
    }
}
