//! Y06, Y07: semaphores and barriers.
//!
//! Read next: `queues.rs`.

use std::rc::Rc;

use groundup_sync::executor::spawn;
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn y06_a_newcomer_waits_behind_the_waiters_also_if_a_permit_is_free() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let semaphore = Rc::new(Semaphore::new(0));
        let tasks = ["a", "b"].map(|name| {
            let semaphore = semaphore.clone();
            logged(&log, name, async move { semaphore.acquire().await.keep() })
        });
        yield_now().await;
        log.say("release");
        for _ in 0..3 {
            semaphore.release();
        }
        assert_eq!(semaphore.available(), 1);
        assert!(semaphore.locked());
        assert!(semaphore.try_acquire().is_none());
        semaphore.acquire().await.keep();
        log.say("main");
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(semaphore.available(), 0);
    });
    assert_eq!(log.hops(), "release@0 a@1 b@1 main@2");
}

#[test]
fn y06_a_bounded_semaphore_refuses_a_release_too_many() {
    Setup::new().run(async {
        let semaphore = BoundedSemaphore::new(2);
        assert_eq!(semaphore.release(), Err(NotAcquired));
        let permit = semaphore.acquire().await;
        assert_eq!(
            semaphore.release(),
            Err(NotAcquired),
            "the permit will do that"
        );
        semaphore.acquire().await.keep();
        assert!(semaphore.locked());
        assert_eq!(semaphore.release(), Ok(()));
        drop(permit);
        assert_eq!(semaphore.release(), Err(NotAcquired));
        assert_eq!(semaphore.available(), 2);
    });
}

#[test]
fn y06_a_waiter_that_is_cancelled_after_its_wake_passes_the_permit_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let semaphore = Rc::new(Semaphore::new(0));
        let own = semaphore.clone();
        let a = spawn(async move { drop(own.acquire().await) });
        let own = semaphore.clone();
        let b = logged(&log, "b", async move { own.acquire().await.keep() });
        yield_now().await;
        log.say("release");
        semaphore.release();
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        b.await.unwrap();
        assert_eq!(semaphore.available(), 0);
    });
    assert_eq!(log.hops(), "release@0 b@2");
}

#[test]
fn y07_the_last_to_arrive_goes_on_first_and_then_the_others_in_order() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let barrier = Rc::new(Barrier::new(3));
        let tasks = ["a", "b", "c"].map(|name| {
            let barrier = barrier.clone();
            logged(&log, name, async move { barrier.wait().await.unwrap() })
        });
        let mut indices = Vec::new();
        for task in tasks {
            indices.push(task.await.unwrap());
        }
        assert_eq!(indices, [0, 1, 2]);
        assert_eq!(barrier.n_waiting(), 0, "it can be used again");
    });
    assert_eq!(log.hops(), "c@0 a@1 b@1");
}

#[test]
fn y07_abort_and_reset_break_the_waiters() {
    Setup::new().run(async {
        let barrier = Rc::new(Barrier::new(2));
        let waits = || {
            let barrier = barrier.clone();
            spawn(async move { barrier.wait().await })
        };
        let reset = waits();
        yield_now().await;
        assert_eq!(barrier.n_waiting(), 1);
        barrier.reset();
        // It arrives while the other is on its way out, and waits for the next filling.
        let next = waits();
        assert_eq!(reset.await.unwrap(), Err(BrokenBarrier));
        assert!(!barrier.broken());
        assert_eq!(barrier.wait().await, Ok(1));
        assert_eq!(next.await.unwrap(), Ok(0));

        let aborted = waits();
        yield_now().await;
        barrier.abort();
        assert_eq!(aborted.await.unwrap(), Err(BrokenBarrier));
        assert_eq!(barrier.wait().await, Err(BrokenBarrier));
        barrier.reset();
        assert!(!barrier.broken());
    });
}

#[test]
fn y07_a_party_that_is_cancelled_does_not_count() {
    Setup::new().run(async {
        let barrier = Rc::new(Barrier::new(2));
        let own = barrier.clone();
        let task = spawn(async move { own.wait().await });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(barrier.n_waiting(), 0);
        let own = barrier.clone();
        let other = spawn(async move { own.wait().await });
        assert_eq!(barrier.wait().await, Ok(0), "main comes first");
        assert_eq!(other.await.unwrap(), Ok(1));
    });
}
