//! Y01 to Y05, Y08: locks, events, conditions.
//!
//! Read next: `lines.rs`.

use std::rc::Rc;

use groundup_sync::executor::{EventLoop, spawn, time};
use groundup_sync::task::{catch_cancel, yield_now};
use groundup_sync::*;

use crate::setup::*;

#[test]
fn y01_a_lock_goes_round_in_the_order_of_the_requests() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(Lock::new());
        let guard = lock.acquire().await;
        let tasks = ["a", "b", "c"].map(|name| {
            let (lock, log) = (lock.clone(), log.clone());
            spawn(async move {
                let _guard = lock.acquire().await;
                log.say(name);
            })
        });
        yield_now().await;
        log.say("release");
        drop(guard);
        assert!(!lock.locked(), "it is on its way to a");
        assert!(lock.try_acquire().is_none(), "and no newcomer gets it");
        let _guard = lock.acquire().await;
        log.say("main");
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.hops(), "release@0 a@1 b@2 c@3 main@4");
}

#[test]
fn y02_a_release_of_a_lock_that_is_not_held_is_an_error_and_any_task_may_release() {
    Setup::new().run(async {
        let lock = Rc::new(Lock::new());
        assert_eq!(lock.release(), Err(NotAcquired));
        LockGuard::keep(lock.acquire().await);
        let own = lock.clone();
        assert_eq!(spawn(async move { own.release() }).await.unwrap(), Ok(()));
        assert!(!lock.locked());

        let guard = lock.acquire().await;
        assert_eq!(lock.release(), Err(NotAcquired), "its guard releases it");
        drop(guard);
        assert_eq!(lock.release(), Err(NotAcquired));
    });
}

#[test]
fn y03_a_waiter_that_is_cancelled_after_its_wake_passes_the_lock_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(Lock::new());
        let guard = lock.acquire().await;
        let own = lock.clone();
        let a = spawn(async move { drop(own.acquire().await) });
        let own = lock.clone();
        let b = logged(&log, "b", async move { drop(own.acquire().await) });
        yield_now().await;
        log.say("release");
        drop(guard);
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        b.await.unwrap();
        assert!(!lock.locked());
    });
    assert_eq!(log.hops(), "release@0 b@2");
}

#[test]
fn y04_set_wakes_all_present_waiters_also_if_the_event_is_cleared_at_once() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let event = Rc::new(Event::new());
        let waits = |name| {
            let event = event.clone();
            logged(&log, name, async move { event.wait().await })
        };
        let present = [waits("a"), waits("b")];
        yield_now().await;
        log.say("set");
        event.set();
        event.clear();
        let late = waits("late");
        for task in present {
            task.await.unwrap();
        }
        assert!(!event.is_set() && !late.done());
        log.say("again");
        event.set();
        late.await.unwrap();
        event.wait().await; // returns at once
    });
    assert_eq!(log.hops(), "set@0 a@1 b@1 again@2 late@3");
}

#[test]
fn y05_notify_wakes_the_oldest_and_they_have_the_lock_again() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let shared = Rc::new((Lock::new(), Condition::new()));
        let tasks = ["a", "b", "c"].map(|name| {
            let shared = shared.clone();
            logged(&log, name, async move {
                let (lock, condition) = &*shared;
                let _guard = condition.wait(lock.acquire().await).await;
                assert!(lock.locked());
            })
        });
        let (lock, condition) = &*shared;
        yield_now().await;
        log.say("notify");
        condition.notify(&lock.acquire().await, 2);
        yield_now().await;
        yield_now().await;
        log.say("all");
        condition.notify_all(&lock.acquire().await);
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.hops(), "notify@0 a@1 b@1 all@2 c@3");
}

#[test]
fn y05_a_cancelled_wait_ends_without_the_lock_and_passes_its_notice_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let shared = Rc::new((Lock::new(), Condition::new()));
        let wait = |name| {
            let shared = shared.clone();
            logged(&log, name, async move {
                let (lock, condition) = &*shared;
                let guard = lock.acquire().await;
                let waited = catch_cancel(condition.wait(guard)).await;
                waited.is_ok_and(|_guard| lock.locked())
            })
        };
        let (a, b) = (wait("a"), wait("b"));
        let (lock, condition) = &*shared;
        yield_now().await;
        let guard = lock.acquire().await;
        log.say("notify");
        condition.notify(&guard, 1);
        a.cancel();
        // In CPython, a would wait here for the lock before its cancel goes on.
        assert!(!a.await.unwrap());
        assert!(!b.done());
        drop(guard);
        assert!(b.await.unwrap());
    });
    assert_eq!(log.texts(), "notify a b");
}

#[test]
fn y08_an_object_belongs_to_the_first_loop_in_which_a_task_waits_for_it() {
    let lock = Rc::new(Lock::new().named("fork"));
    LockGuard::keep(lock.try_acquire().unwrap());
    let waits = |lock: &Rc<Lock>| {
        let own = lock.clone();
        spawn(async move { drop(own.acquire().await) })
    };
    // A loop in which nobody waits does not matter.
    let quiet = EventLoop::builder().virtual_time().build();
    let tried = quiet.run_until_complete(async { lock.try_acquire().is_some() });
    assert!(!tried.unwrap());

    let first = EventLoop::builder().virtual_time().build();
    first
        .run_until_complete(async {
            let task = waits(&lock);
            yield_now().await;
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
        })
        .unwrap();

    let second = EventLoop::builder().virtual_time().build();
    let said = second.run_until_complete(async { panic_of(waits(&lock)).await });
    let said = said.unwrap();
    assert!(said.contains("fork"), "{said}");
    assert!(
        said.contains("is bound to a different event loop"),
        "{said}"
    );

    // It still works where it belongs.
    let again = first.run_until_complete(async {
        let task = waits(&lock);
        yield_now().await;
        lock.release().unwrap();
        task.await.unwrap();
        time().since_start()
    });
    assert_eq!(again.unwrap(), secs(0));
}
