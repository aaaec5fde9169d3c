//! Eleven programs that hang, and the whole report of each.
//!
//! The problem: a person reads a report when a program hangs, and only then. A report that is right
//! about one kind of hang may be of no help with the next. So the kinds that programs really have are
//! here, side by side, and the reports are compared whole, but for the places.
//!
//! | program | the report says |
//! |---|---|
//! | two locks, taken in both orders | the holders and the circle; of locks without holders, the places |
//! | two tasks await each other | the circle |
//! | a task awaits itself | nothing: the await returns an error at once |
//! | a queue whose producer has ended | the queue, and that its producer has ended |
//! | a promise that is set by no task | that it has no other handle |
//! | a lock that is passed to an await which is not polled any more | that await |
//! | a stream whose items are not polled while the body works | the item that was woken |
//! | a guard that was never dropped | its holder, which has ended |
//! | a circle beside tasks that go on | the circle, while they go on |
//! | a future that keeps no waker | the task, and that its wait is not known |
//! | a race of promises; a gather of children that hang | all of them |
//!
//! Invariant: the same text is the error on virtual time, the report of an idle loop on the real clock,
//! and the nodes of the graph.
//!
//! Read next: `places.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::mem::forget;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{LocalBoxFuture, select};
use groundup_sync::combinators::{gather, race};
use groundup_sync::executor::{EventLoop, sleep, spawn, spawn_named, stop};
use groundup_sync::task::{Promise, ReportKind, Task, yield_now};
use groundup_sync::{Lock, LockGuard, Queue};

use crate::setup::*;

const UNKNOWN: &str = "deadlock: nothing is ready and no timer is armed";
const KNOWN: &str =
    "deadlock: nothing is ready, no timer is armed, and nobody outside can call the loop";
const REMOTE: &str = "If a thread is to wake one of them, keep a `Remote` as long as it may call \
     (`at_work()` while it computes), or use the real clock.";
const ENDS: &str = "Set, wake or cancel what one of them waits for, and it goes on.";

/// A lock that a user may write: it knows neither its name nor its holder.
#[derive(Default)]
pub(crate) struct Plain {
    held: Cell<bool>,
    waiters: RefCell<VecDeque<Promise<()>>>,
}

pub(crate) struct Held(Rc<Plain>);

pub(crate) async fn hold(lock: &Rc<Plain>) -> Held {
    if lock.held.replace(true) {
        let promise = Promise::new();
        lock.waiters.borrow_mut().push_back(promise.clone());
        promise.await.unwrap();
    }
    Held(lock.clone())
}

impl Drop for Held {
    fn drop(&mut self) {
        match self.0.waiters.borrow_mut().pop_front() {
            Some(next) => drop(next.set_result(())),
            None => self.0.held.set(false),
        }
    }
}

/// Two tasks that await each other.
fn await_each_other() {
    let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let other = slot.clone();
    let a = spawn_named("A", async move {
        yield_now().await;
        let b = other.take().unwrap();
        b.await.unwrap();
    });
    *slot.borrow_mut() = Some(spawn_named("B", async { a.await.unwrap() }));
}

/// Two tasks take two locks in both orders.
pub(crate) fn cross<F: Future<Output = ()> + 'static>(
    takes: impl Fn(usize, usize) -> F,
) -> LocalBoxFuture<'static, ()> {
    let [one, other] = [takes(0, 1), takes(1, 0)];
    Box::pin(async move {
        let payer = spawn_named("payer", one);
        spawn_named("payee", other).await.unwrap();
        payer.await.unwrap();
    })
}

/// Compares the middle of the report: the lines of the tasks and circles.
fn hangs(main: impl Future<Output = ()> + 'static, lines: &[&str]) {
    let deadlock = Setup::new().deadlock(main);
    let text = without_places(&deadlock.to_string());
    let unknown = text.starts_with(&format!("{UNKNOWN}\n"));
    let begins = if unknown { UNKNOWN } else { KNOWN };
    let ends = if unknown {
        format!("{REMOTE}\n{ENDS}")
    } else {
        ENDS.to_string()
    };
    assert_eq!(text, format!("{begins}\n  {}\n{ends}", lines.join("\n  ")));
    let dot = without_places(&deadlock.dot());
    for line in lines.iter().filter(|line| !line.starts_with("a circle")) {
        let says = line
            .split_once(") waits")
            .map(|(_, says)| format!("waits{says}"));
        assert!(dot.contains(&says.unwrap()), "{line} is in {dot}");
    }
    let circle = lines.iter().any(|line| line.starts_with("a circle"));
    assert_eq!(dot.contains("[color=red]"), circle, "{dot}");
}

#[test]
fn hang_01_two_locks_in_both_orders() {
    let locks = ["lock A", "lock B"].map(|name| Rc::new(Lock::new().named(name)));
    hangs(
        cross(|first, second| {
            let [first, second] = [first, second].map(|at| locks[at].clone());
            async move {
                let _first = first.acquire().await;
                sleep(secs(1)).await;
                let _second = second.acquire().await;
            }
        }),
        &[
            "payer (spawned at here) waits for lock B (made at here) held by payee",
            "payee (spawned at here) waits for lock A (made at here) held by payer",
            "Task-1 (the main future) waits for task payee",
            "a circle: payer -> payee -> payer",
        ],
    );
    let locks: [Rc<Plain>; 2] = Default::default();
    hangs(
        cross(|first, second| {
            let [first, second] = [first, second].map(|at| locks[at].clone());
            async move {
                let _first = hold(&first).await;
                sleep(secs(1)).await;
                let _second = hold(&second).await;
            }
        }),
        &[
            "payer (spawned at here) waits for promise 1 (made at here), which is not set",
            "payee (spawned at here) waits for promise 2 (made at here), which is not set",
            "Task-1 (the main future) waits for task payee",
        ],
    );
}

#[test]
fn hang_02_two_tasks_await_each_other() {
    let main = async {
        await_each_other();
        pending::<()>().await;
    };
    hangs(
        main,
        &[
            "A (spawned at here) waits for task B",
            "B (spawned at here) waits for task A",
            "Task-1 (the main future) waits for something that the loop does not know",
            "a circle: A -> B -> A",
        ],
    );
}

#[test]
fn hang_03_a_task_awaits_itself() {
    Setup::new().run(async {
        let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let own = slot.clone();
        let narcissus = spawn(async move {
            yield_now().await;
            let myself: Task<()> = own.take().unwrap();
            let answer = myself.await;
            assert_eq!(format!("{answer:?}"), "Err(AwaitedItself)");
        });
        *slot.borrow_mut() = Some(narcissus);
        sleep(secs(1)).await;
    });
}

#[test]
fn hang_04_a_queue_whose_producer_has_ended() {
    let main = async {
        let items = Rc::new(Queue::unbounded().named("orders"));
        let puts = items.clone();
        spawn_named("producer", async move { puts.put_nowait(1).unwrap() }).detach();
        let consumer = async move {
            for _ in 0..2 {
                items.get().await.unwrap();
            }
        };
        spawn_named("consumer", consumer).await.unwrap();
    };
    hangs(
        main,
        &[
            "consumer (spawned at here) waits for an item of orders (made at here); the last one came from \
             a task that has ended",
            "Task-1 (the main future) waits for task consumer",
        ],
    );
}

#[test]
fn hang_05_a_promise_that_no_code_can_set() {
    let main = async {
        let promise = Promise::<u8>::new();
        let copy = promise.clone();
        let forgets = async move {
            if copy.done() {
                copy.set_result(1).unwrap();
            }
        };
        spawn(forgets).detach();
        let reader = spawn_named("reader", async { promise.await.unwrap() });
        reader.await.unwrap();
    };
    hangs(
        main,
        &[
            "reader (spawned at here) waits for promise 1 (made at here), which is not set and has \
             no other handle",
            "Task-1 (the main future) waits for task reader",
        ],
    );
}

/// The first branch of a select waits for a lock, and the second one is done first. Then the body waits
/// for the lock, while the first branch is alive.
macro_rules! futurelock {
    ($lock:expr, $take:expr) => {{
        let lock = Rc::new($lock);
        let own = lock.clone();
        let first = async move {
            let _guard = $take(&own).await;
            sleep(secs(1)).await;
        };
        spawn_named("background", first).detach();
        yield_now().await;
        let mut waits = pin!(async { drop($take(&lock).await) });
        select(waits.as_mut(), pin!(sleep(Duration::from_millis(500)))).await;
        drop($take(&lock).await);
    }};
}

#[test]
fn hang_06_a_lock_is_passed_to_an_await_that_is_not_polled() {
    hangs(
        async { futurelock!(Plain::default(), hold) },
        &[
            "Task-1 (the main future) waits for promise 2 (made at here), which is not set; promise 1 \
             (made at here) is set, but its await in Task-1 was not polled since",
        ],
    );
    hangs(
        async { futurelock!(Lock::new().named("db"), Lock::acquire) },
        &[
            "Task-1 (the main future) waits for db (made at here) held by Task-1, to which it was \
             passed, and which has not polled since",
            "a circle: Task-1 -> Task-1",
        ],
    );
}

#[test]
fn hang_07_a_stream_whose_items_are_not_polled() {
    let main = async {
        let lock = Rc::new(Plain::default());
        let item = |number: u32| {
            let lock = lock.clone();
            async move {
                let _guard = hold(&lock).await;
                sleep(secs(1)).await;
                number
            }
        };
        let items = futures::stream::iter(0..3).map(item);
        let mut items = pin!(items.buffer_unordered(2));
        while items.next().await.is_some() {
            let _guard = hold(&lock).await;
            sleep(secs(1)).await;
        }
    };
    hangs(
        main,
        &[
            "Task-1 (the main future) waits for promise 2 (made at here), which is not set; promise 1 \
             (made at here) is set, but its await in Task-1 was not polled since",
        ],
    );
}

#[test]
fn hang_08_a_guard_that_is_never_dropped() {
    let main = async {
        let lock = Rc::new(Lock::new().named("db"));
        let own = lock.clone();
        let leaker = spawn_named("leaker", async move { forget(own.acquire().await) });
        leaker.as_task_ref().ended().await;
        let victim = spawn_named("victim", async move { drop(lock.acquire().await) });
        victim.await.unwrap();
    };
    hangs(
        main,
        &[
            "victim (spawned at here) waits for db (made at here) held by leaker, which has ended",
            "Task-1 (the main future) waits for task victim",
        ],
    );
}

#[test]
fn hang_09_a_circle_beside_tasks_that_go_on() {
    let told: Rc<RefCell<Vec<(ReportKind, String)>>> = Rc::default();
    let keep = told.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .circle_report(secs(1))
        .exception_handler(move |report| {
            keep.borrow_mut()
                .push((report.kind, report.message.clone()));
        })
        .build();
    let main = async {
        await_each_other();
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
        await_each_other(); // another circle, which is reported alone
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
    };
    event_loop.run_until_complete(main).unwrap();
    let told: Vec<_> = told
        .take()
        .into_iter()
        .map(|(kind, text)| (kind, without_places(&text)))
        .collect();
    let circle = "tasks wait for each other, while the loop goes on\n  \
                  A (spawned at here) waits for task B\n  \
                  B (spawned at here) waits for task A\n  \
                  a circle: A -> B -> A";
    let circle = || (ReportKind::Circle, circle.to_string());
    assert_eq!(told, [circle(), circle()]);
}

/// A task waits for a lock of which it has kept no guard. Another task may release it, and does.
#[test]
fn hang_09_a_lock_that_is_released_by_hand_makes_no_circle() {
    let told = Rc::new(Cell::new(0));
    let count = told.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .circle_report(secs(1))
        .exception_handler(move |_| count.set(count.get() + 1))
        .build();
    let main = async {
        let lock = Rc::new(Lock::new());
        let own = lock.clone();
        let twice = spawn_named("twice", async move {
            LockGuard::keep(own.acquire().await);
            drop(own.acquire().await);
        });
        for _ in 0..3 {
            sleep(secs(1)).await;
        }
        lock.release().unwrap();
        twice.await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(told.get(), 0);
}

#[test]
fn hang_10_a_future_that_keeps_no_waker() {
    let main = async {
        let careless = spawn_named("careless", poll_fn(|_| Poll::<()>::Pending));
        careless.await.unwrap();
    };
    hangs(
        main,
        &[
            "careless (spawned at here) waits for something that the loop does not know",
            "Task-1 (the main future) waits for task careless",
        ],
    );
}

#[test]
fn hang_11_a_race_of_promises_and_a_gather_of_children_that_hang() {
    let main = async {
        let [one, other] = [(), ()].map(|()| Promise::<u8>::new());
        let chooser = async { _ = race((one.into_future(), other.into_future())).await };
        let chooser = spawn_named("chooser", chooser);
        let children = || ["left", "right"].map(|name| spawn_named(name, pending::<u8>()));
        let gatherer = async move { _ = gather(children()).await };
        spawn_named("gatherer", gatherer).await.unwrap();
        chooser.await.unwrap();
    };
    hangs(
        main,
        &[
            "chooser (spawned at here) waits for several things: promise 1 (made at here); promise 2 \
             (made at here)",
            "left (spawned at here) waits for something that the loop does not know",
            "right (spawned at here) waits for something that the loop does not know",
            "Task-1 (the main future) waits for task gatherer",
            "gatherer (spawned at here) waits for the gather of left, right (made at here)",
        ],
    );
}

#[test]
fn the_report_of_an_idle_loop_has_the_same_lines() {
    let main = || async {
        let lock = Rc::new(Lock::new().named("db"));
        forget(lock.acquire().await);
        drop(lock.acquire().await);
    };
    let deadlock = Setup::new().deadlock(main());
    let told = Rc::new(RefCell::new(String::new()));
    let keep = told.clone();
    let event_loop = EventLoop::builder()
        .idle_report(Duration::from_millis(1))
        .exception_handler(move |report| {
            if report.kind == ReportKind::Idle {
                *keep.borrow_mut() = without_places(&report.message);
                stop();
            } // debug mode has reported the circle before
        })
        .build();
    event_loop.spawn(main()).detach();
    event_loop.run_forever().unwrap();
    let lines = without_places(&deadlock.tasks()).replace("the main future", "spawned at here");
    assert!(
        told.borrow()
            .ends_with(&format!("may wake a task\n{lines}")),
        "{}",
        told.borrow()
    );
}
