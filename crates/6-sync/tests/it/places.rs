//! What a report says more of a loop that is watched.
//!
//! The problem: the report of a hang names the thing for which a task waits, and a person looks for the
//! line that waits, and, of a bare promise, for the code that was to set it. A loop that is watched, by a
//! sink or in debug mode, has noted both.
//!
//! | program | a report says more |
//! |---|---|
//! | an await of a task, a promise, a sleep, or a primitive | where it is |
//! | a tick of an interval, but not of its stream | where it is |
//! | a member of a race: a lock, a queue, or another primitive with a line | where it is |
//! | a oneshot that a combinator polls, a group | nothing: their futures do not pass the line on |
//! | a wait that was notified, and that its task does not poll | which primitive has notified it |
//! | a job of a pool | where it was submitted, also if no loop is watched |
//! | two sleeps of one delay at two lines, made before the first poll | nothing: no line tells which |
//! | two locks of bare promises, taken in both orders | where a handle of each promise went |
//! | a queue of bare promises, whose producer has ended | the same, and that the producer set the last one |
//! | a lock of bare promises, whose guard was forgotten | where a handle went: into the line of the lock |
//!
//! Read next: `circles.rs`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, pending, poll_fn};
use std::mem::forget;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use futures::future::{LocalBoxFuture, select};
use groundup_sync::combinators::{interval_at, join, race, timeout};
use groundup_sync::executor::{
    EventLoop, Instant, RunError, current_loop, run, sleep, sleep_until, spawn, spawn_named,
};
use groundup_sync::task::{Deadlock, Promise, catch_cancel, yield_now};
use groundup_sync::trace::{Recorder, Verb};
use groundup_sync::{
    Barrier, CancellationToken, Condition, Event, Lock, Notify, OnceCell, Queue, RwLock, Semaphore,
    ThreadPool, broadcast, oneshot, run_in_executor, watch,
};

use crate::gallery::{Plain, PlainQueue, cross, hold};
use crate::setup::*;

/// Runs a program that hangs in a loop with a sink.
fn watched(main: impl Future<Output = ()>) -> (Deadlock, Recorder) {
    let recorder = Recorder::new();
    let builder = EventLoop::builder().virtual_time();
    let event_loop = builder.trace(recorder.clone()).build();
    match event_loop.run_until_complete(main) {
        Err(RunError::Deadlock(deadlock)) => (deadlock, recorder),
        other => panic!("{other:?}"),
    }
}

fn hangs(main: impl Future<Output = ()>, lines: &[&str]) {
    let text = without_places(&watched(main).0.tasks());
    assert_eq!(text, format!("  {}", lines.join("\n  ")));
}

/// Waits, and returns the text of the line in which a report says that the task awaits.
fn line_of(wait: LocalBoxFuture<'static, ()>) -> String {
    let (deadlock, _) = watched(async { spawn_named("waits", wait).await.unwrap() });
    let stuck = deadlock.stuck.iter().find(|stuck| &*stuck.task == "waits");
    let stuck = stuck.expect("it is reported");
    let place = stuck.awaited.unwrap_or_else(|| panic!("{stuck}"));
    let named = stuck.to_string().contains(&format!("awaited at {place}"));
    assert!(named && place.file() == file!(), "{stuck}");
    let source = include_str!("places.rs")
        .lines()
        .nth(place.line() as usize - 1);
    source.expect("a line").trim().to_string()
}

/// Asserts that the report finds the line which ends in the comment.
macro_rules! found {
    ($($comment:literal: $wait:block)+) => {
        $(
            let line = line_of(Box::pin(async $wait));
            assert!(line.ends_with(concat!("// ", $comment)), "{line}");
        )+
    };
}

#[test]
fn the_place_of_each_kind_of_await_is_told() {
    found! {
        "sleeps": {
            sleep(Duration::MAX).await; // sleeps
        }
        "sleeps until": {
            sleep_until(Instant::NEVER).await; // sleeps until
        }
        "awaits a promise": {
            let promise = Promise::<()>::new();
            drop(promise.clone().await); // awaits a promise
        }
        "awaits a task": {
            let task = spawn(pending::<()>());
            task.await.unwrap(); // awaits a task
        }
        "joins": {
            let task = spawn(pending::<()>());
            let join = task.join(); // joins
            yield_now().await;
            join.await.unwrap();
        }
        "the last of many": {
            let promise = Promise::<()>::new();
            promise.set_result(()).unwrap();
            for _ in 0..20 {
                promise.clone().await.unwrap();
                sleep(Duration::from_millis(1)).await;
            }
            drop(Promise::<()>::new().await); // the last of many
        }
        "with a limit": {
            let endless = Promise::<()>::new();
            _ = timeout(Duration::MAX, endless).await; // with a limit
        }
        "ticks": {
            let mut day = interval_at(Instant::NEVER, Duration::from_secs(1));
            day.tick().await; // ticks
        }
        "a tick that is awaited again": {
            let mut day = interval_at(Instant::NEVER, Duration::from_secs(1));
            _ = timeout(Duration::from_millis(1), day.tick()).await;
            day.tick().await; // a tick that is awaited again
        }
        "joins a list": {
            _ = join(vec![Promise::<()>::new()]).await; // joins a list
        }
        "joins eight": {
            let eight: [Promise<()>; 8] = [(); 8].map(|()| Promise::new());
            eight[..7].iter().for_each(|promise| promise.set_result(()).unwrap());
            _ = join(eight).await; // joins eight
        }
        "joins two": {
            let done = Promise::new();
            done.set_result(()).unwrap();
            _ = join((Promise::<()>::new(), done)).await; // joins two
        }
        "in a region": {
            drop(catch_cancel(sleep(Duration::MAX)).await); // in a region
        }
    }
}

#[test]
fn the_place_of_each_primitive_is_told() {
    found! {
        "the first wait for a lock": {
            let lock = Lock::new();
            let _guard = lock.acquire().await;
            drop(lock.acquire().await); // the first wait for a lock
        }
        "a later wait for a lock": {
            let lock = Rc::new(Lock::new());
            let (guard, own) = (lock.acquire().await, lock.clone());
            let other = spawn(async move { drop(own.acquire().await) });
            yield_now().await;
            drop(guard);
            other.await.unwrap();
            forget(lock.acquire().await);
            drop(lock.acquire().await); // a later wait for a lock
        }
        "reads": {
            let lock = RwLock::new();
            let _guard = lock.write().await;
            drop(lock.read().await); // reads
        }
        "writes": {
            let lock = RwLock::new();
            let _guard = lock.read().await;
            drop(lock.write().await); // writes
        }
        "a permit": {
            drop(Semaphore::new(0).acquire().await); // a permit
        }
        "gets": {
            let queue = Queue::<()>::unbounded();
            queue.get().await.unwrap(); // gets
        }
        "puts": {
            let queue = Queue::new(1);
            queue.put(1).await.unwrap();
            queue.put(2).await.unwrap(); // puts
        }
        "joins a queue": {
            let queue = Queue::unbounded();
            queue.put(1).await.unwrap();
            queue.join().await; // joins a queue
        }
        "an event": {
            Event::new().wait().await; // an event
        }
        "a notify": {
            Notify::new().notified().await; // a notify
        }
        "a barrier": {
            _ = Barrier::new(2).wait().await; // a barrier
        }
        "an owned lock": {
            let lock = Rc::new(Lock::new());
            let _guard = lock.acquire_owned().await;
            drop(lock.acquire_owned().await); // an owned lock
        }
        "an owned permit": {
            drop(Rc::new(Semaphore::new(0)).acquire_owned().await); // an owned permit
        }
        "a state": {
            let (lock, condition) = (Lock::new(), Condition::new());
            let guard = lock.acquire().await;
            drop(condition.wait_for(guard, |()| false).await); // a state
        }
        "the lock of a condition": {
            let shared = Rc::new((Lock::new(), Condition::new()));
            let other = shared.clone();
            let notifies = async move {
                let guard = other.0.acquire().await;
                other.1.notify_all(&guard);
                forget(guard);
            };
            spawn_named("notifies", notifies).detach();
            let guard = shared.0.acquire().await;
            drop(shared.1.wait(guard).await); // the lock of a condition
        }
        "a change": {
            let (_sender, mut receiver) = watch(0);
            receiver.changed().await.unwrap(); // a change
        }
        "a wanted value": {
            let (sender, mut receiver) = watch(0);
            let sends = async move {
                sender.send(1).unwrap();
                pending::<()>().await;
            };
            spawn(sends).detach();
            receiver.wait_for(|value| *value == 2).await.unwrap(); // a wanted value
        }
        "news": {
            let (_sender, mut receiver) = broadcast::<u8>(1);
            receiver.recv().await.unwrap(); // news
        }
        "a cancel": {
            CancellationToken::new().cancelled().await; // a cancel
        }
        "a value that is made once": {
            let cell = Rc::new(OnceCell::<u8>::new());
            let makes = cell.clone();
            spawn(async move { *makes.get_or_init(pending).await }).detach();
            yield_now().await;
            cell.get_or_init(pending).await; // a value that is made once
        }
        "an answer": {
            {
                let lock = Lock::new(); // gives its number to the reason of the oneshot
                let _guard = lock.acquire().await;
                _ = timeout(Duration::from_millis(1), lock.acquire()).await;
            }
            let (sender, receiver) = oneshot::<()>();
            let _sender = sender.named("answer");
            let _ = receiver.await; // an answer
        }
        "an answer without a name": {
            let (_sender, receiver) = oneshot::<()>();
            yield_now().await;
            let _ = receiver.await; // an answer without a name
        }
        "the end of a question": {
            let (mut sender, _receiver) = oneshot::<()>();
            sender.closed().await; // the end of a question
        }
        "a condition": {
            let (lock, condition) = (Lock::new(), Condition::new());
            let guard = lock.acquire().await;
            drop(condition.wait(guard).await); // a condition
        }
    }
}

/// Waits, and asserts that the report names no place.
fn no_line(wait: impl Future<Output = ()>) {
    let deadlock = watched(wait).0;
    assert_eq!(deadlock.stuck[0].awaited, None, "{deadlock}");
}

#[test]
fn the_place_of_another_thing_is_never_told() {
    // A combinator of the library polls the oneshot, or one of another crate does.
    no_line(async {
        let (_sender, receiver) = oneshot::<()>();
        _ = timeout(Duration::MAX, receiver).await;
    });
    no_line(async {
        let (_sender, receiver) = oneshot::<()>();
        select(receiver, pending::<()>()).await;
    });
}

#[test]
fn the_stream_of_an_interval_names_no_line_of_the_library() {
    no_line(async {
        let mut day = interval_at(Instant::NEVER, Duration::from_secs(1));
        poll_fn(|cx| day.poll_tick(cx)).await;
    });
}

/// Asserts that each thing for which a task waits is told with its line.
fn all_with_lines(main: impl Future<Output = ()>, things: &[&str]) {
    let known = watched(main).0.stuck.remove(0).known;
    let line = format!("awaited at {}:", file!());
    assert!(known.iter().all(|thing| thing.contains(&line)), "{known:?}");
    let known: Vec<_> = known.iter().map(|thing| without_places(thing)).collect();
    assert_eq!(known, things);
}

#[test]
fn the_members_of_a_race_are_told_with_their_lines() {
    let race_of_two = async {
        let (lock, empty) = (Lock::new(), Queue::<()>::unbounded());
        let _guard = lock.acquire().await;
        let locks = async { drop(lock.acquire().await) };
        race((locks, async { _ = empty.get().await })).await;
    };
    let things = [
        "lock (made at here, awaited at here) held by Task-1 itself",
        "an item of queue (made at here, awaited at here)",
    ];
    all_with_lines(race_of_two, &things);
    let select_of_others = async {
        let (event, promise) = (Event::new(), Promise::<()>::new());
        let other = promise.clone();
        select(event.wait(), Box::pin(async { drop(other.await) })).await;
        drop(promise);
    };
    let things = [
        "promise 1 (made at here, awaited at here)",
        "event (made at here, awaited at here)",
    ];
    all_with_lines(select_of_others, &things);
}

/// Polls a wait once, lets it be notified, and waits for another thing.
async fn leaves_behind(wait: impl Future, notify: impl FnOnce()) {
    let mut wait = Box::pin(wait);
    let polled = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await;
    assert!(polled);
    notify();
    yield_now().await;
    pending::<()>().await;
}

fn leaked<T>(object: T) -> &'static T {
    Box::leak(Box::new(object))
}

#[test]
fn a_wait_that_was_notified_and_is_not_polled_is_told() {
    let waits: Vec<LocalBoxFuture<'static, ()>> = vec![
        Box::pin(async {
            let lock = leaked(Lock::new());
            let guard = lock.acquire().await;
            leaves_behind(lock.acquire(), || drop(guard)).await;
        }),
        Box::pin(async {
            let pool = leaked(Semaphore::new(0));
            leaves_behind(pool.acquire(), || pool.release()).await;
        }),
        Box::pin(async {
            let queue = leaked(Queue::new(1));
            leaves_behind(queue.get(), || queue.put_nowait(1).unwrap()).await;
        }),
        Box::pin(async {
            let queue = leaked(Queue::new(1));
            queue.put_nowait(1).unwrap();
            leaves_behind(queue.put(2), || _ = queue.get_nowait()).await;
        }),
        Box::pin(async {
            let queue = leaked(Queue::new(1));
            queue.put_nowait(1).unwrap();
            leaves_behind(queue.join(), || queue.task_done().unwrap()).await;
        }),
        Box::pin(async {
            let lock = leaked(RwLock::new());
            let guard = lock.read().await;
            leaves_behind(lock.write(), || drop(guard)).await;
        }),
        Box::pin(async {
            let (lock, changed) = leaked((Lock::new(), Condition::new()));
            let wait = changed.wait(lock.acquire().await);
            let notifies = || changed.notify_all(&lock.try_acquire().unwrap());
            leaves_behind(wait, notifies).await;
        }),
        Box::pin(async {
            let event = leaked(Event::new());
            leaves_behind(event.wait(), || event.set()).await;
        }),
        Box::pin(async {
            let notify = leaked(Notify::new());
            leaves_behind(notify.notified(), || notify.notify_waiters()).await;
        }),
        Box::pin(async {
            let barrier = leaked(Barrier::new(2));
            leaves_behind(barrier.wait(), || barrier.abort()).await;
        }),
        Box::pin(async {
            let token = leaked(CancellationToken::new());
            leaves_behind(token.cancelled(), || token.cancel()).await;
        }),
        Box::pin(async {
            let (sender, receiver) = watch(0);
            let receiver = Box::leak(Box::new(receiver));
            leaves_behind(receiver.changed(), move || sender.send(1).unwrap()).await;
        }),
        Box::pin(async {
            let (sender, receiver) = broadcast(1);
            let receiver = Box::leak(Box::new(receiver));
            leaves_behind(receiver.recv(), move || _ = sender.send(1)).await;
        }),
    ];
    let told = waits.into_iter().map(|wait| {
        let deadlock = watched(wait).0;
        let notified = &deadlock.stuck[0].notified;
        assert_eq!(notified.len(), 1, "{deadlock}");
        let says = format!(
            "{} is there for it, but its await in Task-1 was not polled since",
            notified[0]
        );
        assert!(deadlock.to_string().contains(&says), "{deadlock}");
        without_places(&notified[0])
    });
    let told: Vec<String> = told.collect();
    let things = [
        "lock",
        "a permit of semaphore",
        "an item of queue",
        "room in queue",
        "the end of the work on all items of queue",
        "read-write lock",
        "condition",
        "event",
        "notify",
        "barrier",
        "the cancel of cancellation token",
        "a change of watch",
        "a value of broadcast",
    ];
    assert_eq!(told, things.map(|thing| format!("{thing} (made at here)")));
}

#[test]
fn a_job_is_named_with_the_line_that_submitted_it() {
    run(async {
        let (pool, (open, closed)) = (ThreadPool::new(1), mpsc::channel::<()>());
        let waits = spawn_named("waits", async move {
            let job = run_in_executor(&pool, move || closed.recv().is_ok());
            job.await.unwrap()
        });
        yield_now().await;
        let why = current_loop().explain(&waits);
        assert_eq!(
            without_places(&why),
            "waits waits for a job of a pool (made at here)"
        );
        open.send(()).unwrap();
        assert!(waits.await.unwrap());
    });
}

#[test]
fn two_sleeps_of_one_delay_do_not_exchange_their_places() {
    no_line(async {
        let first = sleep(Duration::MAX);
        let _second = sleep(Duration::MAX);
        first.await;
    });
    no_line(async {
        let _first = sleep(Duration::MAX);
        let second = sleep(Duration::MAX);
        second.await;
    });
}

#[test]
fn a_loop_that_is_not_watched_notes_nothing() {
    let deadlock = Setup::new().deadlock(async { Promise::<()>::new().await });
    assert_eq!(deadlock.stuck[0].awaited, None);
    assert!(!deadlock.to_string().contains("awaited at"));
}

#[test]
fn hang_01_two_locks_of_bare_promises_in_both_orders() {
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
            "payer (spawned at here) waits for promise 1 (made at here, awaited at here), which is not set; \
             its handle was cloned at here",
            "payee (spawned at here) waits for promise 2 (made at here, awaited at here), which is not set; \
             its handle was cloned at here",
            "Task-1 (the main future) waits for task payee (awaited at here)",
        ],
    );
}

#[test]
fn hang_04_a_queue_of_bare_promises_whose_producer_has_ended() {
    let main = |producer_first: bool| async move {
        let items = Rc::new(PlainQueue::default());
        let puts = items.clone();
        let produce = async move { puts.put(1) };
        let consume = async move {
            items.get().await;
            items.get().await;
        };
        let mut consumer = None;
        if !producer_first {
            consumer = Some(spawn_named("consumer", consume));
            spawn_named("producer", produce).detach();
        } else {
            spawn_named("producer", produce).detach();
            consumer.get_or_insert_with(|| spawn_named("consumer", consume));
        }
        consumer.unwrap().await.unwrap();
    };
    let main_waits = "Task-1 (the main future) waits for task consumer (awaited at here)";
    hangs(
        main(false),
        &[
            "consumer (spawned at here) waits for promise 2 (made at here, awaited at here), which is not \
             set; its handle was cloned at here; the last one that was made there was set by producer, \
             which has ended",
            main_waits,
        ],
    );
    // The producer was there first, and has set no promise.
    hangs(
        main(true),
        &[
            "consumer (spawned at here) waits for promise 1 (made at here, awaited at here), which is not \
             set; its handle was cloned at here",
            main_waits,
        ],
    );
}

#[test]
fn a_task_that_has_ended_keeps_its_name() {
    let main = async {
        let items = Rc::new(Queue::unbounded().named("orders"));
        let puts = items.clone();
        spawn_named("producer", async move { puts.put_nowait(1).unwrap() }).detach();
        items.get().await.unwrap();
        yield_now().await;
        items.get().await.unwrap();
    };
    hangs(
        main,
        &[
            "Task-1 (the main future) waits for an item of orders (made at here, awaited at here); the last \
             one came from producer, which has ended",
        ],
    );
}

#[test]
fn hang_08_a_guard_of_bare_promises_that_is_never_dropped() {
    let main = async {
        let lock = Rc::new(Plain::default());
        forget(hold(&lock).await);
        let victim = spawn_named("victim", async move { drop(hold(&lock).await) });
        victim.await.unwrap();
    };
    hangs(
        main,
        &[
            "victim (spawned at here) waits for promise 1 (made at here, awaited at here), which is not \
             set; its handle was cloned at here",
            "Task-1 (the main future) waits for task victim (awaited at here)",
        ],
    );
}

#[test]
fn the_task_that_has_made_a_promise_and_the_one_that_has_cloned_it_are_told() {
    let main = async {
        let [made, cloned] = [(); 2].map(|()| Rc::new(RefCell::new(None)));
        let (give, take, _kept) = (made.clone(), cloned.clone(), made.clone());
        let maker = async move { *give.borrow_mut() = Some(Promise::<()>::new()) };
        spawn_named("maker", maker).detach();
        let cloner = async move {
            let copy = made.borrow().as_ref().unwrap().clone();
            *take.borrow_mut() = Some(copy);
        };
        let cloner = spawn_named("cloner", cloner);
        cloner.await.unwrap();
        let promise = cloned.borrow_mut().take().unwrap();
        drop(promise.await);
    };
    hangs(
        main,
        &[
            "Task-1 (the main future) waits for promise 1 (made at here, awaited at here), which is not set; \
             maker, which has ended, has made it; its handle was cloned at here by cloner, which has ended",
        ],
    );
}

/// The name of a task may end as a clause of the report does.
#[test]
fn a_maker_that_goes_on_has_no_comma_behind_its_name() {
    let main = async {
        let made = Rc::new(RefCell::new(None));
        let give = made.clone();
        let maker = async move {
            *give.borrow_mut() = Some(Promise::<()>::new());
            pending::<()>().await;
        };
        spawn_named("what has ended", maker).detach();
        yield_now().await;
        let promise = made.borrow_mut().take().unwrap();
        drop(promise.await);
    };
    hangs(
        main,
        &[
            "Task-1 (the main future) waits for promise 1 (made at here, awaited at here), which is not set \
             and whose handles all wait for it; what has ended has made it",
            "what has ended (spawned at here) waits for something that the loop does not know",
        ],
    );
}

#[test]
fn an_await_that_is_not_polled_is_an_event() {
    let main = async {
        let promise = Promise::<()>::new();
        let setter = promise.clone();
        spawn_named("setter", async move { setter.set_result(()).unwrap() }).detach();
        let mut kept = Box::pin(promise.into_future());
        _ = select(kept.as_mut(), Box::pin(sleep(secs(1)))).await;
        kept.await.unwrap();
        pending::<()>().await;
    };
    let (_, recorder) = watched(main);
    let unpolled = |verb: &Verb| matches!(verb, Verb::Unpolled { .. });
    assert!(!recorder.events().iter().any(|event| unpolled(&event.verb)));
    let main = async {
        let [one, other] = [(); 2].map(|()| Promise::<()>::new());
        let (set, both) = (one.clone(), other.clone());
        let sets = async move {
            set.set_result(()).unwrap();
            sleep(secs(1)).await;
            both.set_result(()).unwrap();
        };
        spawn_named("setter", sets).detach();
        let mut kept = Box::pin(one.into_future());
        let polled = poll_fn(|cx| Poll::Ready(kept.as_mut().poll(cx).is_ready()));
        assert!(!polled.await);
        other.await.unwrap(); // is woken for the first one, and does not poll it
        kept.await.unwrap();
    };
    let recorder = Recorder::new();
    let builder = EventLoop::builder().virtual_time().trace(recorder.clone());
    builder.build().run_until_complete(main).unwrap();
    let lines = recorder.text();
    let main = |line: &&str| line.split_whitespace().nth(3) == Some("Task-1");
    let of_main = lines.lines().filter(main);
    let words: Vec<String> = of_main
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().skip(2).collect();
            words.join(" ")
        })
        .collect();
    assert_eq!(
        words[4..],
        [
            "yield Task-1 on several",
            "wake Task-1 by promise#1",
            "step Task-1",
            "yield Task-1 on promise#2",
            "unpolled Task-1 promise#1",
            "wake Task-1 by promise#2",
            "step Task-1",
            "done Task-1 returned",
        ]
    );
}
