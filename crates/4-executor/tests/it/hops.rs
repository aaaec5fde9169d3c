//! The number of iterations from a cause to its effect.
//!
//! The problem: a program cannot see iterations, but its order depends on them. If awaiting
//! a task took one iteration more than in asyncio, two tasks of a race could finish in the
//! other order. The numbers are those of CPython 3.13:
//!
//! | cause | effect | iterations |
//! |---|---|---|
//! | `spawn` | first step | 1 |
//! | an awaited future returns | its awaiter goes on | 0 |
//! | an awaited task ends | its awaiter goes on | 1 |
//! | `set_result` | a waiter of the promise goes on | 1 |
//! | `call_soon(set_result)` | a waiter of the promise goes on | 2 |
//! | a deadline | a callback, a sleeper | 0, 1 |
//! | `cancel` | the cancel is delivered | 1 |
//! | `cancel` through 0, 1, 2 tasks | the awaiter of the outermost sees it | 2, 3, 4 |
//! | running a task that is done | the run returns | 1 in all |
//! | running a future that returns at once | the run returns | 2 in all |
//!
//! The rows for the floors above are in the tests of those floors.
//!
//! Invariant: every number is exact, not a bound.
//!
//! Read next: `props.rs`.

use std::cell::Cell;
use std::future::IntoFuture;
use std::rc::Rc;

use crate::support::log::{secs, virtual_loop};
use groundup_executor::task::{Promise, Task, catch_cancel, yield_now};
use groundup_executor::{call_later, call_soon, iteration, sleep, spawn};

/// Runs `main` on a new loop on virtual time.
fn run_virtual<F: Future>(main: F) -> F::Output {
    virtual_loop().run_until_complete(main).unwrap()
}

/// A cell that stores an iteration number for later.
#[derive(Clone, Default)]
struct Mark(Rc<Cell<u64>>);

impl Mark {
    fn set(&self) {
        self.0.set(iteration());
    }

    /// Returns how many iterations ago it was set.
    fn ago(&self) -> u64 {
        iteration() - self.0.get()
    }
}

#[test]
fn spawn_to_first_step_is_1() {
    let hops = run_virtual(async {
        let mark = Mark::default();
        mark.set();
        spawn(async move { mark.ago() }).await.unwrap()
    });
    assert_eq!(hops, 1);
}

#[test]
fn an_awaited_future_returns_in_the_same_step() {
    let hops = run_virtual(async {
        async fn deep(levels: u32) -> Mark {
            if levels > 0 {
                return Box::pin(deep(levels - 1)).await;
            }
            yield_now().await;
            let mark = Mark::default();
            mark.set();
            mark
        }
        deep(20).await.ago()
    });
    assert_eq!(hops, 0);
}

#[test]
fn the_end_of_a_task_to_its_awaiter_is_1() {
    let hops = run_virtual(async {
        let mark = Mark::default();
        let end = mark.clone();
        let task = spawn(async move {
            yield_now().await;
            end.set();
        });
        task.await.unwrap();
        mark.ago()
    });
    assert_eq!(hops, 1);
}

#[test]
fn awaiting_a_task_that_is_done_does_not_suspend() {
    let hops = run_virtual(async {
        let task = spawn(async {});
        yield_now().await;
        yield_now().await;
        assert!(task.done());
        let mark = Mark::default();
        mark.set();
        task.await.unwrap();
        mark.ago()
    });
    assert_eq!(hops, 0);
}

#[test]
fn set_result_to_a_waiter_is_1() {
    let hops = run_virtual(async {
        let promise = Promise::<Mark>::new();
        let waiting = promise.clone();
        let waiter = spawn(async move { waiting.await.unwrap().ago() });
        yield_now().await;
        let mark = Mark::default();
        mark.set();
        promise.set_result(mark).unwrap();
        waiter.await.unwrap()
    });
    assert_eq!(hops, 1);
}

#[test]
fn call_soon_of_set_result_to_a_waiter_is_2() {
    let hops = run_virtual(async {
        let promise = Promise::<Mark>::new();
        let setter = promise.clone();
        let mark = Mark::default();
        mark.set();
        call_soon(move || setter.set_result(mark).unwrap());
        promise.await.unwrap().ago()
    });
    assert_eq!(hops, 2);
}

#[test]
fn a_deadline_to_a_callback_is_0_and_to_a_sleeper_1() {
    let event_loop = virtual_loop();
    let (callback, sleeper) = (Mark::default(), Mark::default());
    let (early, late) = (callback.clone(), sleeper.clone());
    let main = async {
        call_later(secs(1), move || early.set());
        spawn(async move {
            sleep(secs(1)).await;
            late.set();
        });
        sleep(secs(2)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    // Iteration 1 runs main, 2 the task, and 3 is the one that waited for the deadline.
    assert_eq!((callback.0.get(), sleeper.0.get()), (3, 4));
}

#[test]
fn cancel_to_its_delivery_is_1() {
    let hops = run_virtual(async {
        let mark = Mark::default();
        let asked = mark.clone();
        let task = spawn(async move {
            assert!(catch_cancel(sleep(secs(9))).await.is_err());
            mark.ago()
        });
        sleep(secs(1)).await;
        asked.set();
        task.cancel();
        task.await.unwrap()
    });
    assert_eq!(hops, 1);
}

/// Returns a task that awaits a task that awaits ... a sleep.
fn nested(levels: u32) -> Task<()> {
    let mut task = spawn(async { sleep(secs(9)).await });
    for _ in 0..levels {
        let inner = task;
        task = spawn(async move {
            let ended = catch_cancel(inner.into_future()).await;
            match ended.expect_err("it is cancelled").raise().await {}
        });
    }
    task
}

#[test]
fn cancel_to_an_observer_is_2_and_1_more_for_each_task_between() {
    for (levels, expected) in [(0, 2), (1, 3), (2, 4), (7, 9)] {
        let hops = run_virtual(async {
            let task = nested(levels);
            sleep(secs(1)).await;
            let mark = Mark::default();
            mark.set();
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            mark.ago()
        });
        assert_eq!(hops, expected, "through {levels} tasks");
    }
}

#[test]
fn a_run_takes_2_iterations_and_of_a_finished_task_1() {
    let event_loop = virtual_loop();
    event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(event_loop.iteration(), 2);
    event_loop
        .run_until_complete(async { yield_now().await })
        .unwrap();
    assert_eq!(event_loop.iteration(), 5);
    let task = event_loop.spawn(async {});
    event_loop.step().unwrap();
    assert_eq!((task.done(), event_loop.iteration()), (true, 6));
    event_loop.run_until_done(task).unwrap();
    assert_eq!(event_loop.iteration(), 7);
    let fresh = event_loop.spawn(async {});
    event_loop.run_until_done(fresh).unwrap();
    assert_eq!(event_loop.iteration(), 9);
}
