//! The tests of the exercises in the library of floor 5.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::time::Duration;

use groundup_combinators::executor::{
    EventLoop, RunError, iteration, run_virtual, sleep, spawn, spawn_named, time,
};
use groundup_combinators::task::{Scheduler, Task, catch_cancel, yield_now};
use groundup_combinators::trace::Wait;
use groundup_combinators::{Elapsed, ReturnWhen, WaitSet, as_completed, wait, wait_for};

type Log = Rc<RefCell<Vec<(&'static str, u64)>>>;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn now() -> u64 {
    time().since_start().as_secs()
}

fn note(log: &Log, what: &'static str) {
    log.borrow_mut().push((what, now()));
}

/// A task that a cancel ends after a clean-up of two seconds.
fn with_clean_up(log: &Log) -> Task<&'static str> {
    let log = log.clone();
    spawn(async move {
        let slept = catch_cancel(sleep(seconds(60))).await;
        assert!(slept.is_err(), "it is cancelled before the minute is over");
        sleep(seconds(2)).await;
        note(&log, "clean");
        "cleaned"
    })
}

#[test]
fn a_wait_of_zero_waits_for_the_clean_up() {
    run_virtual(async {
        let log = Log::default();
        let task = with_clean_up(&log);
        yield_now().await;
        let value = wait_for(task, Duration::ZERO).await;
        assert_eq!(
            value.map(Result::ok),
            Ok(Some("cleaned")),
            "the value after the clean-up"
        );
        assert_eq!(log.take(), [("clean", 2)], "the clean-up takes two seconds");
        let ended = wait_for(sleep(seconds(60)), Duration::ZERO).await;
        assert_eq!(
            ended,
            Err(Elapsed),
            "a future is cancelled before its first step"
        );
    });
}

#[test]
fn a_cancel_of_the_waiter_does_not_reach_the_clean_up() {
    run_virtual(async {
        let log = Log::default();
        let task = with_clean_up(&log);
        yield_now().await;
        let waiter = spawn(async move { drop(wait_for(task, Duration::ZERO).await) });
        sleep(seconds(1)).await;
        assert!(waiter.cancel(), "it waits");
        let ended = waiter.await;
        assert!(
            ended.is_err_and(|why| why.is_cancelled()),
            "the waiter is cancelled"
        );
        sleep(seconds(9)).await;
        assert_eq!(log.take(), [("clean", 2)], "the clean-up goes on");
    });
}

/// Returns how many iterations pass in nine seconds. Each time at which a timer fires takes two:
/// one in which the clock jumps, and one in which the tasks run.
async fn iterations() -> u64 {
    let before = iteration();
    sleep(seconds(9)).await;
    iteration() - before
}

#[test]
fn a_waiter_that_has_left_costs_no_iteration() {
    run_virtual(async {
        let task = with_clean_up(&Log::default());
        yield_now().await;
        let waiter = spawn(async move { drop(wait_for(task, Duration::ZERO).await) });
        sleep(seconds(1)).await;
        waiter.cancel();
        assert!(waiter.await.is_err(), "it is cancelled in the clean-up");
        assert_eq!(
            iterations().await,
            4,
            "the end of the clean-up and of the nine seconds; no callback runs"
        );
    });
}

#[test]
fn results_come_in_the_order_of_their_ends() {
    run_virtual(async {
        let mut results = as_completed([3, 1, 2].map(|count| sleep(seconds(count))));
        let mut order = Vec::new();
        while let Some(completed) = results.next().await {
            order.push((completed.index, now()));
        }
        assert_eq!(order, [(1, 1), (2, 2), (0, 3)], "each at its end");
    });
}

#[test]
fn an_end_before_the_reader_stays_in_the_queue() {
    run_virtual(async {
        let results = as_completed([3, 1].map(|count| sleep(seconds(count))));
        let mut results = results.timeout(seconds(9));
        sleep(seconds(5)).await;
        for expected in [1, 0] {
            let next = results.next().await.expect("two results");
            assert_eq!(
                next.map(|completed| completed.index).ok(),
                Some(expected),
                "in the order of ends"
            );
        }
        assert_eq!(now(), 5, "both were there");
        sleep(seconds(9)).await;
        assert!(
            results.next().await.is_none(),
            "the timeout finds no member"
        );
    });
}

/// Awaits an item in a task, and counts its polls.
fn reader<T: 'static>(item: impl Future<Output = T> + 'static) -> (Task<T>, Rc<Cell<u32>>) {
    let polls = Rc::new(Cell::new(0));
    let (mut item, inside) = (Box::pin(item), polls.clone());
    let task = spawn(poll_fn(move |cx| {
        inside.set(inside.get() + 1);
        item.as_mut().poll(cx)
    }));
    (task, polls)
}

#[test]
fn an_end_wakes_one_reader() {
    run_virtual(async {
        let items = as_completed([1, 2].map(|count| sleep(seconds(count))));
        let readers: Vec<_> = items.into_iter().map(reader).collect();
        let mut polls = Vec::new();
        for (task, count) in readers {
            task.await.expect("no panic");
            polls.push((count.get(), now()));
        }
        assert_eq!(polls, [(2, 1), (2, 2)], "a poll that waits, and one more");
    });
}

#[test]
fn the_last_end_cancels_the_timer() {
    run_virtual(async {
        let mut results = as_completed([sleep(seconds(1))]).timeout(seconds(4));
        let next = results.next().await;
        assert!(next.is_some_and(|next| next.is_ok()), "it ends in time");
        assert_eq!(iterations().await, 2, "no other timer fires");
    });
}

#[test]
fn the_wait_for_the_last_member_names_it() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let ended = event_loop.run_until_complete(async {
        let first = spawn_named("first", sleep(seconds(1)));
        let stuck = spawn_named("stuck", pending());
        let last = spawn_named("last", sleep(seconds(2)));
        let mut results = as_completed([first, stuck, last]);
        while results.next().await.is_some() {}
    });
    let Err(RunError::Deadlock(deadlock)) = ended else {
        panic!("one never ends: {ended:?}");
    };
    let mut tasks = deadlock.stuck.into_iter();
    let main = tasks.find(|stuck| stuck.place.is_none());
    let wait = main.map_or(Wait::Nothing, |main| main.wait);
    let Wait::Task(task) = wait else {
        panic!("`todo_xor` is not the number of the last member: the reason is {wait:?}");
    };
    assert_eq!(&*task.name, "stuck", "the reason of the wait");
}

#[test]
fn an_end_at_the_time_of_the_timeout_counts_once() {
    run_virtual(async {
        let members = [2, 1, 2].map(|count| spawn(sleep(seconds(count))));
        yield_now().await; // their timers are set before the timeout's
        let mut results = as_completed(members).timeout(seconds(2));
        let mut seen = Vec::new();
        while let Some(next) = results.next().await {
            seen.push((next.map(|completed| completed.index).ok(), now()));
        }
        assert_eq!(
            seen,
            [(Some(1), 1), (None, 2), (None, 2)],
            "the timeout comes first"
        );
    });
}

#[test]
fn a_timeout_wakes_every_reader() {
    run_virtual(async {
        let items = as_completed([3, 4].map(|count| sleep(seconds(count))));
        let items = items.timeout(seconds(2)).into_iter();
        let readers: Vec<_> = items.map(reader).collect();
        let mut ends = Vec::new();
        for (task, _) in readers {
            let elapsed = task.await.expect("no panic").is_err();
            ends.push((elapsed, now()));
        }
        assert_eq!(ends, [(true, 2), (true, 2)], "both learn of it");
    });
}

#[test]
fn a_late_end_costs_no_iteration() {
    run_virtual(async {
        let mut results = as_completed([sleep(seconds(3))]).timeout(seconds(1));
        let next = results.next().await;
        assert!(next.is_some_and(|next| next.is_err()), "it is late");
        assert_eq!(
            iterations().await,
            4,
            "the end of the member and of the nine seconds; no notice comes"
        );
    });
}

#[test]
fn members_that_are_late_are_elapsed() {
    run_virtual(async {
        let results = as_completed([1, 3, 4].map(|count| sleep(seconds(count))));
        let mut results = results.timeout(seconds(2));
        let mut seen = Vec::new();
        while let Some(next) = results.next().await {
            seen.push((next.is_ok(), now()));
        }
        assert_eq!(seen, [(true, 1), (false, 2), (false, 2)], "two are late");
    });
}

#[test]
fn late_members_run_on() {
    run_virtual(async {
        let log = Log::default();
        let own = log.clone();
        let late = async move {
            sleep(seconds(3)).await;
            note(&own, "end");
        };
        let mut results = as_completed([late]).timeout(seconds(1));
        assert!(
            results.next().await.is_some_and(|next| next.is_err()),
            "it is late"
        );
        sleep(seconds(9)).await;
        assert_eq!(log.take(), [("end", 3)], "it ends all the same");
    });
}

fn later(count: u64, result: Result<u64, &'static str>) -> Task<Result<u64, &'static str>> {
    spawn(async move {
        sleep(seconds(count)).await;
        result
    })
}

#[test]
fn each_mode_ends_at_its_time() {
    let waited = |when| {
        run_virtual(async move {
            let tasks = [
                later(3, Ok(3)),
                later(1, Ok(1)),
                later(2, Err("no")),
                later(4, Ok(4)),
            ];
            let (done, pending) = wait(tasks, when).errors_count().await;
            (done.len(), pending.len(), now())
        })
    };
    assert_eq!(
        waited(ReturnWhen::FirstCompleted),
        (1, 3, 1),
        "the first end"
    );
    assert_eq!(
        waited(ReturnWhen::FirstException),
        (2, 2, 2),
        "the first failure"
    );
    assert_eq!(waited(ReturnWhen::AllCompleted), (4, 0, 4), "the last end");
}

/// A task that ends in the iteration with this number.
fn after(iterations: u64, result: Result<u64, &'static str>) -> Task<Result<u64, &'static str>> {
    spawn(async move {
        for _ in 0..iterations {
            yield_now().await;
        }
        result
    })
}

#[test]
fn an_end_is_noticed_while_others_are_busy() {
    let waited = |when| {
        run_virtual(async move {
            let _busy = after(90, Ok(0));
            let tasks = [(30, Ok(3)), (10, Ok(1)), (20, Err("no")), (40, Ok(4))];
            let tasks = tasks.map(|(iterations, result)| after(iterations, result));
            let (done, pending) = wait(tasks, when).errors_count().await;
            (done.len(), pending.len(), iteration() / 10)
        })
    };
    assert_eq!(
        waited(ReturnWhen::FirstCompleted),
        (1, 3, 1),
        "the first end, after 10 iterations"
    );
    assert_eq!(
        waited(ReturnWhen::FirstException),
        (2, 2, 2),
        "the first failure, after 20 iterations"
    );
    assert_eq!(
        waited(ReturnWhen::AllCompleted),
        (4, 0, 4),
        "the last end, after 40 iterations"
    );
}

#[test]
fn ends_between_two_waits_count() {
    run_virtual(async {
        let tasks = [1, 2, 3, 9].map(|count| later(count, Ok(count)));
        let mut set: WaitSet<_> = tasks.into_iter().collect();
        let mut sizes = Vec::new();
        while !set.is_empty() {
            sizes.push((set.wait(ReturnWhen::FirstCompleted).await.len(), now()));
            sleep(seconds(3)).await;
        }
        assert_eq!(
            sizes,
            [(1, 1), (2, 4), (1, 9)],
            "two have ended between the waits"
        );
        set.add(later(1, Ok(5)));
        sleep(seconds(3)).await;
        let done = set.wait(ReturnWhen::FirstCompleted).await;
        assert_eq!(done.len(), 1, "a member that ended before any wait for it");
    });
}

#[test]
fn an_event_costs_at_most_two_registrations() {
    for count in [100, 1000] {
        let event_loop = EventLoop::builder().virtual_time().build();
        let scheduler = event_loop.scheduler().clone();
        let before = scheduler.groups().1;
        let ended = event_loop.run_until_complete(async move {
            let tasks = (0..count).map(|n| later(1 + n / 3, Ok(n)));
            let mut pending: WaitSet<_> = tasks.collect();
            let mut events = 0;
            while !pending.is_empty() {
                let done;
                (done, pending) = wait(pending, ReturnWhen::FirstCompleted).await;
                events += done.len() as u64;
            }
            events
        });
        assert_eq!(ended.ok(), Some(count), "each task ends once");
        let made = scheduler.groups().1 - before;
        assert!(
            made <= 2 * count,
            "{count} events make {made} registrations"
        );
    }
}

/// Returns how many entries the next round has, in each of four iterations.
async fn entries() -> [usize; 4] {
    let mut entries = [0; 4];
    for count in &mut entries {
        *count = Scheduler::current().map_or(0, |scheduler| scheduler.ready_len());
        yield_now().await;
    }
    entries
}

#[test]
fn an_end_that_decides_nothing_has_no_notice() {
    let watched = |when| {
        run_virtual(async move {
            let tasks: Vec<_> = (0..10).map(|n| after(1, Ok(n))).collect();
            let watcher = spawn(entries());
            let (done, _) = wait(tasks, when).await;
            assert_eq!(done.len(), 10, "all end in one iteration");
            watcher.await.expect("no panic")
        })
    };
    assert_eq!(
        watched(ReturnWhen::AllCompleted),
        [10, 2, 1, 0],
        "ten tasks, the notices of the first end (or there was no next round) and of the last, the waiter"
    );
    assert_eq!(
        watched(ReturnWhen::FirstCompleted),
        [10, 1, 1, 0],
        "ten tasks, the notice of the first end, the waiter"
    );
}
