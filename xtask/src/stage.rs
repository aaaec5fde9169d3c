//! The stage: the surroundings of a program of the tour.
//!
//! A Python program has three things from the start: a place to print to, a clock, and a
//! default event loop. The tour must control all three. It records the time of each
//! printed line, it can replace the clock by one that jumps, and it chooses the order in
//! which the loop runs ready entries. So a program of the tour uses a stage in their place:
//!
//! | Python | on the stage |
//! |---|---|
//! | `print(x)` | [`say`] |
//! | `time.time()` | [`now`] |
//! | `time.sleep(1)` | [`block`]`(`[`seconds`]`(1.0))` |
//! | `asyncio.get_event_loop()` | [`event_loop`] |
//! | `with timer(msg): ...` | [`timer`] |
//! | `some_set.pop()`, which returns any element | [`pick`] |
//!
//! ```text
//!   settings ──► Stage ◄── say, seconds, block, event_loop, ...  ◄── program
//!                 ├── clock ── shared with the loop
//!                 ▼
//!              audience: a line was printed, an event happened
//! ```
//!
//! Invariants
//! 1. A thread has one stage at most. When the program is over, or has panicked, the
//!    stage is dropped.
//! 2. The program and its loop read the same clock. A program without a loop moves
//!    virtual time too, by blocking.
//! 3. A delay is the source's delay times the scale: programs never use a real time.
//!
//! Read next: `stage/engine.rs`, `stage/performance.rs`, `stage/named.rs`; then the first program,
//! `programs/asynchronous_part_1.rs`.

mod engine;
mod named;
mod performance;

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::{Choice, Event, TaskId, Verb};
use groundup::{Driver, EventLoop};

use crate::python;

/// How a program ends: with nothing, or with the first error that stopped it.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;
pub use engine::{Engine, Looped, Main, StageLoop};
pub use named::{Named, named};
pub use performance::{Audience, Clock, Nobody, Performance, Said, Settings};

struct Stage {
    settings: Settings,
    engine: Rc<dyn Engine>,
    clock: Rc<dyn Driver>,
    event_loop: OnceCell<StageLoop>,
    record: Rc<Record>,
    /// Numbers of named generators and of their steps so far.
    named: Cell<u64>,
    steps: Cell<u64>,
}

/// The record to which the stage and the loop's sink both write.
struct Record {
    said: RefCell<Vec<Said>>,
    events: RefCell<Vec<Event>>,
    audience: Rc<RefCell<dyn Audience>>,
}

impl Record {
    fn event(&self, event: Event) {
        self.audience.borrow_mut().event(&event);
        self.events.borrow_mut().push(event);
    }
}

thread_local! {
    static STAGE: RefCell<Option<Rc<Stage>>> = const { RefCell::new(None) };
}

fn stage() -> Rc<Stage> {
    let stage = STAGE.with_borrow(Option::clone);
    stage.expect("no stage on this thread: a program of the tour runs inside stage::play")
}

/// Runs `program` on a new stage and returns its record. `audience` gets each line and
/// event when it happens.
///
/// # Panics
/// If a program is already on stage on this thread.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// use xtask::stage::{Nobody, Settings, block, play, say, seconds};
///
/// let program = || {
///     block(seconds(1.5));
///     say("one and a half");
///     Ok(())
/// };
/// let seen = play(program, Settings::EXACT, Rc::new(RefCell::new(Nobody)));
/// assert_eq!((seen.said[0].time, seen.elapsed), (1_500_000_000, 1_500_000_000));
/// ```
pub fn play(
    program: impl FnOnce() -> Outcome,
    settings: Settings,
    audience: Rc<RefCell<dyn Audience>>,
) -> Performance {
    play_on(Rc::new(settings.clock), program, settings, audience)
}

/// Runs `program` as [`play`] does, on an engine. The clock of the settings says whether the clock
/// of the engine is real.
///
/// # Panics
/// If a program is already on stage on this thread.
pub fn play_on(
    engine: Rc<dyn Engine>,
    program: impl FnOnce() -> Outcome,
    settings: Settings,
    audience: Rc<RefCell<dyn Audience>>,
) -> Performance {
    let clock = engine.clock();
    let record = Rc::new(Record {
        said: RefCell::default(),
        events: RefCell::default(),
        audience,
    });
    let stage = Rc::new(Stage {
        settings,
        engine,
        clock,
        event_loop: OnceCell::new(),
        record,
        named: Cell::new(0),
        steps: Cell::new(0),
    });
    let before = STAGE.replace(Some(stage.clone()));
    assert!(before.is_none(), "a stage has room for one program");
    let ended = catch_unwind(AssertUnwindSafe(program));
    let elapsed = stage.clock.now();
    let failure = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(payload) => Some(format!("it panicked: {}", message(&*payload))),
    };
    if let Some(event_loop) = stage.event_loop.get() {
        event_loop.set_trace(None); // what closing drops is not the program's doing
        let closed = event_loop.close();
        debug_assert!(closed.is_ok(), "no loop runs here any more");
    }
    STAGE.set(None);
    Performance {
        said: stage.record.said.take(),
        events: stage.record.events.take(),
        elapsed,
        failure,
    }
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let literal = payload.downcast_ref::<&str>().copied();
    let text = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message")
}

/// Prints a line, as Python's `print` does.
pub fn say(line: impl Display) {
    let stage = stage();
    let said = Said {
        time: stage.clock.now(),
        after: stage.record.events.borrow().len(),
        line: line.to_string(),
    };
    stage.record.audience.borrow_mut().said(&said);
    stage.record.said.borrow_mut().push(said);
}

/// Returns this number of the source's seconds. On a stage of scale 0.1, `seconds(3.0)`
/// is 300 ms.
pub fn seconds(seconds: f64) -> Duration {
    scaled(seconds, stage().settings.scale)
}

/// Returns this number of the source's seconds, at a scale.
pub(crate) fn scaled(seconds: f64, scale: f64) -> Duration {
    Duration::from_secs_f64(seconds).mul_f64(scale)
}

/// Returns the time since the program began.
pub fn now() -> Duration {
    Duration::from_nanos(stage().clock.now())
}

/// Lets time pass while no other task runs, as Python's `time.sleep` does. In a running
/// loop it is [`groundup::block`].
pub fn block(duration: Duration) {
    let stage = stage();
    match stage.event_loop.get() {
        Some(event_loop) if event_loop.is_running() => groundup::block(duration),
        _ => stage.clock.block(duration),
    }
}

/// Returns the default event loop, and makes it at the first call: Python's `get_event_loop`.
pub fn event_loop() -> StageLoop {
    let stage = stage();
    let event_loop = stage.event_loop.get_or_init(|| stage.make_loop());
    event_loop.clone()
}

/// Returns the index of one of `options` elements, where the source takes any element:
/// the first, or the one that the loop's chooser picks.
pub fn pick(options: usize) -> usize {
    event_loop().scheduler().choose(Choice::Pick, options)
}

/// The source's context manager: prints `msg`, runs `body`, prints the seconds it took.
///
/// If `body` fails, no seconds are printed; the source has no `finally`.
///
/// ```python
/// @contextlib.contextmanager
/// def timer(msg):
///     print(msg)
///     T = time.time()
///     yield
///     print(time.time() - T)
/// ```
///
/// # Errors
/// The errors of `body`.
pub fn timer(msg: &str, body: impl FnOnce() -> Outcome) -> Outcome {
    say(msg);
    let t = now();
    body()?;
    say(python::float((now() - t).as_secs_f64()));
    Ok(())
}

impl Stage {
    /// Makes a loop on the stage's clock, with a trace and with the chosen order.
    fn make_loop(&self) -> StageLoop {
        let (record, clock) = (self.record.clone(), self.clock.clone());
        let sink = move |event: &Event| {
            record.event(Event {
                time: clock.now(),
                ..event.clone()
            });
        };
        let builder = EventLoop::builder().trace(sink);
        let builder = match self.settings.seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        };
        StageLoop(self.engine.make(builder, self.clock.clone()))
    }

    /// Returns the identity of a named generator, for events.
    fn named(&self, name: &str) -> TaskId {
        self.named.set(self.named.get() + 1);
        TaskId::new(self.named.get(), name)
    }

    /// Records an event that happened outside the loop.
    fn emit(&self, task: TaskId, verb: Verb) {
        if verb == Verb::Step {
            self.steps.set(self.steps.get() + 1);
        }
        self.record.event(Event {
            time: self.clock.now(),
            iteration: self.steps.get(),
            task: Some(task),
            verb,
        });
    }
}
