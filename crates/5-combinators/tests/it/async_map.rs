//! Async map, as the source has it: lazy, in order, mixed.
//!
//! The problem: many programs begin with an async map that is a generator of five lines. Its
//! behaviour is written down nowhere but in those lines. Each test states one part of that
//! behaviour.
//!
//! Invariant: all times are virtual, and exact.
//!
//! Read next: `in_place.rs`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::setup::*;
use futures::{Stream, StreamExt};
use groundup_combinators::executor::{
    EventLoop, RunError, all_tasks, block, run_virtual, sleep, spawn, time,
};
use groundup_combinators::task::{Local, TaskError, catch_cancel, raise_cancelled};
use groundup_combinators::{BorrowingGroup, MaybeAsync, async_map, borrowing_group, plain};

fn a(log: &Log) -> &'static str {
    log.say("a>");
    block(secs(1));
    log.say("a<");
    "a"
}

async fn b(log: Log) -> &'static str {
    log.say("b>");
    sleep(secs(1)).await;
    log.say("b<");
    "b"
}

#[test]
fn nothing_is_scheduled_or_taken_before_the_first_step_and_then_everything() {
    let setup = Setup::new();
    let taken = Rc::new(Cell::new(0));
    let count = taken.clone();
    let items = (0..5).inspect(move |_| count.set(count.get() + 1));
    let mut results = async_map(async |n: u32| n, items).run_on(&setup.event_loop);
    assert_eq!((taken.get(), setup.event_loop.all_tasks().len()), (0, 0));
    assert_eq!(results.next().unwrap().unwrap(), 0);
    assert_eq!(taken.get(), 5);
    assert_eq!(
        results.map(Result::unwrap).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    setup.finish();
}

#[test]
fn five_async_calls_take_as_long_as_one() {
    let setup = Setup::new();
    let log = setup.log.clone();
    let results = async_map(move |_| b(log.clone()), 0..5).run_on(&setup.event_loop);
    let names: Vec<_> = results.map(Result::unwrap).collect();
    assert_eq!(names, ["b"; 5]);
    assert_eq!(setup.event_loop.time().since_start(), secs(1));
    setup.finish();
}

#[test]
fn an_err_that_a_call_returns_ends_no_other_call_but_that_of_a_child_does() {
    async fn call(n: u64, ended: &Cell<u64>) -> Result<u64, String> {
        sleep(secs(n)).await;
        ended.set(ended.get() + 1);
        if n == 0 { Err("no".into()) } else { Ok(n) }
    }
    run_virtual(async {
        let ended = Rc::new(Cell::new(0));
        let counts = ended.clone();
        let calls = async_map(
            move |n| {
                let c = counts.clone();
                async move { call(n, &c).await }
            },
            0..3,
        );
        let values = calls.limit(2).collect_vec().await.unwrap();
        assert_eq!(values, [Err("no".into()), Ok(1), Ok(2)]);
        assert_eq!(ended.replace(0), 3);

        let grouped = borrowing_group(async |group: BorrowingGroup<'_, String>| {
            group.set_limit(2);
            (0..3).for_each(|n| drop(group.spawn(call(n, &ended))));
            Ok(())
        });
        assert_eq!(grouped.await.unwrap_err().errors().len(), 1);
        assert_eq!(ended.get(), 1);
    });
}

#[test]
fn five_plain_calls_block_one_another() {
    let setup = Setup::new();
    let log = setup.log.clone();
    let results = async_map(plain(move |_| a(&log)), 0..5).run_on(&setup.event_loop);
    let names: Vec<_> = results.map(Result::unwrap).collect();
    assert_eq!(names, ["a"; 5]);
    assert_eq!(setup.event_loop.time().since_start(), secs(5));
    setup.finish();
}

#[test]
fn a_plain_call_delays_the_start_of_what_comes_after_it() {
    let setup = Setup::new();
    let log = setup.log.clone();
    let call = move |kind| {
        let log = log.clone();
        match kind {
            'a' => MaybeAsync::value(a(&log)),
            _ => MaybeAsync::future(b(log)),
        }
    };
    let results = async_map(call, "babab".chars()).run_on(&setup.event_loop);
    let names: Vec<_> = results.map(Result::unwrap).collect();
    assert_eq!(names, ["b", "a", "b", "a", "b"]);
    assert_eq!(
        setup.log.times(),
        "b>@0 a>@0 a<@1000 b>@1000 a>@1000 a<@2000 b>@2000 b<@2000 b<@2000 b<@3000"
    );
    assert_eq!(setup.event_loop.time().since_start(), secs(3));
    setup.finish();
}

#[test]
fn results_come_in_argument_order_each_as_soon_as_it_can() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async move {
        let nap = async |n| {
            sleep(secs(n)).await;
            n
        };
        let mut map = async_map(nap, [2, 1, 3]);
        assert_eq!(map.size_hint(), (3, Some(3)));
        while let Some(result) = map.next().await {
            log.say(result.unwrap());
        }
        assert!(map.next().await.is_none(), "after the last there is none");
    });
    assert_eq!(setup.log.times(), "2@2000 1@2000 3@3000");
}

#[test]
fn several_iterables_are_zipped_and_the_shortest_ends_it() {
    let setup = Setup::new();
    setup.run(async {
        let none = async_map(async |()| 1, ()).collect_vec();
        assert_eq!(none.await.unwrap(), Vec::<i32>::new());
        let one = async_map(async |x| x, [1, 2]).collect_vec();
        assert_eq!(one.await.unwrap(), [1, 2]);
        let two = async_map(async |(x, y)| x * y, ([1, 2, 3], 10..)).collect_vec();
        assert_eq!(two.await.unwrap(), [10, 22, 36]);
        let shorter = async_map(async |(x, y)| x + y, ([1, 2, 3], [10])).collect_vec();
        assert_eq!(shorter.await.unwrap(), [11]);
        let three = async_map(async |(x, y, z)| x + y + z, ([1], [2, 2], [3, 3]));
        assert_eq!(three.collect_vec().await.unwrap(), [6]);
    });
}

#[test]
fn a_limit_is_kept_and_room_is_used() {
    let setup = Setup::new();
    let (running, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (count, top) = (running.clone(), most.clone());
    setup.run(async move {
        let call = move |n: u64| {
            let (count, top) = (count.clone(), top.clone());
            async move {
                count.set(count.get() + 1);
                top.set(top.get().max(count.get()));
                sleep(secs(1)).await;
                count.set(count.get() - 1);
                n
            }
        };
        let results = async_map(call, 0..10).limit(3).collect_vec().await.unwrap();
        assert_eq!(results, (0..10).collect::<Vec<_>>());
        assert_eq!(time().since_start(), secs(4));
    });
    assert_eq!((running.get(), most.get()), (0, 3));
}

#[test]
fn with_a_limit_work_goes_on_while_the_reader_is_busy() {
    let setup = Setup::new();
    setup.run(async {
        let nap = async |n| {
            sleep(secs(1)).await;
            n
        };
        let mut map = async_map(nap, 0..6).limit(2);
        assert_eq!(map.next().await.unwrap().unwrap(), 0);
        sleep(secs(10)).await;
        let before = time().since_start();
        for expected in 1..6 {
            assert_eq!(map.next().await.unwrap().unwrap(), expected);
        }
        assert_eq!(time().since_start(), before, "all were there");
        assert!(map.next().await.is_none());
    });
}

#[test]
#[should_panic(expected = "limit of 0 would never run anything")]
fn a_limit_of_zero_is_refused() {
    let _ = async_map(async |n: u32| n, 0..3).limit(0);
}

#[test]
#[should_panic(expected = "set its limit before the first poll")]
fn a_limit_comes_before_the_first_poll() {
    Setup::new().run(async {
        let mut map = async_map(async |n: u32| n, 0..3);
        map.next().await.unwrap().unwrap();
        let _ = map.limit(2);
    });
}

#[test]
fn a_panic_is_that_items_result_and_no_others() {
    for limit in [usize::MAX, 1, 2] {
        let setup = Setup::new();
        setup.run(async {
            let call = async |n: u32| {
                assert!(n != 1, "one is not wanted");
                n
            };
            let mut map = async_map(call, 0..3).limit(limit);
            assert_eq!(map.next().await.unwrap().unwrap(), 0);
            let Some(Err(TaskError::Panicked(panic))) = map.next().await else {
                panic!("the second call panics");
            };
            assert_eq!(panic.message(), "one is not wanted");
            assert_eq!(map.next().await.unwrap().unwrap(), 2);
        });
    }
}

#[test]
fn collecting_ends_with_the_first_failure_and_cancels_the_rest() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async move {
        let call = move |name| {
            let log = log.clone();
            async move {
                if name == "a" {
                    sleep(secs(1)).await;
                    raise_cancelled().await;
                }
                carefully(log, name, 5000).await
            }
        };
        let error = async_map(call, ["a", "b", "c"])
            .collect_vec()
            .await
            .unwrap_err();
        assert!(error.is_cancelled());
    });
    assert_eq!(setup.log.times(), "b!@1000 c!@1000 b.@2000 c.@2000");
}

#[test]
fn dropping_it_cancels_what_has_not_ended() {
    for limit in [usize::MAX, 2] {
        let setup = Setup::new();
        setup.run(async {
            let mut map = async_map(async |n| sleep(secs(n)).await, [1, 5, 9]).limit(limit);
            map.next().await.unwrap().unwrap();
            drop(map);
            let left = all_tasks().len();
            assert!(
                left > 1,
                "they are cancelled, and end in the next iteration"
            );
            sleep(secs(0)).await;
            sleep(secs(0)).await;
            assert_eq!(all_tasks().len(), 1);
            assert_eq!(time().since_start(), secs(1));
        });
    }
}

#[test]
fn a_cancel_of_the_reader_takes_no_result_away() {
    let setup = Setup::new();
    setup.run(async {
        let reader = spawn(async {
            let nap = async |n| {
                sleep(secs(n)).await;
                n
            };
            let mut map = async_map(nap, [3, 2]);
            let caught = catch_cancel(map.next()).await;
            assert!(caught.is_err());
            assert_eq!(time().since_start(), secs(1));
            map.collect_vec().await.unwrap()
        });
        sleep(secs(1)).await;
        reader.cancel();
        assert_eq!(reader.await.unwrap(), [3, 2]);
        assert_eq!(time().since_start(), secs(3));
    });
}

#[test]
fn calls_inherit_the_locals_of_the_reader() {
    static REQUEST: Local<u32> = Local::new();
    for limit in [usize::MAX, 1] {
        Setup::new().run(async {
            REQUEST.set(7);
            let mut map = async_map(async |_| REQUEST.get(), 0..3).limit(limit);
            while let Some(seen) = map.next().await {
                assert_eq!(seen.unwrap(), Some(7));
            }
        });
    }
}

#[test]
fn on_a_loop_that_cannot_run_it_schedules_nothing_and_is_over() {
    let setup = Setup::new();
    let inner = EventLoop::builder().virtual_time().build();
    setup.run(async {
        let mut nested = async_map(async |n: u32| n, 0..3).run_on(&inner);
        assert!(matches!(
            nested.next(),
            Some(Err(RunError::AnotherLoopRuns))
        ));
        assert!(nested.next().is_none());
    });
    assert_eq!(inner.all_tasks().len(), 0);
    inner.close().unwrap();
    let mut closed = async_map(async |n: u32| n, 0..3).run_on(&inner);
    assert!(matches!(closed.next(), Some(Err(RunError::Closed))));
    assert!(closed.next().is_none());
}

#[test]
fn a_loop_that_is_stopped_ends_the_for_loop_and_cancels_the_calls() {
    let setup = Setup::new();
    setup.event_loop.stop();
    let mut results = async_map(async |n| sleep(secs(n)).await, 1..4).run_on(&setup.event_loop);
    assert!(matches!(results.next(), Some(Err(RunError::Stopped))));
    assert!(results.next().is_none());
    setup.finish();
    assert_eq!(setup.event_loop.time().since_start(), secs(0));
}

#[test]
fn a_call_that_panics_panics_in_the_for_loop_which_may_go_on() {
    for limit in [usize::MAX, 1] {
        let setup = Setup::new();
        let call = plain(|n: u32| {
            assert!(n != 1, "one is not wanted");
            n
        });
        let mut results = async_map(call, 0..3).limit(limit).run_on(&setup.event_loop);
        assert_eq!(results.next().unwrap().unwrap(), 0);
        assert!(catch_unwind(AssertUnwindSafe(|| results.next())).is_err());
        assert_eq!(results.next().unwrap().unwrap(), 2);
        assert!(results.next().is_none());
        setup.finish();
    }
}

#[test]
fn outside_a_loop_the_first_poll_says_what_is_missing() {
    let result = catch_unwind(|| {
        futures::executor::block_on(async_map(async |n: u32| n, 0..3).collect::<Vec<_>>())
    });
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.starts_with("no running event loop: async_map makes tasks"),
        "{message}"
    );
}
