//! The report of a deadlock: why a program hangs.
//!
//! The problem: a program that waits for ever looks like one that works. On virtual time
//! the loop knows the difference, and its error lists which task waits for what.
//!
//! Invariant: the texts are compared whole. They are written for people, and a person
//! should read them when they change.
//!
//! Read next: `standard_error.rs`.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use crate::support::log::{ms, secs, virtual_loop};
use futures::future::join;
use groundup_executor::task::{Deadlock, Promise, ReportKind, Task, TaskRef, Unpark, yield_now};
use groundup_executor::trace::Wait;
use groundup_executor::{
    Driver, EventLoop, Outside, Parked, RunError, Virtual, call_later, current_loop, current_task,
    sleep, spawn, spawn_named, time,
};

const BEGINS: &str =
    "deadlock: nothing is ready, no timer is armed, and nobody outside can call the loop\n  ";
/// The first and last sentence of the report if a task waits for something a thread may cause.
const BEGINS_UNKNOWN: &str = "deadlock: nothing is ready and no timer is armed\n  ";
const ENDS_UNKNOWN: &str = "\nIf a thread is to wake one of them, keep a `Remote` as long as it may call \
     (`at_work()` while it computes), or use the real clock.";
const ENDS: &str = "\nSet, wake or cancel what one of them waits for, and it goes on.";

fn deadlock<T>(outcome: Result<T, RunError>) -> Deadlock {
    match outcome {
        Err(RunError::Deadlock(deadlock)) => deadlock,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it ended"),
    }
}

/// Returns the middle of the report without the places, which change with this file.
fn told(deadlock: &Deadlock) -> String {
    let text = deadlock.to_string();
    let text = text.strip_suffix(ENDS).expect("it ends as always");
    let known = |stuck: &groundup_executor::task::Stuck| {
        !matches!(stuck.wait, Wait::Nothing | Wait::Outside | Wait::Several)
    };
    without_places(if deadlock.stuck.iter().all(known) {
        text.strip_prefix(BEGINS).expect("nobody can call")
    } else {
        let text = text.strip_prefix(BEGINS_UNKNOWN).expect("a thread might");
        text.strip_suffix(ENDS_UNKNOWN).expect("it says how")
    })
}

/// `(made at crates/4-executor/tests/it/explain.rs:1:2)` becomes `(made here)`.
fn without_places(text: &str) -> String {
    let at = format!(" at {}:", file!());
    let mut parts = text.split(&at);
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (place, rest) = part.split_once(')').expect("a place is in brackets");
        assert!(
            place.chars().all(|c| c.is_ascii_digit() || c == ':'),
            "{place}"
        );
        out += " here)";
        out += rest;
    }
    out
}

fn named<T>(name: &str, task: Task<T>) -> Task<T> {
    task.set_name(name);
    task
}

#[test]
fn a_promise_that_nobody_sets() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let deadlock = deadlock(event_loop.run_until_complete(promise));
    assert_eq!(
        told(&deadlock),
        "Task-1 (the main future) waits for promise 1 (made here), which is not set and whose handles all wait for it"
    );
    let stuck = &deadlock.stuck[0];
    assert_eq!((&*stuck.task, &stuck.wait), ("Task-1", &Wait::Promise(1)));
    assert_eq!(stuck.promise.unwrap().file(), file!());
}

#[test]
fn a_chain_of_tasks() {
    let event_loop = virtual_loop();
    let main = async {
        let promise = Promise::<u8>::new();
        let fetch = named("fetch", spawn(promise.into_future()));
        let parse = named("parse", spawn(fetch.into_future()));
        sleep(secs(1)).await;
        parse.await
    };
    let deadlock = deadlock(event_loop.run_until_complete(main));
    assert_eq!(
        told(&deadlock),
        "fetch (spawned here) waits for promise 1 (made here), which is not set and whose handles all wait for it\n  \
         Task-1 (the main future) waits for task parse\n  \
         parse (spawned here) waits for task fetch"
    );
    assert_eq!(event_loop.time().since_start(), secs(1));
}

#[test]
fn tasks_that_wait_for_each_other() {
    let event_loop = virtual_loop();
    let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let late = slot.clone();
    let alice = event_loop.spawn(async move {
        yield_now().await;
        let bob = late.borrow_mut().take().unwrap();
        let _ = bob.await;
    });
    let alice = named("alice", alice);
    let (first, bob) = (
        alice.task_ref(),
        event_loop.spawn(async move { drop(alice.await) }),
    );
    *slot.borrow_mut() = Some(named("bob", bob));
    let deadlock = deadlock(event_loop.run_forever());
    assert_eq!(
        told(&deadlock),
        "alice (spawned here) waits for task bob\n  bob (spawned here) waits for task alice\n  \
         a circle: alice -> bob -> alice"
    );
    assert_eq!(
        event_loop.explain(&first),
        "alice waits for task bob, which waits for task alice again: they wait for each other"
    );
    // A cancel reaches the tasks nevertheless.
    first.cancel();
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    assert!(first.done());
}

#[test]
fn things_that_the_loop_knows_little_of() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let tasks = [
        named("for ever", event_loop.spawn(sleep(Duration::MAX))),
        named("a stranger", event_loop.spawn(pending::<()>())),
        named(
            "both",
            event_loop
                .spawn(async { drop(join(promise.into_future(), sleep(Duration::MAX)).await) }),
        ),
    ];
    let deadlock = deadlock(event_loop.run_forever());
    assert_eq!(
        told(&deadlock),
        "for ever (spawned here) sleeps for ever\n  \
         a stranger (spawned here) waits for something that the loop does not know\n  \
         both (spawned here) waits for several things, among them promise 1 (made here)"
    );
    drop(tasks);
}

#[test]
fn a_loop_with_nothing_to_do() {
    let event_loop = virtual_loop();
    let deadlock = deadlock(event_loop.run_forever());
    assert!(deadlock.stuck.is_empty());
    assert_eq!(
        deadlock.to_string(),
        "deadlock: the loop runs, but it has no task, no callback and no timer, so nothing can \
         ever happen; stop it from a callback, or give it something to do"
    );
}

#[test]
fn a_great_many_tasks_are_told_in_short() {
    let event_loop = virtual_loop();
    for _ in 0..20_000 {
        let wait = event_loop.create_promise::<u8>().into_future();
        event_loop.spawn(wait).detach();
    }
    let deadlock = deadlock(event_loop.run_forever());
    assert_eq!(deadlock.stuck.len(), 20_000);
    let told = told(&deadlock);
    assert!(told.contains("Task-20 (") && !told.contains("Task-21 ("));
    assert!(told.ends_with("\n  and 19980 more"));
}

#[test]
fn many_tasks_that_wait_alike_share_a_line_and_the_main_future_has_one() {
    let event_loop = virtual_loop();
    let ended = event_loop.run_until_complete(async {
        for _ in 0..30 {
            spawn(yield_now()).detach(); // they end, and their numbers are not used again
        }
        yield_now().await;
        for number in 0..100 {
            spawn_named(format!("idle {number}"), pending::<()>()).detach();
        }
        for number in 0..30 {
            let wait = current_loop().create_promise::<u8>().into_future();
            spawn_named(format!("waiter {number}"), wait).detach();
        }
        pending::<()>().await;
    });
    let told = told(&deadlock(ended));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 21, "{told}");
    let alike = "idle 0 (spawned here) waits for something that the loop does not know; so do 99 more, \
                 up to idle 99";
    assert!(told.contains(alike), "{told}");
    assert!(told.contains("Task-1 (the main future) waits"), "{told}");
    assert_eq!(lines[20], "  and 12 more", "{told}");
}

#[test]
fn after_a_deadlock_the_loop_goes_on_where_it_was() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let waits = event_loop.spawn(promise.clone().into_future());
    for _ in 0..3 {
        deadlock(event_loop.run_forever());
    }
    promise.set_result(5).unwrap();
    assert_eq!(event_loop.run_until_done(waits).unwrap().unwrap(), 5);
    // This holds also for a main future that could not go on.
    deadlock(event_loop.run_until_complete(pending::<()>()));
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
}

fn explained(event_loop: &EventLoop, task: &TaskRef) -> String {
    without_places(&event_loop.explain(task))
}

#[test]
fn explain_follows_the_waits_to_their_end() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let (waiting, setter) = (promise.clone(), promise);
    let main = async {
        let inner = named("inner", spawn(waiting.into_future()));
        let inner_ref = inner.task_ref();
        let outer = named("outer", spawn(inner.into_future()));
        assert_eq!(explained(&event_loop, &outer), "outer is ready to run");
        let me = current_task().unwrap();
        me.set_name("main");
        assert_eq!(explained(&event_loop, &me), "main is running");
        sleep(ms(1500)).await;
        assert_eq!(
            explained(&event_loop, &outer),
            "outer waits for task inner, which waits for promise 1 (made here), which is not set"
        );
        setter.set_result(5).unwrap();
        assert_eq!(
            explained(&event_loop, &outer),
            "outer waits for task inner, which is ready to run"
        );
        yield_now().await;
        assert_eq!(explained(&event_loop, &inner_ref), "inner is done");
        let sleeper = named("sleeper", spawn(sleep(secs(1))));
        let far = named("far", spawn(sleep(secs(400 * 86_400))));
        yield_now().await;
        assert_eq!(time().since_start(), ms(1500));
        assert_eq!(
            explained(&event_loop, &sleeper),
            "sleeper waits until 2.500 s"
        );
        assert_eq!(
            explained(&event_loop, &far),
            "far waits until 34560001.500 s"
        );
        far.cancel();
        outer.await
    };
    event_loop
        .run_until_complete(main)
        .unwrap()
        .unwrap()
        .unwrap()
        .unwrap();
    let gone = event_loop.spawn(async {}).task_ref();
    event_loop.run_until_complete(yield_now()).unwrap();
    assert_eq!(event_loop.explain(&gone), "a task that has gone");
}

#[test]
fn all_waits_are_told_at_any_time() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let waiter = event_loop.spawn_named("waiter", promise.clone().into_future());
    event_loop.spawn_named("reader", waiter).detach();
    event_loop.spawn_named("nap", sleep(secs(5))).detach();
    let told = event_loop.run_until_complete(async move {
        let new = spawn_named("new", async {});
        let at_first = without_places(&current_loop().explain_all());
        new.await.unwrap();
        (at_first, without_places(&current_loop().explain_all()))
    });
    let (at_first, later) = told.unwrap();
    let waits = "waiter (spawned here) waits for promise 1 (made here), which is not set\n\
                 reader (spawned here) waits for task waiter\n\
                 nap (spawned here) waits until 5.000 s\n\
                 Task-4 (the main future) is running";
    assert_eq!(later, waits);
    assert_eq!(
        at_first,
        format!("{waits}\nnew (spawned here) is ready to run")
    );
    let after = without_places(&event_loop.explain_all());
    assert_eq!(after, waits.rsplit_once('\n').unwrap().0);
}

#[test]
fn a_spawned_task_that_asks_is_not_called_the_main_future() {
    let event_loop = virtual_loop();
    let told = event_loop.run_until_complete(async {
        let asks = spawn_named("asks", async { current_loop().explain_all() });
        asks.await.unwrap()
    });
    assert_eq!(
        told.unwrap(),
        "Task-1 (the main future) waits for task asks\nasks is running"
    );
}

#[test]
fn a_main_future_that_waits_inside_a_future_of_its_own_is_not_known_better() {
    let event_loop = virtual_loop();
    let main = poll_fn(|_| Poll::<()>::Pending);
    assert_eq!(
        told(&deadlock(event_loop.run_until_complete(main))),
        "Task-1 (the main future) waits for something that the loop does not know"
    );
}

/// A clock that jumps, and does not say so. The loop takes it for a real one.
struct LikeARealOne(Virtual);

impl Driver for LikeARealOne {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(&self, until: Option<u64>, by: Outside, asleep: &mut dyn FnMut() -> bool) -> Parked {
        self.0.park(until, by, asleep)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }
}

/// Two tasks await each other a moment after the loop has looked for circles, and nothing else is left.
/// On a real clock the loop would park for ever: it wakes once for the check.
#[test]
fn a_circle_that_stops_the_loop_is_told() {
    let told = Rc::new(Cell::new(None));
    let copy = told.clone();
    let event_loop = EventLoop::builder()
        .driver(LikeARealOne(Virtual::new()))
        .debug(false) // no report that it is idle, whatever the variables of the process say
        .circle_report(secs(1))
        .exception_handler(move |report| {
            assert_eq!(report.kind, ReportKind::Circle);
            let now = current_loop().time().since_start();
            assert_eq!(copy.replace(Some(now)), None);
        })
        .build();
    let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let other = slot.clone();
    let a = event_loop.spawn(async move {
        sleep(ms(1)).await; // the loop looks before it parks for this
        let b = other.take().expect("it is there");
        let _ = b.await;
    });
    *slot.borrow_mut() = Some(event_loop.spawn(async { drop(a.await) }));
    // After the check the clock has nowhere to jump: the loop would park for ever.
    assert!(event_loop.run_forever().is_err());
    assert_eq!(told.get(), Some(secs(1)));
    // The first steps, the timer, the step of a, the park until the check, the check.
    assert_eq!(event_loop.iteration(), 5);
}

/// Two tasks await each other, and the handler of the report sets a timer that opens the circle. The
/// loop, which had no timer before, wakes for it.
#[test]
fn a_timer_that_the_handler_of_a_circle_sets_is_seen_before_the_loop_parks() {
    for every in [secs(1), Duration::ZERO] {
        let event_loop = EventLoop::builder()
            .virtual_time()
            .circle_report(every)
            .exception_handler(|report| {
                assert_eq!(report.kind, ReportKind::Circle);
                let one = current_loop().all_tasks().into_iter().next_back();
                let one = one.expect("a task of the circle");
                call_later(secs(1), move || assert!(one.cancel()));
            })
            .build();
        let main = async {
            let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
            let other = slot.clone();
            let a = spawn(async move {
                yield_now().await;
                let b = other.take().expect("it is there");
                let _ = b.await;
            });
            let b = spawn(async { drop(a.await) });
            *slot.borrow_mut() = Some(b.clone());
            let _ = b.await;
        };
        event_loop.run_until_complete(main).expect("it ends");
        assert_eq!(event_loop.time().since_start(), secs(1));
    }
}

#[test]
fn a_name_with_line_breaks_stays_on_its_line() {
    let event_loop = EventLoop::builder().virtual_time().debug(true).build();
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let seen = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        seen.borrow_mut().push(report.to_string());
    })));
    let name = "worker\n  Task-1 can go on\u{1b}[2J";
    let deadlock = deadlock(event_loop.run_until_complete(async {
        let worker = spawn_named(name, pending::<()>());
        yield_now().await;
        let worker = worker.as_task_ref().clone();
        let explained = [
            current_loop().explain(&worker),
            current_loop().explain_all(),
        ];
        assert_eq!(explained.map(|text| text.lines().count()), [1, 2]);
        pending::<()>().await;
    }));
    assert_eq!(deadlock.tasks().lines().count(), 2, "{deadlock}");
    event_loop.close().unwrap();
    let text = deadlock.to_string() + &reports.borrow().join("\n");
    assert_eq!(
        text.matches("worker\\n  Task-1 can go on\\u{1b}[2J")
            .count(),
        2,
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
}
