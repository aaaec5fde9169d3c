//! Reports name the object of each wait, its holder, and the circle.
//!
//! The problem: a program hangs in a lock, and the reason is in another task. `explain` and the
//! report of a deadlock lead there.
//!
//! Invariant: the texts are compared whole, but for the places in this file.
//!
//! Read next: `circles.rs`.

use std::cell::RefCell;
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;

use groundup_sync::executor::EventLoop;
use groundup_sync::executor::{current_loop, sleep, spawn, spawn_named};
use groundup_sync::task::{Deadlock, yield_now};
use groundup_sync::trace::Recorder;
use groundup_sync::*;

use crate::setup::*;

/// Returns what the report says of a task.
fn told_of(deadlock: &Deadlock, name: &str) -> String {
    let found = deadlock.stuck.iter().find(|stuck| &*stuck.task == name);
    without_places(&found.expect("it is stuck").to_string())
}

#[test]
fn the_circle_of_the_philosophers_is_named() {
    let names = ["Plato", "Kant", "Hume"];
    let deadlock = Setup::new().deadlock(async {
        let forks: Vec<_> = (1..=3)
            .map(|number| Rc::new(Lock::new().named(format!("fork-{number}"))))
            .collect();
        for (at, name) in names.into_iter().enumerate() {
            let (left, right) = (forks[at].clone(), forks[(at + 1) % 3].clone());
            let dines = async move {
                let _left = left.acquire().await;
                sleep(secs(1)).await;
                let _right = right.acquire().await;
            };
            spawn_named(name, dines).detach();
        }
        pending::<()>().await;
    });
    assert_eq!(
        told_of(&deadlock, "Plato"),
        "Plato (spawned at here) waits for fork-2 (made at here) held by Kant"
    );
    assert_eq!(circles(&deadlock), ["Plato -> Kant -> Hume -> Plato"]);
}

#[test]
fn explain_follows_a_lock_to_the_wait_of_its_holder() {
    Setup::new().run(async {
        let lock = Rc::new(Lock::new());
        let own = lock.clone();
        let holder = spawn_named("holder", async move {
            let _guard = own.acquire().await;
            sleep(secs(1)).await;
        });
        yield_now().await;
        let waits = |name| {
            let own = lock.clone();
            spawn_named(name, async move {
                let _guard = own.acquire().await;
                sleep(secs(1)).await;
            })
        };
        let (first, second) = (waits("first"), waits("second"));
        yield_now().await;
        let why = |task| without_places(&current_loop().explain(task));
        assert_eq!(
            why(&second),
            "second waits for lock (made at here) held by holder, which waits until 1.000 s"
        );
        sleep(secs(1)).await;
        yield_now().await;
        assert_eq!(
            why(&second),
            "second waits for lock (made at here) held by first, which waits until 2.000 s"
        );
        for task in [holder, first, second] {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_task_that_waits_for_its_own_lock_is_a_circle_of_one() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Lock::new();
        let _guard = lock.acquire().await;
        drop(lock.acquire().await);
    });
    assert_eq!(circles(&deadlock), ["Task-1 -> Task-1"]);
}

#[test]
fn a_task_that_ended_holding_a_lock_is_told() {
    let lock = Rc::new(Lock::new());
    let deadlock = Setup::new().deadlock(async {
        let own = lock.clone();
        let careless = spawn_named(
            "careless",
            async move { LockGuard::keep(own.acquire().await) },
        );
        yield_now().await;
        let own = lock.clone();
        spawn_named("waits", async move { drop(own.acquire().await) }).detach();
        // The handle keeps the name of the task that has ended.
        careless.ended().await;
        pending::<()>().await;
        drop(careless);
    });
    assert_eq!(
        told_of(&deadlock, "waits"),
        "waits (spawned at here) waits for lock (made at here) held by careless, which has ended"
    );

    let lock = Rc::new(Lock::new());
    let deadlock = Setup::new().deadlock(async {
        let own = lock.clone();
        spawn(async move { LockGuard::keep(own.acquire().await) })
            .await
            .unwrap();
        drop(lock.acquire().await);
    });
    assert_eq!(
        told_of(&deadlock, "Task-1"),
        "Task-1 (the main future) waits for lock (made at here) held by a task that has ended"
    );
}

/// "Futurelock": a task keeps a wait in a variable, is given the lock, and waits for something else.
#[test]
fn a_lock_that_was_passed_to_a_wait_that_is_not_polled_is_told() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(Lock::new().named("ledger"));
        let guard = lock.acquire().await;
        let own = lock.clone();
        let select = spawn_named("select", async move {
            let mut acquire = pin!(own.acquire());
            assert!(futures::poll!(acquire.as_mut()).is_pending());
            pending::<()>().await; // and not `acquire`
        });
        yield_now().await;
        let own = lock.clone();
        spawn_named("waits", async move { drop(own.acquire().await) }).detach();
        yield_now().await;
        drop(guard);
        select.await
    });
    assert_eq!(
        told_of(&deadlock, "waits"),
        "waits (spawned at here) waits for ledger (made at here) held by select, to which it was \
         passed, and which has not polled since"
    );
}

#[test]
fn each_object_is_named() {
    let deadlock = Setup::new().deadlock(async {
        let (event, semaphore) = (Event::new(), Semaphore::new(0).named("pool"));
        let (barrier, condition) = (Barrier::new(2), Condition::new());
        let (full, empty) = (Queue::new(1).named("jobs"), Queue::<u8>::new(1));
        let lock = Lock::new();
        full.put(1).await.unwrap();
        let all = Rc::new((event, semaphore, barrier, condition, full, empty, lock));
        macro_rules! stuck {
            ($($name:literal: |$all:ident| $wait:expr;)+) => {$(
                let $all = all.clone();
                spawn_named($name, async move { _ = $wait; }).detach();
            )+};
        }
        stuck! {
            "a": |all| all.0.wait().await;
            "b": |all| all.1.acquire().await;
            "c": |all| all.2.wait().await;
            "d": |all| all.3.wait(all.6.acquire().await).await;
            "e": |all| all.4.put(2).await;
            "f": |all| all.4.join().await;
            "g": |all| all.5.get().await;
        }
        pending::<()>().await;
    });
    let waits = [
        ("a", "event (made at here)"),
        ("b", "a permit of pool (made at here)"),
        ("c", "barrier (made at here)"),
        ("d", "condition (made at here)"),
        ("e", "room in jobs (made at here)"),
        (
            "f",
            "the end of the work on all items of jobs (made at here)",
        ),
        ("g", "an item of queue (made at here)"),
    ];
    for (name, what) in waits {
        let told = told_of(&deadlock, name);
        assert_eq!(told, format!("{name} (spawned at here) waits for {what}"));
    }
}

#[test]
fn a_trace_names_the_lock_and_its_holder() {
    let recorder = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(recorder.clone())
        .build();
    let ended = event_loop.run_until_complete(async {
        let lock = Rc::new(Lock::new().named("fork"));
        let guard = lock.acquire().await;
        let own = lock.clone();
        let waits = spawn_named("waits", async move { drop(own.acquire().await) });
        yield_now().await;
        drop(guard);
        waits.await.unwrap();
    });
    ended.unwrap();
    let text = recorder.text();
    assert!(
        text.contains("yield      waits         on fork held by Task-1"),
        "{text}"
    );
    assert!(
        text.contains("wake       waits         by task Task-1"),
        "{text}"
    );
}

#[test]
fn a_lock_that_a_report_has_named_can_be_used_and_dropped_again() {
    Setup::new().run(async {
        let names = RefCell::new(Vec::new());
        for round in 0..3 {
            let lock = Rc::new(Lock::new().named(format!("lock-{round}")));
            let guard = lock.acquire().await;
            let own = lock.clone();
            let waits = spawn(async move { drop(own.acquire().await) });
            yield_now().await;
            names.borrow_mut().push(current_loop().explain(&waits));
            drop(guard);
            waits.await.unwrap();
        }
        for (round, name) in names.borrow().iter().enumerate() {
            assert!(name.contains(&format!("lock-{round}")), "{name}");
        }
    });
}
