//! The tests of the exercises in the library of floor 4.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup_executor::task::yield_now;
use groundup_executor::{
    Driver, EventLoop, Instant, Outside, Parked, Virtual, iteration, run_virtual, sleep,
    sleep_until, spawn, time,
};

fn park(clock: &Virtual, until: Option<u64>) -> (Parked, u64) {
    let parked = clock.park(until, Outside::Nobody, &mut || true);
    (parked, clock.now())
}

#[test]
fn a_park_jumps_to_the_deadline() {
    let clock = Virtual::new();
    assert_eq!(park(&clock, Some(5)), (Parked::Awake, 5), "to the deadline");
    assert_eq!(park(&clock, Some(3)), (Parked::Awake, 5), "never back");
    let parked = clock.park(Some(9), Outside::MayCall, &mut || true);
    assert_eq!(
        (parked, clock.now()),
        (Parked::Awake, 9),
        "also if a thread may call"
    );
}

#[test]
fn a_park_without_a_deadline_stalls() {
    assert_eq!(
        park(&Virtual::new(), None),
        (Parked::Stalled, 0),
        "no deadline, nobody outside"
    );
}

#[test]
fn the_clock_stands_still_for_a_thread_at_work() {
    let clock = Virtual::new();
    let mut asked = 0;
    // The park would block: it asks, and the answer is no.
    let parked = clock.park(Some(5), Outside::AtWork, &mut || {
        asked += 1;
        false
    });
    assert_eq!(
        (parked, clock.now(), asked),
        (Parked::Awake, 0, 1),
        "no time passes"
    );
}

#[test]
fn a_park_waits_for_a_thread_that_may_call() {
    let clock = Virtual::new();
    let mut asked = 0;
    let parked = clock.park(None, Outside::MayCall, &mut || {
        asked += 1;
        false
    });
    assert_eq!(
        (parked, clock.now(), asked),
        (Parked::Awake, 0, 1),
        "no deadline: the thread itself parks, so it asks"
    );
}

#[test]
fn timers_of_all_distances_fire_in_order() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let kept = order.clone();
    run_virtual(async move {
        // Nanoseconds, from one to about thirty years.
        let delays = (0..60_u32).map(|bit| 1_u64 << bit);
        let delays: Vec<u64> = delays.chain((1..20).map(|n| n * 1_000_000_007)).collect();
        let tasks = delays.iter().rev().map(|&delay| {
            let order = order.clone();
            spawn(async move {
                sleep(Duration::from_nanos(delay)).await;
                order
                    .borrow_mut()
                    .push((delay, time().since_start().as_nanos() as u64));
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
    });
    let fired = kept.take();
    assert_eq!(fired.len(), 79, "all timers fire");
    assert!(fired.is_sorted(), "the shorter ones first");
    assert!(
        fired.iter().all(|(delay, at)| delay == at),
        "each at its time"
    );
}

#[test]
fn a_timer_beyond_a_full_level_fires_at_its_time() {
    run_virtual(async {
        // 65 slices of time: the carry of a digit.
        let slice = Duration::from_nanos(1 << 20);
        for slices in [63, 1, 64, 65, 4095, 4097] {
            let before = time();
            let longer = spawn(sleep(2 * slices * slice));
            sleep(slices * slice).await;
            assert_eq!(time() - before, slices * slice, "{slices} slices");
            longer.await.expect("no panic");
            assert_eq!(time() - before, 2 * slices * slice, "twice {slices} slices");
        }
    });
}

#[test]
fn a_delay_counts_from_the_first_poll() {
    run_virtual(async {
        let early = sleep(Duration::from_secs(3));
        sleep(Duration::from_secs(1)).await;
        early.await;
        assert_eq!(
            time().since_start(),
            Duration::from_secs(4),
            "1 and 3 seconds"
        );
        sleep_until(Instant::START + Duration::from_secs(6)).await;
        assert_eq!(
            time().since_start(),
            Duration::from_secs(6),
            "a time of the loop"
        );
    });
}

#[test]
fn a_time_that_has_passed_takes_one_iteration() {
    run_virtual(async {
        yield_now().await;
        for sleeping in [sleep(Duration::ZERO), sleep_until(Instant::START)] {
            let before = iteration();
            sleeping.await;
            assert_eq!(iteration() - before, 1, "one suspension");
        }
        assert_eq!(time().since_start(), Duration::ZERO, "no time passes");
    });
}

#[test]
fn a_time_that_never_comes() {
    let far = Instant::START + Duration::from_secs(500 * 365 * 86_400);
    for (name, at) in [
        ("delay", None),
        ("deadline", Some(Instant::NEVER)),
        ("sum", Some(far)),
    ] {
        let event_loop = EventLoop::builder().virtual_time().build();
        let ended = event_loop.run_until_complete(async move {
            match (name, at) {
                ("sum", Some(far)) => {
                    sleep_until(far).await;
                    sleep(Duration::from_secs(200 * 365 * 86_400)).await;
                }
                (_, Some(at)) => sleep_until(at).await,
                (_, None) => sleep(Duration::MAX).await,
            }
        });
        assert!(
            ended.is_err(),
            "{name}: it never ends, so the loop reports a deadlock"
        );
    }
}
