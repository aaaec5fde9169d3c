//! The same choices give the same run, to the byte.
//!
//! The problem: a run that failed is worth little if it cannot be repeated. On virtual time
//! everything that could differ is a choice of the chooser, and a seed determines the choices.
//!
//! Invariant: the golden trace changes only on purpose.
//!
//! Read next: `props.rs`.

use std::future::IntoFuture;

use crate::support::log::{Log, ms, secs};
use groundup_executor::task::{Promise, catch_cancel, yield_now};
use groundup_executor::trace::{Event, Recorder, Recording, Seeded};
use groundup_executor::{Builder, EventLoop, block, call_later, call_soon, sleep, spawn};

/// Runs a program with one of each feature; returns its log and its trace.
fn run(builder: Builder) -> (Vec<String>, String) {
    let recorder = Recorder::new();
    let event_loop = builder.virtual_time().trace(recorder.clone()).build();
    let log = program(&event_loop);
    (log.take(), recorder.text())
}

fn program(event_loop: &EventLoop) -> Log {
    let log = Log::new();
    let copy = log.clone();
    let main = async move {
        let log = copy;
        let promise = Promise::<u64>::new();
        let mut tasks = Vec::new();
        for n in 0..6u64 {
            let (log, promise) = (log.clone(), promise.clone());
            tasks.push(spawn(async move {
                log.stamp(format_args!("task {n}"));
                yield_now().await;
                sleep(ms(10 * (n % 3))).await;
                log.stamp(format_args!("task {n} slept"));
                let value = promise.await.unwrap();
                log.stamp(format_args!("task {n} got {value}"));
            }));
        }
        for n in 0..3 {
            call_soon(log.sayer(&format!("soon {n}")));
            call_later(ms(10), log.sayer(&format!("later {n}")));
        }
        let victim = spawn(catch_cancel(sleep(secs(100))));
        let awaiting = spawn(catch_cancel(victim.into_future()));
        sleep(ms(30)).await;
        block(ms(7));
        promise.set_result(9).unwrap();
        awaiting.cancel_with("enough");
        for task in tasks {
            task.await.unwrap();
        }
        let _ = spawn(async { panic!("on purpose") }).await;
        log.stamp(format_args!("{:?}", awaiting.await.unwrap().is_err()));
    };
    event_loop.run_until_complete(main).unwrap();
    log
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_another() {
    let seeded = |seed| run(EventLoop::builder().seed(seed));
    let mut traces: Vec<_> = (0..8).map(seeded).collect();
    for (seed, trace) in traces.iter().enumerate() {
        assert_eq!(*trace, seeded(seed as u64));
    }
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), 8, "eight seeds, eight orders");
}

#[test]
fn debug_mode_changes_nothing() {
    for seed in 0..8 {
        let plain = run(EventLoop::builder().seed(seed));
        let debug = run(EventLoop::builder().seed(seed).debug(true));
        assert_eq!(plain, debug);
    }
    assert_eq!(
        run(EventLoop::builder()),
        run(EventLoop::builder().debug(true))
    );
}

#[test]
fn watching_changes_nothing() {
    for seed in 0..8 {
        let (watched, _) = run(EventLoop::builder().seed(seed));
        let unwatched = EventLoop::builder().virtual_time().seed(seed).build();
        assert_eq!(program(&unwatched).take(), watched);
    }
    let unwatched = EventLoop::builder().virtual_time().build();
    assert_eq!(program(&unwatched).take(), run(EventLoop::builder()).0);
}

#[test]
fn recorded_choices_replay_the_run() {
    let recording = Recording::new(Seeded::new(42));
    let recorded = run(EventLoop::builder().chooser(recording.clone()));
    let choices = recording.choices();
    assert_eq!(run(EventLoop::builder().choices(choices)), recorded);
    // No choices at all mean first in, first out.
    assert_eq!(
        run(EventLoop::builder().choices(Vec::new())),
        run(EventLoop::builder())
    );
}

#[test]
fn the_golden_trace() {
    let (_, trace) = run(EventLoop::builder().seed(2026));
    let golden = include_str!("../golden/seed_2026.trace");
    assert!(
        trace == golden,
        "if this is meant, put it into the file:\n{trace}"
    );
}

#[test]
fn what_happens_after_a_blocking_call_is_stamped_with_the_time_it_left() {
    let recorder = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(recorder.clone())
        .build();
    let main = async {
        let before = spawn(async {});
        block(ms(7));
        let after = spawn(async {});
        before.await.unwrap();
        after.await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    let spawned = |event: &&Event| event.verb.word() == "spawn";
    let events = recorder.events();
    let times: Vec<_> = events
        .iter()
        .filter(spawned)
        .map(|event| (event.time, event.iteration))
        .collect();
    assert_eq!(times, [(0, 0), (0, 1), (7_000_000, 1)]);
    assert!(events.is_sorted_by_key(|event| event.time));
}
