//! A loop on virtual time, and a log.
//!
//! The problem: nearly every test here compares what happened, in which order, and how many
//! iterations later.
//!
//! Invariants:
//! 1. A line of the log knows its iteration.
//! 2. [`Setup::run`] fails if the loop reports anything, or a task is left.
//!
//! Read next: `rules.rs`.
#![allow(dead_code)] // not every test uses all of this

use std::cell::RefCell;
use std::fmt::Display;
use std::future::Future;
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use groundup_sync::executor::{Driver, EventLoop, RunError, ThreadPark, iteration, spawn_named};
use groundup_sync::task::{Deadlock, Report, Task};

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A limit of real time that no test reaches.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A limit of real time that is over before a loop loses its patience with a turn, which takes ten
/// seconds.
pub(crate) const SOON: Duration = Duration::from_secs(9);

/// Waits until `look` returns true, and lets other threads run meanwhile. Panics with the text of `state`
/// after [`LONG`].
#[track_caller]
pub(crate) fn until(mut look: impl FnMut() -> bool, state: impl FnOnce() -> String) {
    let clock = ThreadPark::new();
    while !look() {
        let passed = Duration::from_nanos(clock.now());
        assert!(passed < LONG, "{}", state());
        std::thread::yield_now();
    }
}

/// Returns the number of threads of this name, and how many of them wait for something, where the system
/// tells.
fn threads(name: &str) -> (usize, usize) {
    let start = &name[..name.len().min(15)]; // the part that the system shows
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let (mut all, mut waiting) = (0, 0);
    for thread in threads.flatten() {
        // `1234 (name) S ..`
        let read = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        let Some((before, state)) = read.rsplit_once(") ") else {
            continue; // it has ended
        };
        let (_, named) = before.split_once('(').unwrap_or_default();
        if named.starts_with(start) {
            all += 1;
            waiting += usize::from(state.starts_with('S'));
        }
    }
    (all, waiting)
}

/// Makes many of these joins, gives them up when their threads wait, and asserts that the threads end.
/// Those of other tests may live.
pub(crate) fn give_up_joins<J>(name: &str, join: impl Fn(Duration) -> J) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let joins: Vec<J> = (0..40).map(|_| join(secs(3600))).collect();
    let state = || format!("{:?} threads: all, and those that wait", threads(name));
    let wait = || {
        let (all, waiting) = threads(name);
        all >= 40 && waiting == all
    };
    until(wait, state);
    drop(joins);
    until(|| threads(name).0 < 20, state);
}

/// Makes a loop on virtual time, and the list of its reports.
pub(crate) fn virtual_loop() -> (EventLoop, Rc<RefCell<Vec<Report>>>) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
    let kept = reports.clone();
    let keep = move |report: &Report| kept.borrow_mut().push(report.clone());
    event_loop.set_exception_handler(Some(Rc::new(keep)));
    (event_loop, reports)
}

/// Keeps the panics that tests make on purpose out of their output: those in the threads of pools
/// and fleets.
pub(crate) fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            let of = |kind| thread.name().is_some_and(|name| name.starts_with(kind));
            if !of("worker-") && !of("loop-") {
                before(panic);
            }
        }));
    });
}

/// Lines that the program has logged. All clones are the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<(u64, String)>>>);

impl Log {
    pub(crate) fn say(&self, what: impl Display) {
        self.0.borrow_mut().push((iteration(), what.to_string()));
    }

    /// Returns the texts, in one line.
    pub(crate) fn texts(&self) -> String {
        let lines = self.0.borrow();
        let texts: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(" ")
    }

    /// Returns the texts with their iterations, counted from that of the first text.
    pub(crate) fn hops(&self) -> String {
        let lines = self.0.borrow();
        let first = lines.first().map_or(0, |(at, _)| *at);
        let hops = lines
            .iter()
            .map(|(at, text)| format!("{text}@{}", at - first));
        hops.collect::<Vec<_>>().join(" ")
    }
}

/// Holds a loop on virtual time and a log.
pub(crate) struct Setup {
    pub(crate) event_loop: EventLoop,
    pub(crate) log: Log,
    reports: Rc<RefCell<Vec<String>>>,
}

impl Setup {
    pub(crate) fn new() -> Self {
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

    /// Runs `main`, and checks that no task and no report is left.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> T {
        // Boxed, so that the run is compiled once for each type of output, and not for each test.
        let main: LocalBoxFuture<'_, T> = Box::pin(main);
        let output = self.event_loop.run_until_complete(main);
        let output = output.unwrap_or_else(|error| panic!("{error}"));
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
        assert_eq!(*self.reports.borrow(), [""; 0]);
        output
    }

    /// Runs `main`, which never ends, and returns the report.
    pub(crate) fn deadlock<T>(&self, main: impl Future<Output = T>) -> Deadlock {
        let main: LocalBoxFuture<'_, T> = Box::pin(main);
        match self.event_loop.run_until_complete(main) {
            Err(RunError::Deadlock(deadlock)) => deadlock,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it ended"),
        }
    }
}

/// Spawns a future under the name that it also logs when it has ended.
pub(crate) fn logged<T: 'static>(
    log: &Log,
    name: &'static str,
    future: impl Future<Output = T> + 'static,
) -> Task<T> {
    let log = log.clone();
    spawn_named(name, async move {
        let output = future.await;
        log.say(name);
        output
    })
}

/// Returns the text of the panic of a task that has panicked.
pub(crate) async fn panic_of<T: 'static>(task: Task<T>) -> String {
    match task.await {
        Ok(_) => panic!("it returned"),
        Err(error) => error.to_string(),
    }
}

/// Returns a text with each place of these tests as "here".
pub(crate) fn without_places(text: &str) -> String {
    let folder = file!().trim_end_matches("setup.rs");
    let mut parts = text.split(folder);
    let mut told = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (_, at) = part.split_once(".rs").expect("a file of Rust");
        told += "here";
        told += at.trim_start_matches(|at: char| at == ':' || at.is_ascii_digit());
    }
    told
}

/// Returns the circles of a report, each in one line.
pub(crate) fn circles(deadlock: &Deadlock) -> Vec<String> {
    let circles = deadlock.cycles.iter();
    circles.map(|circle| circle.join(" -> ")).collect()
}
