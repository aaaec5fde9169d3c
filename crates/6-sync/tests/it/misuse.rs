//! Misuse is refused with a sentence, and harms no other task.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `owned.rs`.

use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::StreamExt;
use groundup_sync::executor::{EventLoop, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

/// Returns the text of the panic of a call.
fn refusal<T>(call: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call))
        .err()
        .expect("it is refused");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().expect("a text").to_string(),
    }
}

fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn sizes_of_zero_are_refused_where_nothing_could_ever_happen() {
    let said = refusal(|| Barrier::new(0));
    assert!(said.ends_with("give it at least 1"), "{said}");
    let said = refusal(|| Queue::<u8>::new(0));
    assert!(
        said.contains("give it at least 1, or use `unbounded`"),
        "{said}"
    );
    let said = refusal(|| broadcast::<u8>(0));
    assert!(said.ends_with("give it at least 1"), "{said}");
    // A semaphore without permits waits for the first release.
    Setup::new().run(async {
        let semaphore = Rc::new(Semaphore::new(0));
        let own = semaphore.clone();
        let task = spawn(async move { own.acquire().await.keep() });
        yield_now().await;
        semaphore.release();
        task.await.unwrap();
        assert_eq!(BoundedSemaphore::new(0).release(), Err(NotAcquired));
    });
}

/// Polls a future to its end, and once more.
fn polled_twice<F: Future>(future: F) -> String {
    let mut future = pin!(future);
    assert!(poll_once(future.as_mut()).is_ready());
    refusal(|| poll_once(future.as_mut()).is_ready())
}

#[test]
fn a_future_that_is_polled_after_its_end_says_so() {
    let (lock, semaphore, event) = (Lock::new(), Semaphore::new(1), Event::new());
    let (barrier, queue) = (Barrier::new(1), Queue::new(2));
    let (shared, notify, token) = (RwLock::new(), Notify::new(), CancellationToken::new());
    let (sender, receiver) = oneshot::<u8>();
    let (mut gone, closed) = oneshot::<u8>();
    let (news, mut reader) = broadcast(1);
    let (level, mut display) = watch(0);
    event.set();
    notify.notify_one();
    token.cancel();
    sender.send(1).unwrap();
    drop(closed);
    news.send(1).unwrap();
    level.send(1).unwrap();
    let between = SharedQueue::new(3);
    (1..3).for_each(|item| between.put_nowait(item).unwrap());
    for said in [
        polled_twice(lock.acquire()),
        polled_twice(semaphore.acquire()),
        polled_twice(event.wait()),
        polled_twice(barrier.wait()),
        polled_twice(queue.put(1)),
        polled_twice(queue.get()),
        polled_twice(shared.read()),
        polled_twice(shared.write()),
        polled_twice(notify.notified()),
        polled_twice(token.cancelled()),
        polled_twice(receiver),
        polled_twice(gone.closed()),
        polled_twice(reader.recv()),
        polled_twice(display.changed()),
        {
            queue.task_done().unwrap();
            polled_twice(queue.join())
        },
        polled_twice(between.put(3)),
        polled_twice(between.get()),
        {
            between.shutdown_now();
            polled_twice(between.get())
        },
    ] {
        assert!(said.contains("polled after it had finished"), "{said}");
    }
    assert!(!lock.locked(), "a refused poll takes nothing");
    assert!(shared.try_write().is_some());

    let condition = Condition::new();
    let mut wait = pin!(condition.wait(lock.try_acquire().unwrap()));
    assert!(poll_once(wait.as_mut()).is_pending());
    condition.notify_all(&lock.try_acquire().unwrap());
    assert!(poll_once(wait.as_mut()).is_ready());
    let said = refusal(|| poll_once(wait.as_mut()).is_ready());
    assert!(said.contains("polled after it had finished"), "{said}");
}

#[test]
fn a_condition_refuses_a_second_lock_while_tasks_wait_with_the_first() {
    Setup::new().run(async {
        let shared = Rc::new((Lock::new(), Condition::new().named("changed")));
        let own = shared.clone();
        let waiting = spawn(async move { drop(own.1.wait(own.0.acquire().await).await) });
        yield_now().await;
        let (first, condition) = &*shared;
        let other = Rc::new(Lock::new());
        let guard = other.acquire().await;
        let said = refusal(|| condition.notify(&guard, 1));
        assert!(said.contains("changed is used with two locks"), "{said}");
        let own = shared.clone();
        drop(guard);
        let task = spawn(async move { drop(own.1.wait(other.acquire().await).await) });
        let said = panic_of(task).await;
        assert!(said.contains("give each lock its own condition"), "{said}");
        condition.notify(&first.acquire().await, 1);
        waiting.await.unwrap();
        // No task waits, so another lock may be the next one.
        condition.notify_all(&Lock::new().acquire().await);
    });
}

type Wait = Pin<Box<dyn Future<Output = ()>>>;

/// Returns functions that make the waits of each object. All of these wait for ever.
fn waits_of_every_object() -> Vec<Box<dyn Fn() -> Wait>> {
    let lock = Rc::new(Lock::new());
    LockGuard::keep(lock.try_acquire().unwrap());
    let queue = Rc::new(Queue::new(1));
    queue.put_nowait(()).unwrap();
    let (empty, event) = (Rc::new(Queue::<()>::new(1)), Rc::new(Event::new()));
    let (semaphore, barrier) = (Rc::new(Semaphore::new(0)), Rc::new(Barrier::new(3)));
    let condition = Rc::new((Lock::new(), Condition::new()));
    let (written, notify) = (Rc::new(RwLock::new()), Rc::new(Notify::new()));
    std::mem::forget(written.try_write());
    let token = CancellationToken::new();
    let (sender, receiver) = oneshot::<u8>();
    let (sender, receiver) = (RefCell::new(sender), RefCell::new(receiver));
    let (sender, receiver) = (Rc::new(sender), Rc::new(receiver));
    let (news, _reader) = broadcast::<u8>(1);
    let (level, display) = watch(1);
    let display = Rc::new((level, display)); // keeps the sender
    let cell = Rc::new(OnceCell::<u8>::new());
    let own = cell.clone();
    let mut maker: Wait = Box::pin(async move { _ = own.get_or_init(pending).await });
    assert!(poll_once(maker.as_mut()).is_pending());
    std::mem::forget(maker);
    macro_rules! waits {
        ($($object:ident: $wait:expr;)+) => {vec![$({
            let $object = $object.clone();
            Box::new(move || {
                let $object = $object.clone();
                Box::pin(async move { _ = $wait; }) as Wait
            }) as Box<dyn Fn() -> Wait>
        }),+]};
    }
    waits! {
        lock: lock.acquire().await;
        semaphore: semaphore.acquire().await;
        event: event.wait().await;
        barrier: barrier.wait().await;
        queue: queue.put(()).await;
        queue: queue.join().await;
        empty: empty.get().await;
        empty: empty.stream().next().await;
        condition: condition.1.wait(condition.0.acquire().await).await;
        written: written.read().await;
        written: written.write().await;
        notify: notify.notified().await;
        token: token.cancelled().await;
        receiver: std::future::poll_fn(|cx| Pin::new(&mut *receiver.borrow_mut()).poll(cx)).await;
        sender: std::future::poll_fn(|cx| pin!(sender.borrow_mut().closed()).poll(cx)).await;
        news: news.subscribe().recv().await;
        display: display.1.clone().changed().await;
        cell: cell.get_or_init(pending).await;
    }
}

/// Asserts that a wait was refused, with the place at which its object was made.
fn assert_refused(said: &str) {
    let refused = said.contains("is bound to a different event loop");
    assert!(refused && said.contains("make one for each loop"), "{said}");
    assert!(said.contains(file!()), "{said}");
}

#[test]
fn every_object_refuses_a_second_loop() {
    let all = waits_of_every_object();
    let first = EventLoop::builder().virtual_time().build();
    let waiting: Vec<_> = all.iter().map(|waits| first.spawn(waits())).collect();
    first.run_until_complete(yield_now()).unwrap();
    assert!(waiting.iter().all(|task| !task.done()));

    let second = EventLoop::builder().virtual_time().build();
    for waits in &all {
        let said = second.run_until_complete(async { panic_of(spawn(waits())).await });
        assert_refused(&said.unwrap());
    }
    // Where the first loop is closed, the objects do not leave a caller waiting for ever, either.
    drop((waiting, first));
    for waits in &all {
        assert_refused(&refusal(|| poll_once(waits().as_mut()).is_ready()));
    }
}

/// The waits stand in the lines of their objects. A poll elsewhere neither moves them to another loop nor
/// leaves a caller waiting for ever, and a refused wait leaves its line.
#[test]
fn a_wait_that_a_closed_loop_has_polled_is_refused_elsewhere() {
    for outside in [false, true] {
        let all = waits_of_every_object();
        let first = EventLoop::builder().virtual_time().build();
        let polled = first.run_until_complete(async {
            let mut polled: Vec<Wait> = all.iter().map(|waits| waits()).collect();
            for wait in &mut polled {
                assert!(futures::poll!(wait).is_pending());
            }
            polled
        });
        let polled = polled.unwrap();
        first.close().unwrap();
        let second = EventLoop::builder().virtual_time().build();
        for mut wait in polled {
            let said = match outside {
                true => refusal(|| poll_once(wait.as_mut()).is_ready()),
                false => {
                    let said = second.run_until_complete(async { panic_of(spawn(wait)).await });
                    said.unwrap()
                }
            };
            assert_refused(&said);
        }
    }
}

/// A oneshot with a name, or one that a foreign waker waits for, belongs to the loop of that wait.
#[test]
fn a_oneshot_whose_only_wait_is_a_rare_one_belongs_to_its_loop() {
    for named in [true, false] {
        let (sender, mut receiver) = oneshot::<u8>();
        let sender = if named {
            sender.named("answer")
        } else {
            sender
        };
        let first = EventLoop::builder().virtual_time().build();
        let waits = async {
            match named {
                true => assert!(futures::poll!(&mut receiver).is_pending()),
                false => assert!(poll_once(Pin::new(&mut receiver)).is_pending()),
            }
        };
        first.run_until_complete(waits).unwrap();
        let second = EventLoop::builder().virtual_time().build();
        let said = second.run_until_complete(async { panic_of(spawn(receiver)).await });
        assert_refused(&said.unwrap());
        drop(sender);
    }
}

#[test]
fn a_priority_queue_whose_items_use_it_says_so() {
    use std::cmp::Ordering;

    thread_local! {
        static QUEUE: RefCell<Option<Rc<PriorityQueue<Nosy>>>> = const { RefCell::new(None) };
    }
    #[derive(PartialEq, Eq, Debug)]
    struct Nosy(u8);
    impl Ord for Nosy {
        fn cmp(&self, other: &Self) -> Ordering {
            QUEUE.with_borrow(|queue| queue.as_ref().map(|queue| queue.len()));
            self.0.cmp(&other.0)
        }
    }
    impl PartialOrd for Nosy {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    let queue = Rc::new(PriorityQueue::unbounded());
    queue.put_nowait(Nosy(1)).unwrap();
    QUEUE.set(Some(queue.clone()));
    let said = refusal(|| queue.put_nowait(Nosy(2)));
    QUEUE.set(None);
    assert!(
        said.contains("used the queue that was comparing them"),
        "{said}"
    );
    assert_eq!(queue.get_nowait(), Ok(Nosy(1)));
}

#[test]
fn items_that_panic_in_their_drop_are_dropped_one_by_one() {
    struct Sour;
    impl Drop for Sour {
        fn drop(&mut self) {
            panic!("the milk has turned");
        }
    }
    let setup = Setup::new();
    let event_loop = &setup.event_loop;
    let reports = Rc::new(std::cell::Cell::new(0));
    let count = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |_| count.set(count.get() + 1))));
    let ended = event_loop.run_until_complete(async {
        let (news, reader) = broadcast(3);
        for _ in 0..3 {
            assert!(news.send(Sour).is_ok());
        }
        drop(reader);
        for ends_by_shutdown in [true, false] {
            let queue = Queue::unbounded();
            for _ in 0..3 {
                assert!(queue.put_nowait(Sour).is_ok());
            }
            if ends_by_shutdown {
                queue.shutdown_immediately();
                assert!(queue.is_empty());
            }
        }
    });
    ended.unwrap();
    event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(reports.get(), 9);
}
