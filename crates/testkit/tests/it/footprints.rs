//! What the loop notes of the use of its objects.
//!
//! Two tasks each do one thing with an object. They conflict, unless both only look at it.
//!
//! Invariant: each method of an object that looks at its state or changes it stands in a list.
//!
//! Read next: `reductions.rs`.

use std::future::{Future, poll_fn};
use std::mem::forget;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use groundup::trace::{Candidate, Choice, Chooser, Footprints};
use groundup::{
    Barrier, BoundedSemaphore, BroadcastReceiver, BroadcastSender, CancellationToken, Condition,
    Event, EventLoop, Lock, LockGuard, Notify, OnceCell, Promise, Queue, ReturnWhen, RwLock,
    Semaphore, SharedQueue, Task, TaskGroup, WaitSet, WatchReceiver, WatchSender, block, broadcast,
    current_loop, oneshot, sleep, spawn, task_group, wait, watch, yield_now,
};
use groundup_testkit::Shared;

use crate::toys::ms;

/// First in, first out, with footprints.
struct Wants(Footprints);

impl Chooser for Wants {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        0
    }

    fn footprints(&self) -> Option<Footprints> {
        Some(self.0.clone())
    }
}

/// Runs a program, and returns its footprints.
fn footprints<F: Future<Output = ()> + 'static>(program: F) -> Footprints {
    let footprints = Footprints::new();
    let chooser = Wants(footprints.clone());
    let event_loop = EventLoop::builder().virtual_time().chooser(chooser).build();
    event_loop.run_until_complete(program).unwrap();
    footprints
}

/// Returns true if two tasks conflict that are spawned one after the other.
fn conflict<F: Future<Output = ()> + 'static>(tasks: impl FnOnce() -> [F; 2] + 'static) -> bool {
    conflict_beside(|| (tasks(), ()))
}

/// Does what `conflict` does. The main task keeps a value until both tasks have ended.
fn conflict_beside<F, K>(tasks: impl FnOnce() -> ([F; 2], K) + 'static) -> bool
where
    F: Future<Output = ()> + 'static,
    K: 'static,
{
    let program = async {
        let (tasks, _kept) = tasks();
        let tasks = tasks.map(spawn);
        sleep(ms(2)).await;
        for task in tasks {
            task.cancel();
            let _ = task.await;
        }
    };
    let pair = (Candidate::Task(2), Candidate::Task(3));
    footprints(program).conflicts().contains(&pair)
}

type Use<T> = fn(Rc<T>) -> Pin<Box<dyn Future<Output = ()>>>;

/// Lets two tasks use an object in each pair of ways. Returns the pairs that were not told apart.
fn wrong<T: 'static>(make: fn() -> T, looks: &[Use<T>], changes: &[Use<T>]) -> Vec<(usize, usize)> {
    let uses = || looks.iter().chain(changes).copied().enumerate();
    let pairs = uses().flat_map(|one| uses().map(move |other| (one, other)));
    let wrong = pairs.filter(|((a, one), (b, other))| {
        let (one, other) = (*one, *other);
        let tasks = move || {
            let object = Rc::new(make());
            ([one(object.clone()), other(object.clone())], object)
        };
        conflict_beside(tasks) == (a.max(b) < &looks.len())
    });
    wrong.map(|((a, _), (b, _))| (a, b)).collect()
}

/// Writes the uses of an object as functions.
macro_rules! uses {
    ($type:ty; $($object:ident => $use:expr),* $(,)?) => {
        &[$(|$object: Rc<$type>| Box::pin(async move { let _ = $use; })),*]
    };
}

/// Tries the uses of one type: those that only look, and those that may change it.
macro_rules! assert_told {
    ($type:ty, $make:expr, [$($look:tt)*], [$($change:tt)*]) => {
        assert_eq!(wrong::<$type>($make, uses![$type; $($look)*], uses![$type; $($change)*]), []);
    };
}

#[test]
fn tasks_that_share_nothing_do_not_conflict() {
    assert!(!conflict(|| [sleep(ms(1)), sleep(ms(1))]));
}

#[test]
fn locks_and_permits() {
    assert_told!(
        Lock,
        Lock::new,
        [lock => lock.locked()],
        [
            lock => lock.acquire().await,
            lock => lock.try_acquire(),
            lock => lock.acquire_owned().await,
            lock => lock.try_acquire_owned(),
            lock => lock.release(),
            lock => lock.try_acquire().map(LockGuard::keep),
        ]
    );
    assert_told!(
        Semaphore,
        || Semaphore::new(1),
        [permits => permits.locked(), permits => permits.available()],
        [
            permits => permits.acquire().await,
            permits => permits.try_acquire(),
            permits => permits.acquire_owned().await,
            permits => permits.try_acquire_owned(),
            permits => permits.release(),
        ]
    );
    assert_told!(
        BoundedSemaphore,
        || BoundedSemaphore::new(1),
        [permits => permits.locked(), permits => permits.available()],
        [permits => permits.acquire().await, permits => permits.try_acquire(), permits => permits.release()]
    );
    assert_told!(
        RwLock,
        RwLock::new,
        [lock => lock.readers(), lock => lock.is_written()],
        [
            lock => lock.read().await,
            lock => lock.write().await,
            lock => lock.try_read(),
            lock => lock.try_write(),
        ]
    );
    assert_told!(
        (Lock, Condition),
        || (Lock::new(), Condition::new()),
        [],
        [
            it => it.1.wait(it.0.acquire().await).await,
            it => it.1.notify(&it.0.acquire().await, 1),
            it => it.1.notify_all(&it.0.acquire().await),
        ]
    );
    assert_told!(
        OnceCell<u8>,
        OnceCell::<u8>::new,
        [cell => cell.get()],
        [cell => cell.set(1), cell => cell.get_or_init(|| async { 1 }).await]
    );
}

#[test]
fn signals() {
    assert_told!(
        Event,
        Event::new,
        [event => event.is_set()],
        [event => event.set(), event => event.clear(), event => event.wait().await]
    );
    assert_told!(
        Notify,
        Notify::new,
        [],
        [
            notify => notify.notify_one(),
            notify => notify.notify_waiters(),
            notify => notify.notified().await,
        ]
    );
    assert_told!(
        Barrier,
        || Barrier::new(2),
        [barrier => barrier.n_waiting(), barrier => barrier.broken()],
        [barrier => barrier.wait().await, barrier => barrier.reset(), barrier => barrier.abort()]
    );
    assert_told!(
        CancellationToken,
        CancellationToken::new,
        [token => token.is_cancelled()],
        [token => token.cancel(), token => token.cancelled().await, token => token.child_token()]
    );
}

#[test]
fn queues_and_channels() {
    assert_told!(
        Queue<u8>,
        || Queue::<u8>::new(1),
        [
            queue => queue.len(),
            queue => queue.is_empty(),
            queue => queue.is_full(),
            queue => queue.is_shut_down(),
        ],
        [
            queue => queue.put(1).await,
            queue => queue.get().await,
            queue => queue.put_nowait(1),
            queue => queue.get_nowait(),
            queue => queue.task_done(),
            queue => queue.join().await,
            queue => queue.shutdown(),
            queue => queue.shutdown_immediately(),
            queue => queue.stream(),
        ]
    );
    assert_told!(
        SharedQueue<u8>,
        || SharedQueue::<u8>::new(1),
        [],
        [
            queue => queue.put(1).await,
            queue => queue.get().await,
            queue => queue.put_nowait(1),
            queue => queue.get_nowait(),
            queue => queue.len(),
            queue => queue.shutdown(),
            queue => queue.is_shut_down(),
        ]
    );
    type Watch = (WatchSender<u8>, WatchReceiver<u8>);
    assert_told!(
        Watch,
        || watch(0),
        [it => it.0.borrow(), it => it.0.receivers(), it => it.1.borrow(), it => it.1.has_changed()],
        [
            it => it.0.send(1),
            it => it.0.send_modify(|value| *value += 1),
            it => it.0.subscribe(),
            it => it.0.clone(),
            it => it.1.clone().changed().await,
        ]
    );
    type Broadcast = (BroadcastSender<u8>, BroadcastReceiver<u8>);
    assert_told!(
        Broadcast,
        || broadcast(1),
        [it => it.0.receivers(), it => it.1.len()],
        [it => it.0.send(1), it => it.0.subscribe(), it => it.0.clone()]
    );
    assert_told!(
        Shared<u8>,
        || Shared::new(0),
        [cell => cell.get()],
        [cell => cell.set(1)]
    );
}

/// The two ends of a oneshot are in two tasks.
#[test]
fn a_oneshot() {
    type End = Pin<Box<dyn Future<Output = ()>>>;
    let ends: [fn() -> [End; 2]; 3] = [
        || {
            let (sender, receiver) = oneshot::<u8>();
            [
                Box::pin(async { _ = sender.send(1) }),
                Box::pin(async { _ = receiver.await }),
            ]
        },
        || {
            let (sender, mut receiver) = oneshot::<u8>();
            [
                Box::pin(async { drop(sender) }),
                Box::pin(async move { _ = receiver.try_recv() }),
            ]
        },
        || {
            let (sender, receiver) = oneshot::<u8>();
            [
                Box::pin(async move { _ = sender.is_closed() }),
                Box::pin(async { drop(receiver) }),
            ]
        },
    ];
    assert_eq!(ends.map(conflict), [true; 3]);
}

/// A permit that was acquired in one task, and is released in another.
#[test]
fn guards_that_move() {
    let program = async {
        let pool = Rc::new(Semaphore::new(1));
        let (permit, lock) = (pool.acquire_owned().await, Rc::new(Lock::new()));
        let guard = lock.acquire_owned().await;
        let moved = [spawn(async { drop(permit) }), spawn(async { drop(guard) })];
        let asked = spawn(async move { (pool.available(), lock.locked()) });
        for task in moved {
            task.await.unwrap();
        }
        asked.await.unwrap();
    };
    let conflicts = footprints(program).conflicts();
    for task in [2, 3] {
        assert!(conflicts.contains(&(Candidate::Task(task), Candidate::Task(4))));
    }
}

type Step = Pin<Box<dyn Future<Output = ()>>>;

/// Makes the step of a task that awaits a future.
fn awaits(future: impl Future + 'static) -> Step {
    Box::pin(async move { drop(future.await) })
}

/// Makes the step of a task that does one thing.
fn does<R: 'static>(act: impl FnOnce() -> R + 'static) -> Step {
    Box::pin(async move { drop(act()) })
}

fn leaked<T>(object: T) -> &'static T {
    Box::leak(Box::new(object))
}

/// A future that one task makes, and that ends when another task polls it first.
#[test]
fn futures_that_another_task_polls() {
    type Pair = fn() -> [Step; 2];
    let pairs: [(&str, Pair); 13] = [
        ("lock", || {
            let lock = leaked(Lock::new());
            [awaits(lock.acquire()), awaits(lock.acquire())]
        }),
        ("semaphore", || {
            let permits = leaked(Semaphore::new(1));
            [awaits(permits.acquire()), awaits(permits.acquire())]
        }),
        ("write", || {
            let lock = leaked(RwLock::new());
            [awaits(lock.write()), awaits(lock.write())]
        }),
        ("read", || {
            let lock = leaked(RwLock::new());
            [awaits(lock.read()), awaits(lock.write())]
        }),
        ("put", || {
            let queue = leaked(Queue::<u8>::unbounded());
            [awaits(queue.put(1)), awaits(queue.put(2))]
        }),
        ("get", || {
            let queue = leaked(Queue::<u8>::unbounded());
            queue.put_nowait(1).unwrap();
            [awaits(queue.get()), awaits(queue.get())]
        }),
        ("join", || {
            let queue = leaked(Queue::<u8>::unbounded());
            [awaits(queue.join()), does(|| queue.put_nowait(1))]
        }),
        ("event", || {
            let event = leaked(Event::new());
            event.set();
            [awaits(event.wait()), does(|| event.clear())]
        }),
        ("token", || {
            let token = leaked(CancellationToken::new());
            [awaits(token.cancelled()), does(|| token.cancel())]
        }),
        ("condition", || {
            let (lock, changed) = (leaked(Lock::new()), leaked(Condition::new()));
            let guard = lock.try_acquire().unwrap();
            [awaits(changed.wait(guard)), awaits(lock.acquire())]
        }),
        ("guard", || {
            let lock = leaked(Lock::new());
            let guard = lock.try_acquire().unwrap();
            [does(|| drop(guard)), does(|| lock.locked())]
        }),
        ("guard of a lock whose line is empty again", || {
            let lock = leaked(Lock::new());
            let guard = lock.try_acquire().unwrap();
            let mut waits = Box::pin(lock.acquire());
            let polled = waits.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            drop(waits);
            [does(|| drop(guard)), does(|| lock.locked())]
        }),
        ("permit", || {
            let permits = leaked(Semaphore::new(1));
            let permit = permits.try_acquire().unwrap();
            [does(|| drop(permit)), does(|| permits.available())]
        }),
    ];
    let kinds = pairs.map(|(kind, pair)| (kind, conflict(pair)));
    assert_eq!(kinds.map(|(kind, _)| (kind, true)), kinds);
}

/// Lets a task drop a future that stands in a line. Returns true if that conflicts with the step of
/// another task.
fn conflict_in_line(pair: fn() -> [Step; 2]) -> bool {
    let program = async move {
        let [mut waits, other] = pair();
        let polled = poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        let tasks = [does(|| drop(waits)), other].map(spawn);
        sleep(ms(2)).await;
        for task in tasks {
            task.cancel();
            let _ = task.await;
        }
    };
    let pair = (Candidate::Task(2), Candidate::Task(3));
    footprints(program).conflicts().contains(&pair)
}

/// A future that waits in a line, and that another task drops.
#[test]
fn futures_that_another_task_drops() {
    type Pair = fn() -> [Step; 2];
    let pairs: [(&str, Pair); 12] = [
        ("lock", || {
            let lock = leaked(Lock::new());
            forget(lock.try_acquire());
            [awaits(lock.acquire()), does(|| lock.locked())]
        }),
        ("semaphore", || {
            let permits = leaked(Semaphore::new(0));
            [awaits(permits.acquire()), does(|| permits.available())]
        }),
        ("write", || {
            let lock = leaked(RwLock::new());
            forget(lock.try_write());
            [awaits(lock.write()), does(|| lock.readers())]
        }),
        ("put", || {
            let queue = leaked(Queue::<u8>::new(1));
            queue.put_nowait(1).unwrap();
            [awaits(queue.put(2)), does(|| queue.len())]
        }),
        ("get", || {
            let queue = leaked(Queue::<u8>::unbounded());
            [awaits(queue.get()), does(|| queue.put_nowait(1))]
        }),
        ("join", || {
            let queue = leaked(Queue::<u8>::unbounded());
            queue.put_nowait(1).unwrap();
            [awaits(queue.join()), does(|| queue.task_done())]
        }),
        ("event", || {
            let event = leaked(Event::new());
            [awaits(event.wait()), does(|| event.set())]
        }),
        ("notify", || {
            let notify = leaked(Notify::new());
            [awaits(notify.notified()), does(|| notify.notify_one())]
        }),
        ("barrier", || {
            let barrier = leaked(Barrier::new(2));
            [awaits(barrier.wait()), does(|| barrier.n_waiting())]
        }),
        ("token", || {
            let token = leaked(CancellationToken::new());
            [awaits(token.cancelled()), does(|| token.cancel())]
        }),
        ("condition", || {
            let (lock, changed) = (leaked(Lock::new()), leaked(Condition::new()));
            let guard = lock.try_acquire().unwrap();
            let notifies = async {
                let guard = lock.try_acquire().unwrap();
                changed.notify(&guard, 1);
                forget(guard);
            };
            [awaits(changed.wait(guard)), awaits(notifies)]
        }),
        ("watch", || {
            let (sender, receiver) = watch(0_u8);
            let receiver = Box::leak(Box::new(receiver));
            [
                awaits(receiver.changed()),
                does(move || (sender.send(1), sender)),
            ]
        }),
    ];
    let kinds = pairs.map(|(kind, pair)| (kind, conflict_in_line(pair)));
    assert_eq!(kinds.map(|(kind, _)| (kind, true)), kinds);
}

/// Two tasks that look at a third one, or touch it.
#[test]
fn tasks_and_promises() {
    assert_told!(
        Promise<u8>,
        Promise::<u8>::new,
        [],
        [
            promise => promise.set_result(1),
            promise => promise.cancel(),
            promise => promise.done(),
            promise => promise.result(),
            promise => (*promise).clone().await,
        ]
    );
    assert_told!(
        Task<()>,
        || spawn(sleep(ms(9))),
        [],
        [
            task => task.cancel(),
            task => task.done(),
            task => task.exit(),
            task => task.name(),
            task => task.set_name("other"),
            task => task.cancelling(),
            task => task.uncancel(),
            task => task.ended().await,
        ]
    );
}

/// Two tasks that end in one combinator conflict in the round in which both end, and in no other.
#[test]
fn tasks_that_end_in_one_combinator() {
    let ends = |yields: [u32; 2]| {
        let program = async move {
            let tasks = yields.map(|yields| {
                Box::pin(async move {
                    for _ in 0..yields {
                        yield_now().await;
                    }
                })
            });
            let set: WaitSet<()> = tasks.into_iter().collect();
            wait(set, ReturnWhen::AllCompleted).await;
        };
        rounds_of_conflict(&footprints(program))
    };
    assert_eq!(ends([1, 2]), []);
    let (soon, late) = (ends([1, 1]), ends([3, 3]));
    assert_eq!((soon.len(), late.len()), (1, 1));
    assert_eq!(late[0], soon[0].map(|round| round + 2));
}

/// Two tasks that use one cell conflict in the rounds in which both use it.
#[test]
fn tasks_that_use_a_cell_in_one_round() {
    let uses = |yields: u32| {
        let program = async move {
            let cell = Shared::new(0);
            let read = cell.clone();
            let writer = spawn(async move {
                yield_now().await;
                cell.set(1);
                yield_now().await;
            });
            let reader = spawn(async move {
                for _ in 0..yields {
                    yield_now().await;
                }
                _ = read.get();
            });
            sleep(ms(1)).await;
            drop((writer.await, reader.await));
        };
        rounds_of_conflict(&footprints(program)).len()
    };
    assert_eq!([0, 1, 2].map(uses), [0, 1, 0]);
}

/// Returns the rounds in which tasks 2 and 3 conflict; `None` stands for all.
fn rounds_of_conflict(footprints: &Footprints) -> Vec<Option<u64>> {
    let conflicts = footprints.conflicts_by_round().into_iter();
    let pair = (Candidate::Task(2), Candidate::Task(3));
    let of_pair = conflicts.filter(|(_, other)| *other == pair);
    of_pair.map(|(round, _)| round).collect()
}

/// What touches the loop, or everything in it.
#[test]
fn the_loop() {
    let nothing: Use<()> = |_| Box::pin(async {});
    let pair =
        |one: Use<()>, other: Use<()>| conflict(move || [one(Rc::new(())), other(Rc::new(()))]);
    let everything: &[Use<()>] = uses![(); _it => current_loop().all_tasks(),
        _it => current_loop().counts(),
        _it => block(ms(1)),
    ];
    for (at, one) in everything.iter().enumerate() {
        assert!(pair(*one, nothing), "{at}");
        assert!(pair(nothing, *one), "{at}");
    }
    let numbers: &[Use<()>] = uses![(); _it => spawn(async {}), _it => groundup::keep(|| 1_u8)];
    for one in numbers {
        assert!(!pair(*one, nothing) && pair(*one, numbers[0]));
    }
    let group = footprints(async {
        let done = task_group(async |group: TaskGroup<()>| {
            let handle = group.clone();
            group.spawn(async move {
                drop(handle.try_spawn(async { Ok(()) }));
                Ok(())
            });
            group.spawn(async move {
                yield_now().await;
                Ok(())
            });
            Ok(())
        });
        done.await.unwrap();
    });
    let conflicts = group.conflicts();
    assert!(
        conflicts.contains(&(Candidate::Task(2), Candidate::Ended(3))),
        "{conflicts:?}"
    );
}
