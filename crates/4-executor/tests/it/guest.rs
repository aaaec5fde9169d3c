//! A loop that runs in pieces, as the guest of another one.
//!
//! The problem: in pieces, a program must run as it does in one run: the same steps in the
//! same iterations at the same times, for every size of the pieces. And between two
//! pieces no wake may get lost, though the loop is not running.
//!
//! Invariant: the host is the test's own, and no host sleeps.
//!
//! Read next: `standard_error.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::support::log::{Log, ms, secs, virtual_loop};
use crate::support::own_clock::OwnClock;
use crate::support::scripted_clock::ScriptedClock;
use groundup_executor::task::yield_now;
use groundup_executor::{
    CleanUp, Driver, EventLoop, Instant, Progress, RunError, call_soon, iteration, sleep, spawn,
    stop,
};

const IDLE: Progress = Progress::Idle { until: None };

fn own_loop() -> (EventLoop, Rc<OwnClock>) {
    let clock = Rc::new(OwnClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    (event_loop, clock)
}

/// Runs the guest as a host that sleeps on the guest's own clock, until no event can come.
fn host(event_loop: &EventLoop, clock: &OwnClock, budget: usize) -> Progress {
    loop {
        match event_loop.run_some(budget).unwrap() {
            Progress::Busy => {}
            Progress::Idle { until: Some(until) } => {
                assert!(
                    until > event_loop.time(),
                    "what is due is no reason to sleep"
                );
                clock.block(until - event_loop.time());
            }
            end => return end,
        }
    }
}

async fn yields_for_ever() {
    loop {
        yield_now().await;
    }
}

/// Adds tasks that yield, sleep, spawn and call, each with its own numbers.
fn program(event_loop: &EventLoop, log: &Log) {
    for n in 0..7u64 {
        let log = log.clone();
        event_loop.spawn(async move {
            for round in 0..n {
                match (n + round) % 4 {
                    0 => yield_now().await,
                    1 => sleep(ms(n * round)).await,
                    2 => drop(call_soon(log.sayer("called"))),
                    _ => spawn(sleep(ms(3))).await.unwrap(),
                }
                log.stamp(n);
            }
        });
    }
}

#[test]
fn in_pieces_of_any_size_a_program_takes_the_steps_that_it_takes_in_one() {
    let whole = Log::new();
    let (event_loop, _) = own_loop();
    program(&event_loop, &whole);
    let ran = event_loop.run_forever();
    assert!(matches!(ran, Err(RunError::Deadlock(_))));
    let whole = whole.take();
    assert!(whole.len() > 20);
    for budget in [0, 1, 2, 3, 5, 8, 64, 256] {
        let (log, (event_loop, clock)) = (Log::new(), own_loop());
        program(&event_loop, &log);
        assert_eq!(host(&event_loop, &clock, budget), IDLE);
        assert_eq!(log.take(), whole, "a budget of {budget}");
        assert_eq!(clock.parks(), 0, "a guest does not park");
    }
}

#[test]
fn a_budget_is_spent_to_the_end_of_its_iteration() {
    // Ten tasks that yield for ever: ten steps are one iteration.
    for (budget, iterations) in [
        (0, 1),
        (1, 1),
        (10, 1),
        (11, 2),
        (25, 3),
        (100, 10),
        (700, 70),
    ] {
        let event_loop = virtual_loop();
        for _ in 0..10 {
            event_loop.spawn(yields_for_ever());
        }
        assert_eq!(event_loop.run_some(budget).unwrap(), Progress::Busy);
        assert_eq!(event_loop.iteration(), iterations, "a budget of {budget}");
    }
}

#[test]
fn to_call_early_or_with_nothing_to_do_is_no_iteration() {
    let (event_loop, clock) = own_loop();
    let nap = event_loop.spawn(sleep(secs(2)));
    let until = Some(Instant::START + secs(2));
    for _ in 0..3 {
        assert_eq!(event_loop.run_some(8).unwrap(), Progress::Idle { until });
        assert_eq!(event_loop.iteration(), 1);
    }
    clock.block(secs(1));
    assert_eq!(event_loop.run_some(8).unwrap(), Progress::Idle { until });
    clock.block(secs(1));
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert!(nap.done());
}

#[test]
fn l06_stop_ends_the_piece_after_its_iteration() {
    let (event_loop, _) = own_loop();
    let log = Log::new();
    let after = log.sayer("after");
    event_loop.call_soon(move || {
        stop();
        call_soon(after);
    });
    event_loop.call_soon(log.sayer("beside"));
    assert_eq!(event_loop.run_some(8).unwrap(), Progress::Stopped);
    assert_eq!(log.line(), "beside");
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert_eq!(log.line(), "after");
    // A stop before the run lets one iteration run.
    let before = event_loop.iteration();
    event_loop.stop();
    assert_eq!(event_loop.run_some(8).unwrap(), Progress::Stopped);
    assert_eq!(event_loop.iteration() - before, 1);
}

#[test]
fn l22_a_piece_is_a_run_and_refused_as_one() {
    let outer = Rc::new(virtual_loop());
    let (inner, copy) = (virtual_loop(), outer.clone());
    let main = async move {
        assert!(matches!(copy.run_some(8), Err(RunError::AlreadyRunning)));
        assert!(matches!(inner.run_some(8), Err(RunError::AnotherLoopRuns)));
    };
    outer.run_until_complete(main).unwrap();
    outer.close().unwrap();
    assert!(matches!(outer.run_some(8), Err(RunError::Closed)));
}

#[test]
fn nothing_that_a_guest_waits_for_is_a_deadlock() {
    let (event_loop, _) = own_loop();
    event_loop.spawn(pending::<()>());
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
}

#[test]
fn l23_after_idle_the_first_of_many_calls_unparks_and_no_other() {
    let (event_loop, clock) = own_loop();
    let (remote, log) = (event_loop.remote(), Rc::new(Cell::new(0)));
    let calls = |number| {
        let remote = remote.clone();
        let calls = move || (0..number).for_each(|_| drop(remote.call_soon(|| ()).unwrap()));
        thread::spawn(calls).join().unwrap();
    };
    calls(3);
    assert_eq!(clock.unparked(), 0, "a loop that is awake is not unparked");
    for pieces in 1..=3 {
        assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
        calls(3);
        assert_eq!(clock.unparked(), pieces);
    }
    let copy = log.clone();
    event_loop.spawn(async move { copy.set(iteration()) });
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert_eq!(log.get(), event_loop.iteration());
}

#[test]
fn a_waker_that_the_host_calls_unparks_too() {
    let (event_loop, clock) = own_loop();
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let copy = waker.clone();
    let task = event_loop.spawn(poll_fn(move |cx| {
        match copy.replace(Some(cx.waker().clone())) {
            None => Poll::Pending,
            Some(_) => Poll::Ready(()),
        }
    }));
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    waker.borrow().clone().unwrap().wake();
    assert_eq!((clock.unparked(), task.done()), (1, false));
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert!(task.done());
}

// The loop still counts as parked, and the next park may block nevertheless.
#[test]
fn after_pieces_a_loop_runs_and_parks_as_ever() {
    let (fresh, _) = own_loop();
    fresh.run_until_complete(sleep(secs(1))).unwrap();
    let (event_loop, clock) = own_loop();
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    assert_eq!(
        (event_loop.iteration(), clock.parks()),
        (fresh.iteration(), 1)
    );
}

#[test]
fn a_guest_glances_before_it_says_that_it_is_idle() {
    let clock = Rc::new(ScriptedClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    let remote = event_loop.remote();
    clock.at_glance(move |glance| {
        if glance == 1 {
            remote.call_soon(|| ()).unwrap();
        }
    });
    assert_eq!(event_loop.run_some(8).unwrap(), IDLE);
    assert_eq!(
        event_loop.iteration(),
        1,
        "what the glance has found is run"
    );
    assert_eq!(clock.glances(), 2);
}

// Time has passed in the host, and a task that yields must not hide that.
#[test]
fn t06_a_piece_looks_at_the_clock_when_it_begins() {
    let (event_loop, clock) = own_loop();
    event_loop.spawn(yields_for_ever());
    event_loop.call_later(secs(1), stop);
    assert_eq!(event_loop.run_some(2).unwrap(), Progress::Busy);
    clock.block(secs(1));
    assert_eq!(event_loop.run_some(2).unwrap(), Progress::Stopped);
    assert_eq!(event_loop.time().since_start(), Duration::from_secs(1));
}

// The steps that the loop takes after a while in the host may take any time.
#[test]
fn t06_a_piece_begins_with_a_look_at_every_step() {
    let clock = Rc::new(ScriptedClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    clock.at_glance(|_| ());
    event_loop.spawn(yields_for_ever());
    assert_eq!(event_loop.run_some(640).unwrap(), Progress::Busy);
    for _ in 0..2 {
        let before = clock.glances();
        assert_eq!(event_loop.run_some(4).unwrap(), Progress::Busy);
        assert_eq!(
            clock.glances() - before,
            2,
            "after one step, and after two more"
        );
    }
}

#[test]
fn a_clean_up_of_no_tasks_stops_the_loop_at_once_unless_it_is_dropped() {
    let stopped_at = |is_kept: bool| {
        let event_loop = virtual_loop();
        let clean_up = CleanUp::begin(&event_loop, vec![], None);
        assert!(clean_up.is_over());
        let kept = is_kept.then_some(clean_up);
        event_loop.call_later(secs(3), stop);
        event_loop.run_forever().unwrap();
        drop(kept);
        event_loop.time().since_start()
    };
    assert_eq!((stopped_at(true), stopped_at(false)), (secs(0), secs(3)));
}
