//! The trace of a loop: numbers, times, causes and ends.
//!
//! The problem: a trace is read after an error, often by a program. So it must be complete
//! and exact: no two tasks or timers of one name, a time for each moment, the true cause
//! for each wake, and an end for everything that began, also if it ends only because the
//! loop is closed.
//!
//! Invariant: the tests compare the written form.
//!
//! Read next: `wakes.rs`.

use std::future::pending;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use crate::support::scripted_clock::ScriptedClock;
use groundup_executor::task::{Promise, Task, catch_cancel, yield_now};
use groundup_executor::trace::{Event, Recorder, TaskId, TextSink, Verb, read_trace};
use groundup_executor::{
    EventLoop, IoWriter, block, call_later, call_soon, remote, sleep, spawn, spawn_named,
};

fn ms(delay: u64) -> Duration {
    Duration::from_millis(delay)
}

/// Makes a loop on virtual time, and a recorder of its events.
fn watched() -> (EventLoop, Recorder) {
    let recorder = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(recorder.clone())
        .build();
    (event_loop, recorder)
}

/// Returns the lines that contain one of these words, without time and iteration, and with
/// one blank between the words.
fn lines(recorder: &Recorder, words: &[&str]) -> Vec<String> {
    let text = recorder.text();
    let lines = text.lines().skip(1).map(|line| {
        let words = line.split_whitespace().skip(2);
        words.collect::<Vec<_>>().join(" ")
    });
    let wanted = |line: &String| words.iter().any(|word| line.split(' ').any(|w| w == *word));
    lines.filter(wanted).collect()
}

/// A sink that comes late is told when it is, not when the last one went.
#[test]
fn a_sink_that_is_set_late_is_told_the_time_of_now() {
    let event_loop = Rc::new(EventLoop::builder().virtual_time().build());
    let (inner, recorder) = (event_loop.clone(), Recorder::new());
    let told = recorder.clone();
    let main = async move {
        for _ in 0..2 {
            sleep(ms(5000)).await;
            inner.set_trace(Some(Box::new(told.clone())));
            spawn_named("early", async {}).detach();
            block(ms(7));
            inner.set_trace(None);
            inner.set_trace(Some(Box::new(told.clone())));
            spawn_named("late", async {}).detach();
            inner.set_trace(None);
        }
        inner.iteration()
    };
    let last = event_loop.run_until_complete(main).unwrap();
    let text = recorder.text();
    let spawned: Vec<Event> = read_trace(&text).unwrap().into_iter().collect();
    let times: Vec<u64> = spawned.iter().map(|event| event.time / 1_000_000).collect();
    assert_eq!(times, [5000, 5007, 10007, 10014], "{text}");
    assert_eq!(spawned[2].iteration, last, "{text}");
}

// ----- who -----------------------------------------------------------------

#[test]
fn tasks_of_one_name_are_told_apart_and_naming_is_an_event() {
    let (event_loop, recorder) = watched();
    let main = async {
        let workers: Vec<Task<()>> = (0..3)
            .map(|_| {
                let worker = spawn(async { yield_now().await });
                worker.set_name("worker");
                worker
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(
        lines(&recorder, &["spawn", "name", "done"]),
        [
            "spawn Task-1",
            "spawn Task-2 by Task-1",
            "name Task-2 worker",
            "spawn Task-3 by Task-1",
            "name Task-3 worker",
            "spawn Task-4 by Task-1",
            "name Task-4 worker",
            "done worker#2 returned",
            "done worker#3 returned",
            "done worker#4 returned",
            "done Task-1 returned",
        ]
    );
    assert_eq!(read_trace(&recorder.text()), Ok(recorder.events()));
}

#[test]
fn a_name_from_the_beginning_is_one_from_the_first_line() {
    let (event_loop, recorder) = watched();
    let outside = event_loop.spawn_named("outside", async {});
    assert_eq!(outside.name().as_deref(), Some("outside"));
    let main = async { spawn_named("kettle", async {}).await.unwrap() };
    event_loop.run_until_complete(main).unwrap();
    let kettle = TaskId::new(3, "kettle");
    let of_it = |event: &Event| event.task.as_ref().is_some_and(|task| task.number == 3);
    let events = recorder.events();
    let mut told = events.iter().filter(|event| of_it(event));
    assert!(told.all(|event| event.task.as_ref() == Some(&kettle)));
    assert_eq!(
        lines(&recorder, &["spawn"]),
        [
            "spawn outside #1",
            "spawn Task-2",
            "spawn kettle #3 by Task-2"
        ]
    );
}

#[test]
fn no_two_timers_have_one_number() {
    let (event_loop, recorder) = watched();
    let main = async {
        for _ in 0..3 {
            sleep(ms(1)).await; // each has the card of the one before
            call_later(ms(1), || ()).cancel();
        }
    };
    event_loop.run_until_complete(main).unwrap();
    let armed: Vec<u64> = (recorder.events().iter())
        .filter_map(|event| match event.verb {
            Verb::Arm { timer, .. } => Some(timer),
            _ => None,
        })
        .collect();
    assert_eq!(armed, [1, 2, 3, 4, 5, 6]);
    assert_eq!(lines(&recorder, &["fire"]).len(), 3);
    assert_eq!(
        lines(&recorder, &["disarm"]),
        ["disarm - timer#2", "disarm - timer#4", "disarm - timer#6"]
    );
}

/// A sink that is set late gets numbers of its own for the timers and callbacks that exist.
#[test]
fn a_sink_that_comes_late_has_numbers_for_what_is_there() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let (promise, later) = (event_loop.create_promise::<()>(), Rc::new(()));
    let held = later.clone();
    event_loop.call_later(ms(5), move || drop(held));
    let waiting = event_loop.spawn_named("waiting", promise.clone());
    event_loop.step().unwrap();
    let recorder = Recorder::new();
    event_loop.set_trace(Some(Box::new(recorder.clone())));
    event_loop.call_later(ms(1), move || promise.set_result(()).unwrap());
    event_loop.run_until_done(waiting).unwrap().unwrap();
    event_loop.run_until_complete(sleep(ms(9))).unwrap();
    assert_eq!(Rc::strong_count(&later), 1);
    assert_eq!(
        lines(
            &recorder,
            &["call", "arm", "fire", "run", "wake", "set", "done"]
        ),
        [
            "call - callback#1",
            "arm - timer#1 at 0.001",
            "fire - timer#1",
            "run - callback#1",
            "set - promise#1 fulfilled",
            "wake waiting#1 by promise#1",
            "done waiting#1 returned",
            "call - callback#2",
            "run - callback#2",
            "arm Task-2 timer#2 at 0.010",
            "fire - timer#3",
            "run - callback#3",
            "fire - timer#2",
            "wake Task-2 by timer#2",
            "done Task-2 returned",
            "call - callback#4",
            "run - callback#4",
        ]
    );
}

// ----- when ----------------------------------------------------------------

#[test]
fn where_time_passes_during_a_step_each_event_has_its_own() {
    let (clock, recorder) = (Rc::new(ScriptedClock::default()), Recorder::new());
    let event_loop = EventLoop::builder()
        .driver_rc(clock.clone())
        .trace(recorder.clone())
        .build();
    for (name, takes) in [("one", 30), ("two", 20)] {
        let clock = clock.clone();
        event_loop
            .spawn_named(name, async move { clock.advance(ms(takes)) })
            .detach();
    }
    event_loop.step().unwrap();
    let steps: Vec<(String, u64)> = (recorder.events().iter())
        .filter(|event| matches!(event.verb, Verb::Step | Verb::Done { .. }))
        .map(|event| {
            let name = event.task.as_ref().unwrap().name.to_string();
            (name, event.time / 1_000_000)
        })
        .collect();
    let expected = [("one", 0), ("one", 30), ("two", 30), ("two", 50)];
    assert_eq!(steps, expected.map(|(name, at)| (name.to_string(), at)));
}

/// Time does not go back in a trace, however the clock moves.
#[test]
fn time_goes_forward() {
    let (clock, recorder) = (Rc::new(ScriptedClock::default()), Recorder::new());
    let event_loop = EventLoop::builder()
        .driver_rc(clock.clone())
        .trace(recorder.clone())
        .build();
    clock.set(5_000_000);
    let back = clock.clone();
    let main = async move {
        yield_now().await;
        back.set(1_000_000);
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert!(recorder.events().is_sorted_by_key(|event| event.time));
}

/// A loop without a sink does not read the clock more often.
#[test]
fn without_a_sink_no_event_reads_the_clock() {
    let reads = |watched: bool| {
        let clock = Rc::new(ScriptedClock::default());
        let builder = EventLoop::builder().driver_rc(clock.clone());
        let event_loop = match watched {
            true => builder.trace(|_: &Event| ()).build(),
            false => builder.build(),
        };
        let before = clock.reads();
        let main = async {
            for _ in 0..10 {
                yield_now().await;
            }
        };
        event_loop.run_until_complete(main).unwrap();
        clock.reads() - before
    };
    assert_eq!(reads(false), 0);
    assert!(reads(true) > 30, "{}", reads(true));
}

// ----- by what -------------------------------------------------------------

#[test]
fn a_wake_says_what_it_is_by() {
    let (event_loop, recorder) = watched();
    let main = async {
        let promise: Promise<()> = Promise::new();
        let reader = spawn_named("reader", promise.clone());
        let victim = spawn_named("victim", catch_cancel(pending::<()>()));
        let sleeper = spawn_named("sleeper", sleep(ms(1)));
        let (called, thread) = (remote(), remote());
        let ringing = spawn_named("ringing", pending::<()>());
        let waker = ringing.task_ref();
        yield_now().await;
        call_soon(move || waker.scheduler().wake(waker.ticket()));
        yield_now().await;
        promise.set_result(()).unwrap();
        victim.cancel();
        reader.await.unwrap().unwrap();
        victim.await.unwrap().unwrap_err();
        sleeper.await.unwrap();
        let from_there = std::thread::spawn(move || called.call_soon(|| ()).is_ok());
        assert!(from_there.join().unwrap());
        drop((thread, ringing));
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    let wakes = lines(&recorder, &["wake"]);
    for wake in [
        "wake ringing by callback#1",
        "wake reader by promise#1",
        "wake victim by cancel",
        "wake sleeper by timer#1",
        "wake Task-1 by task sleeper",
        "wake Task-1 by itself",
    ] {
        assert!(wakes.iter().any(|line| line == wake), "{wake}: {wakes:#?}");
    }
    assert_eq!(
        lines(&recorder, &["set"]),
        ["set Task-1 promise#1 fulfilled"]
    );
    assert_eq!(lines(&recorder, &["cancel"])[0], "cancel victim by Task-1");
}

#[test]
fn a_promise_is_made_and_set_or_nobody_can_set_it_any_more() {
    let (event_loop, recorder) = watched();
    let main = async {
        let [one, two, three, four] = [(); 4].map(|()| Promise::<u8>::new());
        one.set_result(1).unwrap();
        two.set_exception("no").unwrap();
        two.exception().unwrap();
        call_soon(move || assert!(three.cancel()));
        drop(four);
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(
        lines(&recorder, &["make", "set"]),
        [
            "make Task-1 promise#1",
            "make Task-1 promise#2",
            "make Task-1 promise#3",
            "make Task-1 promise#4",
            "set Task-1 promise#1 fulfilled",
            "set Task-1 promise#2 failed",
            "set Task-1 promise#4 dropped",
            "set - promise#3 cancelled",
        ]
    );
}

#[test]
fn a_callback_is_asked_for_and_runs_or_is_taken_back() {
    let (event_loop, recorder) = watched();
    let main = async {
        call_soon(|| drop(call_soon(|| ())));
        call_soon(|| ()).cancel();
        call_later(ms(1), || ()).cancel();
        let done = spawn(async {});
        done.add_done_callback(|| ());
        yield_now().await;
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(
        lines(&recorder, &["call", "run", "drop", "arm", "disarm"])[..11],
        [
            "call Task-1 callback#1",
            "call Task-1 callback#2",
            "drop - callback#2",
            "call Task-1 callback#3",
            "arm Task-1 timer#1 at 0.001",
            "disarm - timer#1",
            "drop - callback#3",
            "run - callback#1",
            "call - callback#4",
            "call - callback#5",
            "run - callback#4",
        ]
    );
}

// ----- how it ends ---------------------------------------------------------

#[test]
fn what_is_left_ends_when_the_loop_is_closed() {
    let (event_loop, recorder) = watched();
    event_loop.call_soon(|| ());
    event_loop.call_later(ms(2), || ());
    let promise = event_loop.create_promise::<()>();
    let waits = event_loop.spawn_named("waits", promise.clone());
    event_loop.spawn_named("sleeps", sleep(ms(1))).detach();
    event_loop.step().unwrap();
    event_loop.spawn_named("never", async {}).detach();
    event_loop.call_soon(|| ());
    recorder.take();
    event_loop.close().unwrap();
    // The loop is closed, so no event is emitted for this task.
    let late = waits.scheduler().spawn(async {});
    let last: Promise<()> = waits.scheduler().promise();
    drop((late, last));
    let mut told = lines(&recorder, &["done", "set", "drop", "disarm", "wake"]);
    assert_eq!(told.len(), recorder.events().len(), "{}", recorder.text());
    told.sort();
    assert_eq!(
        told,
        [
            "disarm - timer#1",
            "disarm - timer#2",
            "done never#3 dropped",
            "done sleeps#2 dropped",
            "done waits#1 dropped",
            "drop - callback#2",
            "drop - callback#3",
            "set - promise#1 cancelled",
            "wake waits#1 by promise#1",
        ]
    );
    drop(promise);
}

// ----- files ---------------------------------------------------------------

/// A writer that accepts a limited number of bytes.
struct Disk(Vec<u8>, usize);

impl io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > self.1 {
            return Err(io::Error::other("the disk is full"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a program whose trace goes to a disk of this size, and returns the disk.
fn written(size: usize) -> IoWriter<Disk> {
    let writer = IoWriter::new(Disk(Vec::new(), size));
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(TextSink::new(writer.clone()))
        .build();
    event_loop
        .run_until_complete(async {
            block(ms(1));
            spawn_named("tea", sleep(ms(1))).await.unwrap();
        })
        .unwrap();
    writer
}

#[test]
fn a_trace_in_a_file_names_its_version_and_is_read_back() {
    let writer = written(usize::MAX);
    assert!(writer.take_error().is_none());
    let text = String::from_utf8(writer.into_inner().unwrap().0).unwrap();
    assert_eq!(text.lines().next(), Some("# groundup-trace 1"));
    let events = read_trace(&text).unwrap();
    let tea = TaskId::new(2, "tea");
    assert!(events.iter().any(|event| event.task.as_ref() == Some(&tea)));
}

#[test]
fn a_disk_that_is_full_stops_the_trace_and_not_the_program() {
    let writer = written(200);
    let error = writer.take_error().expect("it is full");
    assert_eq!(error.to_string(), "the disk is full");
    let text = String::from_utf8(writer.into_inner().unwrap().0).unwrap();
    assert!(text.ends_with('\n'), "whole lines");
    assert_eq!(read_trace(&text).unwrap().len(), text.lines().count() - 1);
}
