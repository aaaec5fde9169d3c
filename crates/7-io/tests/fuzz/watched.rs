//! A script of the network in memory, watched in each way.
//!
//! The problem: under a sink a network names the cause of each wake, and so takes another path to the
//! wakers. There a task may become ready in another order, or a packet may be asked about once more. So
//! an input is played unwatched and again watched, and all that is visible is compared.
//!
//! Invariant: a script does not know how it is watched.
//!
//! Read next: `input.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_io::executor::{Builder, EventLoop};
use groundup_io::task::{Report, ReportKind};
use groundup_io::trace::{Chosen, Recorder, Recording, Seeded, Sink};

use crate::network::{self, Diary};

#[path = "../../../5-combinators/tests/shared/watching.rs"]
mod watching;

use watching::{WAYS, Way, build, check_events, is_always_made, watch};

/// More iterations than any of the scripts has.
const MANY: usize = 100_000;

/// All that is visible of a run.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    diary: Vec<String>,
    features: Vec<u64>,
    /// After each iteration: its number, the time, the ready entries, the timers and the tasks.
    moments: Vec<[u64; 5]>,
    /// The questions to the chooser, and its answers.
    asked: Vec<Chosen>,
    reports: Vec<String>,
}

/// Plays the script of an input. Returns what is visible, and the number of events of the trace.
fn play(bytes: &[u8], way: Option<Way>) -> (Played, usize) {
    let (options, seed) = network::options(bytes);
    let (recorder, recording) = (Recorder::new(), seed.map(Seeded::new).map(Recording::new));
    let options = match recording.clone() {
        Some(recording) => options.chooser(recording),
        None => options,
    };
    let event_loop = build(options, way, &recorder);
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        if is_always_made(report.kind) {
            told.borrow_mut().push(report.message.clone());
        }
    })));
    let (diary, bytes) = (Diary::default(), bytes.to_vec());
    let writes = diary.clone();
    let main = event_loop.spawn(async move { network::script(&bytes, writes).await });
    let mut moments = Vec::new();
    while !main.done() {
        assert!(moments.len() < MANY, "the script does not end");
        watch(&event_loop, way, moments.len(), &recorder);
        event_loop.step().unwrap_or_else(|error| panic!("{error}"));
        moments.push([
            event_loop.iteration(),
            event_loop.time().since_start().as_nanos() as u64,
            event_loop.scheduler().ready_len() as u64,
            event_loop.timers() as u64,
            event_loop.all_tasks().len() as u64,
        ]);
    }
    event_loop.set_trace(None);
    let main = event_loop.run_until_complete(main).unwrap();
    let features = main.unwrap_or_else(|error| panic!("{error}"));
    let played = Played {
        diary: diary.take(),
        features,
        moments,
        asked: recording.map_or_else(Vec::new, |recording| recording.record()),
        reports: reports.take(),
    };
    (played, recorder.events().len())
}

/// Plays the script of an input unwatched, and then watched in these ways. Fails if any differ. Returns its
/// features.
fn played(bytes: &[u8], ways: &[Way]) -> Vec<u64> {
    let (unwatched, _) = play(bytes, None);
    for &way in ways {
        let (watched, events) = play(bytes, Some(way));
        // The first line that differs says more than both runs.
        for (line, unwatched) in watched.diary.iter().zip(&unwatched.diary) {
            assert_eq!(line, unwatched, "watched by {way:?}, and unwatched");
        }
        assert_eq!(watched, unwatched, "watched by {way:?}, and unwatched");
        check_events(way, events);
    }
    unwatched.features
}

pub(crate) fn in_all_ways(bytes: &[u8]) -> Vec<u64> {
    played(bytes, &WAYS)
}

/// The target: the script alone, and watched in a way that its input decides.
pub(crate) fn target(bytes: &[u8]) -> Vec<u64> {
    played(bytes, &[WAYS[bytes.len() % WAYS.len()]]);
    network::target(bytes)
}
