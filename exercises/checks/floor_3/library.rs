//! The tests of the exercises in the library of floor 3.

use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use groundup_task::{NoRoot, Promise, PromiseError, Scheduler, Task, yield_now};

/// Runs rounds until no task is ready.
fn run(scheduler: &Rc<Scheduler>) {
    while !scheduler.is_idle() {
        scheduler.run_round(&mut NoRoot);
    }
}

#[test]
fn a_promise_tells_how_it_ended() {
    let scheduler = Scheduler::new().expect("a loop");
    let promise: Promise<u32> = scheduler.promise();
    let pending = promise.result();
    assert!(
        matches!(pending, Err(PromiseError::NotReady)),
        "pending: {pending:?}"
    );
    promise.set_result(5).expect("it is pending");
    assert_eq!(promise.result().ok(), Some(5), "fulfilled");
    assert_eq!(promise.result().ok(), Some(5), "any number of times");

    let failed: Promise<u32> = scheduler.promise();
    failed.set_exception("no milk").expect("it is pending");
    let result = failed.result();
    assert!(
        matches!(result, Err(PromiseError::Failed(_))),
        "failed: {result:?}"
    );

    let cancelled: Promise<u32> = scheduler.promise();
    assert!(
        cancelled.cancel_with("closing time"),
        "a pending promise can be cancelled"
    );
    let Err(PromiseError::Cancelled(why)) = cancelled.result() else {
        panic!("it was cancelled: {:?}", cancelled.result());
    };
    assert_eq!(
        why.reason(),
        Some("closing time"),
        "the reason of the cancel"
    );
}

#[test]
fn an_error_that_was_seen_is_not_reported() {
    let scheduler = Scheduler::new().expect("a loop");
    let reports = Rc::new(RefCell::new(0));
    let count = reports.clone();
    let handler: groundup_task::ExceptionHandler = Rc::new(move |_| *count.borrow_mut() += 1);
    scheduler.set_exception_handler(Some(handler));
    for looks in [true, false] {
        let promise: Promise<u32> = scheduler.promise();
        promise.set_exception("no milk").expect("it is pending");
        if looks {
            assert!(promise.result().is_err(), "it has failed");
        }
        drop(promise);
        run(&scheduler);
        scheduler.flush_reports();
    }
    assert_eq!(
        *reports.borrow(),
        1,
        "only the error that was not looked at is reported"
    );
}

#[test]
fn the_close_of_a_loop_cancels_its_promises() {
    let scheduler = Scheduler::new().expect("a loop");
    let promises: [Promise<u32>; 2] = [scheduler.promise(), scheduler.promise()];
    promises[0].set_result(5).expect("it is pending");
    scheduler.close();
    let result = promises[1].result();
    assert!(
        matches!(result, Err(PromiseError::Cancelled(_))),
        "pending at the close: {result:?}"
    );
    assert_eq!(
        promises[0].result().ok(),
        Some(5),
        "fulfilled before the close"
    );
}

/// Spawns `count` tasks, each of which awaits the next; the last awaits the first if `circle`.
fn ring(scheduler: &Rc<Scheduler>, count: usize, circle: bool) {
    let slots: Rc<Vec<RefCell<Option<Task<()>>>>> =
        Rc::new((0..count).map(|_| RefCell::default()).collect());
    for at in 0..count {
        let others = slots.clone();
        let task = scheduler.spawn_named(format!("t{at}"), async move {
            yield_now().await;
            let next = match at + 1 == others.len() {
                true if !circle => return std::future::pending().await,
                true => 0,
                false => at + 1,
            };
            let next = others[next].take().expect("each task is awaited once");
            let _ = next.await;
        });
        slots[at].replace(Some(task));
    }
    let _entered = scheduler.enter().expect("no other loop");
    run(scheduler);
}

fn circles(count: usize, circle: bool) -> Vec<Vec<String>> {
    let scheduler = Scheduler::new().expect("a loop");
    ring(&scheduler, count, circle);
    let cycles = scheduler.deadlock().cycles;
    let names = |cycle: Vec<_>| cycle.iter().map(ToString::to_string).collect();
    cycles.into_iter().map(names).collect()
}

#[test]
fn two_tasks_that_await_each_other_are_a_circle() {
    assert_eq!(
        circles(2, true),
        [["t0", "t1", "t0"]],
        "t0 awaits t1, and t1 awaits t0"
    );
    assert_eq!(
        circles(3, true),
        [["t0", "t1", "t2", "t0"]],
        "a circle of three"
    );
}

#[test]
fn a_task_may_need_several() {
    let scheduler = Scheduler::new().expect("a loop");
    let never: Promise<u32> = scheduler.promise();
    let idle = || {
        let never = never.clone();
        scheduler.spawn_named("idle", async move { drop(never.await) })
    };
    // t0 awaits a task that waits for the promise, and t1; t1 awaits t0.
    let (first, second) = (idle(), Rc::new(RefCell::new(None::<Task<()>>)));
    let third: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let (in_t0, in_t1) = (second.clone(), third.clone());
    let t0 = scheduler.spawn_named("t0", async move {
        yield_now().await;
        let mut first = pin!(first.into_future());
        let mut next = pin!(in_t0.take().expect("t1 was spawned").into_future());
        std::future::poll_fn(|cx| {
            let polls = [first.as_mut().poll(cx), next.as_mut().poll(cx)];
            match polls.iter().all(Poll::is_pending) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            }
        })
        .await;
    });
    third.replace(Some(t0));
    let t1 = scheduler.spawn_named("t1", async move {
        yield_now().await;
        let _ = in_t1.take().expect("t0 was spawned").await;
    });
    second.replace(Some(t1));
    let _entered = scheduler.enter().expect("no other loop");
    run(&scheduler);
    let cycles = scheduler.deadlock().cycles;
    let names = |cycle: Vec<_>| cycle.iter().map(ToString::to_string).collect();
    let cycles: Vec<Vec<String>> = cycles.into_iter().map(names).collect();
    assert_eq!(
        cycles,
        [["t0", "t1", "t0"]],
        "the second need of t0, behind a task that is in no circle"
    );
}

#[test]
fn a_chain_is_no_circle() {
    assert_eq!(
        circles(3, false),
        Vec::<Vec<String>>::new(),
        "t2 awaits nothing"
    );
}

#[test]
fn a_long_circle_needs_no_stack() {
    let act = || {
        let circles = circles(10_000, true);
        let lengths: Vec<usize> = circles.iter().map(Vec::len).collect();
        assert_eq!(
            lengths,
            [10_001],
            "one circle, with its first task at both ends"
        );
    };
    // A stack in which ten thousand calls have no room.
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let ended = thread.spawn(act).expect("a thread").join();
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
