//! The engine: runs schedules until one fails or a limit is reached.
//!
//! The problem: an exploration, a census and a table of cancels all run one program many times.
//! They differ in the order of the schedules and in the use of the results.
//!
//! Invariants:
//! 1. A failure is reported only by `explore/repeat.rs`, which runs its schedule again.
//! 2. A run that only asks for questions counts as no schedule.
//!
//! Read next: `explore/learn.rs`.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::Recorder;
use groundup::{Driver, Panic, ThreadPark};

use crate::explore::found::{Explored, Found};
use crate::explore::options::Explore;
use crate::explore::sampling::Sampling;
use crate::explore::watchdog::Watchdog;
use crate::run::failure::{Failure, FailureKind};
use crate::run::quiet::quietly;
use crate::run::{Setting, run_once};
use crate::schedule::guide::Guide;
use crate::schedule::normal_form::Conflicts;
use crate::schedule::plan::{Free, Plan};
use crate::schedule::token::Token;
use crate::schedule::{Kind, Question, deviations};
use crate::search::{Scope, with_exactly};

/// How many deviations a sparse seed makes on average.
const SPARSE: usize = 3;

/// The watchdog reports a run that takes so many times as long as a slow one.
const BLOCKED: u32 = 10;

/// The shortest time of a slow run, for the thread that looks for one.
const LEAST: Duration = Duration::from_millis(1);

/// One run and its questions.
pub(crate) struct Tried {
    pub(crate) failure: Option<Failure>,
    pub(crate) record: Vec<Question>,
    pub(crate) guide: Guide,
}

/// A schedule that fails.
pub(super) type Failed = (Failure, Vec<Question>);

/// Called after each schedule that succeeds, with its questions, and with `None` before a search that
/// begins anew.
type Watch<'a> = Box<dyn FnMut(Option<&[Question]>) + 'a>;

/// Runs one program again and again.
pub(crate) struct Engine<'a, P> {
    program: P,
    setting: Setting,
    free: Free,
    pub(super) options: &'a Explore,
    clock: ThreadPark,
    watchdog: Watchdog,
    pub(super) failed: Option<Failed>,
    pub(super) explored: Explored,
    /// The number of questions of the first run, and how many of them were about orders.
    questions: (usize, usize),
    /// A run has asked for a seed of random numbers.
    seeded: bool,
    /// The conflicts of all runs so far, if they keep footprints.
    pub(super) conflicts: Rc<Conflicts>,
    /// The last run had a conflict that was not known.
    pub(super) has_learned: bool,
    pub(crate) watch: Option<Watch<'a>>,
}

/// The scope of a search for orders.
pub(super) const ORDERS: Scope = Scope {
    disturbances: usize::MAX,
    orders: usize::MAX,
    skips_moot: false,
};

impl<'a, P, F, A> Engine<'a, P>
where
    P: Fn(&Guide) -> (F, A),
    F: Future<Output: 'static> + 'static,
    A: FnOnce(Option<F::Output>) -> Result<(), Failure>,
{
    /// Makes an engine. If `disturbed`, a schedule may also cancel tasks, drop the future or close the loop.
    pub(crate) fn new(
        options: &'a Explore,
        place: &'static Location<'static>,
        disturbed: bool,
        program: P,
    ) -> Self {
        Engine {
            program,
            setting: Setting {
                iterations: options.iterations,
                leftovers: options.leftovers,
                late: options.late.clone().into(),
                disturbed,
                recorder: None,
                place,
            },
            free: options.free.clone(),
            options,
            clock: ThreadPark::new(),
            watchdog: Watchdog::new(place, options.slow.max(LEAST).saturating_mul(BLOCKED)),
            failed: None,
            explored: Explored {
                slow: options.slow,
                ..Explored::default()
            },
            questions: (0, 0),
            seeded: false,
            conflicts: Rc::default(),
            has_learned: false,
            watch: None,
        }
    }

    /// Runs the program once.
    pub(crate) fn run(&self, plan: Plan, recorder: Option<Recorder>) -> Tried {
        let guide = Guide::new(plan, self.free.clone(), recorder.is_some());
        let setting = Setting {
            recorder,
            ..self.setting.clone()
        };
        let mut accept = None;
        let _watched = self.watchdog.run();
        let ran = run_once(&guide, &setting, || {
            let (future, then) = (self.program)(&guide);
            accept = Some(then);
            future
        });
        let judged = ran.end.and_then(|value| match accept.take() {
            Some(accept) => judge(|| accept(value)),
            None => Ok(()),
        });
        Tried {
            failure: judged.err().or(ran.left),
            record: ran.record,
            guide,
        }
    }

    pub(super) fn timed(&mut self, plan: Plan) -> Tried {
        let before = self.clock.now();
        let tried = self.run(plan, None);
        let took = Duration::from_nanos(self.clock.now().saturating_sub(before));
        self.explored.slowest = self.explored.slowest.max(took);
        tried
    }

    /// Counts a schedule. Returns its questions, unless it has failed.
    pub(super) fn count(&mut self, tried: Tried) -> Option<Vec<Question>> {
        self.explored.schedules += 1;
        if self.explored.schedules == 1 {
            let orders = tried
                .record
                .iter()
                .filter(|asked| asked.kind == Kind::Ready);
            self.questions = (tried.record.len(), orders.count());
        }
        self.seeded |= tried.record.iter().any(|asked| asked.kind == Kind::Seed);
        if let Some(failure) = tried.failure {
            self.failed = Some((failure, tried.record));
            return None;
        }
        if let Some(watch) = &mut self.watch {
            watch(Some(&tried.record));
        }
        Some(tried.record)
    }

    pub(super) fn is_late(&self) -> bool {
        let passed = || Duration::from_nanos(self.clock.now());
        self.options.limit.is_some_and(|limit| passed() >= limit)
    }

    /// Runs all phases of a search.
    pub(crate) fn search(&mut self) -> Result<Explored, Box<Found>> {
        self.explored.reduced = self.options.reduced;
        self.explored.by_footprints = self.options.by_footprints && self.options.exhaustive;
        let scope = Scope {
            skips_moot: self.options.reduced,
            ..ORDERS
        };
        let complete = match self.options.exhaustive {
            true => self.everything(&scope),
            false => self.few_deviations(&scope),
        };
        if let Some(failed) = self.failed.take() {
            return Err(self.report(failed, self.options.exhaustive));
        }
        self.explored.complete = complete && !self.seeded;
        if !self.options.exhaustive && !self.explored.complete {
            self.seeds()?;
        }
        if self.explored.schedules == 0 {
            return self.one(Plan::Deviations(Vec::new())); // the limits allow none, and a test that has run nothing must not pass
        }
        Ok(self.explored.clone())
    }

    /// Runs the schedules with few deviations. Returns true if there are no others.
    fn few_deviations(&mut self, scope: &Scope) -> bool {
        for count in 0..=self.options.deviations {
            match with_exactly(count, scope, &mut |trial| self.trial(trial)) {
                None => return false,
                Some(0) => return true,
                Some(_) => self.explored.deviations = Some(count),
            }
        }
        false
    }

    fn seeds(&mut self) -> Result<(), Box<Found>> {
        let (questions, orders) = self.questions;
        let one_in = (questions / SPARSE).max(2);
        let samplings = self.options.samplings.iter().cycle();
        for (seed, sampling) in (0..self.options.seeds).zip(samplings) {
            if self.is_late() {
                break;
            }
            let plan = match *sampling {
                Sampling::Uniform => Plan::Seed(seed),
                Sampling::Sparse => Plan::Sparse { seed, one_in },
                Sampling::Pct { depth } => Plan::Pct {
                    seed,
                    depth,
                    questions: orders,
                },
            };
            let tried = self.timed(plan);
            if self.count(tried).is_none()
                && let Some(failed) = self.failed.take()
            {
                return Err(self.report(failed, true));
            }
            self.explored.seeds += 1;
        }
        Ok(())
    }

    /// Runs one plan.
    pub(crate) fn one(&mut self, plan: Plan) -> Result<Explored, Box<Found>> {
        let tried = self.timed(plan);
        self.count(tried);
        match self.failed.take() {
            Some(failed) => Err(self.report(failed, false)),
            None => Ok(self.explored.clone()),
        }
    }

    /// Runs the schedule of a token.
    pub(crate) fn replay(&mut self, text: &str) -> Result<Explored, Box<Found>> {
        let tried = self.fitting(text)?;
        self.one(Plan::Deviations(deviations(&tried.record)))
    }

    /// Runs the schedule of a token, and fails only if it belongs to another program.
    pub(crate) fn fitting(&self, text: &str) -> Result<Tried, Box<Found>> {
        let refuse = |why: String| {
            Box::new(Found {
                failure: Failure::new(FailureKind::Token, why),
                story: String::new(),
                token: text.to_string(),
                deviations: 0,
                deviations_at_first: 0,
                schedules: 0,
                events: Vec::new(),
            })
        };
        let token = Token::read(text).map_err(refuse)?;
        let tried = self.run(Plan::Deviations(token.schedule.clone()), None);
        if !token.fits(&tried.record) {
            return Err(refuse(format!(
                "{text} belongs to another program: this one asks other questions now than when the \
                 token was made; unset GROUNDUP_REPLAY, and explore it again"
            )));
        }
        Ok(tried)
    }
}

/// Judges the end of a run by code of the user, which may panic.
fn judge(accept: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    quietly(|| catch_unwind(AssertUnwindSafe(accept))).unwrap_or_else(|payload| {
        let text = format!("a law panicked: {}", Panic::new(payload).message());
        Err(Failure::new(FailureKind::Law, text))
    })
}
