//! Whom the report of a slow step names.
//!
//! The problem: a step that keeps the thread makes others late. The report of the step names the tasks
//! and counts the callbacks that were ready before it, or have a timer that is due at its end. A name too
//! many sends its reader to the wrong task.
//!
//! Invariant: whole messages are compared. `props.rs` compares the messages of random programs with a model.
//!
//! Read next: `trace.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use crate::support::log::{Log, ms, secs};
use crate::support::own_clock::OwnClock;
use crate::support::scripted_clock::ScriptedClock;
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_executor::task::{CancelScope, Promise, Report, ReportKind, yield_now};
use groundup_executor::{
    Alarm, Builder, EventLoop, TimerHandle, block, call_later, call_soon, current_loop, sleep,
    spawn, spawn_named, time,
};

/// Makes a loop in debug mode, with a log of its slow steps.
fn watched(builder: Builder) -> (EventLoop, Log) {
    let (event_loop, log) = (builder.debug(true).build(), Log::new());
    let copy = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        if report.kind == ReportKind::SlowStep {
            copy.say(&report.message);
        }
    })));
    (event_loop, log)
}

/// Runs `main` in debug mode on virtual time, and returns the messages about slow steps.
fn told(main: impl Future<Output = ()>) -> Vec<String> {
    let (event_loop, log) = watched(EventLoop::builder().virtual_time());
    event_loop.run_until_complete(main).unwrap();
    log.take()
}

/// Spawns a task that sleeps until the time `at`, in ms.
fn bell(at: u64) {
    let rings = async move { sleep(ms(at) - time().since_start()).await };
    spawn_named(format!("bell {at}"), rings).detach();
}

#[test]
fn l26_a_slow_step_that_holds_no_task_up_is_told_as_in_asyncio() {
    let messages = told(async {
        bell(251);
        let ended = spawn_named("ended", async {});
        let forgotten = call_later(ms(100), || ());
        call_later(ms(300), || ());
        yield_now().await;
        ended.await.unwrap();
        forgotten.cancel();
        block(ms(250));
    });
    assert_eq!(messages, ["Executing Task-1 took 0.250 seconds"]);
}

#[test]
fn l26_a_slow_step_names_the_one_whose_timer_is_due() {
    let messages = told(async {
        bell(250);
        bell(251);
        yield_now().await;
        block(ms(250));
    });
    let expected = "Executing Task-1 took 0.250 seconds and held up bell 250 (due at 0.250 s)";
    assert_eq!(messages, [expected]);
}

#[test]
fn l26_a_slow_step_names_five_and_counts_the_others() {
    let many = |bells: u64, ready: u64, calls: u64| {
        let messages = told(async move {
            // The last one is set first.
            (1..=bells).rev().for_each(|at| bell(10 * at));
            yield_now().await;
            for n in 1..=ready {
                spawn_named(format!("worker {n}"), async {}).detach();
            }
            (0..calls / 2).for_each(|_| drop(call_soon(|| ())));
            (calls / 2..calls).for_each(|_| drop(call_later(ms(9), || ())));
            // The spawned ones are ready before this step.
            spawn_named("computes", async { block(ms(250)) }).detach();
            (0..2).for_each(|n| spawn_named(format!("last {n}"), async {}).detach());
            sleep(secs(1)).await;
        });
        let words = "Executing computes took 0.250 seconds and held up ";
        messages[0].strip_prefix(words).unwrap().to_string()
    };
    assert_eq!(many(0, 0, 0), "last 0 (ready) and last 1 (ready)");
    let expected = "bell 10 (due at 0.010 s), last 0 (ready) and last 1 (ready)";
    assert_eq!(many(1, 3, 0), expected, "the workers ran before it");
    let expected = "bell 10 (due at 0.010 s), bell 20 (due at 0.020 s), bell 30 (due at 0.030 s), \
                    last 0 (ready), last 1 (ready) and 1 callback";
    assert_eq!(many(3, 1, 1), expected);
    let expected = "bell 10 (due at 0.010 s), bell 20 (due at 0.020 s), bell 30 (due at 0.030 s), \
                    bell 40 (due at 0.040 s), last 0 (ready) and 1 more task";
    assert_eq!(many(4, 0, 0), expected);
    let expected = "bell 10 (due at 0.010 s), bell 20 (due at 0.020 s), bell 30 (due at 0.030 s), \
                    bell 40 (due at 0.040 s), bell 50 (due at 0.050 s), 22 more tasks and \
                    3 callbacks";
    assert_eq!(many(25, 0, 5), expected, "two callbacks ran before it");
}

#[test]
fn l26_who_was_ready_before_the_step_is_named_and_who_is_woken_by_it_is_not() {
    let messages = told(async {
        let promises: [Promise<()>; 2] = [Promise::new(), Promise::new()];
        for (name, promise) in ["woken before", "woken by it"].iter().zip(promises.clone()) {
            let waits = async move { promise.into_future().await.unwrap() };
            spawn_named(*name, waits).detach();
        }
        yield_now().await;
        let [before, by_it] = promises;
        // In one round: a task is woken, then comes the slow step, and then a task that has waited.
        spawn_named("wakes", async move { before.set_result(()).unwrap() }).detach();
        spawn_named("computes", async move {
            by_it.set_result(()).unwrap();
            spawn_named("spawned by it", async {}).detach();
            call_soon(|| ());
            block(ms(250));
            yield_now().await;
        })
        .detach();
        spawn_named("behind", async {}).detach();
        sleep(secs(1)).await;
    });
    let expected = "Executing computes took 0.250 seconds and held up behind (ready) and \
                    woken before (ready)";
    assert_eq!(messages, [expected]);
}

#[test]
fn l26_who_has_gone_is_not_named_and_nor_is_the_task_of_the_step() {
    let messages = told(async {
        // It ends, and its value is a sleep that it has begun. It has woken itself before.
        let ended = spawn_named("ended", async move {
            let mut kept = Box::pin(sleep(ms(100)));
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::Ready(kept.as_mut().poll(cx).is_ready())
            })
            .await;
            Some(kept)
        });
        let behind: Rc<RefCell<Vec<TimerHandle>>> = Rc::default();
        let stops = behind.clone();
        spawn_named("computes", async move {
            let scope = CancelScope::new();
            let _alarm = Alarm::at(time() + ms(100), &scope);
            let nap = sleep(ms(100));
            let mut naps: FuturesUnordered<_> = [nap, sleep(secs(9))].into_iter().collect();
            assert!(futures::poll!(naps.next()).is_pending());
            for call in stops.take() {
                call.cancel();
            }
            block(ms(250));
            yield_now().await;
        })
        .detach();
        behind.borrow_mut().push(call_later(ms(0), || ()));
        behind.borrow_mut().push(call_later(ms(10), || ()));
        call_later(ms(0), || ());
        sleep(secs(1)).await;
        drop(ended);
    });
    let expected = "Executing computes took 0.250 seconds and held up 1 callback";
    assert_eq!(messages, [expected]);
}

#[test]
fn l26_a_slow_callback_holds_up_whom_a_timer_was_about_to_wake() {
    // Its timer and that of the bell fire in one iteration. The bell was not woken yet.
    let messages = told(async {
        call_later(ms(10), || block(ms(250)));
        bell(10);
        bell(20);
        let deadline = async {
            let scope = CancelScope::new();
            let _alarms = [10, 20].map(|at| Alarm::at(time() + ms(at), &scope));
            sleep(secs(9)).await;
        };
        spawn_named("has a deadline", deadline).detach();
        sleep(secs(1)).await;
    });
    let expected = "Executing a callback took 0.250 seconds and held up bell 20 (due at 0.020 s), \
                    has a deadline (due at 0.020 s) and bell 10 (ready)";
    assert_eq!(messages, [expected]);
}

#[test]
fn l26_a_deadline_that_has_fired_is_ready_unless_it_was_unset() {
    let late = |unset: bool| {
        told(async move {
            let alarm = Rc::new(Alarm::default());
            let (set, takes_back) = (alarm.clone(), alarm.clone());
            call_later(ms(10), move || {
                if unset {
                    takes_back.unset();
                }
                block(ms(250));
            });
            let deadline = async move {
                let scope = CancelScope::new();
                set.set_at(time() + ms(10), &scope);
                sleep(secs(9)).await;
            };
            spawn_named("has a deadline", deadline).detach();
            sleep(secs(1)).await;
            drop(alarm);
        })
    };
    let plain = "Executing a callback took 0.250 seconds";
    let expected = format!("{plain} and held up has a deadline (ready)");
    assert_eq!(late(false), [expected.as_str()]);
    assert_eq!(late(true), [plain]);
}

#[test]
fn l26_each_slow_step_of_a_round_names_those_behind_it() {
    let messages = told(async {
        bell(100);
        yield_now().await;
        for name in ["first", "second", "third"] {
            spawn_named(name, async { block(ms(150)) }).detach();
        }
        sleep(secs(1)).await;
    });
    let expected = [
        "Executing first took 0.150 seconds and held up bell 100 (due at 0.100 s), \
         second (ready) and third (ready)",
        "Executing second took 0.150 seconds and held up bell 100 (due at 0.100 s) and \
         third (ready)",
        "Executing third took 0.150 seconds and held up bell 100 (due at 0.100 s)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn l26_sleeps_under_wakers_of_another_crate_are_those_of_their_task() {
    let messages = told(async {
        let naps = async {
            let naps = [300, 200, 100].map(|n| sleep(ms(n)));
            naps.into_iter()
                .collect::<FuturesUnordered<_>>()
                .count()
                .await;
        };
        spawn_named("naps", naps).detach();
        bell(150);
        yield_now().await;
        block(ms(250));
    });
    let expected = "Executing Task-1 took 0.250 seconds and held up naps (due at 0.100 s) and \
                    bell 150 (due at 0.150 s)";
    assert_eq!(messages, [expected]);
}

#[test]
fn l26_equal_deadlines_stand_in_the_order_of_setting() {
    let messages = told(async {
        let names = ["a", "b", "c", "d", "e"];
        // Some are set far ahead of their time, some in its millisecond.
        for name in names {
            spawn_named(name, sleep_until_100()).detach();
            yield_now().await;
            block(ms(20));
        }
        block(ms(250));
    });
    let expected = "Executing Task-1 took 0.270 seconds and held up a (due at 0.100 s), \
                    b (due at 0.100 s), c (due at 0.100 s), d (due at 0.100 s) and \
                    e (due at 0.100 s)";
    assert_eq!(messages, [expected]);
}

async fn sleep_until_100() {
    sleep(ms(100) - time().since_start()).await;
}

#[test]
fn l26_a_clock_that_runs_and_a_driver_of_the_users_name_the_same() {
    let program = async {
        bell(100);
        yield_now().await;
        spawn_named("computes", async { block(ms(250)) }).detach();
        spawn_named("worker", async {}).detach();
        for _ in 0..4 {
            yield_now().await;
        }
    };
    let scripted = Rc::new(ScriptedClock::default());
    let (event_loop, log) = watched(EventLoop::builder().driver_rc(scripted));
    event_loop.run_until_complete(program).unwrap();
    let expected = "Executing computes took 0.250 seconds and held up bell 100 (due at 0.100 s), \
                    worker (ready) and Task-1 (ready)";
    assert_eq!(log.take(), [expected]);
    let (event_loop, log) = watched(EventLoop::builder().driver(OwnClock::default()));
    event_loop.spawn(sleep(ms(100))).set_name("sleeps");
    event_loop.call_soon(|| block(ms(250)));
    event_loop.step().unwrap();
    event_loop.call_soon(|| block(ms(250)));
    event_loop.step().unwrap();
    let expected = [
        "Executing a callback took 0.250 seconds and held up sleeps (due at 0.100 s)",
        "Executing a callback took 0.250 seconds and held up sleeps (ready)",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn l26_the_handler_of_the_report_may_use_the_loop() {
    let event_loop = EventLoop::builder().virtual_time().debug(true).build();
    let log = Log::new();
    let copy = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        if report.kind != ReportKind::SlowStep {
            return;
        }
        copy.say(&report.message);
        let here = current_loop();
        copy.say(here.explain_all().lines().count());
        assert!(!here.leftovers().is_empty());
        call_later(ms(1), copy.sayer("called later"));
        spawn(sleep(ms(1))).detach();
        for task in here.all_tasks() {
            if task.name().as_deref() == Some("bell 100") {
                assert!(task.cancel());
            }
        }
    })));
    let main = async {
        bell(100);
        yield_now().await;
        block(ms(250));
        sleep(ms(10)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    let expected = [
        "Executing Task-1 took 0.250 seconds and held up bell 100 (due at 0.100 s)",
        "2",
        "called later",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn l26_a_program_may_turn_debug_mode_on_and_off_in_a_round() {
    let (event_loop, log) = watched(EventLoop::builder().virtual_time());
    event_loop.set_debug(None);
    let slow = |name: &'static str| spawn_named(name, async { block(ms(250)) }).detach();
    let main = async {
        slow("unwatched");
        call_soon(|| current_loop().set_debug(Some(ms(100))));
        slow("watched");
        slow("behind"); // not known to be behind: the round began without debug mode
        yield_now().await;
        slow("measured");
        call_soon(|| current_loop().set_debug(None));
        slow("unwatched");
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    let expected = [
        "Executing watched took 0.250 seconds",
        "Executing behind took 0.250 seconds",
        "Executing measured took 0.250 seconds and held up unwatched (ready), Task-1 (ready) and \
         1 callback",
    ];
    assert_eq!(log.take(), expected);
    assert!(!event_loop.is_debug());
}
