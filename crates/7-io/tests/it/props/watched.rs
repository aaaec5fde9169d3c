//! Sockets of the system in a loop that is watched, and in another.
//!
//! The problem: under a sink the reactor names the cause of each wake, and takes another path to the
//! wakers. So a random program runs unwatched and again watched in each way, and its results, their order,
//! its rounds and the questions to its chooser are compared.
//!
//! The programs are those of `channels.rs`: their loop is never busy, so that the clock decides nothing.
//!
//! Invariant: a program does not know how it is watched.
//!
//! Read next: `../main.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use groundup_io::executor::{Builder, EventLoop};
use groundup_io::task::{Report, ReportKind, Task};
use groundup_io::trace::{Chosen, Recorder, Recording, Seeded, Sink};
use proptest::prelude::*;

use super::channels::{Channel, Diary, TASKS, begin, channel};

#[path = "../../../../5-combinators/tests/shared/watching.rs"]
mod watching;

use watching::{WAYS, Way, build, check_events, watch};

/// All that is visible of a run.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    diary: Vec<String>,
    /// After each round: its steps, the ready entries and the tasks.
    rounds: Vec<[u64; 3]>,
    /// The questions to the chooser, and its answers.
    asked: Vec<Chosen>,
    reports: Vec<String>,
}

/// Runs a program. Returns what is visible, and the number of events of the trace.
fn play(channels: &[Channel], seed: Option<u64>, way: Option<Way>) -> (Played, usize) {
    let (recorder, recording) = (Recorder::new(), seed.map(Seeded::new).map(Recording::new));
    let mut options = EventLoop::builder();
    if let Some(recording) = recording.clone() {
        options = options.chooser(recording);
    }
    let event_loop = build(options, way, &recorder);
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        // A busy machine makes a step slow.
        if report.kind != ReportKind::SlowStep {
            told.borrow_mut().push(report.message.clone());
        }
    })));
    let diary = Diary::default();
    let mut rounds = Vec::new();
    let mut round = || {
        diary.round.set(rounds.len());
        watch(&event_loop, way, rounds.len(), &recorder);
        let before = event_loop.metrics().steps;
        event_loop.step().unwrap_or_else(|error| panic!("{error}"));
        let steps = event_loop.metrics().steps - before;
        // A signal to the process ends a park, and no task runs.
        if steps > 0 {
            let (ready, tasks) = (
                event_loop.scheduler().ready_len(),
                event_loop.all_tasks().len(),
            );
            rounds.push([steps, ready as u64, tasks as u64]);
        }
    };
    let mut made = event_loop.spawn(begin(channels.to_vec(), diary.clone()));
    round();
    let tasks: [Task<()>; TASKS] = made.now_or_never().unwrap().unwrap();
    while !tasks.iter().all(|task| task.done()) {
        round();
    }
    event_loop.set_trace(None);
    let ended = tasks
        .into_iter()
        .map(|mut task| task.now_or_never().unwrap());
    ended.for_each(|ended| ended.unwrap_or_else(|error| panic!("{error}")));
    let asked = recording.map_or_else(Vec::new, |recording| recording.record());
    let (diary, reports) = (diary.lines.take(), reports.take());
    (
        Played {
            diary,
            rounds,
            asked,
            reports,
        },
        recorder.events().len(),
    )
}

proptest! {
    /// A program with sockets of the system has the same results, in the same order and the same rounds, and
    /// asks its chooser the same questions, however it is watched.
    #[test]
    fn watching_sockets_of_the_system_changes_nothing(
        channels in prop::collection::vec(channel(), 1..8),
        seed in any::<Option<u64>>(),
    ) {
        let (unwatched, _) = play(&channels, seed, None);
        for way in WAYS {
            let (watched, events) = play(&channels, seed, Some(way));
            // The first line that differs says more than both runs.
            for (line, unwatched) in watched.diary.iter().zip(&unwatched.diary) {
                assert_eq!(line, unwatched, "watched by {way:?}, and unwatched");
            }
            assert_eq!(watched, unwatched, "watched by {way:?}, and unwatched");
            check_events(way, events);
        }
    }
}
