//! Items between loops.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `props.rs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use groundup_sync::combinators::{gather, join};
use groundup_sync::executor::{
    Driver, EventLoop, Outside, Parked, RunError, Virtual, current_loop, run_virtual, spawn, stop,
};
use groundup_sync::task::{Unpark, catch_cancel, yield_now};
use groundup_sync::{GetError, PutError, QueueShutDown, SharedQueue};

use super::{LONG, virtual_fleet};
use crate::setup::virtual_loop;

#[test]
fn items_keep_their_order_and_a_full_queue_makes_the_producer_wait() {
    run_virtual(async {
        let fleet = virtual_fleet(2).build();
        let queue = SharedQueue::new(3);
        let (puts, gets) = (queue.clone(), queue.clone());
        let produce = fleet.spawn_on(0, async move || {
            for n in 0..1000 {
                puts.put(n).await.unwrap();
                assert!(puts.len() <= 3);
            }
            puts.shutdown();
        });
        let consume = fleet.spawn_on(1, async move || {
            let mut items = Vec::new();
            while let Ok(item) = gets.get().await {
                items.push(item);
            }
            items
        });
        assert!(consume.await.unwrap().into_iter().eq(0..1000));
        produce.await.unwrap();
        fleet.join(LONG).await.unwrap();
    });
}

/// Polls a future to its end, and once more.
fn assert_over_after_its_end(future: impl Future) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_ready());
    let again = AssertUnwindSafe(|| future.as_mut().poll(&mut cx).is_ready());
    let payload = catch_unwind(again).expect_err("a second poll");
    let said = payload.downcast_ref::<&str>().expect("text");
    assert!(said.contains("polled after it had finished"), "{said}");
}

/// The second poll would take an item that no task receives.
#[test]
fn a_get_and_a_put_that_are_polled_after_their_end_say_so_and_take_nothing() {
    let queue = SharedQueue::new(4);
    (0..3).for_each(|item| queue.put_nowait(item).unwrap());
    assert_over_after_its_end(queue.get());
    assert_over_after_its_end(queue.put(3));
    assert_eq!(queue.len(), 3);
    queue.shutdown_now();
    assert_over_after_its_end(queue.get());
}

#[test]
fn several_loops_get_each_item_of_several_loops_once() {
    run_virtual(async {
        let fleet = virtual_fleet(4).build();
        let queue = SharedQueue::new(2);
        let consumers: Vec<_> = (0..2)
            .map(|number| {
                let queue = queue.clone();
                fleet.spawn_on(number, async move || {
                    let mut items = Vec::new();
                    while let Ok(item) = queue.get().await {
                        items.push(item);
                    }
                    items
                })
            })
            .collect();
        let producers = [2, 3].map(|number| {
            let queue = queue.clone();
            fleet.spawn_on(number, async move || {
                for n in 0..500 {
                    queue.put((number, n)).await.unwrap();
                }
            })
        });
        gather(producers)
            .await
            .unwrap()
            .into_iter()
            .for_each(|end| end.unwrap());
        queue.shutdown();
        let items = gather(consumers).await.unwrap();
        let items: Vec<_> = items.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(items.len(), 1000);
        assert_eq!(items.into_iter().collect::<BTreeSet<_>>().len(), 1000);
    });
}

#[test]
fn a_shutdown_ends_all_waits_and_gives_the_item_of_a_put_back() {
    run_virtual(async {
        let (empty, full) = (SharedQueue::<u8>::new(1), SharedQueue::new(1));
        full.put_nowait(1).unwrap();
        let gets =
            [empty.clone(), empty.clone()].map(|queue| spawn(async move { queue.get().await }));
        let puts = [2, 3].map(|n| spawn(full.put(n)));
        yield_now().await;
        empty.shutdown();
        full.shutdown();
        for get in gets {
            assert_eq!(get.await.unwrap(), Err(QueueShutDown));
        }
        for (put, item) in puts.into_iter().zip([2, 3]) {
            assert_eq!(put.await.unwrap(), Err(PutError::ShutDown(item)));
        }
        assert_eq!(full.put_nowait(4), Err(PutError::ShutDown(4)));
        assert_eq!(
            (full.get().await, full.get().await),
            (Ok(1), Err(QueueShutDown))
        );
        assert_eq!(full.get_nowait(), Err(GetError::ShutDown));
        assert!(full.is_shut_down() && full.is_empty());
    });
}

#[test]
fn an_immediate_shutdown_drops_the_items() {
    let alive = Arc::new(());
    let queue = SharedQueue::new(2);
    queue.put_nowait(alive.clone()).unwrap();
    queue.shutdown_now();
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// Counts the calls of a waker.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn waker() -> (Arc<Woken>, Waker) {
    let woken = Arc::<Woken>::default();
    (woken.clone(), Waker::from(woken))
}

/// Polls two waits, which wait. `notify` wakes the first, which is dropped: its notice goes to the
/// second. Returns the output of the second.
fn passed_on<F: Future>(first: F, second: F, notify: impl FnOnce()) -> F::Output {
    let wakers = [waker(), waker()];
    let counts = || wakers.each_ref().map(|it| it.0.0.load(Ordering::SeqCst));
    let mut contexts = wakers.each_ref().map(|it| Context::from_waker(&it.1));
    let (mut first, mut second) = (Box::pin(first), Box::pin(second));
    assert!(first.as_mut().poll(&mut contexts[0]).is_pending());
    assert!(second.as_mut().poll(&mut contexts[1]).is_pending());
    notify();
    assert_eq!(counts(), [1, 0]);
    drop(first);
    assert_eq!(counts(), [1, 1]);
    match second.as_mut().poll(&mut contexts[1]) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the second was notified, and waits"),
    }
}

#[test]
fn a_getter_that_leaves_with_its_notice_passes_it_on() {
    let queue = SharedQueue::new(1);
    let put = || queue.put_nowait(5).unwrap();
    assert_eq!(passed_on(queue.get(), queue.get(), put), Ok(5));
}

#[test]
fn a_putter_that_leaves_with_its_notice_passes_it_on() {
    let queue = SharedQueue::new(1);
    queue.put_nowait(0).unwrap();
    let get = || assert_eq!(queue.get_nowait(), Ok(0));
    assert_eq!(passed_on(queue.put(1), queue.put(2), get), Ok(()));
    assert_eq!(queue.get_nowait(), Ok(2));
}

#[test]
fn a_getter_that_is_polled_again_keeps_its_place_and_its_last_waker() {
    let queue = SharedQueue::new(2);
    let (stale, stale_waker) = waker();
    let (fresh, fresh_waker) = waker();
    let (second, second_waker) = waker();
    let (mut get, mut behind) = (pin!(queue.get()), pin!(queue.get()));
    assert!(
        get.as_mut()
            .poll(&mut Context::from_waker(&stale_waker))
            .is_pending()
    );
    assert!(
        behind
            .as_mut()
            .poll(&mut Context::from_waker(&second_waker))
            .is_pending()
    );
    assert!(
        get.as_mut()
            .poll(&mut Context::from_waker(&fresh_waker))
            .is_pending()
    );
    queue.put_nowait(1).unwrap();
    let counts = [&stale, &fresh, &second].map(|it| it.0.load(Ordering::SeqCst));
    assert_eq!(counts, [0, 1, 0]);
}

#[test]
fn a_cancel_wins_over_an_item_which_stays_in_the_queue() {
    let queue = SharedQueue::new(1);
    let log: Rc<RefCell<Vec<u8>>> = Rc::default();
    run_virtual(async {
        let (gets, kept) = (queue.clone(), log.clone());
        let getter = spawn(async move {
            let item = gets.get().await.unwrap();
            kept.borrow_mut().push(item);
        });
        yield_now().await;
        queue.put_nowait(5).unwrap();
        getter.cancel();
        getter.await.unwrap_err();
        assert!(log.borrow().is_empty());
        assert_eq!(queue.get_nowait(), Ok(5));
    });
}

#[test]
fn a_value_waits_until_the_cancel_of_its_step_is_caught() {
    let (full, empty) = (SharedQueue::new(1), SharedQueue::new(1));
    full.put_nowait(1).unwrap();
    let fleet = virtual_fleet(1).build();
    fleet.shutdown();
    let log: Rc<RefCell<Vec<&str>>> = Rc::default();
    run_virtual(async {
        let refused = fleet.spawn_on(0, async || ());
        let (get, put) = (empty.get(), full.put(2));
        let (values, region) = (log.clone(), log.clone());
        let all = spawn(join((
            async move {
                get.await.unwrap();
                values.borrow_mut().push("get");
                put.await.unwrap();
                values.borrow_mut().push("put");
                refused.await.unwrap_err();
                values.borrow_mut().push("refused");
            },
            async move {
                catch_cancel(pending::<()>()).await.unwrap_err();
                region.borrow_mut().push("caught");
            },
        )));
        yield_now().await;
        empty.put_nowait(0).unwrap();
        full.get_nowait().unwrap();
        all.cancel();
        all.await.unwrap();
        assert_eq!(*log.borrow(), ["caught", "get", "put", "refused"]);
    });
}

/// A clock that jumps, and tells when its loop waits for another thread.
struct ToldParks(Virtual, Sender<()>);

impl Driver for ToldParks {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(&self, at: Option<u64>, out: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        if !matches!(out, Outside::Nobody) {
            let _ = self.1.send(()); // the thread may have ended
        }
        self.0.park(at, out, may_block)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }

    fn jumps(&self) -> bool {
        true
    }
}

#[test]
fn a_loop_on_virtual_time_waits_for_other_threads() {
    let (queue, full) = (SharedQueue::new(1), SharedQueue::new(1));
    full.put_nowait(1).unwrap();
    let (puts, gets) = (queue.clone(), full.clone());
    let (parks, parked) = channel();
    let thread = std::thread::spawn(move || {
        // Without the count of callers, the loop would end instead.
        parked.recv().unwrap();
        puts.put_nowait(5).unwrap();
        parked.recv().unwrap();
        gets.get_nowait().unwrap()
    });
    let driver = ToldParks(Virtual::new(), parks);
    let event_loop = EventLoop::builder().driver(driver).build();
    let main = async {
        assert_eq!(queue.get().await, Ok(5));
        assert_eq!(full.put(2).await, Ok(()));
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(thread.join().unwrap(), 1);
    // A wait that has ended holds no loop.
    let event_loop = EventLoop::builder().virtual_time().build();
    let mut get = queue.get();
    let ended = event_loop.run_until_complete(async {
        assert!((&mut get).now_or_never().is_none());
        queue.put_nowait(6).unwrap();
        assert_eq!((&mut get).await, Ok(6));
        pending::<()>().await;
    });
    assert!(matches!(ended, Err(RunError::Deadlock(_))));
}

#[test]
fn a_queue_works_where_no_loop_runs() {
    let queue = SharedQueue::new(1);
    let puts = queue.clone();
    let thread = std::thread::spawn(move || {
        block_on(async {
            for n in 0..100 {
                puts.put(n).await.unwrap();
            }
        });
    });
    let sum: i32 = (0..100).map(|_| block_on(queue.get()).unwrap()).sum();
    assert_eq!(sum, 4950);
    thread.join().unwrap();
}

#[test]
#[should_panic(expected = "a queue without room would let no item through")]
fn a_queue_without_room_is_refused() {
    drop(SharedQueue::<u8>::new(0));
}

/// Panics when it is called.
struct BadWaker;

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_foreign_waker_that_panics_harms_no_other_waiter_where_no_loop_runs() {
    let bad = Waker::from(Arc::new(BadWaker));
    let queue = SharedQueue::<u8>::new(1);
    let (mut first, mut second) = (queue.get(), queue.get());
    assert!(
        first
            .poll_unpin(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let counts = Arc::new(Woken::default());
    let waker = Waker::from(counts.clone());
    assert!(
        second
            .poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    queue.shutdown();
    assert_eq!(counts.0.load(Ordering::SeqCst), 1);

    let queue = SharedQueue::new(1);
    queue.put_nowait("the only item").unwrap();
    let mut put = queue.put("a second one");
    assert!(put.poll_unpin(&mut Context::from_waker(&bad)).is_pending());
    assert_eq!(queue.get_nowait(), Ok("the only item"));
}

#[test]
fn a_guard_shuts_its_queue_down_however_its_task_ends() {
    for end in 0..4 {
        let (event_loop, _) = virtual_loop();
        let got = event_loop.run_until_complete(async {
            let fleet = virtual_fleet(1).build();
            let queue = SharedQueue::new(2);
            let guard = queue.clone().drop_guard();
            let task = fleet.spawn_on(0, async move || {
                guard.put(1).await.unwrap();
                match end {
                    0 => return,
                    1 => resume_unwind(Box::new("a torn rope")),
                    2 => stop(),
                    _ => {}
                }
                pending::<()>().await;
            });
            let first = queue.get().await;
            if end == 3 {
                fleet.cancel_tasks();
            }
            let second = queue.get().await;
            drop(task);
            (first, second)
        });
        assert_eq!(got.unwrap(), (Ok(1), Err(QueueShutDown)), "end {end}");
    }
}

/// A wait that has ended holds no remote of its loop, also if its future is kept.
#[test]
fn a_wait_that_has_ended_lets_its_loop_know_that_it_is_stuck() {
    let (event_loop, _) = virtual_loop();
    let ended = event_loop.run_until_complete(async {
        let [empty, full] = [1, 1].map(SharedQueue::new);
        full.put_nowait(1).unwrap();
        let (mut get, mut put) = (pin!(empty.get()), pin!(full.put(2)));
        assert!(futures::poll!(get.as_mut()).is_pending());
        assert!(futures::poll!(put.as_mut()).is_pending());
        assert_eq!(current_loop().counts().remotes, 2);
        empty.shutdown();
        full.shutdown();
        assert_eq!(get.as_mut().await, Err(QueueShutDown));
        assert_eq!(put.as_mut().await, Err(PutError::ShutDown(2)));
        assert_eq!(current_loop().counts().remotes, 0);
        pending::<()>().await;
    });
    assert!(matches!(ended, Err(RunError::Deadlock(_))), "{ended:?}");
}
