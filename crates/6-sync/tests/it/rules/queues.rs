//! Q01 to Q06: queues.
//!
//! Read next: `misuse.rs`.

use std::rc::Rc;

use futures::StreamExt;
use groundup_sync::executor::spawn;
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn q01_put_waits_while_full_and_get_while_empty_both_in_order() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(1));
        let puts = ["put a", "put b", "put c"].map(|name| {
            let queue = queue.clone();
            logged(
                &log,
                name,
                async move { queue.put(&name[4..]).await.unwrap() },
            )
        });
        yield_now().await;
        assert!(queue.is_full());
        for item in ["a", "b", "c"] {
            assert_eq!(queue.get().await, Ok(item));
        }
        for put in puts {
            put.await.unwrap();
        }
        let gets = ["get a", "get b"].map(|name| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.get().await.unwrap() })
        });
        yield_now().await;
        queue.put("x").await.unwrap();
        queue.put("y").await.unwrap();
        let [a, b] = gets;
        assert_eq!((a.await.unwrap(), b.await.unwrap()), ("x", "y"));
    });
    assert_eq!(log.texts(), "put a put b put c get a get b");
}

#[test]
fn q01_a_queue_without_a_limit_is_never_full() {
    let queue = Queue::unbounded();
    for item in 0..10_000 {
        queue.put_nowait(item).unwrap();
    }
    assert!(!queue.is_full());
    assert_eq!((queue.len(), queue.capacity()), (10_000, None));
}

#[test]
fn q02_a_get_without_waiting_may_overtake_a_getter_that_was_woken() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::unbounded());
        let gets = ["a", "b"].map(|name| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.get().await.unwrap() })
        });
        yield_now().await;
        log.say("put 1");
        queue.put_nowait(1).unwrap();
        assert_eq!(queue.get_nowait(), Ok(1));
        queue.put_nowait(2).unwrap();
        yield_now().await;
        yield_now().await;
        log.say("put 3");
        queue.put_nowait(3).unwrap();
        let [a, b] = gets;
        assert_eq!((a.await.unwrap(), b.await.unwrap()), (2, 3));
    });
    assert_eq!(log.hops(), "put 1@0 a@1 put 3@2 b@3");
}

#[test]
fn q03_a_cancelled_getter_loses_no_item_and_wakes_the_next() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(1));
        let get = |name| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.get().await.unwrap() })
        };
        let (a, b) = (get("a"), get("b"));
        yield_now().await;
        log.say("put");
        queue.put_nowait(7).unwrap();
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        assert_eq!(b.await.unwrap(), 7);
    });
    assert_eq!(log.hops(), "put@0 b@2");
}

#[test]
fn q03_a_cancelled_putter_puts_nothing_and_wakes_the_next() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait(0).unwrap();
        let put = |name, item| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.put(item).await.unwrap() })
        };
        let (a, b) = (put("a", 1), put("b", 2));
        yield_now().await;
        log.say("get");
        assert_eq!(queue.get_nowait(), Ok(0));
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        b.await.unwrap();
        assert_eq!(queue.get().await, Ok(2));
        assert!(queue.is_empty());
    });
    assert_eq!(log.hops(), "get@0 b@2");
}

/// The item of a is taken by another task, so the cancel of a has nothing to pass on: b and c keep their
/// places in the line.
#[test]
fn q03_a_cancelled_getter_whose_item_is_gone_wakes_no_other() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(2));
        let [a, b, c] = ["a", "b", "c"].map(|name| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.get().await.unwrap() })
        });
        yield_now().await;
        queue.put_nowait(0).unwrap();
        assert_eq!(queue.get_nowait(), Ok(0));
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        yield_now().await;
        queue.put_nowait(1).unwrap();
        yield_now().await;
        queue.put_nowait(2).unwrap();
        assert_eq!((b.await.unwrap(), c.await.unwrap()), (1, 2));
    });
}

#[test]
fn q03_a_cancelled_putter_whose_room_is_gone_wakes_no_other() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait("first").unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| {
            let queue = queue.clone();
            logged(&log, name, async move { queue.put(name).await.unwrap() })
        });
        yield_now().await;
        assert_eq!(queue.get_nowait(), Ok("first"));
        queue.put_nowait("overtakes").unwrap();
        a.cancel();
        assert!(a.await.unwrap_err().is_cancelled());
        yield_now().await;
        for item in ["overtakes", "b", "c"] {
            assert_eq!(queue.get().await, Ok(item));
        }
        b.await.unwrap();
        c.await.unwrap();
    });
}

#[test]
fn q04_join_returns_when_all_items_are_done() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let queue = Rc::new(Queue::unbounded());
        queue.join().await; // nothing was put
        queue.put_nowait('a').unwrap();
        queue.put_nowait('b').unwrap();
        let own = queue.clone();
        let join = logged(&log, "joined", async move { own.join().await });
        for _ in 0..2 {
            queue.get().await.unwrap();
            yield_now().await;
            assert!(!join.done());
            log.say("done");
            queue.task_done().unwrap();
        }
        join.await.unwrap();
        assert_eq!(queue.task_done(), Err(NotAcquired));
    });
    assert_eq!(log.hops(), "done@0 done@1 joined@2");
}

#[test]
fn q05_after_a_shutdown_puts_fail_and_gets_take_what_is_left() {
    Setup::new().run(async {
        let queue = Rc::new(Queue::new(1));
        queue.put('a').await.unwrap();
        let own = queue.clone();
        let putter = spawn(async move { own.put('b').await });
        yield_now().await;
        queue.shutdown();
        assert_eq!(putter.await.unwrap(), Err(PutError::ShutDown('b')));
        assert_eq!(queue.put_nowait('c'), Err(PutError::ShutDown('c')));
        assert_eq!(queue.get().await, Ok('a'));
        assert_eq!(queue.get().await, Err(QueueShutDown));
        assert_eq!(queue.get_nowait(), Err(GetError::ShutDown));
        assert_eq!(queue.stream().next().await, None);

        let queue = Rc::new(Queue::<char>::new(1));
        let own = queue.clone();
        let getter = spawn(async move { own.get().await });
        yield_now().await;
        queue.shutdown();
        assert_eq!(getter.await.unwrap(), Err(QueueShutDown));
    });
}

#[test]
fn q05_an_immediate_shutdown_drops_the_items_and_ends_join() {
    Setup::new().run(async {
        let queue = Rc::new(Queue::new(2));
        let item = Rc::new(());
        queue.put(item.clone()).await.unwrap();
        queue.put(item.clone()).await.unwrap();
        let own = queue.clone();
        let join = spawn(async move { own.join().await });
        yield_now().await;
        queue.shutdown_immediately();
        assert_eq!(Rc::strong_count(&item), 1);
        assert_eq!(queue.get().await, Err(QueueShutDown));
        join.await.unwrap();

        // An item that was taken is not done yet.
        let queue = Queue::new(2);
        queue.put('a').await.unwrap();
        queue.put('b').await.unwrap();
        queue.get().await.unwrap();
        queue.shutdown_immediately();
        assert_eq!(queue.task_done(), Ok(()));
        assert_eq!(queue.task_done(), Err(NotAcquired));
    });
}

#[test]
fn q06_a_priority_queue_gives_the_lowest_and_a_lifo_queue_the_newest() {
    let lowest = PriorityQueue::unbounded();
    for item in [(3, 'a'), (1, 'b'), (2, 'c'), (1, 'a')] {
        lowest.put_nowait(item).unwrap();
    }
    let order = std::iter::from_fn(|| lowest.get_nowait().ok());
    assert_eq!(
        order.collect::<Vec<_>>(),
        [(1, 'a'), (1, 'b'), (2, 'c'), (3, 'a')]
    );

    // Items that are equal come in the order in which they were put.
    #[derive(Debug)]
    struct Job(u8, char);
    impl PartialEq for Job {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Job {}
    impl PartialOrd for Job {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Job {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }
    let jobs = PriorityQueue::unbounded();
    for name in 'a'..='i' {
        jobs.put_nowait(Job(u8::from(name > 'e'), name)).unwrap();
    }
    let order = std::iter::from_fn(|| jobs.get_nowait().ok());
    assert_eq!(order.map(|job| job.1).collect::<String>(), "abcdefghi");

    let newest = LifoQueue::unbounded();
    for item in ['a', 'b', 'c'] {
        newest.put_nowait(item).unwrap();
    }
    let order = std::iter::from_fn(|| newest.get_nowait().ok());
    assert_eq!(order.collect::<String>(), "cba");
}
