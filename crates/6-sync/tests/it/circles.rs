//! Reports name the circles through locks, wherever the waits stand.
//!
//! The problem: Plato has fork-a and waits for fork-b, and Kant has fork-b and waits for fork-a. The
//! second wait may be a child of a group, one of several waits in one task, or in a collection of
//! another crate. Then the word of the task does not name the fork, and a report that reads only words
//! says nothing of Kant.
//!
//! Invariant: the texts are compared whole, but for the places in these tests.
//!
//! Read next: `standing.rs`.

use std::future::{Future, pending};
use std::rc::Rc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groundup_sync::combinators::*;
use groundup_sync::executor::{current_loop, sleep, spawn, spawn_named};
use groundup_sync::task::{Deadlock, catch_cancel, yield_now};
use groundup_sync::*;

use crate::setup::*;

/// Returns the deadlock of two tasks, each of which has a fork and waits for the other one by `wait`.
fn dine<F: Future<Output = ()>>(wait: impl Fn(Rc<Lock>) -> F + Copy + 'static) -> Deadlock {
    Setup::new().deadlock(async move {
        let [a, b] = ["fork-a", "fork-b"].map(|name| Rc::new(Lock::new().named(name)));
        let dines = move |first: Rc<Lock>, second: Rc<Lock>| async move {
            let _first = first.acquire().await;
            sleep(secs(1)).await;
            wait(second).await;
        };
        spawn_named("Plato", dines(a.clone(), b.clone())).detach();
        spawn_named("Kant", dines(b, a)).detach();
        pending::<()>().await;
    })
}

async fn take(fork: Rc<Lock>) {
    drop(fork.acquire().await);
}

/// Returns the wait of Plato, and the circles.
fn told(deadlock: Deadlock) -> (String, Vec<String>) {
    let plato = deadlock.stuck.iter().find(|stuck| &*stuck.task == "Plato");
    let text = without_places(&plato.expect("he waits").to_string());
    let wait = text
        .strip_prefix("Plato (spawned at here) waits for ")
        .unwrap();
    (wait.to_string(), circles(&deadlock))
}

const DIRECT: &str = "Plato -> Kant -> Plato";
const BY_CHILDREN: &str = "Plato -> Task-4 -> Kant -> Task-5 -> Plato";
const FORK: &str = "fork-b (made at here) held by Kant";

#[test]
fn a_circle_is_named_wherever_the_second_wait_stands() {
    macro_rules! rows {
        ($($wait:expr => $says:expr, $circle:expr;)+) => {$(
            let (says, circles) = told(dine($wait));
            assert_eq!((says, circles), ($says.to_string(), vec![$circle.to_string()]));
        )+};
    }
    rows! {
        take => FORK, DIRECT;
        async |fork| _ = timeout(std::time::Duration::MAX, take(fork)).await => FORK, DIRECT;
        async |fork| drop(catch_cancel(take(fork)).await) => FORK, DIRECT;
        async |fork| _ = join((take(fork), async {})).await => FORK, DIRECT;
        async |fork| {
            let event = Event::new();
            select((take(fork), event.wait())).await;
        } => &format!("several things: {FORK}; event (made at here)"), DIRECT;
        async |fork| {
            join((0..40).map(|_| take(fork.clone()))).await;
        } => &format!("several things, among them {FORK}"), DIRECT;
        async |fork| {
            let set = FuturesUnordered::from_iter([take(fork)]);
            set.count().await;
        } => &format!("several things, among them {FORK}"), DIRECT;
        async |fork| {
            let group = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
                group.spawn(async {
                    take(fork).await;
                    Ok(())
                });
                Ok(())
            });
            group.await.unwrap();
        } => &format!("the children of a borrowing group; they wait for {FORK}"), DIRECT;
        async |fork| spawn(take(fork)).await.unwrap() => "task Task-4", BY_CHILDREN;
        async |fork| shield(take(fork)).await.unwrap() => "task Task-4", BY_CHILDREN;
        async |fork| drop(gather([take(fork)]).await) =>
            "the gather of Task-4 (made at here)", BY_CHILDREN;
        async |fork| drop(wait([spawn(take(fork))], ReturnWhen::AllCompleted).await) =>
            "the wait of Task-4", BY_CHILDREN;
        async |fork| {
            let group = task_group(async |group: TaskGroup<()>| {
                group.spawn(async {
                    take(fork).await;
                    Ok(())
                });
                Ok(())
            });
            group.await.unwrap();
        } => "the task group of Task-4", BY_CHILDREN;
    }
}

#[test]
fn the_whole_report_of_a_circle_through_a_group() {
    let deadlock = dine(async |fork| {
        let group = task_group(async |group: TaskGroup<()>| {
            group.spawn(async {
                take(fork).await;
                Ok(())
            });
            Ok(())
        });
        group.await.unwrap();
    });
    assert_eq!(
        without_places(&deadlock.to_string()),
        "deadlock: nothing is ready and no timer is armed\n  \
         Plato (spawned at here) waits for the task group of Task-4\n  \
         Kant (spawned at here) waits for the task group of Task-5\n  \
         Task-4 (spawned at here) waits for fork-b (made at here) held by Kant\n  \
         Task-5 (spawned at here) waits for fork-a (made at here) held by Plato\n  \
         Task-1 (the main future) waits for something that the loop does not know\n  \
         a circle: Plato -> Task-4 -> Kant -> Task-5 -> Plato\n\
         If a thread is to wake one of them, keep a `Remote` as long as it may call (`at_work()` while \
         it computes), or use the real clock.\n\
         Set, wake or cancel what one of them waits for, and it goes on."
    );
}

#[test]
fn explain_follows_each_kind_of_wait_and_says_the_circle() {
    Setup::new().run(async {
        let lock = Rc::new(Lock::new().named("db"));
        let own = lock.clone();
        let writer = spawn_named("writer", async move {
            let _guard = own.acquire().await;
            sleep(secs(1)).await;
        });
        yield_now().await;
        let (event, own) = (Rc::new(Event::new()), lock.clone());
        let wait = event.clone();
        let either = spawn_named("either", async move {
            select((take(own), wait.wait())).await;
        });
        let own = lock.clone();
        let group = spawn_named("group", async move {
            let group = task_group(async |group: TaskGroup<()>| {
                group.spawn_named("child", async {
                    take(own).await;
                    Ok(())
                });
                Ok(())
            });
            group.await.unwrap();
        });
        let lost = lock.clone();
        let [two, three] = ["two", "three"].map(|name| spawn_named(name, take(lost.clone())));
        let both = spawn_named("both", async move { _ = gather([two, three]).await });
        yield_now().await;
        yield_now().await;
        let why = |task| without_places(&current_loop().explain(task));
        assert_eq!(
            why(&either),
            "either waits for several things: db (made at here) held by writer; event (made at here); \
             writer waits until 1.000 s"
        );
        assert_eq!(
            why(&group),
            "group waits for the task group of child, which waits for db (made at here) held by writer, \
             which waits until 1.000 s"
        );
        assert_eq!(
            why(&both),
            "both waits for the gather of two, three (made at here); two waits for db (made at here) held by \
             writer; three waits for db (made at here) held by writer"
        );
        sleep(secs(1)).await;
        for task in [writer, either, group, both] {
            task.await.unwrap();
        }
    });
    Setup::new().run(async {
        let lock = Rc::new(Lock::new().named("db"));
        let (own, event) = (lock.clone(), Rc::new(Event::new()));
        let set = event.clone();
        let careless = spawn_named("careless", async move {
            let _guard = own.acquire().await;
            let (other, event) = (own.acquire(), event.wait());
            select((async { drop(other.await) }, event)).await;
        });
        yield_now().await;
        assert_eq!(
            without_places(&current_loop().explain(&careless)),
            "careless waits for several things: db (made at here) held by careless itself; event (made at \
             here); a circle: careless -> careless"
        );
        set.set();
        careless.await.unwrap();
    });
}

#[test]
fn two_arms_of_a_join_that_lock_each_other_wait_for_their_own_task() {
    let deadlock = Setup::new().deadlock(async {
        let [a, b] = ["a", "b"].map(|name| Lock::new().named(name));
        let arm = async |first: &Lock<()>, second: &Lock<()>| {
            let _first = first.acquire().await;
            yield_now().await;
            drop(second.acquire().await);
        };
        join((arm(&a, &b), arm(&b, &a))).await;
    });
    assert_eq!(
        without_places(&deadlock.tasks()),
        "  Task-1 (the main future) waits for several things: b (made at here) held by Task-1 itself; a \
         (made at here) held by Task-1 itself\n  a circle: Task-1 -> Task-1"
    );
}

#[test]
fn a_wait_that_is_over_is_not_named() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(Lock::new().named("db"));
        let _guard = lock.acquire().await;
        let own = lock.clone();
        spawn_named("Plato", async move {
            let mut kept = Box::pin(own.acquire());
            select((&mut kept, yield_now())).await;
            Event::new().named("door").wait().await; // and not the lock
        })
        .detach();
        pending::<()>().await;
    });
    let (says, circles) = told(deadlock);
    assert_eq!((says.as_str(), circles.len()), ("door (made at here)", 0));
}

#[test]
fn the_task_that_adopts_a_guard_is_the_holder() {
    for adopts in [true, false] {
        let deadlock = Setup::new().deadlock(async move {
            let lock: &'static Lock = Box::leak(Box::new(Lock::new().named("db")));
            let (give, given) = futures::channel::oneshot::channel::<LockGuard<'static>>();
            spawn_named("Plato", async move {
                assert!(give.send(lock.acquire().await).is_ok());
                yield_now().await;
                drop(lock.acquire().await);
            })
            .detach();
            let kant = async move {
                let guard = given.await.unwrap();
                if adopts {
                    LockGuard::adopt(&guard);
                }
                pending::<()>().await;
            };
            spawn_named("Kant", kant).detach();
            pending::<()>().await;
        });
        let told = told(deadlock);
        let (holder, circles) = match adopts {
            true => ("Kant", vec![]),
            false => ("Plato itself", vec!["Plato -> Plato".to_string()]),
        };
        assert_eq!(
            told,
            (format!("db (made at here) held by {holder}"), circles)
        );
    }
}

#[test]
fn a_lock_that_was_passed_to_a_future_of_an_ended_task_is_told() {
    let lock: &'static Lock = Box::leak(Box::new(Lock::new().named("db")));
    let deadlock = Setup::new().deadlock(async move {
        let guard = lock.acquire().await;
        let starts = spawn(async move {
            let mut acquire = Box::pin(lock.acquire());
            assert!(futures::poll!(&mut acquire).is_pending());
            Some(acquire)
        });
        let _kept = starts.await.unwrap();
        spawn_named("Plato", async move { drop(lock.acquire().await) }).detach();
        yield_now().await;
        drop(guard);
        pending::<()>().await;
    });
    let (says, circles) = told(deadlock);
    let passed = "db (made at here) passed to a future that has not been polled since";
    assert_eq!((says.as_str(), circles.len()), (passed, 0));
}
