//! Join, race and select: futures that stay where they are.
//!
//! The problem: a combinator that holds futures in place has no task and no queue that a test
//! could look at. The tests check order, the number of polls (with many futures, only the woken
//! ones are polled), and which future wins when two are ready.
//!
//! Invariant: all times are virtual, and exact.
//!
//! Read next: `rules.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::setup::*;
use futures::future::{FutureExt, poll_fn};
use groundup_combinators::executor::{EventLoop, call_soon, iteration, sleep, spawn, time};
use groundup_combinators::task::{CancelScope, Promise, Task, catch_cancel, yield_now};
use groundup_combinators::trace::{Choice, Chooser, Replay, Seeded};
use groundup_combinators::{
    Selected, join, race, race_ok, select, select_biased, timeout, try_join,
};

/// Counts how often a future is polled.
fn counted<F: Future>(polls: &Rc<Cell<usize>>, future: F) -> impl Future<Output = F::Output> {
    let polls = polls.clone();
    let mut future = Box::pin(future);
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        future.as_mut().poll(cx)
    })
}

/// Logs that it was dropped.
struct Local(Log, &'static str);

impl Drop for Local {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

#[test]
fn outputs_come_in_argument_order() {
    Setup::new().run(async {
        let nap = async |n| {
            sleep(secs(n)).await;
            n
        };
        assert_eq!(join((nap(3), nap(1), nap(2))).await, (3, 1, 2));
        assert_eq!(join([3, 1, 2].map(nap)).await, [3, 1, 2]);
        let many: Vec<u64> = (0..100).map(|n| n * 7919 % 101).collect();
        assert_eq!(join(many.clone().into_iter().map(nap)).await, many);
        let all = try_join((nap(1).map(Ok::<_, ()>), async { Ok('x') }));
        assert_eq!(all.await, Ok((1, 'x')));
    });
}

#[test]
fn of_nothing_they_are_done_at_once() {
    Setup::new().run(async {
        let before = iteration();
        assert_eq!(join(Vec::<std::future::Ready<u32>>::new()).await, []);
        let nothing = Vec::<std::future::Ready<Result<u32, ()>>>::new();
        assert_eq!(try_join(nothing.clone()).await, Ok(vec![]));
        assert_eq!(race_ok(nothing).await, Err(vec![]));
        assert_eq!(iteration(), before);
    });
}

#[test]
fn an_end_in_place_costs_no_iteration() {
    for count in [2, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let nap = |n: u64| {
                let log = log.clone();
                async move {
                    sleep(secs(n)).await;
                    log.say(n);
                    n
                }
            };
            join((1..=count).map(nap)).await;
            log.say("joined");
            race((100..100 + count).map(nap)).await;
            log.say("raced");
            select((nap(200), nap(201))).await;
            log.say("selected");
        });
        assert_eq!(log.hops(&count.to_string(), "joined"), 0);
        assert_eq!(log.hops("100", "raced"), 0);
        assert_eq!(log.hops("200", "selected"), 0);
    }
}

#[test]
fn of_many_only_those_that_were_woken_are_polled() {
    let setup = Setup::new();
    setup.run(async {
        let polls = Rc::new(Cell::new(0));
        let naps = (0..1000).map(|n| counted(&polls, sleep(ms(n + 1))));
        join(naps).await;
        assert_eq!(polls.get(), 2000, "once to begin, once to end");
    });
}

#[test]
fn a_future_that_is_done_is_dropped_at_once_and_not_polled_again() {
    for count in [2, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let nap = |n| {
                let held = (n == 1).then(|| Local(log.clone(), "dropped"));
                async move {
                    let _held = held;
                    sleep(secs(n)).await;
                }
            };
            join((1..=count).map(nap)).await;
            log.say("joined");
        });
        assert_eq!(log.time_of("dropped"), 1000);
        assert_eq!(log.time_of("joined"), u128::from(count) * 1000);
    }
}

#[test]
fn try_join_and_race_drop_the_others_before_their_output_is_seen() {
    for count in [2_u64, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let held = Rc::new(());
            let futures = |fails: bool| {
                let held = held.clone();
                (0..count).map(move |n| {
                    let held = held.clone();
                    async move {
                        let _held = held;
                        sleep(secs(n + 1)).await;
                        if n == 1 && fails { Err("no") } else { Ok(n) }
                    }
                })
            };
            let mut joined = pin!(try_join(futures(true)));
            assert_eq!(joined.as_mut().await, Err("no"));
            assert_eq!(
                (Rc::strong_count(&held), time().since_start()),
                (1, secs(2))
            );
            let mut raced = pin!(race(futures(false)));
            assert_eq!(raced.as_mut().await, Ok(0));
            assert_eq!(
                (Rc::strong_count(&held), time().since_start()),
                (1, secs(3))
            );
            log.say("end");
        });
    }
}

#[test]
fn the_first_in_argument_order_wins_when_several_are_ready() {
    Setup::new().run(async {
        assert_eq!(race((pending(), ready(1), ready(2))).await, 1);
        assert_eq!(race((0..100).map(ready)).await, 0);
        let ok = race_ok((ready(Err("a")), ready(Ok(1)), ready(Ok(2))));
        assert_eq!(ok.await, Ok(1));
        let first = select((pending::<()>(), ready('x'), ready(5)));
        assert_eq!(first.await, Selected::Second('x'));
    });
}

/// Returns the winner of a race of `count` ready futures on this loop.
fn winner(count: usize, event_loop: &EventLoop) -> usize {
    let raced = async { race((0..count).map(ready)).await };
    event_loop.run_until_complete(raced).unwrap()
}

#[test]
fn a_chooser_chooses_the_winner() {
    for count in [5, 40] {
        let event_loop = EventLoop::builder().virtual_time().build();
        assert_eq!(winner(count, &event_loop), 0);
        for choice in [3, 0, 4] {
            event_loop.set_chooser(Some(Box::new(Replay::new([choice]))));
            assert_eq!(winner(count, &event_loop), choice);
        }
        event_loop.set_chooser(Some(Box::new(Seeded::new(1))));
        let winners: BTreeSet<_> = (0..500).map(|_| winner(count, &event_loop)).collect();
        assert_eq!(winners.len(), count, "each can win");
    }
    let choices = EventLoop::builder().virtual_time().choices(vec![2]).build();
    let chosen = async {
        select((ready(0), ready(1), ready(2), ready(3)))
            .await
            .index()
    };
    assert_eq!(choices.run_until_complete(chosen).unwrap(), 2);
}

/// A join polls in the order of its arguments: nothing is left to a chooser.
#[test]
fn a_join_asks_no_chooser() {
    struct Never;
    impl Chooser for Never {
        fn choose(&mut self, choice: Choice, options: usize) -> usize {
            assert!(!matches!(choice, Choice::Branch), "a join has no branch");
            options - 1
        }
    }
    for count in [5, 40] {
        let event_loop = EventLoop::builder().virtual_time().chooser(Never).build();
        let polled = RefCell::new(Vec::new());
        let note = |n| {
            let polled = &polled;
            async move { polled.borrow_mut().push(n) }
        };
        let joined = async { join((0..count).map(note)).await.len() };
        assert_eq!(event_loop.run_until_complete(joined).unwrap(), count);
        assert_eq!(*polled.borrow(), (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_lent_to_a_select_goes_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let mut nap = pin!(sleep(secs(5)));
        let mut task = spawn(child(log.clone(), "task", 3000));
        let mut got = false;
        loop {
            let beat = sleep(secs(2));
            let rest = async {
                match got {
                    false => (&mut task).await.unwrap(),
                    true => pending().await,
                }
            };
            match select((nap.as_mut(), beat, rest)).await {
                Selected::First(()) => break log.say("nap"),
                Selected::Second(()) => log.say("beat"),
                Selected::Third(name) => {
                    got = true;
                    log.say(format_args!("got:{name}"));
                }
            }
        }
    });
    assert_eq!(log.times(), "beat@2000 task@3000 got:task@3000 nap@5000");
}

#[test]
fn tasks_in_a_race_are_cancelled_and_those_lent_are_not() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let slow = careful(&log, "slow", 9000);
        let quick = careful(&log, "quick", 1000);
        assert_eq!(race([slow, quick]).await.unwrap(), "quick");
        let mut kept = careful(&log, "kept", 3000);
        let time_is_over = sleep(secs(1)).map(|()| Ok("time"));
        assert_eq!(race((&mut kept, time_is_over)).await.unwrap(), "time");
        assert_eq!(kept.await.unwrap(), "kept");
    });
    assert_eq!(log.times(), "quick@1000 slow!@1000 slow.@2000 kept@4000");
}

#[test]
fn race_ok_gives_all_errors_in_argument_order() {
    Setup::new().run(async {
        let fails = async |n| {
            sleep(secs(n)).await;
            Err::<(), _>(n)
        };
        assert_eq!(race_ok([3, 1, 2].map(fails)).await, Err(vec![3, 1, 2]));
        let error = race_ok((fails(2), fails(1))).await;
        assert_eq!((error, time().since_start()), (Err(vec![2, 1]), secs(5)));
    });
}

#[test]
fn what_has_finished_is_not_polled_again_and_says_so() {
    fn again<F: Future>(future: F) -> String {
        let mut future = Box::pin(future);
        assert!(future.as_mut().now_or_never().is_some(), "it is ready");
        let again = catch_unwind(AssertUnwindSafe(|| future.as_mut().now_or_never()));
        match again.err().expect("it panics").downcast::<&str>() {
            Ok(text) => text.to_string(),
            Err(payload) => *payload.downcast::<String>().expect("a text"),
        }
    }
    let after = |name: &str| format!("{name} was polled after it had finished: await it once");
    assert_eq!(again(join((ready(1), ready(2)))), after("join"));
    assert_eq!(again(try_join([ready(Ok::<_, ()>(1))])), after("try_join"));
    assert_eq!(again(try_join([ready(Err::<(), _>(1))])), after("try_join"));
    assert_eq!(again(race([ready(1)])), after("race"));
    assert_eq!(again(race_ok([ready(Ok::<_, ()>(1))])), after("race_ok"));
    assert_eq!(again(race_ok([ready(Err::<(), _>(1))])), after("race_ok"));
    assert_eq!(again(select((ready(1), ready(2)))), after("select"));
    let (never, biased) = (pending::<u8>, after("select_biased"));
    assert_eq!(again(select_biased((ready(1), never(), never()))), biased);
    assert_eq!(again(select_biased((never(), ready(1), never()))), biased);
    assert_eq!(again(select_biased((never(), never(), ready(1)))), biased);
}

#[test]
#[should_panic(expected = "race has no contenders")]
fn a_race_of_nobody_is_refused() {
    drop(race(Vec::<std::future::Ready<u32>>::new()));
}

#[test]
fn a_panic_goes_on_and_the_others_are_dropped() {
    for count in [2_u64, 40] {
        let setup = Setup::new();
        setup.run(async {
            let others = Rc::new(());
            let held = others.clone();
            let task = spawn(async move {
                let futures = (0..count).map(|n| {
                    let held = held.clone();
                    async move {
                        let _held = held;
                        sleep(secs(n)).await;
                        assert!(n != 1, "one is not wanted");
                    }
                });
                join(futures).await;
            });
            assert!(task.await.unwrap_err().is_panicked());
            assert_eq!(
                (time().since_start(), Rc::strong_count(&others)),
                (secs(1), 1)
            );
        });
    }
}

#[test]
fn a_cancel_goes_to_the_one_thing_that_is_waited_for() {
    Setup::new().run(async {
        let promise: Promise<u32> = Promise::new();
        let inner = promise.clone();
        let task = spawn(async move {
            let (a, b) = join((inner, ready(1))).await;
            a.unwrap() + b
        });
        yield_now().await;
        task.cancel();
        assert!(promise.cancelled());
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_wake_that_comes_while_others_are_polled_is_not_lost() {
    Setup::new().run(async {
        // Each future wakes the one before it, which has been polled already in this round.
        let flags: Rc<[Cell<bool>]> = (0..50).map(|_| Cell::new(false)).collect();
        let wakers = Rc::new(RefCell::new(vec![None::<Waker>; 50]));
        let link = |n: usize| {
            let (flags, wakers) = (flags.clone(), wakers.clone());
            poll_fn(move |cx| {
                if n < 49 && !flags[n].get() {
                    wakers.borrow_mut()[n] = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                if n > 0 {
                    flags[n - 1].set(true);
                    let waker = wakers.borrow_mut()[n - 1].take();
                    waker.expect("it was polled before").wake();
                }
                Poll::Ready(n)
            })
        };
        assert_eq!(join((0..50).map(link)).await, (0..50).collect::<Vec<_>>());
    });
}

#[test]
fn they_can_be_polled_in_a_callback() {
    let setup = Setup::new();
    setup.run(async {
        let seen = Rc::new(Cell::new(None));
        let found = seen.clone();
        call_soon(move || found.set(join((ready(1), ready(2))).now_or_never()));
        yield_now().await;
        yield_now().await;
        assert_eq!(seen.get(), Some((1, 2)));
    });
}

#[test]
fn a_cancel_that_one_lets_through_is_not_caught_by_the_one_beside_it() {
    for count in [2, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let inner = log.clone();
            let task = spawn(async move {
                // The first future cleans up and lets the cancel through, while the others are
                // suspended in regions of their own.
                let late = |_| timeout(secs(60), carefully(inner.clone(), "x", 9000));
                let first = timeout(secs(60), carefully(inner.clone(), "first", 9000));
                drop(join((first, join((1..count).map(late)))).await);
            });
            sleep(secs(1)).await;
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            log.say("ended");
        });
        assert_eq!(log.times(), "first!@1000 first.@2000 ended@2000");
    }
}

/// Lets a sleep end beside a borrowed task, and then awaits `inner`.
async fn lending(how: u8, mut lent: Task<()>, inner: Task<()>) {
    let soon = sleep(ms(1));
    let lent = &mut lent;
    let ended = async { lent.await.map_err(drop) };
    match how {
        0 => assert_eq!(select((ended, soon)).await.index(), 1),
        1 => assert_eq!(race((ended, soon.map(Ok))).await, Ok(())),
        2 => assert_eq!(race_ok((ended, soon.map(Ok))).await, Ok(())),
        3 => assert_eq!(select_biased((ended, soon)).await.index(), 1),
        _ => assert_eq!(
            try_join((ended, soon.map(|()| Err::<(), _>(())))).await,
            Err(())
        ),
    }
    inner.await.unwrap();
}

#[test]
fn what_was_lent_is_not_awaited_any_more_when_another_has_ended() {
    for how in 0..5 {
        Setup::new().run(async {
            let (lent, inner) = (spawn(pending::<()>()), spawn(pending::<()>()));
            inner.set_name("inner");
            let (lent_ref, inner_ref) = (lent.task_ref(), inner.task_ref());
            let outer = spawn(lending(how, lent, inner));
            outer.set_name("outer");
            sleep(ms(2)).await;
            let scheduler = outer.scheduler().clone();
            let why = scheduler.explain(&outer);
            assert!(why.starts_with("outer waits for task inner"), "{why}");
            // So a cancel goes to the task that is awaited now (C05).
            outer.cancel();
            assert_eq!((inner_ref.cancelling(), lent_ref.cancelling()), (1, 0));
            assert!(outer.await.is_err());
            lent_ref.cancel();
        });
    }
}

/// The step has a wait before it comes to the select, and the first future of the select adds one.
#[test]
fn a_select_that_ends_in_its_first_poll_leaves_the_wait_before_it() {
    for biased in [true, false] {
        Setup::new().run(async move {
            let (mut lent, inner) = (spawn(pending::<()>()), spawn(pending::<()>()));
            inner.set_name("inner");
            let (lent_ref, inner_ref) = (lent.task_ref(), inner.task_ref());
            let outer = spawn(async move {
                let passes = async {
                    match biased {
                        true => assert_eq!(select_biased((&mut lent, ready(()))).await.index(), 1),
                        false => drop(select((&mut lent, ready(()))).await),
                    }
                    pending::<()>().await;
                };
                join((inner, passes)).await
            });
            outer.set_name("outer");
            sleep(ms(1)).await;
            let why = outer.scheduler().explain(&outer);
            assert!(why.starts_with("outer waits for task inner"), "{why}");
            outer.cancel();
            assert_eq!((inner_ref.cancelling(), lent_ref.cancelling()), (1, 0));
            assert!(outer.await.is_err());
            lent_ref.cancel();
        });
    }
}

/// The futures behind one whose poll panics were not polled, so the task polls them again.
#[test]
fn a_biased_select_goes_on_after_a_panic() {
    Setup::new().run(async {
        let mut panics = true;
        let first = poll_fn(|_| match std::mem::take(&mut panics) {
            true => resume_unwind(Box::new("prints no message")),
            false => Poll::<()>::Pending,
        });
        let mut selects = pin!(select_biased((first, ready(5))));
        let polls = |cx: &mut Context<'_>| {
            let polled = catch_unwind(AssertUnwindSafe(|| selects.as_mut().poll(cx)));
            polled.unwrap_or(Poll::Pending)
        };
        assert_eq!(poll_fn(polls).await, Selected::Second(5));
    });
}

/// The losers of a select are dropped before it returns its output.
#[test]
fn the_losers_of_a_biased_select_are_dropped_first() {
    Setup::new().run(async {
        let held = Rc::new(());
        let own = held.clone();
        let loses = async move {
            let _own = own;
            pending::<()>().await;
        };
        let mut selects = pin!(select_biased((ready(5), loses)));
        assert_eq!(selects.as_mut().await, Selected::First(5));
        assert_eq!(Rc::strong_count(&held), 1);
    });
}

/// A future that another executor moves between threads may hold a long list.
#[test]
fn a_long_list_can_be_sent_if_its_futures_can() {
    fn sent<T: Send>(sent: T) -> T {
        sent
    }
    let mut list = sent(join((0..40).map(futures::future::ready)));
    let all = std::thread::spawn(move || (&mut list).now_or_never()).join();
    assert_eq!(all.unwrap(), Some((0..40).collect::<Vec<_>>()));
}

#[test]
fn a_region_beside_a_future_that_panics_keeps_its_mark() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            let region = carefully(inner, "region", 9000).map(drop).boxed_local();
            let panics = async {
                let broken = async {
                    sleep(secs(1)).await;
                    panic!("it is caught");
                };
                let caught = AssertUnwindSafe(broken).catch_unwind().await;
                assert!(caught.is_err());
            };
            let idle = (2..40).map(|_| pending().boxed_local());
            join([region, panics.boxed_local()].into_iter().chain(idle)).await;
        });
        sleep(secs(2)).await;
        task.cancel();
        task.ended().await;
    });
    assert_eq!(log.times(), "region!@2000 region.@3000");
}

/// A panic that a combinator catches leaves the regions alive that were polled before it. The next
/// cancel goes to the innermost of them, not to one around it.
#[test]
fn a_caught_panic_hides_no_region_from_the_next_cancel() {
    for around in 0..3 {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let log = log.clone();
            let task = spawn(async move {
                let region = async move {
                    sleep(secs(1)).await;
                    let cancelled = catch_cancel(pending::<()>()).await.unwrap_err();
                    log.say("told");
                    match cancelled.raise().await {}
                };
                let mut over = Box::pin(sleep(secs(1)));
                let mut panics = Some(());
                let panics = poll_fn(move |cx| {
                    if panics.is_some() && over.as_mut().poll(cx).is_ready() {
                        panics = None;
                        resume_unwind(Box::new("once"));
                    }
                    Poll::<()>::Pending
                });
                let both = join((region, panics)).map(drop);
                let scope = CancelScope::new();
                let mut around = match around {
                    0 => timeout(secs(9), both).map(drop).boxed_local(),
                    1 => scope.catch(both).map(drop).boxed_local(),
                    _ => catch_cancel(both).map(drop).boxed_local(),
                };
                poll_fn(|cx| {
                    let polled = catch_unwind(AssertUnwindSafe(|| around.as_mut().poll(cx)));
                    polled.unwrap_or(Poll::Pending)
                })
                .await;
            });
            sleep(ms(1_500)).await;
            task.cancel();
            task.ended().await;
        });
        assert_eq!(log.times(), "told@1500", "around {around}");
    }
}

/// Panics once at a second, and is never ready.
fn panics_once() -> impl Future<Output = u32> {
    let mut over = Box::pin(sleep(secs(1)));
    let mut panics = Some(());
    poll_fn(move |cx| {
        if panics.is_some() && over.as_mut().poll(cx).is_ready() {
            panics = None;
            resume_unwind(Box::new("once"));
        }
        Poll::Pending
    })
}

/// Polls a future on after each of its panics.
async fn undaunted<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.unwrap_or(Poll::Pending)
    })
    .await
}

/// A panic in one future of a list takes no wake from the others, however long the list is.
#[test]
fn a_caught_panic_takes_no_wake_from_the_others() {
    for count in [3, 31, 32, 40] {
        for panics in [0, count / 2, count - 1] {
            Setup::new().run(async {
                let ended = Rc::new(Cell::new(0));
                let one = |at: usize| {
                    let ended = ended.clone();
                    match at == panics {
                        true => panics_once().map(drop).boxed_local(),
                        false => sleep(secs(1))
                            .map(move |()| ended.set(ended.get() + 1))
                            .boxed_local(),
                    }
                };
                let all = undaunted(join((0..count).map(one)));
                assert!(timeout(secs(2), all).await.is_err());
                assert_eq!(ended.get(), count - 1, "{panics} of {count}");
            });
        }
    }
}

/// The region in the future that has panicked is told of the next cancel.
#[test]
fn a_caught_panic_hides_no_region_of_a_long_list() {
    for count in [3, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let inner = log.clone();
            let task = spawn(async move {
                let region = async move {
                    sleep(secs(1)).await;
                    let cancelled = catch_cancel(pending::<()>()).await.unwrap_err();
                    inner.say("told");
                    match cancelled.raise().await {}
                };
                let both = join((region, panics_once())).map(drop).boxed_local();
                let others = (1..count).map(|_| pending().boxed_local());
                undaunted(join([both].into_iter().chain(others))).await;
            });
            sleep(secs(5)).await;
            task.cancel();
            task.ended().await;
        });
        assert_eq!(log.times(), "told@5000", "of {count}");
    }
}

/// Of several ends in one step, the first in argument order decides, however long the list is.
#[test]
fn the_first_end_in_argument_order_decides_in_a_list_of_any_length() {
    for count in [4, 31, 32, 40] {
        Setup::new().run(async {
            let promises: Vec<Promise<usize>> = (0..count).map(|_| Promise::new()).collect();
            let each = || {
                promises
                    .clone()
                    .into_iter()
                    .map(|promise| async { promise.await.unwrap() })
            };
            let failing = || each().map(|one| async { Err::<(), _>(one.await) });
            let fine = || each().map(|one| async { Ok::<_, ()>(one.await) });
            let all = spawn(join((
                try_join(failing().collect::<Vec<_>>()),
                race(each().collect::<Vec<_>>()),
                race_ok(fine().collect::<Vec<_>>()),
            )));
            yield_now().await;
            promises[3].set_result(3).unwrap();
            promises[1].set_result(1).unwrap();
            let (failed, raced, succeeded) = all.await.unwrap();
            assert_eq!(
                (failed, raced, succeeded.unwrap()),
                (Err(1), 1, 1),
                "of {count}"
            );
        });
    }
}
