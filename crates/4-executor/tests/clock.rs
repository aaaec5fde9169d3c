//! The real clock: never early, and not parked when it is called.
//!
//! The problem: all other tests run on clocks that jump, and some test must show that the
//! real clock behaves as they do. These few tests wait for it, some milliseconds in all.
//! They check only what holds on any machine, however busy: that nothing is early.
//!
//! Invariant: no test has an upper bound for a time.
//!
//! Read next: `../src/driver/real_time.rs`.

#[path = "it/support/log.rs"]
mod log;

use std::rc::Rc;
use std::time::{Duration, Instant};

use groundup_executor::task::yield_now;
use groundup_executor::{
    Driver, EventLoop, Outside, Parked, ThreadPark, block, call_at, run, sleep, sleep_until,
    spawn_named, time,
};
use log::{Log, ms};

#[test]
fn t04_a_sleep_on_the_real_clock_is_never_early() {
    let event_loop = EventLoop::new();
    for micros in [1, 100, 1000, 1048, 2100] {
        let duration = Duration::from_micros(micros);
        let before = Instant::now();
        let main = async {
            let begin = time();
            sleep(duration).await;
            (begin, time())
        };
        let (begin, end) = event_loop.run_until_complete(main).unwrap();
        assert!(before.elapsed() >= duration && end >= begin + duration);
    }
}

#[test]
fn a_deadline_far_from_the_loops_beginning_is_not_early_either() {
    let event_loop = EventLoop::new();
    event_loop.run_until_complete(sleep(ms(3))).unwrap();
    let when = event_loop.time() + ms(2);
    event_loop.run_until_complete(sleep_until(when)).unwrap();
    assert!(event_loop.time() >= when);
}

#[test]
fn timers_on_the_real_clock_fire_in_order() {
    let log = Log::new();
    let copy = log.clone();
    run(async move {
        // One reading of the clock: if the thread were held up between two readings, the
        // order of the deadlines would change.
        let now = time();
        for delay in [3, 1, 2] {
            call_at(now + ms(delay), copy.sayer(&delay.to_string()));
        }
        sleep_until(now + ms(4)).await;
    });
    assert_eq!(log.line(), "1 2 3");
}

#[test]
fn block_blocks() {
    let before = Instant::now();
    run(async { block(ms(2)) });
    assert!(before.elapsed() >= ms(2));
}

#[test]
fn a_park_that_was_called_before_it_began_returns() {
    let clock = ThreadPark::new();
    clock.unpark()();
    assert_eq!(
        clock.park(None, Outside::MayCall, &mut || true),
        Parked::Awake
    );
    // So does a park whose `may_block` returns false, and one whose deadline has passed.
    assert_eq!(
        clock.park(None, Outside::MayCall, &mut || false),
        Parked::Awake
    );
    let asked = &mut || panic!("it is time already");
    assert_eq!(clock.park(Some(0), Outside::MayCall, asked), Parked::Awake);
}

#[test]
fn the_clock_never_goes_back() {
    let clock = ThreadPark::new();
    let reads: Vec<u64> = (0..10_000).map(|_| clock.now()).collect();
    assert!(reads.is_sorted());
    let moves = (0..1_000_000).any(|_| clock.now() > reads[0]);
    assert!(moves, "and it does not stand still");
}

#[test]
fn l26_a_slow_step_on_the_real_clock_names_those_that_it_has_held_up() {
    let event_loop = EventLoop::builder().slow_step(ms(2)).build();
    let log = Log::new();
    let copy = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| copy.say(&report.message))));
    let main = async {
        let bell = spawn_named("bell", sleep(ms(1)));
        yield_now().await;
        block(ms(2));
        bell.await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    let messages = log.take();
    let named = |message: &String| message.contains(" and held up bell (due at ");
    assert!(messages.iter().any(named), "{messages:?}");
}
