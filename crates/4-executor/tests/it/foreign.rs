//! Sleeps under foreign wakers: other crates' combinators and executors.
//!
//! The problem: most sleeps are polled by a task of the loop, and store a number instead of
//! a waker. But any executor may poll a future: a combinator with a waker of its own,
//! another task than the one that began it, or first one and then the other. The last one
//! that polled must be woken, once, and no other.
//!
//! Invariant: no combinator of this library is used here.
//!
//! Read next: `misuse.rs`.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::support::log::{Log, ms, secs, virtual_loop};
use futures::future::{Either, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, pin_mut};
use groundup_executor::task::{Promise, yield_now};
use groundup_executor::{Sleep, iteration, sleep, spawn, time};

type Shared = Rc<RefCell<Pin<Box<Sleep>>>>;

fn poll_shared(shared: &Shared, cx: &mut Context<'_>) -> Poll<()> {
    shared.borrow_mut().as_mut().poll(cx)
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn sleeps_in_a_set_of_futures_end_in_order() {
    let event_loop = virtual_loop();
    let main = async {
        let nap = |n: u64| async move {
            sleep(ms(n)).await;
            n
        };
        let mut naps: FuturesUnordered<_> = [5, 3, 9, 1, 7].map(nap).into_iter().collect();
        let mut order = Vec::new();
        while let Some(n) = naps.next().await {
            assert_eq!(time().since_start(), ms(n));
            order.push(n);
        }
        order
    };
    assert_eq!(
        event_loop.run_until_complete(main).unwrap(),
        [1, 3, 5, 7, 9]
    );
    assert_eq!(event_loop.timers(), 0);
}

#[test]
fn fifty_thousand_sleeps_in_one_task_are_not_looked_through_one_by_one() {
    let event_loop = virtual_loop();
    let main = async {
        let naps = (0..50_000).map(|n| sleep(ms(n % 1000)));
        let mut naps: FuturesUnordered<_> = naps.collect();
        while naps.next().await.is_some() {}
        time().since_start()
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), ms(999));
}

#[test]
fn tasks_promises_and_sleeps_under_foreign_combinators() {
    let event_loop = virtual_loop();
    let main = async {
        let promise = Promise::<u64>::new();
        let setter = promise.clone();
        spawn(async move {
            sleep(ms(20)).await;
            setter.set_result(20).unwrap();
        });
        let task = spawn(async {
            sleep(ms(10)).await;
            10
        });
        let waits = async {
            sleep(ms(30)).await;
            30
        };
        let all = join_all([
            async { task.await.unwrap() }.boxed_local(),
            async { promise.await.unwrap() }.boxed_local(),
            waits.boxed_local(),
        ]);
        let all = all.await;
        assert_eq!(time().since_start(), ms(30));
        all
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), [10, 20, 30]);
}

#[test]
fn the_loser_of_a_race_takes_its_timer_along() {
    let event_loop = virtual_loop();
    let main = async {
        let (quick, slow) = (sleep(ms(1)), sleep(secs(1000)));
        pin_mut!(quick, slow);
        match select(slow, quick).await {
            Either::Right(((), slow)) => assert_eq!(event_loop.timers(), 1, "{slow:?}"),
            Either::Left(_) => panic!("the slow one won"),
        }
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(
        (event_loop.time().since_start(), event_loop.timers()),
        (ms(1), 0)
    );
}

#[test]
fn whoever_polled_last_is_woken_and_nobody_else() {
    let event_loop = virtual_loop();
    let log = Log::new();
    let main = async {
        let shared: Shared = Rc::new(RefCell::new(Box::pin(sleep(ms(50)))));
        let watch = |name: &'static str| {
            let (shared, log) = (shared.clone(), log.clone());
            poll_fn(move |cx| {
                log.say(format_args!("{name}@{:?}", time().since_start()));
                poll_shared(&shared, cx)
            })
        };
        let first = spawn(watch("first"));
        sleep(ms(10)).await;
        let second = spawn(watch("second"));
        second.await.unwrap();
        assert!(!first.done());
        first.cancel();
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(log.line(), "first@0ns second@10ms second@50ms");
}

#[test]
fn a_sleep_may_change_between_tasks_and_strangers() {
    let event_loop = virtual_loop();
    let counts: Vec<Arc<Count>> = (0..2).map(|_| Arc::default()).collect();
    let main = async {
        let shared: Shared = Rc::new(RefCell::new(Box::pin(sleep(ms(50)))));
        let polled_by = |count: &Arc<Count>| {
            let waker = Waker::from(count.clone());
            assert!(poll_shared(&shared, &mut Context::from_waker(&waker)).is_pending());
        };
        // Polled by a foreign waker, by it again, by another one, by this task, and by the
        // first again.
        polled_by(&counts[0]);
        polled_by(&counts[0]);
        polled_by(&counts[1]);
        poll_fn(|cx| {
            assert!(poll_shared(&shared, cx).is_pending());
            Poll::Ready(())
        })
        .await;
        polled_by(&counts[0]);
        assert_eq!(event_loop.timers(), 1);
        sleep(ms(60)).await;
        poll_fn(|cx| poll_shared(&shared, cx)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    let woken: Vec<_> = counts
        .iter()
        .map(|count| count.0.load(Ordering::Relaxed))
        .collect();
    assert_eq!(woken, [1, 0]);
    // No clone of a waker is left behind.
    assert!(counts.iter().all(|count| Arc::strong_count(count) == 1));
}

#[test]
fn a_strangers_sleep_that_is_dropped_wakes_nobody() {
    let event_loop = virtual_loop();
    let count = Arc::new(Count::default());
    let main = async {
        let mut dropped = Box::pin(sleep(ms(5)));
        let waker = Waker::from(count.clone());
        assert!(
            dropped
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        drop(dropped);
        drop(waker);
        assert_eq!((event_loop.timers(), Arc::strong_count(&count)), (0, 1));
        sleep(ms(10)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
}

#[test]
fn a_strangers_sleep_whose_loop_is_closed_is_looked_at_once_more() {
    let event_loop = virtual_loop();
    let count = Arc::new(Count::default());
    let main = async {
        let mut left = Box::pin(sleep(ms(5)));
        let waker = Waker::from(count.clone());
        assert!(
            left.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        Some(left)
    };
    let _left = event_loop.run_until_complete(main).unwrap();
    event_loop.close().unwrap();
    // The other executor polls the sleep, and the sleep panics because it can never end.
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn spurious_polls_neither_end_a_sleep_nor_set_it_anew() {
    let event_loop = virtual_loop();
    let main = async {
        let mut waits = Box::pin(sleep(ms(10)));
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            if polls <= 5 {
                cx.waker().wake_by_ref();
            }
            waits.as_mut().poll(cx)
        })
        .await;
        (polls, time().since_start(), event_loop.timers())
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), (7, ms(10), 0));
}

#[test]
fn a_sleep_of_zero_in_a_foreign_combinator_takes_one_iteration_as_elsewhere() {
    let event_loop = virtual_loop();
    let main = async {
        let before = iteration();
        join_all((0..3).map(|_| sleep(Duration::ZERO))).await;
        iteration() - before
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), 1);
    event_loop.run_until_complete(yield_now()).unwrap();
}
