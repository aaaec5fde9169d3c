//! Runs one program of the book, and keeps its lines and events.
//!
//! The problem: a page shows the lines of a program, their times, and its steps. All of it must be the
//! same in every run, or a check would fail without a reason. So a program runs on virtual time, on a
//! loop with a trace, and prints into a buffer.
//!
//! | order | entries of the loop run |
//! |---|---|
//! | [`Order::Fifo`] | first in, first out, as on every loop without a seed |
//! | [`Order::Seed`] | in the order of the seed |
//!
//! Invariants
//! 1. One program is on stage at a time.
//! 2. An async program runs as under `#[groundup::main(virtual_time)]`, also after its end: tasks
//!    that are left are cancelled and awaited.
//! 3. A program that fails ends its output with the error, as the terminal would show it.
//!
//! Read next: `tree.rs`, the files around the programs.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Arguments;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use groundup::trace::{Event, read_trace};
use groundup::{Driver, EventLoop, Runner, Virtual};
use groundup_view::{Axis, Timeline};

use crate::programs::{Ended, Looped, Main, Program};
use crate::work::watch;

/// The order of the entries of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// First in, first out.
    Fifo,
    /// As a seed chooses.
    Seed(u64),
}

/// A printed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The time, in ns since the beginning.
    pub time: u64,
    /// The number of events before the line.
    pub after: usize,
    /// The line, without its end.
    pub line: String,
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The lines that it printed.
    pub said: Vec<Said>,
    /// The events of its loop.
    pub events: Vec<Event>,
    /// The time that it took, in ns.
    pub elapsed: u64,
}

impl Run {
    /// Returns the printed text.
    pub fn text(&self) -> String {
        self.said
            .iter()
            .map(|said| said.line.clone() + "\n")
            .collect()
    }

    /// Returns the number of iterations of the loop.
    pub fn iterations(&self) -> u64 {
        self.events.last().map_or(0, |event| event.iteration)
    }

    /// Returns the timeline, with the printed lines as remarks.
    pub fn timeline(&self, title: &str) -> Timeline {
        let axis = if self.elapsed == 0 {
            Axis::Order
        } else {
            Axis::Time
        };
        let timeline = Timeline::of(&self.events).titled(title).by(axis);
        let timeline = timeline.until(self.elapsed);
        self.said.iter().fold(timeline, |timeline, said| {
            timeline.mark(said.after, said.time, said.line.clone())
        })
    }
}

/// The most lines of a program, and the most events of its loop.
const LINES: usize = 10_000;
const EVENTS: usize = 1_000_000;

/// The printed lines, of any thread.
static PRINTED: Mutex<Vec<Said>> = Mutex::new(Vec::new());
/// Held while a program is on stage.
static STAGE: Mutex<()> = Mutex::new(());

/// The clock and the events of the program on this thread.
#[derive(Clone)]
struct Surroundings {
    clock: Rc<dyn Driver>,
    events: Rc<RefCell<Vec<Event>>>,
}

thread_local! {
    static HERE: RefCell<Option<Surroundings>> = const { RefCell::new(None) };
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints for the program on stage: the `println!` of the programs.
pub fn print(text: Arguments<'_>) {
    let text = text.to_string();
    let (time, after) = HERE.with_borrow(|here| match here {
        Some(here) => (here.clock.now(), here.events.borrow().len()),
        None => (0, 0),
    });
    let mut printed = locked(&PRINTED);
    if printed.len() > LINES {
        watch::too_much("prints without end");
    }
    for part in text.split_inclusive('\n') {
        match printed.last_mut().filter(|said| !said.line.ends_with('\n')) {
            Some(said) => said.line.push_str(part),
            None => printed.push(Said {
                time,
                after,
                line: part.to_owned(),
            }),
        }
    }
}

/// Runs a program.
///
/// # Errors
/// If a seed is given to a program that has no loop of the stage.
pub fn play(program: &Program, order: Order) -> Result<Run, String> {
    let stage = locked(&STAGE);
    quiet();
    watch::playing(Some(program.name));
    locked(&PRINTED).clear();
    let here = Surroundings {
        clock: Rc::new(Virtual::new()),
        events: Rc::default(),
    };
    HERE.set(Some(here.clone()));
    let ended = match (program.main, order) {
        (Main::Plain(main), Order::Fifo) => catch_unwind(main).map_err(|why| message(&*why)),
        (Main::Plain(_), Order::Seed(_)) => {
            HERE.set(None);
            return Err(format!(
                "{} makes its own loop, so no seed reaches it",
                program.name
            ));
        }
        (Main::Looped(main), order) => {
            let looped = AssertUnwindSafe(|| looped(&here, order, main));
            catch_unwind(looped).map_err(|why| message(&*why))
        }
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => print(format_args!("Error: {error}\n")),
        Err(panic) => print(format_args!("panicked: {panic}\n")),
    }
    HERE.set(None);
    watch::playing(None);
    let mut said = std::mem::take(&mut *locked(&PRINTED));
    drop(stage);
    for said in &mut said {
        said.line.truncate(said.line.trim_end_matches('\n').len());
    }
    let mut run = Run {
        said,
        events: here.events.take(),
        elapsed: here.clock.now(),
    };
    if let Main::Plain(_) = program.main {
        from_text(&mut run);
    }
    Ok(run)
}

fn looped(here: &Surroundings, order: Order, main: fn() -> Looped) -> Ended {
    let (events, clock) = (here.events.clone(), here.clock.clone());
    let sink = move |event: &Event| {
        let mut events = events.borrow_mut();
        if events.len() > EVENTS {
            watch::too_much("goes on without end");
        }
        events.push(event.clone());
    };
    let builder = EventLoop::builder().driver_rc(clock).trace(sink);
    let builder = match order {
        Order::Fifo => builder,
        Order::Seed(seed) => builder.seed(seed),
    };
    let runner = Runner::with_loop(builder.build());
    let ended = runner.run(main());
    drop(runner);
    ended.unwrap_or_else(|error| panic!("{error}"))
}

/// Takes events from a trace that the program itself has printed.
fn from_text(run: &mut Run) {
    let text = run.text();
    let Some(at) = text.find("# groundup-trace") else {
        return;
    };
    let trace: Vec<&str> = text[at..].lines().collect();
    let is_event = |line: &&str| line.starts_with([' ', '#']) && !line.trim().is_empty();
    let length = trace.iter().take_while(|line| is_event(line)).count();
    if let Ok(events) = read_trace(&trace[..length].join("\n")) {
        run.elapsed = events.last().map_or(0, |event| event.time);
        run.events = events;
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = literal.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".into())
}

/// Keeps the panics of the programs off the terminal.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            let ours = panic
                .location()
                .is_some_and(|place| place.file().contains("/programs/"));
            if !ours && HERE.with_borrow(Option::is_none) {
                before(panic);
            }
        }));
    });
}
