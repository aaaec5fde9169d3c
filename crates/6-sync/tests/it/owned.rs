//! Guards that own a share of their object.
//!
//! The problem: a permit is taken before a spawn and belongs to the task then. It must be released once,
//! however the task ends, also if the task never took a step.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `deadlocks.rs`.

use std::future::pending;
use std::rc::Rc;

use groundup_sync::executor::{sleep, spawn, spawn_named};
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn an_owned_permit_is_released_however_its_task_ends() {
    Setup::new().run(async {
        let pool = Rc::new(BoundedSemaphore::new(2));
        let permit = pool.acquire_owned().await;
        spawn(async move { drop(permit) }).await.unwrap();
        assert_eq!(pool.available(), 2, "it returned");

        let permit = pool.try_acquire_owned().unwrap();
        let panics = spawn(async move {
            let _permit = permit;
            panic!("on a Monday");
        });
        panics.await.unwrap_err();
        assert_eq!(pool.available(), 2, "it panicked");

        for steps in 0..2 {
            let permit = pool.acquire_owned().await;
            let waits = spawn(async move {
                let _permit = permit;
                pending::<()>().await;
            });
            for _ in 0..steps {
                yield_now().await;
            }
            assert_eq!(pool.available(), 1);
            waits.cancel();
            waits.await.unwrap_err();
            assert_eq!(pool.available(), 2, "it was cancelled after {steps} steps");
        }
        let permit = pool.acquire_owned().await;
        assert_eq!(pool.release(), Err(NotAcquired), "its owner releases it");
        drop(permit);
        assert_eq!(pool.available(), 2);
    });
}

#[test]
fn an_owned_guard_holds_the_lock_and_no_other_task_releases_it() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(Lock::with(vec![0]).named("lines"));
        let mut guard = lock.acquire_owned().await;
        guard.value().push(1);
        assert!(
            lock.locked() && lock.try_acquire().is_none() && lock.try_acquire_owned().is_none()
        );
        assert_eq!(lock.release(), Err(NotAcquired), "its owner releases it");
        assert_eq!(
            format!("{guard:?} {lock:?}"),
            "OwnedLockGuard(lines) <Lock lines [locked]>"
        );
        let own = lock.clone();
        let first = logged(&log, "borrowed", async move { own.acquire().await.push(2) });
        let own = lock.clone();
        let second = logged(&log, "owned", async move {
            own.acquire_owned().await.value().push(3);
        });
        let holds = spawn(async move {
            sleep(secs(1)).await;
            guard.value().push(4);
        });
        for task in [holds, first, second] {
            task.await.unwrap();
        }
        assert_eq!(
            log.hops(),
            "borrowed@0 owned@1",
            "in the order of their requests"
        );
        assert_eq!(*lock.acquire().await, [0, 1, 4, 2, 3]);
        assert_eq!(lock.release(), Err(NotAcquired));
    });
}

#[test]
fn the_report_follows_an_owned_guard_to_the_task_that_adopts_it() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(Lock::new().named("db"));
        let guard = lock.acquire_owned().await;
        let kant = spawn_named(String::from("Kant"), async move {
            OwnedLockGuard::adopt(&guard);
            pending::<()>().await;
        });
        yield_now().await;
        drop(lock.acquire().await);
        kant.await
    });
    let main = deadlock.stuck.iter().find(|stuck| stuck.place.is_none());
    let said = without_places(&main.unwrap().to_string());
    let told = "Task-1 (the main future) waits for db (made at here) held by Kant";
    assert_eq!(said, told);
}

/// As a guard that is forgotten, such a borrow keeps the lock for ever.
#[test]
fn a_lock_whose_value_is_borrowed_for_ever_is_not_passed_on() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(Lock::new().named("ledger"));
        let mut guard = lock.acquire_owned().await;
        let waits = spawn({
            let lock = lock.clone();
            async move { drop(lock.acquire().await) }
        });
        yield_now().await;
        std::mem::forget(guard.value());
        drop(guard);
        assert!(lock.locked() && lock.try_acquire().is_none());
        waits.await
    });
    let text = deadlock.to_string();
    assert!(text.contains("waits for ledger"), "{text}");
}
