//! The objects under other executors, and under foreign combinators.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `props.rs`.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};

use futures::executor::{LocalPool, block_on};
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::task::LocalSpawnExt;
use futures::{FutureExt, StreamExt, select_biased};
use groundup_sync::executor::spawn;
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn every_object_works_where_no_loop_runs() {
    let (lock, semaphore, event) = (Lock::with(1), Semaphore::new(1), Event::new());
    let (barrier, condition, queue) = (Barrier::new(2), Condition::new(), Queue::new(1));
    block_on(async {
        let order = RefCell::new(Vec::new());
        let work = |name: &'static str| {
            let (lock, semaphore, order) = (&lock, &semaphore, &order);
            async move {
                let _permit = semaphore.acquire().await;
                let mut value = lock.acquire().await;
                *value += 1;
                order.borrow_mut().push(name);
            }
        };
        futures::join!(work("a"), work("b"), async { event.set() }, event.wait());
        assert_eq!(*order.borrow(), ["a", "b"]);
        assert_eq!(
            futures::join!(barrier.wait(), barrier.wait()),
            (Ok(0), Ok(1))
        );
        let consume = async {
            let guard = condition
                .wait_for(lock.acquire().await, |value| *value > 3)
                .await;
            (*guard, queue.get().await, queue.get().await)
        };
        let produce = async {
            let mut guard = lock.acquire().await;
            *guard += 1;
            condition.notify_all(&guard);
            drop(guard);
            queue.put('x').await.unwrap();
            queue.put('y').await.unwrap();
        };
        let (consumed, ()) = futures::join!(consume, produce);
        assert_eq!(consumed, (4, Ok('x'), Ok('y')));
    });
}

#[test]
fn every_channel_and_signal_works_where_no_loop_runs() {
    let (shared, notify, token) = (RwLock::with(1), Notify::new(), CancellationToken::new());
    let (sender, receiver) = oneshot();
    let (news, mut reader) = broadcast(1);
    let (level, mut display) = watch(0);
    let stopped = token.child_token();
    block_on(async {
        let reads = async {
            notify.notified().await;
            let sum = *shared.read().await + receiver.await.unwrap() + reader.recv().await.unwrap();
            display.changed().await.unwrap();
            stopped.cancelled().await;
            sum + *display.borrow()
        };
        let writes = async {
            let mut guard = shared.write().await;
            notify.notify_one();
            futures::pending!(); // polled again when the reads wake this task
            *guard = 10;
            drop(guard);
            sender.send(100).unwrap();
            news.send(1000).unwrap();
            level.send(10_000).unwrap();
            token.cancel();
        };
        let (sum, ()) = futures::join!(reads, writes);
        assert_eq!(sum, 11_110);
    });
}

#[test]
fn in_a_set_of_another_crate_each_wait_is_woken() {
    Setup::new().run(async {
        let queue = Rc::new(Queue::new(1));
        let mut gets: FuturesUnordered<_> = (0..3).map(|_| queue.get()).collect();
        let own = queue.clone();
        let puts = spawn(async move {
            for item in 0..3 {
                own.put(item).await.unwrap();
            }
        });
        let mut got = Vec::new();
        while let Some(item) = gets.next().await {
            got.push(item.unwrap());
        }
        assert_eq!(got, [0, 1, 2]);
        puts.await.unwrap();
    });
}

#[test]
fn a_wait_that_a_select_drops_leaves_the_line() {
    Setup::new().run(async {
        let (lock, event) = (Rc::new(Lock::new()), Rc::new(Event::new()));
        let guard = lock.acquire().await;
        let (own, stop) = (lock.clone(), event.clone());
        let task = spawn(async move {
            select_biased! {
                () = stop.wait().fuse() => false,
                _ = own.acquire().fuse() => true,
            }
        });
        yield_now().await;
        event.set();
        drop(guard); // passed to the wait that the select drops
        assert!(!task.await.unwrap());
        assert!(lock.try_acquire().is_some(), "nobody waits for it any more");
    });
}

/// A wait begins under the waker of its task, goes on under that of a set, and keeps its turn.
#[test]
fn a_wait_whose_waker_changes_keeps_its_turn() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(1));
        let own = queue.clone();
        let first = logged(&log, "first", async move {
            let mut get = Box::pin(own.get());
            assert!(futures::poll!(get.as_mut()).is_pending());
            yield_now().await;
            let mut set = FuturesUnordered::from_iter([get]);
            set.next().await.unwrap().unwrap()
        });
        let own = queue.clone();
        let second = logged(&log, "second", async move { own.get().await.unwrap() });
        yield_now().await;
        yield_now().await;
        queue.put_nowait(1).unwrap();
        yield_now().await;
        queue.put_nowait(2).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 2));
    });
    assert_eq!(log.texts(), "first second");
}

/// A waker of another executor polls the next in line at once, inside the release.
#[test]
fn a_waker_that_polls_at_once_finds_the_lock_free() {
    struct Eager;
    thread_local! {
        static NEXT: RefCell<Option<LocalBoxFuture<'static, ()>>> = const { RefCell::new(None) };
        static DONE: Cell<bool> = const { Cell::new(false) };
    }
    impl Wake for Eager {
        fn wake(self: Arc<Self>) {
            let next = NEXT.take();
            if let Some(mut next) = next {
                let waker = self.into();
                if next.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(()) {
                    DONE.set(true);
                }
            }
        }
    }
    let lock = Rc::new(Lock::with(0));
    let guard = lock.try_acquire().unwrap();
    let own = lock.clone();
    let mut next = async move { *own.acquire().await += 1 }.boxed_local();
    let waker = Arc::new(Eager).into();
    assert!(
        next.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    NEXT.set(Some(next));
    drop(guard);
    assert!(DONE.get());
    assert_eq!(*lock.try_acquire().unwrap(), 1);
}

#[test]
fn tasks_of_another_executor_share_a_semaphore() {
    let mut pool = LocalPool::new();
    let (semaphore, most) = (Rc::new(Semaphore::new(2)), Rc::new(Cell::new((0, 0))));
    for _ in 0..6 {
        let (semaphore, most) = (semaphore.clone(), most.clone());
        let task = async move {
            let _permit = semaphore.acquire().await;
            let (now, worst) = most.get();
            most.set((now + 1, worst.max(now + 1)));
            futures::pending!(); // woken below
            most.set((most.get().0 - 1, most.get().1));
        };
        pool.spawner().spawn_local(woken_each_time(task)).unwrap();
    }
    pool.run();
    assert_eq!(most.get(), (0, 2));
    assert_eq!(semaphore.available(), 2);
}

/// Polls a future again in each turn of its executor.
async fn woken_each_time(future: impl Future<Output = ()>) {
    let mut future = Box::pin(future);
    std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        future.as_mut().poll(cx)
    })
    .await;
}

/// A waker that panics takes no wake from the others in line, also where no loop runs.
#[test]
fn a_waker_that_panics_harms_no_other_waiter() {
    struct Fails;
    impl Wake for Fails {
        fn wake(self: Arc<Self>) {
            resume_unwind(Box::new("no wake"));
        }
    }
    let event = Event::new();
    let mut waits = [event.wait(), event.wait()];
    let [fails, fine] = &mut waits;
    let waker = Arc::new(Fails).into();
    let poll = Pin::new(fails).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    let woken = Arc::new(Counted::default());
    let waker = woken.clone().into();
    let poll = Pin::new(fine).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    event.set();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
}

#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A dropped wait keeps no waker, so what it stood for is freed, and no task is woken for nothing.
#[test]
fn a_dropped_wait_for_the_drop_of_a_receiver_keeps_no_waker() {
    let (mut sender, receiver) = oneshot::<u8>();
    let counted = Arc::new(Counted::default());
    let waker = counted.clone().into();
    let mut closed = sender.closed();
    let poll = Pin::new(&mut closed).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&counted), 2);
    drop(closed);
    assert_eq!(Arc::strong_count(&counted), 1);
    drop(receiver);
    assert_eq!(counted.0.load(Ordering::Relaxed), 0);
}

/// As above, for the ticket of a task: the task is not polled for it.
#[test]
fn a_dropped_wait_for_the_drop_of_a_receiver_wakes_no_task() {
    Setup::new().run(async {
        let (mut sender, receiver) = oneshot::<u8>();
        let polls = Rc::new(Cell::new(0));
        let (counts, done) = (polls.clone(), Event::new());
        let waits = spawn(async move {
            assert!(futures::poll!(sender.closed()).is_pending());
            let mut rest = Box::pin(done.wait());
            let rest = std::future::poll_fn(|cx| {
                counts.set(counts.get() + 1);
                rest.poll_unpin(cx)
            });
            rest.await;
            drop(sender);
        });
        yield_now().await;
        drop(receiver);
        yield_now().await;
        yield_now().await;
        assert_eq!(polls.get(), 1);
        waits.cancel();
        assert!(waits.await.is_err());
    });
}

/// The waits of the two ends are two waits.
#[test]
fn both_ends_of_a_oneshot_wait_at_once() {
    Setup::new().run(async {
        for sends in [true, false] {
            let ((mut sender, mut receiver), stops) = (oneshot(), Rc::new(Event::new()));
            let stopped = stops.clone();
            let receives = spawn(async move {
                match sends {
                    true => assert_eq!(receiver.await, Ok(1)),
                    false => {
                        assert!(futures::poll!(&mut receiver).is_pending());
                        stopped.wait().await;
                    }
                }
            });
            let closed = spawn(async move {
                assert!(futures::poll!(sender.closed()).is_pending());
                match sends {
                    true => sender.send(1).unwrap(),
                    false => sender.closed().await,
                }
            });
            yield_now().await;
            stops.set();
            receives.await.unwrap();
            closed.await.unwrap();
        }
    });
}

/// Of the wakers under which a receiver was polled, the last one is called, and the others are dropped.
#[test]
fn a_receiver_that_a_task_and_another_executor_poll_wakes_the_one_that_was_last() {
    Setup::new().run(async {
        let counted = Arc::new(Counted::default());
        let waker = counted.clone().into();
        let mut foreign = Context::from_waker(&waker);

        let (sender, mut receiver) = oneshot();
        assert!(receiver.poll_unpin(&mut foreign).is_pending());
        assert!(futures::poll!(&mut receiver).is_pending());
        assert_eq!(Arc::strong_count(&counted), 2, "it keeps the ticket alone");
        let sends = spawn(async move { sender.send(1) });
        assert_eq!(receiver.await, Ok(1));
        sends.await.unwrap().unwrap();
        assert_eq!(counted.0.load(Ordering::Relaxed), 0);

        let (sender, mut receiver) = oneshot();
        assert!(futures::poll!(&mut receiver).is_pending());
        assert!(receiver.poll_unpin(&mut foreign).is_pending());
        sender.send(2).unwrap();
        yield_now().await;
        assert_eq!(counted.0.load(Ordering::Relaxed), 1);
        assert_eq!(receiver.await, Ok(2));
    });
}

#[test]
fn a_stream_keeps_its_place_until_it_is_polled_again_or_dropped() {
    Setup::new().run(async {
        let queue = Queue::unbounded();
        let mut stream = queue.stream();
        assert!(futures::poll!(stream.next()).is_pending());
        let mut get = queue.get();
        assert!(futures::poll!(&mut get).is_pending());
        queue.put_nowait(1).unwrap();
        assert!(
            futures::poll!(&mut get).is_pending(),
            "it is behind the stream"
        );
        assert_eq!(stream.next().await, Some(1));
        assert!(futures::poll!(stream.next()).is_pending());
        queue.put_nowait(2).unwrap();
        assert_eq!(get.await, Ok(2));
        drop(stream);
        queue.put_nowait(3).unwrap();
        assert_eq!(queue.get().await, Ok(3));
    });
}
