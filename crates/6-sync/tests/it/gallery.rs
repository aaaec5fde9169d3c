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
//! | a promise that is set by no task | that its handles all wait for it |
//! | a lock that is passed to an await which is not polled any more | that await |
//! | a stream whose items are not polled while the body works | the item that was woken |
//! | that stream with `buffer_unordered` of floor 5 | nothing: its items are tasks, and it ends |
//! | a guard that was never dropped | its holder, which has ended |
//! | a circle beside tasks that go on | the circle, while they go on |
//! | a future that keeps no waker | the task, and that its wait is not known |
//! | a race of promises; a gather of children that hang | all of them |
//!
//! Locks and queues are ours, and also those that a user may write on promises.
//!
//! Invariant: for each program, the same text is the error on virtual time, the report of an idle loop on a
//! clock that does not jump, and the nodes of the graph; and `explain` tells the same of each task.
//!
//! Read next: `places.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::mem::forget;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{LocalBoxFuture, select};
use groundup_sync::combinators::{buffer_unordered, gather, race};
use groundup_sync::executor::{
    Builder, Driver, EventLoop, Outside, Parked, all_tasks, current_loop, sleep, spawn,
    spawn_named, stop,
};
use groundup_sync::task::{Promise, ReportKind, Task, Unpark, yield_now};
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

/// A queue that a user may write: it knows neither its name nor its producer.
#[derive(Default)]
pub(crate) struct PlainQueue {
    items: RefCell<VecDeque<u8>>,
    getters: RefCell<VecDeque<Promise<()>>>,
}

impl PlainQueue {
    pub(crate) fn put(&self, item: u8) {
        self.items.borrow_mut().push_back(item);
        if let Some(getter) = self.getters.borrow_mut().pop_front() {
            getter.set_result(()).unwrap();
        }
    }

    pub(crate) async fn get(&self) -> u8 {
        loop {
            if let Some(item) = self.items.borrow_mut().pop_front() {
                return item;
            }
            let promise = Promise::new();
            self.getters.borrow_mut().push_back(promise.clone());
            promise.await.unwrap();
        }
    }
}

/// A clock that does not jump, as a real one does not. But a wait takes no time of the machine.
#[derive(Default)]
struct Steady(Cell<u64>);

impl Driver for Steady {
    fn now(&self) -> u64 {
        self.0.get()
    }
    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        assert!(may_block(), "no thread calls");
        let until =
            until.expect("a loop that waits for ever has reported it before, and was stopped");
        self.0.set(until.max(self.0.get()));
        Parked::Awake
    }
    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }
    fn block(&self, duration: Duration) {
        self.0.set(self.0.get() + duration.as_nanos() as u64);
    }
}

/// A report, and why each task waits at that time.
type Told = (ReportKind, String, Vec<String>);

/// Runs a program that hangs on a clock that does not jump. Returns the tasks and circles of the report, and
/// why each task waits.
fn idle(main: impl Future<Output = ()>) -> (String, Vec<String>) {
    let told: Rc<RefCell<Vec<Told>>> = Rc::default();
    let keep = told.clone();
    let event_loop = EventLoop::builder()
        .driver(Steady::default())
        .idle_report(secs(5))
        .exception_handler(move |report| {
            if report.kind == ReportKind::Idle {
                let why = |task| without_places(&current_loop().explain(&task));
                let whys = all_tasks().into_iter().map(why).collect();
                let text = without_places(&report.message);
                keep.borrow_mut().push((report.kind, text, whys));
                stop();
            } // debug mode has reported the circle before
        })
        .build();
    assert!(event_loop.run_until_complete(main).is_err());
    let mut told = told.take();
    assert_eq!(told.len(), 1);
    let (_, text, whys) = told.remove(0);
    let (head, tasks) = text.split_once('\n').expect("a task");
    assert_eq!(
        head,
        "the loop is idle: nothing is ready and no timer is armed; it goes on waiting, since a thread \
         may wake a task"
    );
    (tasks.to_string(), whys)
}

/// Runs a program that ends on both clocks, and returns its time.
fn ends<F: Future<Output = ()>>(program: impl Fn() -> F) -> Duration {
    let setup = Setup::new();
    setup.run(program());
    let event_loop = EventLoop::builder().driver(Steady::default()).build();
    event_loop.run_until_complete(program()).unwrap();
    let [jumps, steady] = [setup.event_loop, event_loop].map(|it| it.time().since_start());
    assert_eq!(jumps, steady);
    jumps
}

/// Compares the middle of the report on both clocks and in the graph: the lines of the tasks and circles.
/// Then compares why each task waits, the oldest first.
fn hangs<F: Future<Output = ()> + 'static>(program: impl Fn() -> F, lines: &[&str], whys: &[&str]) {
    let deadlock = Setup::new().deadlock(program());
    let text = without_places(&deadlock.to_string());
    let unknown = text.starts_with(&format!("{UNKNOWN}\n"));
    let begins = if unknown { UNKNOWN } else { KNOWN };
    let ends = if unknown {
        format!("{REMOTE}\n{ENDS}")
    } else {
        ENDS.to_string()
    };
    let tasks = format!("  {}", lines.join("\n  "));
    assert_eq!(text, format!("{begins}\n{tasks}\n{ends}"));
    let dot = without_places(&deadlock.dot());
    for line in lines.iter().filter(|line| !line.starts_with("a circle")) {
        let says = line
            .split_once(") waits")
            .map(|(_, says)| format!("waits{says}"));
        assert!(dot.contains(&says.unwrap()), "{line} is in {dot}");
    }
    let circle = lines.iter().any(|line| line.starts_with("a circle"));
    assert_eq!(dot.contains("[color=red]"), circle, "{dot}");
    let (report, told) = idle(program());
    assert_eq!(report, tasks, "on a clock that does not jump");
    assert_eq!(told, whys);
}

#[test]
fn hang_01_two_locks_in_both_orders() {
    hangs(
        || {
            let locks = ["lock A", "lock B"].map(|name| Rc::new(Lock::new().named(name)));
            cross(move |first, second| {
                let [first, second] = [first, second].map(|at| locks[at].clone());
                async move {
                    let _first = first.acquire().await;
                    sleep(secs(1)).await;
                    let _second = second.acquire().await;
                }
            })
        },
        &[
            "payer (spawned at here) waits for lock B (made at here) held by payee",
            "payee (spawned at here) waits for lock A (made at here) held by payer",
            "Task-1 (the main future) waits for task payee",
            "a circle: payer -> payee -> payer",
        ],
        &[
            "Task-1 waits for task payee, which waits for lock A (made at here) held by payer, \
             which waits for lock B (made at here) held by payee again: they wait for each other",
            "payer waits for lock B (made at here) held by payee, which waits for lock A (made at \
             here) held by payer again: they wait for each other",
            "payee waits for lock A (made at here) held by payer, which waits for lock B (made at \
             here) held by payee again: they wait for each other",
        ],
    );
    hangs(
        || {
            let locks: [Rc<Plain>; 2] = Default::default();
            cross(move |first, second| {
                let [first, second] = [first, second].map(|at| locks[at].clone());
                async move {
                    let _first = hold(&first).await;
                    sleep(secs(1)).await;
                    let _second = hold(&second).await;
                }
            })
        },
        &[
            "payer (spawned at here) waits for promise 1 (made at here), which is not set",
            "payee (spawned at here) waits for promise 2 (made at here), which is not set",
            "Task-1 (the main future) waits for task payee",
        ],
        &[
            "Task-1 waits for task payee, which waits for promise 2 (made at here), which is not \
             set",
            "payer waits for promise 1 (made at here), which is not set",
            "payee waits for promise 2 (made at here), which is not set",
        ],
    );
}

#[test]
fn hang_02_two_tasks_await_each_other() {
    let main = || async {
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
        &[
            "Task-1 waits for something that the loop does not know",
            "A waits for task B, which waits for task A again: they wait for each other",
            "B waits for task A, which waits for task B again: they wait for each other",
        ],
    );
}

#[test]
fn hang_03_a_task_awaits_itself() {
    let main = || async {
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
    };
    assert_eq!(ends(main), secs(1));
}

#[test]
fn hang_04_a_queue_whose_producer_has_ended() {
    let main = || async {
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
        &[
            "Task-1 waits for task consumer, which waits for an item of orders (made at here); \
             the last one came from a task that has ended",
            "consumer waits for an item of orders (made at here); the last one came from a task \
             that has ended",
        ],
    );
    let main = || async {
        let items = Rc::new(PlainQueue::default());
        let puts = items.clone();
        spawn_named("producer", async move { puts.put(1) }).detach();
        let consumer = async move {
            for _ in 0..2 {
                items.get().await;
            }
        };
        spawn_named("consumer", consumer).await.unwrap();
    };
    hangs(
        main,
        &[
            "consumer (spawned at here) waits for promise 1 (made at here), which is not set",
            "Task-1 (the main future) waits for task consumer",
        ],
        &[
            "Task-1 waits for task consumer, which waits for promise 1 (made at here), which is \
             not set",
            "consumer waits for promise 1 (made at here), which is not set",
        ],
    );
}

#[test]
fn hang_05_a_promise_that_no_code_can_set() {
    let main = || async {
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
            "reader (spawned at here) waits for promise 1 (made at here), which is not set and whose \
             handles all wait for it",
            "Task-1 (the main future) waits for task reader",
        ],
        &[
            "Task-1 waits for task reader, which waits for promise 1 (made at here), which is not \
             set and whose handles all wait for it",
            "reader waits for promise 1 (made at here), which is not set and whose handles all wait for it",
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
        || async { futurelock!(Plain::default(), hold) },
        &[
            "Task-1 (the main future) waits for promise 2 (made at here), which is not set; promise 1 \
             (made at here) is set, but its await in Task-1 was not polled since",
        ],
        &[
            "Task-1 waits for promise 2 (made at here), which is not set; promise 1 (made at \
             here) is set, but its await in Task-1 was not polled since",
        ],
    );
    hangs(
        || async { futurelock!(Lock::new().named("db"), Lock::acquire) },
        &[
            "Task-1 (the main future) waits for db (made at here) held by Task-1, to which it was \
             passed, and which has not polled since",
            "a circle: Task-1 -> Task-1",
        ],
        &[
            "Task-1 waits for db (made at here) held by Task-1, to which it was passed, and which \
             has not polled since: it waits for itself",
        ],
    );
}

#[test]
fn hang_07_a_stream_whose_items_are_not_polled() {
    let main = || async {
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
        &[
            "Task-1 waits for promise 2 (made at here), which is not set; promise 1 (made at \
             here) is set, but its await in Task-1 was not polled since",
        ],
    );
}

/// The items are tasks, which go on while the body works.
#[test]
fn hang_07_ends_with_the_stream_of_this_crate() {
    let main = || async {
        let lock = Rc::new(Plain::default());
        let item = |number: u32| {
            let lock = lock.clone();
            async move {
                let _guard = hold(&lock).await;
                sleep(secs(1)).await;
                number
            }
        };
        let items: Vec<_> = (0..3).map(item).collect();
        let mut items = pin!(buffer_unordered(futures::stream::iter(items), 2));
        while items.next().await.is_some() {
            let _guard = hold(&lock).await;
            sleep(secs(1)).await;
        }
    };
    assert_eq!(ends(main), secs(6));
}

#[test]
fn hang_08_a_guard_that_is_never_dropped() {
    let main = || async {
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
        &[
            "Task-1 waits for task victim, which waits for db (made at here) held by leaker, \
             which has ended",
            "victim waits for db (made at here) held by leaker, which has ended",
        ],
    );
    let main = || async {
        let lock = Rc::new(Plain::default());
        let own = lock.clone();
        let leaker = spawn_named("leaker", async move { forget(hold(&own).await) });
        leaker.await.unwrap();
        let victim = spawn_named("victim", async move { drop(hold(&lock).await) });
        victim.await.unwrap();
    };
    hangs(
        main,
        &[
            "victim (spawned at here) waits for promise 1 (made at here), which is not set",
            "Task-1 (the main future) waits for task victim",
        ],
        &[
            "Task-1 waits for task victim, which waits for promise 1 (made at here), which is not \
             set",
            "victim waits for promise 1 (made at here), which is not set",
        ],
    );
}

#[test]
fn hang_09_a_circle_beside_tasks_that_go_on() {
    let main = || async {
        await_each_other();
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
        await_each_other(); // another circle, which is reported alone
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
    };
    let told = |builder: Builder| {
        let told: Rc<RefCell<Vec<Told>>> = Rc::default();
        let keep = told.clone();
        let event_loop = builder
            .circle_report(secs(1))
            .exception_handler(move |report| {
                let why = |task| without_places(&current_loop().explain(&task));
                let whys = all_tasks().into_iter().skip(1).map(why).collect();
                let text = without_places(&report.message);
                keep.borrow_mut().push((report.kind, text, whys));
            })
            .build();
        event_loop.run_until_complete(main()).unwrap();
        told.take()
    };
    let circle = "tasks wait for each other, while the loop goes on\n  \
                  A (spawned at here) waits for task B\n  \
                  B (spawned at here) waits for task A\n  \
                  a circle: A -> B -> A";
    let why = [
        "A waits for task B, which waits for task A again: they wait for each other",
        "B waits for task A, which waits for task B again: they wait for each other",
    ];
    let circle = |times: usize| {
        let whys: Vec<String> = why.repeat(times).into_iter().map(String::from).collect();
        (ReportKind::Circle, circle.to_string(), whys)
    };
    let expected = [circle(1), circle(2)];
    assert_eq!(told(EventLoop::builder().virtual_time()), expected);
    assert_eq!(
        told(EventLoop::builder().driver(Steady::default())),
        expected
    );
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
    let main = || async {
        let careless = spawn_named("careless", poll_fn(|_| Poll::<()>::Pending));
        careless.await.unwrap();
    };
    hangs(
        main,
        &[
            "careless (spawned at here) waits for something that the loop does not know",
            "Task-1 (the main future) waits for task careless",
        ],
        &[
            "Task-1 waits for task careless, which waits for something that the loop does not know",
            "careless waits for something that the loop does not know",
        ],
    );
}

#[test]
fn hang_11_a_race_of_promises_and_a_gather_of_children_that_hang() {
    let main = || async {
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
        &[
            "Task-1 waits for task gatherer, which waits for the gather of left, right (made at \
             here); left waits for something that the loop does not know; right waits for \
             something that the loop does not know",
            "chooser waits for several things: promise 1 (made at here); promise 2 (made at here)",
            "gatherer waits for the gather of left, right (made at here); left waits for \
             something that the loop does not know; right waits for something that the loop does \
             not know",
            "left waits for something that the loop does not know",
            "right waits for something that the loop does not know",
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
