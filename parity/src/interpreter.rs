//! A scenario on groundup: the side that is checked.
//!
//! This module runs the statements that `run.py` runs, each by one call of the
//! facade. Control leaves a block in another way. Python raises an error; this
//! module returns `Err(Stop)`. Python throws a cancel into a coroutine; groundup
//! drops the future in the innermost `catch_cancel`. The check is that the
//! traces are equal all the same.
//!
//! ```text
//!   Groundup::trace ── EventLoop on virtual time, or on another engine    engine.rs
//!                         └─ task main ── block ── statement ...           steps.rs
//!                                    several ...   waiting.rs, scopes.rs
//!                                    plain ...     acting.rs
//! ```
//!
//! Invariants
//! 1. Only `Run::emit` writes a line, so the lines stand in the order of their
//!    events.
//! 2. When the loop is idle the trace is over. The futures that the close of
//!    the loop drops write nothing.
//!
//! Read next: `steps.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use groundup::trace::{Event, Verb};
use groundup::{EventLoop, Local, catch_cancel, current_task, iteration, stop, time};

use crate::bound::{Bound, Broken, Life, Output, Stop, Value, Waitable};
use crate::census::Tally;
use crate::engine::{Engine, Rest, Whole};
use crate::program::{Name, Scenario};
use crate::side::{Side, Trace};

/// Greatest number of statements that a run may execute.
const FUEL: u64 = 20_000;

/// Groundup, as one of the two sides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Groundup {
    /// Count iterations from the last time the clock jumped, as the referee
    /// does with `--hops`, and not from the start of the run.
    pub hops: bool,
}

impl Side for Groundup {
    fn name(&self) -> &str {
        "groundup"
    }

    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String> {
        self.run(scenario).map(|(trace, _)| trace)
    }
}

impl Groundup {
    /// Runs a scenario on an engine, and returns its trace.
    ///
    /// # Errors
    /// If the loop did not run.
    pub fn trace_on(&self, engine: &dyn Engine, scenario: &Scenario) -> Result<Trace, String> {
        self.run_on(engine, scenario).map(|(trace, _)| trace)
    }

    /// Runs a scenario, and returns its trace and its counts.
    pub(crate) fn run(&self, scenario: &Scenario) -> Result<(Trace, Tally), String> {
        self.run_on(&Whole, scenario)
    }

    fn run_on(&self, engine: &dyn Engine, scenario: &Scenario) -> Result<(Trace, Tally), String> {
        let driven = engine.make(EventLoop::builder());
        let event_loop = driven.event_loop();
        let run = Run::new(scenario.clone());
        let told = Rc::downgrade(&run);
        event_loop.set_exception_handler(Some(Rc::new(move |report| {
            if let Some(run) = told.upgrade() {
                run.told(report);
            }
        })));
        if self.hops {
            let jumped = run.jumped.clone();
            jumped.set(1);
            event_loop.set_trace(Some(Box::new(move |event: &Event| {
                if matches!(event.verb, Verb::Park { .. }) {
                    jumped.set(event.iteration);
                }
            })));
        }
        let (main, _) = run.task(run.label("main"), "main".into());
        let main = event_loop.spawn(main);
        run.bind("main", Bound::Waitable(Waitable::Task(main)));
        while run.open.get() {
            match driven.run() {
                Ok(Rest::Nothing) => break,
                // A run that is out of fuel stops its loop, too, and says so itself.
                Ok(Rest::Stopped) if run.open.get() => {
                    run.say_of_the_loop(event_loop.time().since_start(), "stopped")
                }
                Ok(Rest::Stopped) => {}
                Err(error) => return Err(format!("the loop did not run: {error}")),
            }
        }
        let (idle, at) = (run.open.replace(false), event_loop.time().since_start());
        let stuck = run.stuck();
        drop((run.names.take(), run.before.take()));
        event_loop
            .close()
            .map_err(|error| format!("the loop did not close: {error}"))?;
        if idle {
            run.say_of_the_loop(at, &run.idle(&stuck));
        }
        Ok((run.lines.take(), run.tally.take()))
    }
}

/// One run of one scenario.
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) lines: RefCell<Trace>,
    /// The counts of events.
    pub(crate) tally: Tally,
    open: Cell<bool>,
    /// The iteration that is printed as 0.
    jumped: Rc<Cell<u64>>,
    fuel: Cell<u64>,
    names: RefCell<HashMap<Name, Bound>>,
    /// The earlier values of names that were bound again.
    before: RefCell<Vec<Bound>>,
    /// Number of times each label was given.
    labels: RefCell<HashMap<Name, u32>>,
    /// The tasks by label, oldest first.
    pub(crate) tasks: RefCell<Vec<(Name, Rc<Life>)>>,
    /// Names of the failures that no statement has looked at.
    pub(crate) unseen: RefCell<Vec<String>>,
    /// Task-local values, by name.
    locals: RefCell<HashMap<Name, Rc<Local<Value>>>>,
}

/// Is dropped with a task's future, and marks the task as gone.
struct Living(Rc<Life>);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.gone.set(true);
    }
}

impl Run {
    fn new(scenario: Scenario) -> Rc<Run> {
        Rc::new(Run {
            scenario,
            lines: RefCell::default(),
            tally: Tally::default(),
            open: Cell::new(true),
            jumped: Rc::default(),
            fuel: Cell::new(FUEL),
            names: RefCell::default(),
            before: RefCell::default(),
            labels: RefCell::default(),
            tasks: RefCell::default(),
            unseen: RefCell::default(),
            locals: RefCell::default(),
        })
    }

    /// Writes a line of the trace.
    pub(crate) fn emit(&self, who: &str, what: &str) {
        if self.open.get() {
            let (seconds, turn) = (
                in_seconds(time().since_start()),
                iteration() - self.jumped.get(),
            );
            self.lines
                .borrow_mut()
                .push(format!("{seconds} {turn:>4} {who} {what}"));
        }
    }

    /// Counts a statement; returns true if the run has executed too many.
    pub(crate) fn burn(&self) -> bool {
        let left = self.fuel.get().checked_sub(1);
        self.fuel.set(left.unwrap_or(0));
        if left.is_none() {
            if self.open.replace(false) {
                self.say_of_the_loop(time().since_start(), "overrun");
            }
            stop();
        }
        left.is_none()
    }

    /// Counts a statement; suspends the task for ever if the run has executed too many.
    pub(crate) async fn step(&self) {
        if self.burn() {
            pending::<()>().await;
        }
    }

    /// Returns the name of a new task or callback in the trace.
    pub(crate) fn label(&self, base: &str) -> Name {
        let mut labels = self.labels.borrow_mut();
        let count = labels.entry(base.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 {
            base.to_owned()
        } else {
            format!("{base}.{count}")
        }
    }

    pub(crate) fn bind(&self, name: &str, bound: Bound) {
        let before = self.names.borrow_mut().insert(name.to_owned(), bound);
        self.before.borrow_mut().extend(before); // the referee keeps all, too
    }

    pub(crate) fn find(&self, name: &str) -> Result<Bound, Stop> {
        self.names
            .borrow()
            .get(name)
            .cloned()
            .ok_or_else(|| Stop::error("Unbound"))
    }

    pub(crate) fn waitable(&self, name: &str) -> Result<Waitable, Stop> {
        match self.find(name)? {
            Bound::Waitable(found) => Ok(found),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// Returns the value of a word: the word itself, or the value of the name after `$`.
    pub(crate) fn value(&self, word: &str) -> Result<Value, Stop> {
        let Some(name) = word.strip_prefix('$') else {
            return Ok(word.into());
        };
        match self.find(name)? {
            Bound::Value(value) => Ok(value),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// Makes the future of a task: a body between the `start` line and the `end` line.
    pub(crate) fn task(
        self: &Rc<Self>,
        label: Name,
        body: Name,
    ) -> (impl Future<Output = Output> + 'static, Rc<Life>) {
        let life = Rc::new(Life::default());
        self.tasks.borrow_mut().push((label.clone(), life.clone()));
        let (run, living) = (self.clone(), Living(life.clone()));
        let future = async move {
            run.emit(&label, "start");
            let body = Box::pin(catch_cancel(run.body(&label, &body)));
            let outcome = match unwinding(body).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(cancelled)) => Err(Stop::cancelled(&cancelled)),
                Err(panic) => {
                    let name = panic
                        .downcast_ref::<String>()
                        .map_or("a bug", String::as_str);
                    run.emit(&label, &format!("end: error {name}"));
                    living.0.error.replace(Some(Broken::Panic(name.into())));
                    resume_unwind(panic)
                }
            };
            match &outcome {
                Ok(value) => run.emit(&label, &format!("end: {value}")),
                Err(stopped) => run.emit(&label, &format!("end: {stopped}")),
            }
            match outcome {
                Ok(value) => Ok(value),
                Err(Stop::Error(name)) => {
                    living.0.error.replace(Some(Broken::Error(name.clone())));
                    Err(name)
                }
                Err(Stop::Cancelled(reason)) => match raise(reason).await {},
            }
        };
        (future, life)
    }

    /// Returns the task-local with a name.
    pub(crate) fn local(&self, name: &str) -> Rc<Local<Value>> {
        let mut locals = self.locals.borrow_mut();
        locals.entry(name.to_owned()).or_default().clone()
    }

    /// Returns the running task, which `me` names.
    pub(crate) fn me(&self) -> Result<groundup::TaskRef, Stop> {
        current_task().ok_or_else(|| Stop::error("Unbound"))
    }
}

/// Awaits a future, and returns its panic as an error.
async fn unwinding<F: Future + Unpin>(mut future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(cx)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// Ends the running task as cancelled.
pub(crate) fn raise(reason: Option<Arc<str>>) -> groundup::RaiseCancelled {
    match reason {
        Some(reason) => groundup::Cancelled::with_reason(&reason).raise(),
        None => groundup::raise_cancelled(),
    }
}

pub(crate) fn in_seconds(time: Duration) -> String {
    let text = format!("{}.{:06}", time.as_secs(), time.subsec_micros());
    text.strip_suffix("000").map(String::from).unwrap_or(text)
}
