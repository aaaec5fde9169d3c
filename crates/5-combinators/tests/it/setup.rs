//! A loop on virtual time, a log, and a check for leftovers.
//!
//! The problem: nearly every test here compares what happened, when, and in which iteration,
//! and ends with a check that nothing is left behind.
//!
//! Invariants:
//! 1. A line of the log knows its time and its iteration.
//! 2. [`Setup::run`] fails if a task, a timer or a group of the loop is left.
//!
//! Read next: `rules.rs`.
#![allow(dead_code, unreachable_pub)] // each test binary uses its own part of this

use std::cell::RefCell;
use std::fmt::Display;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use groundup_combinators::executor::{EventLoop, iteration, sleep, spawn, time};
use groundup_combinators::task::{Report, Task, catch_cancel};

/// The sizes that the tests of costs try. The largest one is enough for a stack to overflow; `.ci/run`
/// sets a larger one.
pub fn counts() -> [usize; 4] {
    let largest = std::env::var("GROUNDUP_LARGEST").ok();
    let largest = largest.map_or(30_000, |text| text.parse().expect("a number"));
    [100, 1_000, 10_000, largest]
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One line: time in milliseconds, iteration, text.
type Line = (u128, u64, String);

/// Lines that the program has logged. All clones are the same log.
#[derive(Clone, Default)]
pub struct Log {
    lines: Rc<RefCell<Vec<Line>>>,
}

impl Log {
    pub fn say(&self, what: impl Display) {
        let line = (
            time().since_start().as_millis(),
            iteration(),
            what.to_string(),
        );
        self.lines.borrow_mut().push(line);
    }

    /// Returns the texts, in one line.
    pub fn texts(&self) -> String {
        let lines = self.lines.borrow();
        let texts: Vec<&str> = lines.iter().map(|(_, _, text)| text.as_str()).collect();
        texts.join(" ")
    }

    /// Returns the texts with their times, in one line: `text@milliseconds`.
    pub fn times(&self) -> String {
        let lines = self.lines.borrow();
        let times = lines.iter().map(|(at, _, text)| format!("{text}@{at}"));
        times.collect::<Vec<_>>().join(" ")
    }

    /// Returns how many iterations after `cause` `effect` was logged; each is logged once.
    pub fn hops(&self, cause: &str, effect: &str) -> u64 {
        self.line_of(effect).1 - self.line_of(cause).1
    }

    fn line_of(&self, text: &str) -> Line {
        let lines = self.lines.borrow();
        let mut mark = lines.iter().filter(|(_, _, mark)| mark == text);
        let first = mark.next();
        assert!(mark.next().is_none(), "{text:?} was mark twice: {lines:?}");
        first
            .unwrap_or_else(|| panic!("nobody mark {text:?}: {lines:?}"))
            .clone()
    }

    /// Returns when `text` was logged, in milliseconds.
    pub fn time_of(&self, text: &str) -> u128 {
        self.line_of(text).0
    }

    pub fn mark(&self, text: &str) -> bool {
        self.lines.borrow().iter().any(|(_, _, mark)| mark == text)
    }
}

/// Holds a loop on virtual time and a log.
pub struct Setup {
    pub event_loop: EventLoop,
    pub log: Log,
    reports: Rc<RefCell<Vec<String>>>,
}

impl Setup {
    pub fn new() -> Self {
        let event_loop = EventLoop::builder().virtual_time().build();
        let reports = Rc::<RefCell<Vec<String>>>::default();
        let told = reports.clone();
        event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
            told.borrow_mut().push(report.message.clone());
        })));
        Setup {
            event_loop,
            log: Log::default(),
            reports,
        }
    }

    /// Returns the reports to the exception handler so far.
    pub fn reports(&self) -> Vec<String> {
        self.reports.borrow().clone()
    }

    /// Runs `main` and then all remaining tasks to their ends, and checks that nothing is left.
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        // Boxed, so that the run is compiled once for each type of output, and not for each test.
        let main: LocalBoxFuture<'_, T> = Box::pin(main);
        let output = self.event_loop.run_until_complete(main);
        let output = output.unwrap_or_else(|error| panic!("{error}"));
        self.finish();
        output
    }

    /// Runs all remaining tasks to their ends, and checks that nothing is left.
    pub fn finish(&self) {
        for task in self.event_loop.all_tasks() {
            self.event_loop
                .run_until_complete(task.ended())
                .unwrap_or_else(|error| panic!("{error}"));
        }
        // The notice of the last end comes one iteration later.
        self.event_loop
            .run_until_complete(async {})
            .expect("an empty run");
        let counts = self.event_loop.counts();
        assert!(
            counts.is_at_rest(),
            "left: {:#?}",
            self.event_loop.leftovers()
        );
    }
}

/// Sleeps, logs its name and returns it.
pub async fn child(log: Log, name: &'static str, milliseconds: u64) -> &'static str {
    sleep(ms(milliseconds)).await;
    log.say(name);
    name
}

/// Sleeps and logs how it ended: `name`, or `name!` if a cancel came. After a cancel it cleans
/// up for a second and logs `name.`.
pub async fn carefully(log: Log, name: &'static str, milliseconds: u64) -> &'static str {
    match catch_cancel(sleep(ms(milliseconds))).await {
        Ok(()) => log.say(name),
        Err(cancelled) => {
            log.say(format_args!("{name}!"));
            sleep(secs(1)).await;
            log.say(format_args!("{name}."));
            cancelled.raise().await;
        }
    }
    name
}

/// Spawns [`carefully`].
pub fn careful(log: &Log, name: &'static str, milliseconds: u64) -> Task<&'static str> {
    spawn(carefully(log.clone(), name, milliseconds))
}
