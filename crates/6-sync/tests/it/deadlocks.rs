//! Reports name the object of each wait, its holder, and the circle.
//!
//! The problem: a program hangs in a lock, and the reason is in another task. `explain` and the
//! report of a deadlock lead there.
//!
//! Invariant: the texts are compared whole, but for the places in this file.
//!
//! Read next: `gallery.rs`.

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

/// A task that was passed the lock is its holder, and has not run since it waited for it.
#[test]
fn a_task_that_was_passed_a_lock_does_not_wait_for_itself() {
    Setup::new().run(async {
        let lock = Rc::new(Lock::new());
        let (guard, own) = (lock.acquire().await, lock.clone());
        let next = spawn_named("next", async move { drop(own.acquire().await) });
        yield_now().await;
        drop(guard);
        let deadlock = current_loop().scheduler().deadlock();
        assert_eq!(circles(&deadlock), Vec::<String>::new());
        assert_eq!(current_loop().explain(&next), "next is ready to run");
        next.await.unwrap();
    });
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
fn a_report_names_the_writer_or_the_reader_that_has_been_inside_longest() {
    Setup::new().run(async {
        let lock = Rc::new(RwLock::new().named("prices"));
        let reads = |name, stays| {
            let lock = lock.clone();
            spawn_named(name, async move {
                let _guard = lock.read().await;
                sleep(secs(stays)).await;
            })
        };
        let readers = [("first", 1), ("second", 3), ("third", 2)].map(|(name, s)| reads(name, s));
        let own = lock.clone();
        let writer = spawn_named("writer", async move {
            let _guard = own.write().await;
            sleep(secs(1)).await;
        });
        yield_now().await;
        let late = reads("late", 1);
        yield_now().await;
        let why = |task| without_places(&current_loop().explain(task));
        let prices = "waits for prices (made at here) held by";
        let told = why(&writer);
        assert_eq!(
            told,
            format!("writer {prices} first, which waits until 1.000 s")
        );
        sleep(secs(1)).await;
        yield_now().await;
        // The first has left, and two are inside.
        let told = why(&late);
        assert_eq!(
            told,
            format!("late {prices} second, which waits until 3.000 s")
        );
        sleep(secs(2)).await;
        yield_now().await;
        yield_now().await;
        let told = why(&late);
        assert_eq!(
            told,
            format!("late {prices} writer, which waits until 4.000 s")
        );
        for task in readers.into_iter().chain([writer, late]) {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_reader_that_waits_to_write_and_a_task_that_ended_inside_are_told() {
    let deadlock = Setup::new().deadlock(async {
        let lock = RwLock::new();
        let _guard = lock.read().await;
        drop(lock.write().await);
    });
    assert_eq!(deadlock.cycles, [["Task-1", "Task-1"].map(Into::into)]);

    let lock = Rc::new(RwLock::new());
    let deadlock = Setup::new().deadlock(async {
        let own = lock.clone();
        let careless = spawn_named(
            "careless",
            async move { std::mem::forget(own.read().await) },
        );
        careless.ended().await;
        let own = lock.clone();
        spawn_named("waits", async move { drop(own.write().await) }).detach();
        pending::<()>().await;
        drop(careless);
    });
    assert_eq!(
        told_of(&deadlock, "waits"),
        "waits (spawned at here) waits for read-write lock (made at here) held by careless, which has \
         ended"
    );
}

#[test]
fn a_read_that_was_let_in_and_is_not_polled_is_told() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(RwLock::new().named("prices"));
        let guard = lock.write().await;
        let own = lock.clone();
        let select = spawn_named("select", async move {
            let mut read = pin!(own.read());
            assert!(futures::poll!(read.as_mut()).is_pending());
            pending::<()>().await; // and not `read`
        });
        yield_now().await;
        let own = lock.clone();
        spawn_named("waits", async move { drop(own.write().await) }).detach();
        yield_now().await;
        drop(guard);
        select.await
    });
    assert_eq!(
        told_of(&deadlock, "waits"),
        "waits (spawned at here) waits for prices (made at here) held by select, to which it was \
         passed, and which has not polled since"
    );
}

#[test]
fn a_consumer_that_waits_for_ever_is_led_to_the_task_that_put_last() {
    let deadlock = Setup::new().deadlock(async {
        let (jobs, results) = (Rc::new(Queue::new(2).named("jobs")), Rc::new(Queue::new(2)));
        let (from, to) = (jobs.clone(), results.clone());
        let worker = spawn_named("worker", async move {
            while let Ok(job) = from.get().await {
                to.put(job * 2).await.unwrap();
            }
        });
        let (from, to) = (results.clone(), jobs.clone());
        spawn_named("clerk", async move {
            for job in 1..=3 {
                to.put_nowait(job).unwrap();
                from.get().await.unwrap();
            }
            from.get().await.unwrap(); // no result comes, since the worker waits for a job
        })
        .detach();
        let from = results.clone();
        spawn_named("other", async move { while from.get().await.is_ok() {} }).detach();
        worker.await
    });
    assert_eq!(
        told_of(&deadlock, "clerk"),
        "clerk (spawned at here) waits for an item of queue (made at here); the last one came from \
         worker"
    );
    let told = told_of(&deadlock, "other");
    assert!(told.ends_with("the last one came from worker"), "{told}");
    let told = told_of(&deadlock, "worker");
    assert!(
        told.ends_with("waits for an item of jobs (made at here); the last one came from clerk")
    );
    let circles: Vec<String> = deadlock
        .cycles
        .iter()
        .map(|circle| circle.join(" -> "))
        .collect();
    assert_eq!(circles, ["worker -> clerk -> worker"]);
}

/// The last producer has ended. Another one waits for a lock that the consumer holds, and is found.
#[test]
fn a_consumer_is_led_to_a_producer_that_lives_and_may_put() {
    for others in [1, 50] {
        let deadlock = Setup::new().deadlock(async {
            let orders = Rc::new(Queue::unbounded().named("orders"));
            let kitchen = Rc::new(Lock::new().named("kitchen"));
            LockGuard::keep(kitchen.acquire().await);
            let (to, waits) = (orders.clone(), kitchen.clone());
            spawn_named("cook", async move {
                to.put(0).await.unwrap();
                drop(waits.acquire().await);
                to.put(1).await.unwrap();
            })
            .detach();
            yield_now().await;
            for _ in 0..others {
                let to = orders.clone();
                let boy = spawn_named("boy", async move { to.put(2).await.unwrap() });
                boy.await.unwrap();
            }
            loop {
                orders.get().await.unwrap();
            }
        });
        let told = told_of(&deadlock, "Task-1");
        assert!(
            told.ends_with(
                "the last one came from a task that has ended, and an earlier one from cook"
            ),
            "{told}"
        );
        assert_eq!(circles(&deadlock), ["Task-1 -> cook -> Task-1"]);
    }
}

#[test]
fn a_consumer_that_waited_before_the_first_item_learns_of_the_producer_that_has_ended() {
    let queue = Rc::new(Queue::new(1));
    let deadlock = Setup::new().deadlock(async {
        let gets = |name| {
            let own = queue.clone();
            spawn_named(name, async move { own.get().await })
        };
        let (first, consumer) = (gets("first"), gets("consumer"));
        yield_now().await;
        let why = || without_places(&current_loop().explain(&consumer));
        assert_eq!(why(), "consumer waits for an item of queue (made at here)");
        let own = queue.clone();
        let producer = spawn_named("producer", async move { own.put(1).await.unwrap() });
        assert_eq!(first.await.unwrap(), Ok(1));
        assert_eq!(
            why(),
            "consumer waits for an item of queue (made at here); the last one came from producer, \
             which has ended"
        );
        drop(producer);
        consumer.await
    });
    let told = told_of(&deadlock, "consumer");
    let ended = "; the last one came from a task that has ended";
    assert!(told.ends_with(ended), "{told}");
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
        let (notify, token) = (Notify::new(), CancellationToken::new().named("stop"));
        let (sender, receiver) = oneshot::<u8>();
        let (other, mut kept) = oneshot::<u8>();
        let mut other = other.named("answer");
        let (news, mut reader) = broadcast::<u8>(1);
        let (level, mut display) = watch(1);
        spawn_named("h", async move { notify.notified().await }).detach();
        spawn_named("i", async move { token.cancelled().await }).detach();
        spawn_named("j", receiver).detach();
        spawn_named("k", async move { other.closed().await }).detach();
        spawn_named("l", async move { reader.recv().await }).detach();
        spawn_named("m", async move { display.changed().await }).detach();
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
        drop((sender, kept.try_recv(), news, level));
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
        ("h", "notify (made at here)"),
        ("i", "the cancel of stop (made at here)"),
        ("j", "the value of oneshot (made at here)"),
        ("k", "the drop of the receiver of answer (made at here)"),
        ("l", "a value of broadcast (made at here)"),
        ("m", "a change of watch (made at here)"),
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
