//! Tests the risks of a kernel that is made of tickets.
//!
//! Neutral flags, stale entries, slots that are used again, loops that have gone.
//!
//! The tests of each risk stand here:
//!
//! | risk | tests |
//! |---|---|
//! | tickets and wakers | here |
//! | a generation that wraps | `unit/generations.rs`, where the generation has two bits; `unit/scopes.rs` |
//! | panics | `kernel_panics.rs` |
//! | drops, nesting, other executors, the end | `kernel_edges.rs`; many loops also here |
//! | values that must not cross threads | `compile_fail.rs` |
//! | a lost wake at the park | the package `tests/park-model` |
//! | memory | `memory.rs` |
//! | timers | floor 4 |
//! | the order of CPython | the package `parity` |
//! | a waiter that was woken and left takes nothing along | here; of locks and queues, floor 6 |
//! | forking with a live loop, waking from a signal handler | not supported: a wake from another thread takes a mutex, which a signal handler must not |
//!
//! Read next: `kernel_panics.rs`.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use crate::drive::*;
use groundup_task::{Promise, catch_cancel, yield_now};

#[test]
fn a_detached_task_is_woken_like_any_other() {
    let drive = Drive::new();
    let log = drive.log.clone();
    let task = drive.spawn(async move {
        pause(3).await;
        log.say("finished");
    });
    task.detach();
    drive.settle();
    assert_eq!(drive.log.texts(), ["finished"]);
}

#[test]
fn detached_in_the_middle_it_goes_on() {
    let drive = Drive::new();
    let log = drive.log.clone();
    let task = drive.spawn(async move {
        pause(3).await;
        log.say("finished");
    });
    drive.turns(2);
    drop(task);
    drive.settle();
    assert_eq!(drive.log.texts(), ["finished"]);
}

#[test]
fn a_stale_entry_runs_nobody() {
    let drive = Drive::new();
    let polls = Rc::new(Cell::new(0));
    let stranger = drive.log.clone();
    drive.run(async {
        let count = polls.clone();
        // The task wakes itself in its last poll: its ticket stays in the queue.
        let task = spawn(async move { my_waker().await.wake_by_ref() });
        let old = task.ticket();
        let watcher = task.task_ref();
        // In the same round, a new task takes its slot.
        call_soon(move || {
            drop(task);
            assert!(watcher.done());
            let next = spawn(async move {
                poll_fn(|_| {
                    count.set(count.get() + 1);
                    Poll::<()>::Pending
                })
                .await;
            });
            assert_eq!(next.ticket().index(), old.index(), "the same slot");
            assert_ne!(next.ticket(), old);
            stranger.say("spawned");
            next.detach();
        });
        pause(3).await;
    });
    assert_eq!(drive.log.texts(), ["spawned"]);
    assert_eq!(
        polls.get(),
        1,
        "once for its own entry, never for the stale one"
    );
}

#[test]
fn k_wakes_make_one_poll() {
    let drive = Drive::new();
    let (flag, polls) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let wakers: Rc<RefCell<Vec<Waker>>> = Rc::default();
    let (inner, into) = ((flag.clone(), polls.clone()), wakers.clone());
    let task = drive.spawn(async move {
        let waker = my_waker().await;
        into.borrow_mut().push(waker);
        until(inner.0, inner.1).await;
    });
    drive.settle();
    assert_eq!(polls.get(), 1);
    for _ in 0..1000 {
        wakers.borrow()[0].wake_by_ref();
        let clone = wakers.borrow()[0].clone();
        clone.wake();
        wakers.borrow()[0].wake_by_ref();
    }
    drive.settle();
    assert_eq!(polls.get(), 2);
    flag.set(true);
    wakers.borrow()[0].wake_by_ref();
    drive.settle();
    assert!(task.done());
}

#[test]
fn two_waits_for_one_end_do_not_take_each_others_wake() {
    use futures::future::{join, select};
    let drive = Drive::new();
    drive.run(async {
        let long = spawn(pause(10));
        let reference = long.task_ref();
        let short = later(2, ());
        let waiter = spawn(async move {
            // The second wait for `long` ends early. The first must still be woken.
            let early = async {
                select(reference.ended(), short.into_future()).await;
            };
            join(long.into_future(), early).await.0.unwrap();
        });
        waiter.await.unwrap();

        let long = spawn(pause(10));
        let reference = long.task_ref();
        let twice = async { join(reference.ended(), async { drop(reference.ended()) }).await };
        twice.await;

        let (promise, short) = (later(10, 7), later(2, ()));
        let early = select(promise.clone().into_future(), short.into_future());
        let (value, _) = join(promise.clone().into_future(), early).await;
        assert_eq!(value.unwrap(), 7);
    });
}

#[test]
fn who_was_woken_and_is_cancelled_before_its_step_takes_nothing_along() {
    let drive = Drive::new();
    drive.run(async {
        let promise = Promise::new();
        let waiting = [(); 3].map(|()| spawn(promise.clone().into_future()));
        yield_now().await;
        promise.set_result(5).unwrap();
        // All three are ready now. A cancel of one of them wins over its value.
        waiting[1].cancel();
        let [one, two, three] = waiting;
        assert_eq!(one.await.unwrap().unwrap(), 5);
        assert!(two.await.unwrap_err().is_cancelled());
        assert_eq!(three.await.unwrap().unwrap(), 5);
    });
}

#[test]
fn a_tasks_value_stays_when_the_wait_for_it_was_woken_and_dropped() {
    let drive = Drive::new();
    drive.run(async {
        let mut inner = spawn(async {
            yield_now().await;
            "value"
        });
        let reference = inner.task_ref();
        let outer = spawn(async move {
            assert!(catch_cancel(&mut inner).await.is_err());
            inner.await
        });
        reference.ended().await;
        // `inner` has ended in this round, and its one waiter is ready.
        outer.cancel();
        assert_eq!(outer.await.unwrap().unwrap(), "value");
    });
}

#[test]
fn a_wait_that_was_dropped_wakes_nobody() {
    use futures::future::select;
    let drive = Drive::new();
    drive.run(async {
        let (promise, short): (Promise<()>, _) = (Promise::new(), later(2, ()));
        let task = spawn(pause(20));
        let (clone, reference) = (promise.clone(), task.task_ref());
        let (flag, polls) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
        let waiting = (flag.clone(), polls.clone());
        let waiter = spawn(async move {
            select(
                select(clone.into_future(), reference.ended()),
                short.into_future(),
            )
            .await;
            until(waiting.0, waiting.1).await;
        });
        pause(10).await;
        assert_eq!(polls.get(), 1);
        promise.set_result(()).unwrap();
        task.await.unwrap();
        pause(3).await;
        assert_eq!(polls.get(), 1, "neither wakes it: it waits for neither");
        waiter.cancel();
    });
}

#[test]
fn many_may_leave_a_promise_and_the_rest_keep_their_order() {
    use futures::future::select;
    let drive = Drive::new();
    let shutdown: Promise<()> = drive.scheduler.promise();
    for n in 0..100_000 {
        let (log, shutdown) = (drive.log.clone(), shutdown.clone());
        drive
            .spawn(async move {
                if n % 10_000 == 0 {
                    shutdown.await.unwrap();
                    log.say(n);
                } else {
                    let work = Box::pin(pause(n % 7));
                    select(shutdown.into_future(), work).await;
                }
            })
            .detach();
    }
    drive.settle();
    assert_eq!(drive.scheduler.all_tasks().len(), 10);
    shutdown.set_result(()).unwrap();
    drive.settle();
    let expected: Vec<String> = (0..10).map(|n| (n * 10_000).to_string()).collect();
    assert_eq!(drive.log.texts(), expected);
}

#[test]
fn a_waker_that_is_too_old_wakes_nobody() {
    let drive = Drive::new();
    let old = drive.run(async {
        let task = spawn(my_waker());
        let slot = task.ticket().index();
        let old = task.await.unwrap();
        old.wake_by_ref(); // after completion
        let (flag, polls) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
        let next = spawn(until(flag.clone(), polls.clone()));
        assert_eq!(next.ticket().index(), slot);
        pause(2).await;
        old.wake_by_ref(); // after the slot was used again
        let elsewhere = old.clone();
        std::thread::spawn(move || elsewhere.wake()).join().unwrap();
        pause(2).await;
        assert_eq!(polls.get(), 1);
        next.cancel();
        old
    });
    drive.close();
    old.wake_by_ref(); // after the loop's end
    drop(drive);
    let elsewhere = old.clone();
    std::thread::spawn(move || elsewhere.wake()).join().unwrap();
    old.wake();
}

#[test]
fn five_thousand_loops_one_after_the_other() {
    let mut old: Vec<Waker> = Vec::new();
    for n in 0..5000 {
        let drive = Drive::new();
        let polls = Rc::new(Cell::new(0));
        // Wakers of loops that have gone long ago: their numbers are in use again.
        for waker in &old {
            waker.wake_by_ref();
        }
        let counting = polls.clone();
        let waker = drive.run(async move {
            let task = spawn(async move {
                let waker = my_waker().await;
                until(Rc::new(Cell::new(false)), counting).await;
                waker
            });
            pause(3).await;
            let mine = my_waker().await;
            task.cancel();
            mine
        });
        assert!(polls.get() <= 2, "at most one poll for nothing");
        if n % 500 == 0 {
            old.push(waker);
        }
    }
}

#[test]
fn a_number_is_free_again_once_its_loop_is_dropped() {
    let address = {
        let drive = Drive::new();
        assert!(drive.scheduler.address().is_open());
        drive.scheduler.address()
    };
    assert!(!address.is_open());
    assert!(address.call_soon(Box::new(|| ())).is_err(), "it comes back");
}

#[test]
fn a_waker_may_outlive_the_thread_locals() {
    thread_local! {
        static LAST: RefCell<Option<WakesAtTheEnd>> = const { RefCell::new(None) };
    }
    struct WakesAtTheEnd(Waker, Arc<AtomicUsize>);
    impl Drop for WakesAtTheEnd {
        fn drop(&mut self) {
            self.0.wake_by_ref();
            let clone = self.0.clone();
            clone.wake();
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    let ended = Arc::new(AtomicUsize::new(0));
    for closed in [true, false] {
        let ended = ended.clone();
        let thread = std::thread::spawn(move || {
            // Registered before the scheduler's own thread-local, so dropped after it.
            LAST.set(None);
            let drive = Drive::new();
            let waker = drive.run(my_waker());
            LAST.set(Some(WakesAtTheEnd(waker, ended)));
            if closed {
                drop(drive);
            } else {
                std::mem::forget(drive);
            }
        });
        thread.join().unwrap();
    }
    assert_eq!(ended.load(Ordering::Relaxed), 2);
}

#[test]
fn will_wake_is_true_for_the_same_task_and_false_for_another() {
    let drive = Drive::new();
    drive.run(async {
        let twice = || async {
            let first = my_waker().await;
            yield_now().await;
            let second = my_waker().await;
            assert!(first.will_wake(&second));
            assert!(first.will_wake(&first.clone()));
            second
        };
        let (one, two) = (spawn(twice()), spawn(twice()));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        assert!(!one.will_wake(&two));
        assert!(!one.will_wake(Waker::noop()));
    });
}
