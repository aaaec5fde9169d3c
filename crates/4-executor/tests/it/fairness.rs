//! A loop that is never idle still reads the clock.
//!
//! The problem: a reading of the clock costs as much as several steps, so a busy loop does
//! not read it before each step. But a timer must not wait until the loop is idle, because
//! that may never happen.
//!
//! Invariant: no wall clock; the tests move the clock themselves.
//!
//! Read next: `determinism.rs`.

use crate::support::log;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::log::{Log, ms};
use crate::support::scripted_clock::ScriptedClock;
use groundup_executor::task::yield_now;
use groundup_executor::trace::{Event, Recorder, Verb};
use groundup_executor::{Driver, EventLoop, call_later, iteration, sleep, spawn, stop, time};

/// Makes a loop with `tasks` tasks that yield for ever; every poll takes a microsecond.
fn busy_loop(tasks: u64) -> (EventLoop, Rc<ScriptedClock>, Rc<Cell<u64>>) {
    let clock = Rc::new(ScriptedClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    let polls = Rc::new(Cell::new(0));
    for _ in 0..tasks {
        let (clock, polls) = (clock.clone(), polls.clone());
        event_loop.spawn(async move {
            loop {
                polls.set(polls.get() + 1);
                clock.advance(Duration::from_micros(1));
                yield_now().await;
            }
        });
    }
    (event_loop, clock, polls)
}

#[test]
fn a_timer_in_a_busy_loop_is_at_most_64_polls_late() {
    for tasks in [1, 2, 63, 64, 65, 1000] {
        let (event_loop, _, polls) = busy_loop(tasks);
        event_loop.call_later(ms(1), stop);
        event_loop.run_forever().unwrap();
        // The callback is not early. It is late by the rest of the round in which the 64
        // polls were over, since a round is always finished, and by the round in which the
        // callback itself runs.
        let late = polls.get() - 1000;
        assert!(
            late <= 64 + 2 * tasks,
            "{late} polls late with {tasks} tasks"
        );
    }
}

#[test]
fn a_sleeper_in_a_busy_loop_wakes_too() {
    let (event_loop, _, polls) = busy_loop(3);
    let woken = event_loop.run_until_complete(async {
        sleep(ms(1)).await;
        polls.get()
    });
    assert!((1000..1000 + 64 + 4 * 3).contains(&woken.unwrap()));
}

/// Makes a loop with one task that yields for ever; the test can change the length of its steps.
fn loop_with_steps_of(step: &Rc<Cell<Duration>>) -> (EventLoop, Rc<ScriptedClock>) {
    let clock = Rc::new(ScriptedClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    let (hands, step) = (clock.clone(), step.clone());
    event_loop.spawn(async move {
        loop {
            hands.advance(step.get());
            yield_now().await;
        }
    });
    (event_loop, clock)
}

#[test]
fn t06_the_longer_the_steps_the_oftener_the_clock_is_read() {
    // Pairs of the length of a step in µs and the number of steps between two readings,
    // once that number has settled.
    let rows = [
        (0, 64),
        (1, 64),
        (2, 32),
        (10, 8),
        (49, 2),
        (50, 1),
        (400, 1),
        (5000, 1),
    ];
    for (micros, between) in rows {
        let step = Rc::new(Cell::new(Duration::from_micros(micros)));
        let (event_loop, clock) = loop_with_steps_of(&step);
        event_loop.call_later(Duration::from_secs(3600), || ());
        (0..640).for_each(|_| event_loop.step().unwrap());
        let before = clock.reads();
        (0..640).for_each(|_| event_loop.step().unwrap());
        let reads = clock.reads() - before;
        assert_eq!(reads, 640 / between, "steps of {micros} µs");
    }
}

#[test]
fn t06_a_timer_beside_long_steps_is_a_few_of_them_late() {
    for (micros, until) in [(5000, 10), (5000, 11), (700, 3), (100_000, 250)] {
        let step = Rc::new(Cell::new(Duration::from_micros(micros)));
        let (event_loop, clock) = loop_with_steps_of(&step);
        event_loop.call_later(ms(until), stop);
        event_loop.run_forever().unwrap();
        // Late by the step in which it became due, and by the step that runs beside the callback.
        let late = clock.now() - ms(until).as_nanos() as u64;
        assert!(late <= 2 * micros * 1000, "{late} ns");
    }
}

#[test]
fn t06_steps_that_become_long_are_noticed_and_so_are_those_that_become_short() {
    let step = Rc::new(Cell::new(Duration::from_micros(1)));
    let (event_loop, clock) = loop_with_steps_of(&step);
    event_loop.call_later(Duration::from_secs(3600), || ());
    let reads_in = |steps: u32| {
        let before = clock.reads();
        (0..steps).for_each(|_| event_loop.step().unwrap());
        clock.reads() - before
    };
    reads_in(640);
    step.set(ms(5));
    // The budgets are 64, 32, 16, ...: after seven readings every step has one.
    assert!((6..=7).contains(&reads_in(127)));
    assert_eq!(reads_in(100), 100);
    step.set(Duration::from_micros(1));
    assert!((6..=7).contains(&reads_in(127)));
    assert_eq!(reads_in(640), 10);
}

// Without a timer, none can be late. When the first is set, the lengths of the steps are
// not known.
#[test]
fn t06_the_first_timer_of_a_busy_loop_begins_with_every_step() {
    let step = Rc::new(Cell::new(ms(5)));
    let (event_loop, clock) = loop_with_steps_of(&step);
    (0..640).for_each(|_| event_loop.step().unwrap());
    let before = clock.now();
    event_loop.call_later(ms(10), stop);
    event_loop.run_forever().unwrap();
    assert!(clock.now() - before <= ms(20).as_nanos() as u64);
}

#[test]
fn a_busy_loop_reads_the_clock_once_in_64_steps_and_never_without_a_timer() {
    let (event_loop, clock, polls) = busy_loop(1);
    let steps = |event_loop: &EventLoop, n| (0..n).for_each(|_| event_loop.step().unwrap());
    steps(&event_loop, 64);
    let before = clock.reads();
    steps(&event_loop, 6400);
    assert_eq!((clock.reads() - before, polls.get()), (0, 6464));
    event_loop.call_later(Duration::from_secs(3600), || ());
    // The loop first reads the clock before every step, and after a few readings less often.
    steps(&event_loop, 64);
    let before = clock.reads();
    steps(&event_loop, 6400);
    assert_eq!(clock.reads() - before, 100);
}

#[test]
fn callbacks_that_schedule_callbacks_are_busy_too() {
    fn again(clock: Rc<ScriptedClock>) {
        clock.advance(Duration::from_micros(1));
        groundup_executor::call_soon(move || again(clock));
    }
    let clock = Rc::new(ScriptedClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    let (chain, log) = (clock.clone(), Log::new());
    event_loop.call_soon(move || again(chain));
    event_loop.call_later(ms(1), log.sayer("timer"));
    event_loop.call_later(ms(2), stop);
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "timer");
}

#[test]
fn a_busy_loop_tells_nothing_before_its_time() {
    let recorder = Recorder::new();
    let (event_loop, ..) = busy_loop(1);
    event_loop.call_later(ms(1), stop);
    event_loop.set_trace(Some(Box::new(recorder.clone())));
    event_loop.run_forever().unwrap();
    let fired = |event: &Event| matches!(event.verb, Verb::Fire { .. });
    let fired: Vec<Event> = recorder.events().into_iter().filter(fired).collect();
    assert_eq!(fired.len(), 1);
    assert!(fired[0].time >= 1_000_000, "{}", fired[0]);
    let times: Vec<u64> = recorder.events().iter().map(|event| event.time).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_letter_for_a_busy_loop_is_read_in_the_next_iteration() {
    let event_loop = log::virtual_loop();
    let remote = event_loop.remote();
    let read = Arc::new(AtomicU64::new(0));
    let copy = read.clone();
    let main = async move {
        for _ in 0..5 {
            yield_now().await;
        }
        let reads = move || copy.store(iteration(), Ordering::Relaxed);
        let sends = move || remote.call_soon(reads).unwrap();
        std::thread::spawn(sends).join().unwrap();
        let sent = iteration();
        for _ in 0..5 {
            yield_now().await;
        }
        sent
    };
    let sent = event_loop.run_until_complete(main).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), sent + 1);
}

#[test]
fn a_clock_that_jumps_back_makes_no_time_pass_twice() {
    let (event_loop, clock, _) = busy_loop(1);
    let log = Log::new();
    let copy = log.clone();
    event_loop.call_later(ms(1), move || {
        copy.say(format_args!("{:?}", time().since_start() >= ms(1)))
    });
    clock.set(900_000);
    assert_eq!(event_loop.time().since_start(), Duration::from_micros(900));
    clock.set(0);
    // The loop's time stands still until the clock has caught up.
    assert_eq!(event_loop.time().since_start(), Duration::from_micros(900));
    let timer = event_loop.call_later(ms(1), stop);
    assert_eq!(timer.when().since_start(), Duration::from_micros(1900));
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "true");
}

#[test]
fn two_busy_tasks_take_turns() {
    let (event_loop, log) = (log::virtual_loop(), Log::new());
    let main = async {
        let turns = |name: &'static str| {
            let log = log.clone();
            async move {
                for n in 0..3 {
                    log.say(format_args!("{name}{n}"));
                    yield_now().await;
                }
            }
        };
        let (a, b) = (spawn(turns("a")), spawn(turns("b")));
        call_later(ms(0), log.sayer("timer"));
        a.await.unwrap();
        b.await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(log.line(), "a0 b0 timer a1 b1 a2 b2");
}
