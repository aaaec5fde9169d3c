//! The loop and its driver, and the values that a loop keeps.
//!
//! The problem: sockets, pools and hosts are built on a loop from outside. The loop must
//! glance while it is busy, code must find its driver and replace it, and a loop must keep
//! one value of each type.
//!
//! Invariant: no wall clock; drivers of the tests observe when the loop glances, parks and
//! is unparked.
//!
//! Read next: `guest.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::support::log::{Log, ms, secs, virtual_loop};
use crate::support::own_clock::OwnClock;
use crate::support::scripted_clock::ScriptedClock;
use groundup_executor::task::{ReportKind, Unpark, yield_now};
use groundup_executor::{
    Driver, EventLoop, Instant, LoopHandle, Outside, Parked, RunError, ThreadPark, Virtual, block,
    call_later, current_loop, driver, keep, sleep, spawn, stop, time,
};

fn scripted_loop() -> (EventLoop, Rc<ScriptedClock>) {
    let clock = Rc::new(ScriptedClock::default());
    (EventLoop::builder().driver_rc(clock.clone()).build(), clock)
}

fn own_loop() -> (Rc<EventLoop>, Rc<OwnClock>) {
    let clock = Rc::new(OwnClock::default());
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    (Rc::new(event_loop), clock)
}

async fn yields_for_ever() {
    loop {
        yield_now().await;
    }
}

/// Waits until the waker in `news` is called.
async fn news(news: Rc<RefCell<Option<Waker>>>) {
    let mut asked = false;
    poll_fn(|cx| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        *news.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Makes `clock` call the waker in `news` at the glance of this number.
fn at_glance(clock: &ScriptedClock, number: u64, news: &Rc<RefCell<Option<Waker>>>) {
    let news = news.clone();
    clock.at_glance(move |glance| {
        if glance == number {
            news.take().unwrap().wake();
        }
    });
}

#[test]
fn t06_a_busy_loop_glances_every_64_steps_and_reads_no_clock_for_that() {
    let (event_loop, clock) = scripted_loop();
    event_loop.spawn(yields_for_ever());
    (0..64).for_each(|_| event_loop.step().unwrap());
    let before = (clock.glances(), clock.reads());
    (0..6400).for_each(|_| event_loop.step().unwrap());
    assert_eq!(
        (clock.glances() - before.0, clock.reads() - before.1),
        (100, 0)
    );
}

// Pairs of the length of a step in µs and the number of steps between two glances, once
// that number has settled.
#[test]
fn t06_a_loop_that_watches_something_outside_glances_the_oftener_the_longer_its_steps() {
    for (micros, between) in [(0, 64), (1, 64), (2, 32), (10, 8), (50, 1), (5000, 1)] {
        let (event_loop, clock) = scripted_loop();
        clock.at_glance(|_| ());
        let hands = clock.clone();
        event_loop.spawn(async move {
            loop {
                hands.advance(Duration::from_micros(micros));
                yield_now().await;
            }
        });
        (0..1280).for_each(|_| event_loop.step().unwrap());
        let before = clock.glances();
        (0..640).for_each(|_| event_loop.step().unwrap());
        assert_eq!(
            clock.glances() - before,
            640 / between,
            "steps of {micros} µs"
        );
    }
}

// The steps that the loop takes after a park may take any time.
#[test]
fn t06_after_a_park_a_loop_that_watches_something_outside_glances_after_every_step() {
    let (event_loop, clock) = scripted_loop();
    clock.at_glance(|_| ());
    let yields = |times| async move {
        for _ in 0..times {
            yield_now().await;
        }
    };
    let glances_in = |steps: u64| {
        let before = clock.glances();
        (0..steps).for_each(|_| event_loop.step().unwrap());
        clock.glances() - before
    };
    event_loop.spawn(yields(639));
    glances_in(512);
    assert_eq!(glances_in(128), 2, "steps that take no time");
    clock.parks_for(Duration::from_secs(1));
    event_loop.step().unwrap();
    event_loop.spawn(yields(9));
    assert_eq!(glances_in(4), 2, "after the first step, and after two more");
}

#[test]
fn a_task_that_waits_for_something_outside_is_not_starved_by_one_that_yields() {
    let (event_loop, clock) = scripted_loop();
    let waker = Rc::default();
    at_glance(&clock, 3, &waker);
    event_loop.spawn(yields_for_ever());
    event_loop.run_until_complete(news(waker)).unwrap();
    assert_eq!(clock.glances(), 3);
    assert!(event_loop.iteration() <= 3 * 64);
}

#[test]
fn nor_by_timers_that_are_always_due() {
    fn again() {
        call_later(Duration::ZERO, again);
    }
    let (event_loop, clock) = scripted_loop();
    let waker = Rc::default();
    at_glance(&clock, 100, &waker);
    event_loop.call_later(Duration::ZERO, again);
    event_loop.run_until_complete(news(waker)).unwrap();
    // The first iteration runs main, and the last one notices its end.
    assert_eq!(event_loop.iteration(), 1 + 100 + 1);
}

#[test]
fn l07_a_run_that_is_stopped_glances_before_its_last_iteration() {
    let (event_loop, clock) = scripted_loop();
    let (waker, log) = (Rc::default(), Log::new());
    at_glance(&clock, 1, &waker);
    let task = event_loop.spawn({
        let (waker, log) = (Rc::clone(&waker), log.clone());
        async move {
            news(waker).await;
            log.say("news");
        }
    });
    event_loop.step().unwrap();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!((log.line(), clock.glances()), ("news".into(), 1));
    assert!(task.done());
}

#[test]
fn a_driver_is_found_by_its_own_type_however_it_was_given() {
    let given = Rc::new(OwnClock::default());
    let shared = EventLoop::builder().driver_rc(given.clone()).build();
    let owned = EventLoop::builder().driver(OwnClock::default()).build();
    assert!(Rc::ptr_eq(&shared.driver::<OwnClock>().unwrap(), &given));
    assert!(owned.driver::<OwnClock>().is_some());
    assert!(owned.driver::<Virtual>().is_none());
    assert!(EventLoop::new().driver::<ThreadPark>().is_some());
    assert!(virtual_loop().driver::<Virtual>().is_some());
    let inside = async {
        assert!(driver::<Virtual>().is_none());
        driver::<OwnClock>().unwrap()
    };
    assert!(Rc::ptr_eq(
        &shared.run_until_complete(inside).unwrap(),
        &given
    ));
    assert!(driver::<OwnClock>().is_none(), "no loop runs");
}

#[test]
fn two_loops_of_a_thread_find_each_its_own_driver() {
    let (clocks, loops): (Vec<_>, Vec<_>) = (0..2).map(|_| own_loop()).map(|(a, b)| (b, a)).unzip();
    for _ in 0..2 {
        for (event_loop, clock) in loops.iter().zip(&clocks) {
            let found = event_loop.run_until_complete(async { driver::<OwnClock>().unwrap() });
            assert!(Rc::ptr_eq(&found.unwrap(), clock));
        }
    }
}

// The new clock is behind the loop's time, at it, and ahead.
#[test]
fn time_and_deadlines_stay_when_the_driver_is_replaced() {
    for (inside, shows) in [
        (false, 7),
        (false, 40),
        (false, 100),
        (true, 7),
        (true, 100),
    ] {
        let (event_loop, first) = own_loop();
        let next = Rc::new(OwnClock::at(secs(shows)));
        let log = Log::new();
        let (stamps, replaced) = (log.clone(), event_loop.clone());
        event_loop.call_at(Instant::START + secs(60), move || stamps.stamp("timer"));
        let main = async move {
            let nap = spawn(async {
                sleep(secs(70)).await;
                time().since_start()
            });
            sleep(secs(40)).await;
            if inside {
                replaced.replace_driver(next.clone());
                assert_eq!(time().since_start(), secs(40));
            }
            (nap, next)
        };
        let (nap, next) = event_loop.run_until_complete(main).unwrap();
        let before = (!inside).then(|| event_loop.replace_driver(next.clone()));
        assert!(before.is_none_or(|before| before.now() == first.now()));
        assert_eq!(event_loop.time().since_start(), secs(40));
        assert_eq!(
            event_loop.run_until_done(nap).unwrap(),
            secs(70),
            "{inside} {shows}"
        );
        assert!(log.line().starts_with("60s"));
        assert_eq!(next.now(), secs(shows + 30).as_nanos() as u64);
        assert_eq!(first.now(), secs(40).as_nanos() as u64);
        event_loop
            .run_until_complete(async { block(secs(1)) })
            .unwrap();
        assert_eq!(event_loop.time().since_start(), secs(71));
    }
}

#[test]
fn a_deadline_beyond_the_last_moment_of_a_new_driver_never_comes() {
    let (event_loop, _) = own_loop();
    event_loop.call_at(Instant::START + Duration::from_nanos(u64::MAX - 1), stop);
    event_loop.replace_driver(Rc::new(OwnClock::at(secs(100))));
    let ran = event_loop.run_forever();
    assert!(matches!(ran, Err(RunError::Deadlock(_))));
}

#[test]
fn l23_calls_unpark_the_driver_that_the_loop_has_now() {
    let (event_loop, first) = own_loop();
    let next = Rc::new(OwnClock::default());
    event_loop.replace_driver(next.clone());
    let remote = event_loop.remote();
    next.in_park(move || {
        thread::spawn(move || remote.call_soon(stop).unwrap())
            .join()
            .map(drop)
            .unwrap()
    });
    event_loop.run_forever().unwrap();
    assert_eq!((first.unparked(), next.unparked()), (0, 1));
    assert_eq!((first.parks(), next.parks()), (0, 1));
}

// A clock that jumps need not be read in a busy loop; one that runs must be read.
#[test]
fn t06_the_pace_is_that_of_the_driver_that_the_loop_has_now() {
    let (event_loop, _) = own_loop();
    let clock = Rc::new(ScriptedClock::default());
    let (of_loop, hands) = (Rc::downgrade(&event_loop), clock.clone());
    let main = async move {
        of_loop.upgrade().unwrap().replace_driver(hands.clone());
        call_later(ms(10), stop);
        loop {
            hands.advance(ms(5));
            yield_now().await;
        }
    };
    event_loop.spawn(main);
    event_loop.run_forever().unwrap();
    assert!(
        clock.now() <= ms(25).as_nanos() as u64,
        "{} ns",
        clock.now()
    );
}

#[test]
fn a_driver_is_not_replaced_in_its_own_park_and_the_loop_goes_on() {
    let (event_loop, clock) = own_loop();
    let copy = event_loop.clone();
    clock.in_park(move || drop(copy.replace_driver(Rc::new(OwnClock::default()))));
    let nap = || event_loop.run_until_complete(sleep(secs(1)));
    let panic = catch_unwind(AssertUnwindSafe(nap)).unwrap_err();
    let why = panic.downcast_ref::<&str>().unwrap();
    assert!(why.starts_with("a driver cannot be replaced from inside one of its own methods"));
    assert!(
        event_loop
            .driver::<OwnClock>()
            .is_some_and(|now| Rc::ptr_eq(&now, &clock))
    );
    nap().unwrap();
    event_loop.replace_driver(Rc::new(Virtual::new()));
    nap().unwrap();
}

#[test]
fn l15_a_closed_loop_takes_no_driver_and_keeps_nothing() {
    let event_loop = virtual_loop();
    event_loop.close().unwrap();
    let acts: [&dyn Fn(); 2] = [
        &|| drop(event_loop.replace_driver(Rc::new(Virtual::new()))),
        &|| drop(event_loop.keep(|| 5)),
    ];
    for act in acts {
        let panic = catch_unwind(AssertUnwindSafe(act)).unwrap_err();
        let why = panic.downcast_ref::<&str>().unwrap();
        assert_eq!(*why, "Event loop is closed: make a new one");
    }
}

/// Logs its name when it is dropped, and then calls a function.
struct Falls<const N: u8>(Log, fn(&Log));

impl<const N: u8> Drop for Falls<N> {
    fn drop(&mut self) {
        self.0.say(N);
        self.1(&self.0);
    }
}

fn quiet(_: &Log) {}

#[test]
fn a_loop_keeps_one_value_of_each_type_and_another_loop_another() {
    let (a, b) = (virtual_loop(), virtual_loop());
    let numbers = |event_loop: &EventLoop, number: u32| {
        let main = async { (*keep(|| number), *keep(|| u64::from(number))) };
        event_loop.run_until_complete(main).unwrap()
    };
    assert_eq!(numbers(&a, 1), (1, 1));
    assert_eq!(numbers(&b, 2), (2, 2));
    assert_eq!(numbers(&a, 3), (1, 1));
    assert_eq!((*a.keep(|| 4u32), *b.keep(|| 4u64)), (1, 2));
    assert_eq!(*a.keep(|| "text"), "text");
}

#[test]
fn a_value_whose_maker_keeps_one_itself_is_dropped() {
    let event_loop = virtual_loop();
    let log = Log::new();
    let (copy, made) = (
        log.clone(),
        event_loop.keep(|| Falls::<1>(log.clone(), quiet)),
    );
    drop(made);
    let kept = event_loop.keep(|| {
        let inner = event_loop.keep(|| Cell::new(5));
        Cell::new(inner.get() + 1)
    });
    assert_eq!((kept.get(), copy.line()), (5, String::new()));
}

#[test]
fn what_is_kept_goes_after_the_tasks_the_last_first() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.keep(|| Falls::<1>(log.clone(), quiet));
    event_loop.keep(|| Falls::<2>(log.clone(), quiet));
    let still = |log: &Log| {
        let kept = keep(|| Falls::<1>(Log::new(), quiet));
        log.say(if kept.0.line() == "9" {
            "the same"
        } else {
            "another"
        });
    };
    let of_task = Falls::<9>(log.clone(), still);
    event_loop.spawn(async move {
        let _of_task = of_task;
        pending::<()>().await;
    });
    event_loop.step().unwrap();
    event_loop.close().unwrap();
    assert_eq!(log.line(), "the same 2 1");
}

#[test]
fn what_is_held_elsewhere_outlives_the_loop() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let held = event_loop.keep(|| Falls::<1>(log.clone(), quiet));
    drop(event_loop);
    assert_eq!(log.line(), "");
    drop(held);
    assert_eq!(log.line(), "1");
}

#[test]
fn l16_a_kept_value_that_panics_is_reported_and_the_others_are_dropped() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let kinds = told.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| kinds.borrow_mut().push(report.kind))
        .build();
    let log = Log::new();
    event_loop.keep(|| Falls::<1>(log.clone(), quiet));
    event_loop.keep(|| Falls::<2>(log.clone(), |_| panic!("a full disk")));
    drop(event_loop);
    assert_eq!(
        (log.line().as_str(), &**told.borrow()),
        ("2 1", &[ReportKind::PanicInDrop][..])
    );
}

// No value is kept after the first drop, or the drops could go on for ever.
#[test]
fn what_is_asked_for_while_kept_values_are_dropped_is_not_kept() {
    let asks = |log: &Log| log.say(Rc::strong_count(&keep(|| 5)));
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.keep(|| Falls::<9>(log.clone(), asks));
    event_loop.close().unwrap();
    assert_eq!(log.line(), "9 1");
}

#[test]
fn an_idle_report_asks_the_driver_first_whether_it_watches() {
    for (watches, expected) in [(false, 1), (true, 0)] {
        let (clock, reports) = (Rc::new(ScriptedClock::default()), Rc::new(Cell::new(0)));
        let told = reports.clone();
        let event_loop = EventLoop::builder()
            .driver_rc(clock.clone())
            .idle_report(ms(1))
            .exception_handler(move |report| {
                assert_eq!(report.kind, ReportKind::Idle);
                assert_eq!(
                    report.message,
                    "the loop is idle: nothing is ready and no timer is armed; it goes on waiting, \
                     since a thread may wake a task"
                );
                told.set(told.get() + 1);
                stop();
            })
            .build();
        if watches {
            // The second look outside, before the second park, ends the run.
            clock.at_glance(|number| {
                if number == 2 {
                    stop();
                }
            });
        }
        clock.parks_for(ms(2));
        event_loop.run_forever().unwrap();
        assert_eq!(reports.get(), expected, "the driver watches: {watches}");
    }
}

/// A clock that moves to each deadline and does not say so, as a real one. Without a deadline it ends the run.
#[derive(Default)]
struct Steady(Cell<u64>);

impl Driver for Steady {
    fn now(&self) -> u64 {
        self.0.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        match until {
            Some(until) => self.0.set(until.max(self.now())),
            None => stop(),
        }
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.0.set(self.now() + duration.as_nanos() as u64);
    }
}

/// Runs a loop until it would wait for ever. Returns the times at which it has reported that it is idle for
/// five seconds. `prepare` gets the loop first, and what it returns lives until the end.
fn idle_reports<T>(prepare: impl FnOnce(&EventLoop) -> T) -> Vec<Duration> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = told.clone();
    let event_loop = EventLoop::builder()
        .driver(Steady::default())
        .idle_report(secs(5))
        .exception_handler(move |report| {
            assert_eq!(report.kind, ReportKind::Idle);
            tells.borrow_mut().push(time().since_start());
            match tells.borrow().len() {
                1 => drop(call_later(secs(60), || ())), // afterwards the loop is idle once more
                _ => stop(),
            }
        })
        .build();
    let _lives = prepare(&event_loop);
    event_loop.run_forever().unwrap();
    told.take()
}

#[test]
fn an_idle_report_is_made_once_if_no_timer_is_set_and_no_remote_is_alive() {
    assert_eq!(idle_reports(|_| ()), [secs(5)]);
    let timers = |it: &EventLoop| [3, 20, 23].map(|at| it.call_later(secs(at), || ()));
    assert_eq!(idle_reports(timers), [secs(28)]);
    assert_eq!(idle_reports(EventLoop::remote), []);
    let until_seven = |it: &EventLoop| {
        let remote = it.remote();
        it.call_later(secs(7), || drop(remote))
    };
    assert_eq!(idle_reports(until_seven), [secs(12)]);
}

#[test]
fn each_step_is_counted_once_and_each_iteration() {
    let (event_loop, _clock) = scripted_loop();
    let counts = || {
        let metrics = event_loop.metrics();
        (metrics.iterations, metrics.steps)
    };
    assert_eq!(counts(), (0, 0));
    for _ in 0..200 {
        event_loop.spawn(async {}).detach();
        event_loop.call_soon(|| ());
    }
    event_loop.step().unwrap();
    assert_eq!(counts(), (1, 400), "more than a budget in an iteration");
    let yields = event_loop.spawn(async {
        for _ in 0..500 {
            yield_now().await;
        }
    });
    while !yields.done() {
        event_loop.step().unwrap();
    }
    assert_eq!(counts(), (502, 901), "more iterations than a budget");
}

#[test]
fn a_loop_is_not_busy_before_it_is_made() {
    let clock = Rc::new(ScriptedClock::default());
    clock.advance(secs(5)); // the clock is older than the loop
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    assert_eq!(event_loop.metrics().busy, Duration::ZERO);
    event_loop
        .run_until_complete(async { block(secs(2)) })
        .unwrap();
    assert_eq!(event_loop.metrics().busy, secs(2));
}

/// A clock that asks the loop for its timers in each of its answers.
struct Asks(Virtual, RefCell<Option<LoopHandle>>);

impl Driver for Asks {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(&self, until: Option<u64>, by: Outside, asleep: &mut dyn FnMut() -> bool) -> Parked {
        self.0.park(until, by, asleep)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration)
    }

    fn jumps(&self) -> bool {
        if let Some(event_loop) = &*self.1.borrow() {
            event_loop.timers();
        }
        true
    }
}

#[test]
fn a_driver_may_ask_the_loop_for_its_timers() {
    let clock = Rc::new(Asks(Virtual::new(), RefCell::default()));
    let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    let handle = event_loop.run_until_complete(async { current_loop() });
    clock.1.replace(Some(handle.unwrap()));
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    assert_eq!(event_loop.time(), Instant::START + secs(1));
    clock.1.take(); // the loop holds its driver
}
