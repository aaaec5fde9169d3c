//! The rules of timers, one test each: T01 to T11.
//!
//! The problem: timers look alike in every loop. Loops differ in what they do at equal
//! deadlines, at times in the past, and one nanosecond too early.
//!
//! Rules without a test here, and what stands for them:
//!
//! | rule | in Python | here |
//! |---|---|---|
//! | T01, half | a delay or time of `None` is a `TypeError` | a `Duration` is never `None` |
//! | T08, half | timer handles compare and hash by `when` | handles have no order: nothing of the loop's is sorted by the program, and [`TimerHandle::when`] can be |
//! | T09, half | a negative delay is zero, a delay of NaN is a `ValueError` | a `Duration` is neither |
//! | T10, half | `sleep(d, result)` returns the result | `async { sleep(d).await; result }` does |
//!
//! [`TimerHandle::when`]: groundup_executor::TimerHandle::when
//!
//! Invariant: virtual time only.
//!
//! Read next: `alarms.rs`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use crate::support::log::{Log, ms, secs, virtual_loop};
use groundup_executor::task::{CancelScope, catch_cancel, yield_now};
use groundup_executor::{
    Alarm, EventLoop, Instant, block, call_at, call_later, call_soon, iteration, sleep,
    sleep_until, spawn, stop, time,
};

/// Runs iterations until the loop's clock has reached `until`.
fn run_to(event_loop: &EventLoop, until: Duration) {
    event_loop
        .run_until_complete(sleep_until(Instant::START + until))
        .unwrap();
}

#[test]
fn t01_call_later_counts_from_now() {
    let event_loop = virtual_loop();
    run_to(&event_loop, secs(3));
    assert_eq!(
        event_loop.call_later(secs(4), || ()).when().since_start(),
        secs(7)
    );
    assert_eq!(
        event_loop
            .call_at(Instant::START + secs(4), || ())
            .when()
            .since_start(),
        secs(4)
    );
    // Now means now, also in the middle of a long step.
    let main = async {
        block(secs(1));
        call_later(secs(4), || ()).when().since_start()
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), secs(8));
}

#[test]
fn t02_timers_run_in_the_order_of_their_deadlines() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    for delay in [5, 1, 4, 2, 3, 100_000, 1_000, 0] {
        let log = log.clone();
        event_loop.call_later(ms(delay), move || {
            log.say(format_args!("{delay}={:?}", time().since_start()))
        });
    }
    run_to(&event_loop, secs(200));
    assert_eq!(
        log.line(),
        "0=0ns 1=1ms 2=2ms 3=3ms 4=4ms 5=5ms 1000=1s 100000=100s"
    );
}

#[test]
fn t02_also_when_they_become_due_all_at_once() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    for delay in [5, 1, 4, 2, 3, 100, 7] {
        event_loop.call_later(ms(delay), log.sayer(&delay.to_string()));
    }
    event_loop.call_soon(|| block(ms(50)));
    run_to(&event_loop, ms(60));
    assert_eq!(log.line(), "1 2 3 4 5 7");
}

#[test]
fn t03_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    for n in 0..10 {
        event_loop.call_at(Instant::START + secs(1), log.sayer(&n.to_string()));
    }
    // These are set from nearer by, so they get another bucket, and still come last.
    let late = log.clone();
    event_loop.call_at(Instant::START + ms(999), move || {
        for n in 10..15 {
            call_at(Instant::START + secs(1), late.sayer(&n.to_string()));
        }
    });
    run_to(&event_loop, secs(2));
    assert_eq!(log.line(), "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14");
}

#[test]
fn t04_no_timer_is_early_not_by_a_nanosecond() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    for nanos in [1_000_000_000, 1_000_000_001, 999_999_999] {
        let log = log.clone();
        event_loop.call_at(Instant::START + Duration::from_nanos(nanos), move || {
            assert_eq!(time().since_start(), Duration::from_nanos(nanos));
            log.say(iteration());
        });
    }
    run_to(&event_loop, secs(2));
    // Each has an iteration of its own, since none was due with its neighbour.
    assert_eq!(log.line(), "2 3 4");
    // A deadline that the clock has reached but for a nanosecond is not due either.
    event_loop.call_later(ms(5), log.sayer("5 ms"));
    event_loop.call_soon(|| block(ms(5) - Duration::from_nanos(1)));
    for _ in 0..2 {
        event_loop.stop();
        event_loop.run_forever().unwrap();
    }
    assert_eq!(log.line(), "");
    event_loop.step().unwrap();
    assert_eq!(log.line(), "5 ms");
}

#[test]
fn t05_all_that_is_due_runs_before_what_the_first_of_them_schedules() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let first = log.clone();
    event_loop.call_at(Instant::START + ms(1), move || {
        first.stamp("first");
        let soon = first.clone();
        call_soon(move || soon.stamp("soon"));
        let zero = first.clone();
        call_later(ms(0), move || zero.stamp("due at once"));
    });
    for (at, name) in [(2, "second"), (3, "third")] {
        let log = log.clone();
        event_loop.call_at(Instant::START + ms(at), move || log.stamp(name));
    }
    event_loop.call_soon(|| block(ms(3)));
    run_to(&event_loop, ms(10));
    let expected = [
        "3ms 2 first",
        "3ms 2 second",
        "3ms 2 third",
        "3ms 3 soon",
        "3ms 3 due at once",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn t06_a_chain_of_callbacks_does_not_keep_timers_waiting() {
    fn link(log: Log) {
        log.say(iteration());
        block(ms(100));
        if time().since_start() < secs(1) {
            call_soon(move || link(log));
        }
    }
    let (event_loop, log) = (virtual_loop(), Log::new());
    let chain = log.clone();
    event_loop.call_soon(move || link(chain));
    let timer = log.clone();
    event_loop.call_at(Instant::START + ms(450), move || timer.stamp("timer"));
    event_loop.call_at(Instant::START + secs(2), stop);
    event_loop.run_forever().unwrap();
    // The clock passed 0.45 in the fifth iteration.
    assert_eq!(log.line(), "1 2 3 4 5 6 600ms 6 timer 7 8 9 10");
}

#[test]
fn t07_cancelled_timers_are_forgotten() {
    let event_loop = virtual_loop();
    let set = |n: u64| event_loop.call_at(Instant::START + secs(n), || ());
    let timers: Vec<_> = (0..101).map(set).collect();
    timers[..60]
        .iter()
        .for_each(groundup_executor::TimerHandle::cancel);
    assert_eq!(event_loop.timers(), 41);
    // The loop does not wake for cancelled timers: the first iteration is the living timer's.
    event_loop.step().unwrap();
    assert_eq!(
        (event_loop.time().since_start(), event_loop.timers()),
        (secs(60), 40)
    );
}

#[test]
fn t08_when_is_the_absolute_time_and_stays() {
    let event_loop = virtual_loop();
    run_to(&event_loop, secs(1));
    let timer = event_loop.call_later(secs(2), || ());
    assert_eq!(timer.when().since_start(), secs(3));
    run_to(&event_loop, secs(4));
    assert_eq!(timer.when().since_start(), secs(3));
    timer.cancel();
    assert_eq!(
        (timer.when().since_start(), timer.cancelled()),
        (secs(3), true)
    );
}

#[test]
fn t09_a_sleep_of_zero_is_one_iteration_and_no_timer() {
    let event_loop = virtual_loop();
    run_to(&event_loop, secs(1));
    let main = async {
        for past in [
            sleep(ms(0)),
            sleep_until(Instant::START),
            sleep_until(Instant::START + ms(999)),
            sleep_until(Instant::START + secs(1)),
        ] {
            let before = iteration();
            past.await;
            assert_eq!(iteration(), before + 1);
            assert_eq!((event_loop.timers(), time().since_start()), (0, secs(1)));
        }
    };
    event_loop.run_until_complete(main).unwrap();
}

#[test]
fn t09_a_sleep_of_zero_that_is_polled_again_in_its_step_is_not_over() {
    let event_loop = virtual_loop();
    for polls in 1..4 {
        let main = async {
            let (begun, mut over) = (iteration(), pin!(sleep(ms(0))));
            poll_fn(|cx| {
                let mut ready = 0;
                (0..polls).for_each(|_| ready += usize::from(over.as_mut().poll(cx).is_ready()));
                // All of them run in the next iteration, and none in this one.
                assert_eq!(ready, if iteration() == begun { 0 } else { polls });
                if ready == 0 {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
            assert_eq!(iteration(), begun + 1);
        };
        event_loop.run_until_complete(main).unwrap();
    }
}

#[test]
fn t10_a_sleep_that_is_cancelled_or_dropped_takes_its_timer_back() {
    let event_loop = virtual_loop();
    let main = async {
        let task = spawn(sleep(secs(100)));
        sleep(secs(1)).await;
        assert_eq!(event_loop.timers(), 1);
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(event_loop.timers(), 0);
        // The timer of a sleep that is caught is cancelled as well, before its task goes on.
        let task = spawn(async { catch_cancel(sleep(secs(100))).await.is_err() });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap());
        assert_eq!((event_loop.timers(), time().since_start()), (0, secs(2)));
        // A sleep that never began has no timer.
        drop(sleep(secs(100)));
        assert_eq!(event_loop.timers(), 0);
    };
    event_loop.run_until_complete(main).unwrap();
}

#[test]
fn t11_the_resolution_is_a_nanosecond() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let log = Rc::new(log);
    for nanos in [7u64, 3, 5, 4, 6] {
        let log = log.clone();
        event_loop.spawn(async move {
            sleep(Duration::from_nanos(nanos)).await;
            assert_eq!(time().since_start(), Duration::from_nanos(nanos));
            log.say(nanos);
        });
    }
    run_to(&event_loop, ms(1));
    assert_eq!(log.line(), "3 4 5 6 7");
}

/// An alarm that has fired is an entry of the ready queue, and can be unset until that comes up.
#[test]
fn t07_an_alarm_that_has_fired_can_be_unset_until_its_turn() {
    let event_loop = virtual_loop();
    event_loop
        .run_until_complete(async {
            for (due, unset) in [(0, true), (0, false), (2, true), (2, false)] {
                let (scope, at) = (CancelScope::new(), time() + secs(due));
                let alarm = Rc::new(Alarm::default());
                let same = alarm.clone();
                // The callback runs right before the alarm's turn, in the same iteration.
                let unsets = move || {
                    if unset {
                        same.unset();
                    }
                };
                match due {
                    0 => drop(call_soon(unsets)),
                    _ => drop(call_at(at, unsets)),
                }
                alarm.set_at(at, &scope);
                sleep_until(at).await;
                yield_now().await;
                assert_eq!(scope.cancel_called(), !unset, "due in {due} s");
            }
        })
        .unwrap();
}

/// An alarm takes back its own cancel only, whatever other alarms its scope has.
#[test]
fn t07_two_alarms_of_one_scope_are_unset_apart() {
    const DUE: [Option<u64>; 4] = [Some(0), Some(1), Some(3), None];
    const UNSET: [u64; 4] = [0, 1, 3, 4];
    let both = (0..256).map(|row| [row % 4, row / 4 % 4, row / 16 % 4, row / 64]);
    for [due, unset, other_due, other_unset] in both {
        let alarms = [
            (DUE[due], UNSET[unset]),
            (DUE[other_due], UNSET[other_unset]),
        ];
        let stands = |&&(due, unset): &&(Option<u64>, u64)| due.is_some_and(|due| unset > due);
        let times: BTreeSet<_> = alarms.iter().filter(stands).map(|alarm| alarm.0).collect();
        let cancels = Rc::new(Cell::new(0));
        let caught = cancels.clone();
        let event_loop = virtual_loop();
        let main = async move {
            let scope = Rc::new(CancelScope::new());
            let region = scope.clone();
            let task = spawn(async move {
                loop {
                    if region.catch(pending::<()>()).await.is_err() {
                        caught.set(caught.get() + 1);
                        region.uncancel();
                    }
                }
            });
            yield_now().await;
            for (due, unset) in alarms {
                let alarm = Rc::new(Alarm::default());
                let same = alarm.clone();
                // It runs right before the turn of the alarm, if it has the same time.
                match unset {
                    0 => drop(call_soon(move || same.unset())),
                    unset => drop(call_later(secs(unset), move || same.unset())),
                }
                let at = due.map_or(Instant::NEVER, |due| time() + secs(due));
                alarm.set_at(at, &scope);
            }
            sleep(secs(9)).await;
            drop(task);
        };
        event_loop.run_until_complete(main).unwrap();
        assert_eq!(cancels.get(), times.len(), "{alarms:?}");
    }
}
