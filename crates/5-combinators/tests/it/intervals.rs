//! Intervals: their ticks beside the dullest model of them.
//!
//! The problem: an interval is a few sums, and each is off by one period in some case: a late
//! tick, two late ticks, a tick that is late by exactly a period, a clock that passes a deadline.
//! So random readers await ticks, and a model says when each tick comes. The model looks for the
//! next time of an interval by trying one after the other.
//!
//! Invariant: virtual time only, with a clock that may be late.
//!
//! Read next: `streams.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{Stream, StreamExt};
use groundup_combinators::executor::task::{Panic, Unpark, yield_now};
use groundup_combinators::executor::{
    Driver, EventLoop, Instant, Outside, Parked, block, iteration, run_virtual, sleep, spawn, time,
};
use groundup_combinators::{
    Elapsed, Interval, MissedTickBehavior, interval, interval_at, merge, timeout, zip,
};
use proptest::prelude::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn now_ms() -> u64 {
    time().since_start().as_millis() as u64
}

/// A clock that moves in parks, and is late by the next of its numbers each time.
struct LateClock {
    now: Cell<u64>,
    late_ms: RefCell<VecDeque<u64>>,
}

impl Driver for LateClock {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        let Some(until) = until else {
            return Parked::Stalled;
        };
        let late = self.late_ms.borrow_mut().pop_front().unwrap_or(0);
        self.now.set(until + late * 1_000_000);
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.now.set(self.now.get() + duration.as_nanos() as u64);
    }

    fn jumps(&self) -> bool {
        true
    }
}

/// Deed of a reader between two ticks. All times are in ms.
#[derive(Clone, Debug)]
enum Deed {
    /// Works, while no other task runs.
    Block(u64),
    /// Awaits the next tick for at most so long, and then once more.
    GiveUp(u64),
    Reset,
    ResetAt(u64),
    Behave(MissedTickBehavior),
}

fn deed() -> impl Strategy<Value = Deed> {
    use MissedTickBehavior::*;
    prop_oneof![
        6 => (0u64..40).prop_map(Deed::Block),
        2 => (0u64..40).prop_map(Deed::GiveUp),
        1 => Just(Deed::Reset),
        1 => (0u64..200).prop_map(Deed::ResetAt),
        1 => prop_oneof![Just(Burst), Just(Delay), Just(Skip)].prop_map(Deed::Behave),
    ]
}

/// The model: the time of the next tick, and how to find the one after it.
struct Model {
    period: u64,
    behavior: MissedTickBehavior,
    next: u64,
}

impl Model {
    fn ticked(&mut self, at: u64) {
        self.next = match self.behavior {
            MissedTickBehavior::Burst => self.next + self.period,
            MissedTickBehavior::Delay => at + self.period,
            MissedTickBehavior::Skip => {
                let mut times = (1..).map(|n| self.next + n * self.period);
                times.find(|time| *time > at).expect("it comes")
            }
        };
    }
}

/// Does the deeds with an interval; returns the ticks, and when each came, by the interval and
/// by the model.
async fn ticks(
    mut interval: Interval,
    mut model: Model,
    deeds: Vec<Deed>,
    late: &RefCell<VecDeque<u64>>,
) -> (Vec<(u64, u64)>, Vec<(u64, u64)>) {
    let (mut seen, mut expected) = (Vec::new(), Vec::new());
    let due_ms = |due: Instant| due.since_start().as_millis() as u64;
    for deed in deeds {
        match deed {
            Deed::Block(long) => block(ms(long)),
            Deed::Reset => {
                interval.reset();
                model.next = now_ms() + model.period;
            }
            Deed::ResetAt(at) => {
                interval.reset_at(Instant::START + ms(at));
                model.next = at;
            }
            Deed::Behave(behavior) => {
                interval.set_missed_tick_behavior(behavior);
                model.behavior = behavior;
            }
            Deed::GiveUp(after) => {
                let began = now_ms();
                let Ok(due) = timeout(ms(after), interval.tick()).await else {
                    assert!(now_ms() >= began + after);
                    continue; // the tick is still to come, at its time
                };
                // It has come, late or not: the next test of the model is its time.
                seen.push((due_ms(due), now_ms()));
                expected.push((model.next, now_ms().max(model.next)));
                model.ticked(now_ms());
                continue;
            }
        }
        let at = match model.next > now_ms() {
            true => model.next + late.borrow().front().copied().unwrap_or(0),
            false => now_ms(),
        };
        let due = interval.tick().await;
        seen.push((due_ms(due), now_ms()));
        expected.push((model.next, at));
        model.ticked(at);
    }
    (seen, expected)
}

mod props {
    use super::*;

    proptest! {
        /// Ticks have the times, and come at the times, of a model that tries one time after the
        /// other, also if the clock passes them, and if the wait for a tick is given up.
        #[test]
        fn ticks_come_when_the_model_says(
            period in 1u64..30,
            start in prop::option::of(0u64..100),
            deeds in prop::collection::vec(deed(), 1..40),
            late in prop::collection::vec(prop_oneof![3 => Just(0u64), 1 => 0u64..70], 0..60),
        ) {
            let late_ms = RefCell::new(late.into());
            let clock = Rc::new(LateClock { now: Cell::new(0), late_ms });
            let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
            let interval = match start {
                None => interval(ms(period)),
                Some(start) => interval_at(Instant::START + ms(start), ms(period)),
            };
            let model = Model { period, behavior: MissedTickBehavior::Burst, next: start.unwrap_or(0) };
            // The model begins with the first poll, so the first deed is a tick.
            let deeds = std::iter::once(Deed::Block(0)).chain(deeds).collect();
            let ran = event_loop.run_until_complete(ticks(interval, model, deeds, &clock.late_ms));
            let (seen, expected) = ran.expect("it ends");
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(event_loop.timers(), 0);
        }
    }
}

#[test]
fn a_reader_that_is_always_late_lets_others_run() {
    run_virtual(async {
        let other = spawn(async {
            for _ in 0..5 {
                yield_now().await;
            }
        });
        let mut interval = interval(ms(1));
        let mut turns = 0;
        while !other.done() {
            interval.tick().await;
            block(ms(10));
            turns += 1;
            assert!(turns < 10, "the other task gets no turn");
        }
    });
}

#[test]
fn each_tick_that_is_due_takes_one_iteration() {
    run_virtual(async {
        let mut interval = interval(ms(10));
        let begun = iteration();
        assert_eq!(interval.tick().await, Instant::START);
        assert_eq!(iteration() - begun, 1);
        block(ms(25));
        for n in 1..=2 {
            assert_eq!(interval.tick().await, Instant::START + ms(10 * n));
            assert_eq!(iteration() - begun, 1 + n);
        }
    });
}

#[test]
fn an_interval_is_a_stream_that_never_ends() {
    run_virtual(async {
        let seconds = Box::pin(interval(ms(1_000)).map(|tick| tick.to_string()));
        assert_eq!(seconds.size_hint(), (usize::MAX, None));
        let three: Vec<_> = seconds.take(3).collect().await;
        assert_eq!(three, ["0 s", "1 s", "2 s"]);

        // It goes with the streams that tasks drive.
        let later = interval_at(time() + ms(500), ms(1_000));
        let merged = merge((interval(ms(1_000)), later))
            .take(4)
            .collect::<Vec<_>>();
        let merged: Vec<_> = merged
            .await
            .into_iter()
            .map(|tick| tick - Instant::START)
            .collect();
        assert_eq!(merged, [2_000, 2_500, 3_000, 3_500].map(ms));
        let mut numbered = zip((interval(ms(100)), futures::stream::iter(1..=2)));
        assert_eq!(numbered.next().await.map(|(_, n)| n), Some(1));
        assert_eq!(numbered.next().await.map(|(_, n)| n), Some(2));
        assert_eq!(numbered.next().await, None);
    });
}

#[test]
fn an_interval_that_never_ticks_again_waits_for_ever() {
    run_virtual(async {
        let mut once = interval(Duration::MAX);
        assert_eq!(once.tick().await, Instant::START);
        assert_eq!(timeout(ms(1_000_000), once.tick()).await, Err(Elapsed));
        assert_eq!(
            format!("{once:?}"),
            format!("<Interval of {:?}, next tick at never>", Duration::MAX)
        );
        for behavior in [MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
            once.reset_at(Instant::START);
            once.set_missed_tick_behavior(behavior);
            assert_eq!(
                (once.missed_tick_behavior(), once.tick().await),
                (behavior, Instant::START)
            );
            assert_eq!(timeout(ms(1), once.tick()).await, Err(Elapsed));
        }
    });
}

#[test]
fn misuses_say_the_cause_and_the_cure() {
    let message = |act: &mut dyn FnMut()| {
        let panic = catch_unwind(AssertUnwindSafe(act)).unwrap_err();
        Panic::new(panic).message().to_string()
    };
    assert_eq!(
        message(&mut || drop(interval(Duration::ZERO))),
        "the period of an interval is zero, so its ticks would never end: give it at least 1 ns"
    );
    let mut ticks = interval(ms(1));
    let first = {
        let mut tick: Pin<Box<dyn Future<Output = Instant>>> = Box::pin(ticks.tick());
        message(&mut || {
            futures::executor::block_on(tick.as_mut());
        })
    };
    assert_eq!(
        first,
        "no running event loop: interval works only inside one; await its ticks in a task"
    );
    run_virtual(async { ticks.tick().await });
    assert_eq!(
        message(&mut || {
            run_virtual(async { ticks.tick().await });
        }),
        "this interval began in another event loop, whose times are not those of this one: make a \
         new one in the loop that runs"
    );
    assert_eq!(
        format!("{:?}", interval(ms(1))),
        "<Interval of 1ms, not begun>"
    );
    assert_eq!(
        format!("{ticks:?}"),
        "<Interval of 1ms, next tick at 0.001 s>"
    );
    run_virtual(async { sleep(ms(1)).await });
}
