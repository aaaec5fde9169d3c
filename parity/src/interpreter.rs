//! A scenario on groundup: the side that is checked.
//!
//! The same statements as `run.py`, each by one call of the facade. What
//! differs is how control leaves a block: Python raises, this returns
//! `Err(Stop)`; Python throws a cancel into a coroutine, groundup drops what
//! the innermost `catch_cancel` holds. That the traces are equal all the
//! same is what is being checked.
//!
//! ```text
//!   Groundup::trace ── EventLoop on virtual time
//!                         └─ task main ── block ── statement ...           steps.rs
//!                                    several ...   waiting.rs, scopes.rs
//!                                    plain ...     acting.rs
//! ```
//!
//! Invariants
//! 1. Nothing but `Run::emit` writes a line, so a trace is what happened and
//!    in that order.
//! 2. When the loop is idle the trace is over; what the loop's end drops
//!    writes nothing.
//!
//! Read next: `steps.rs`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::{Future, pending};
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::{Event, Verb};
use groundup::{
    EventLoop, ReportKind, RunError, catch_cancel, current_task, iteration, stop, time,
};

use crate::bound::{Bound, Handled, Kept, Life, Output, Stop, Value, Waitable};
use crate::program::{Name, Scenario};
use crate::side::{Side, Trace};

/// How many statements a run may execute.
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
        let event_loop = EventLoop::builder().virtual_time().build();
        let run = Run::new(scenario.clone());
        // Errors that nobody awaits are part of many scenarios. A panic never is.
        let told = Rc::downgrade(&run);
        event_loop.set_exception_handler(Some(Rc::new(move |report| {
            // Nor is a value that a cancel has overtaken: in CPython that is no event.
            let quiet = [ReportKind::ErrorNeverRetrieved, ReportKind::ErrorOvertaken];
            let panicked = !quiet.contains(&report.kind);
            if let Some(run) = told.upgrade().filter(|_| panicked) {
                run.lines
                    .borrow_mut()
                    .push(format!("INTERNAL {}", report.message));
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
        let (main, life) = run.task(run.label("main"), "main".into());
        run.bind(
            "main",
            Bound::Waitable(Kept::named(Handled::Task(event_loop.spawn(main)), life)),
        );
        match event_loop.run_forever() {
            Err(RunError::Deadlock(_)) => run.finish(event_loop.time(), &run.idle()),
            // Only a run that is out of fuel stops its loop, and says so itself.
            Ok(()) => {}
            Err(error) => return Err(format!("the loop did not run: {error}")),
        }
        event_loop
            .close()
            .map_err(|error| format!("the loop did not close: {error}"))?;
        run.names.borrow_mut().clear();
        Ok(run.lines.take())
    }
}

/// One run of one scenario.
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    lines: RefCell<Trace>,
    open: Cell<bool>,
    /// The iteration that is printed as 0.
    jumped: Rc<Cell<u64>>,
    fuel: Cell<u64>,
    names: RefCell<HashMap<Name, Bound>>,
    /// How often a label was given.
    labels: RefCell<HashMap<Name, u32>>,
    /// The tasks by label, oldest first.
    tasks: RefCell<Vec<(Name, Rc<Life>)>>,
}

/// Goes with a task's future, whichever way that goes.
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
            open: Cell::new(true),
            jumped: Rc::default(),
            fuel: Cell::new(FUEL),
            names: RefCell::default(),
            labels: RefCell::default(),
            tasks: RefCell::default(),
        })
    }

    /// Writes a line of the trace.
    pub(crate) fn emit(&self, who: &str, what: &str) {
        if self.open.get() {
            let (seconds, turn) = (in_seconds(time()), iteration() - self.jumped.get());
            self.lines
                .borrow_mut()
                .push(format!("{seconds} {turn:>4} {who} {what}"));
        }
    }

    /// Writes the last line.
    fn finish(&self, time: Duration, what: &str) {
        if self.open.replace(false) {
            let seconds = in_seconds(time);
            self.lines
                .borrow_mut()
                .push(format!("{seconds}    - loop {what}"));
        }
    }

    fn idle(&self) -> String {
        let tasks = self.tasks.borrow();
        let stuck = tasks
            .iter()
            .filter(|(_, life)| !life.gone.get())
            .map(|(label, _)| label.as_str());
        let stuck: Vec<&str> = stuck.collect();
        if stuck.is_empty() {
            "idle".into()
        } else {
            format!("idle stuck {}", stuck.join(" "))
        }
    }

    /// Counts a statement; true when the run has had enough of them.
    pub(crate) fn burn(&self) -> bool {
        let left = self.fuel.get().checked_sub(1);
        self.fuel.set(left.unwrap_or(0));
        if left.is_none() {
            self.finish(time(), "overrun");
            stop();
        }
        left.is_none()
    }

    /// Suspends for good a task that is out of fuel.
    pub(crate) async fn step(&self) {
        if self.burn() {
            pending::<()>().await;
        }
    }

    /// What a task or callback is called in the trace.
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
        drop(before);
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

    /// The value of a word: itself, or what the name after `$` stands for.
    pub(crate) fn value(&self, word: &str) -> Result<Value, Stop> {
        let Some(name) = word.strip_prefix('$') else {
            return Ok(word.into());
        };
        match self.find(name)? {
            Bound::Value(value) => Ok(value),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// What a task runs: a body, between its first line and its last.
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
            let outcome = match catch_cancel(run.body(&label, &body)).await {
                Ok(outcome) => outcome,
                Err(cancelled) => Err(Stop::cancelled(&cancelled)),
            };
            living.0.ended.replace(Some(outcome.clone()));
            living
                .0
                .asked
                .set(current_task().map_or(0, |me| me.cancelling()));
            match outcome {
                Ok(value) => {
                    run.emit(&label, &format!("end: {value}"));
                    Ok(value)
                }
                Err(stopped) => {
                    run.emit(&label, &format!("end: {stopped}"));
                    match stopped {
                        Stop::Error(name) => {
                            overrule_cancels(&living.0);
                            Err(name)
                        }
                        Stop::Cancelled(reason) => match raise(reason).await {},
                    }
                }
            }
        };
        (future, life)
    }

    /// The task that says `me`.
    pub(crate) fn me(&self) -> Result<groundup::TaskRef, Stop> {
        current_task().ok_or_else(|| Stop::error("Unbound"))
    }
}

/// Lets the error with which the running task ends win over a cancel that was
/// asked for and not delivered, as an exception does in Python. Here an error
/// is a value, and a value does not win (C09): so the cancel is taken back.
fn overrule_cancels(life: &Life) {
    if let Some(me) = current_task() {
        life.cancels.set(Some(life.asked.get()));
        while me.uncancel() > 0 {}
    }
}

/// Ends the running task as cancelled.
pub(crate) fn raise(reason: Option<Rc<str>>) -> groundup::RaiseCancelled {
    match reason {
        Some(reason) => groundup::Cancelled::with_reason(&reason).raise(),
        None => groundup::raise_cancelled(),
    }
}

fn in_seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}
