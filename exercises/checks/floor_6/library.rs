//! The tests of the exercises in the library of floor 6.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup_sync::executor::{iteration, run_virtual, sleep, spawn, time};
use groundup_sync::task::yield_now;
use groundup_sync::{BroadcastError, Event, PriorityQueue, RwLock, Semaphore, broadcast};

type Log = Rc<RefCell<Vec<(&'static str, u64)>>>;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn note(log: &Log, what: &'static str) {
    log.borrow_mut()
        .push((what, time().since_start().as_secs()));
}

#[test]
fn a_set_event_does_not_suspend() {
    run_virtual(async {
        let event = Event::new();
        event.set();
        let before = iteration();
        event.wait().await;
        assert_eq!(iteration(), before, "no suspension");
    });
}

#[test]
fn all_waiters_go_on() {
    run_virtual(async {
        let (event, log) = (Rc::new(Event::new()), Log::default());
        for name in ["a", "b"] {
            let (event, log) = (event.clone(), log.clone());
            spawn(async move {
                event.wait().await;
                note(&log, name);
            });
        }
        sleep(seconds(2)).await;
        assert_eq!(log.borrow().len(), 0, "the event is not set");
        event.set();
        sleep(seconds(1)).await;
        assert_eq!(
            log.take(),
            [("a", 2), ("b", 2)],
            "both, in the order of their waits"
        );
    });
}

#[test]
fn an_event_that_is_cleared_at_once_was_seen() {
    run_virtual(async {
        let (event, log) = (Rc::new(Event::new()), Log::default());
        let (own, own_log) = (event.clone(), log.clone());
        spawn(async move {
            own.wait().await;
            note(&own_log, "first");
            own.wait().await;
            note(&own_log, "second");
        });
        yield_now().await;
        event.set();
        event.clear();
        sleep(seconds(1)).await;
        assert_eq!(
            log.take(),
            [("first", 0)],
            "the waiter has seen it; the next wait has not"
        );
        event.set();
        sleep(seconds(1)).await;
        assert_eq!(log.take(), [("second", 1)], "the second set");
    });
}

#[test]
fn a_cancelled_waiter_passes_its_permit_on() {
    run_virtual(async {
        let (permits, log) = (Rc::new(Semaphore::new(1)), Log::default());
        let held = permits.acquire().await;
        let waiters = ["a", "b"].map(|name| {
            let (permits, log) = (permits.clone(), log.clone());
            spawn(async move {
                let _permit = permits.acquire().await;
                note(&log, name);
            })
        });
        sleep(seconds(1)).await;
        drop(held); // a has the token
        waiters[0].cancel(); // and never runs again
        sleep(seconds(1)).await;
        assert_eq!(log.take(), [("b", 1)], "b gets the permit");
        assert_eq!(permits.available(), 1, "and gives it back");
    });
}

#[test]
fn a_cancelled_waiter_without_a_permit_takes_none() {
    run_virtual(async {
        let permits = Rc::new(Semaphore::new(1));
        let held = permits.acquire().await;
        let own = permits.clone();
        let waiter = spawn(async move { drop(own.acquire().await) });
        sleep(seconds(1)).await;
        waiter.cancel();
        sleep(seconds(1)).await;
        assert_eq!(permits.available(), 0, "the permit is held");
        drop(held);
        assert_eq!(permits.available(), 1, "one permit, and not two");
        assert!(permits.try_acquire().is_some(), "no task stands in line");
    });
}

#[test]
fn the_lowest_item_comes_first() {
    let queue = PriorityQueue::unbounded();
    let items: Vec<u32> = (0..100).map(|n| n * 37 % 101).collect();
    items
        .iter()
        .for_each(|item| queue.put_nowait(*item).expect("there is room"));
    let taken: Vec<u32> = (0..100)
        .map(|_| queue.get_nowait().expect("an item"))
        .collect();
    let mut sorted = items;
    sorted.sort_unstable();
    assert_eq!(taken, sorted, "a hundred items");
    assert!(queue.get_nowait().is_err(), "the queue is empty");
}

/// An item that compares by its first field alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order(u32, u32);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn equal_items_keep_their_order() {
    let queue = PriorityQueue::unbounded();
    let mut items: Vec<Order> = (0..60).map(|n| Order(n * 7 % 3, n)).collect();
    items
        .iter()
        .for_each(|item| queue.put_nowait(*item).expect("there is room"));
    let taken: Vec<Order> = (0..60)
        .map(|_| queue.get_nowait().expect("an item"))
        .collect();
    items.sort(); // which keeps the order of equal items
    assert_eq!(taken, items, "by number, and then by arrival");
}

#[test]
fn each_receiver_gets_each_value() {
    let (sender, mut first) = broadcast(4);
    let mut second = sender.subscribe();
    for value in [1, 2, 3] {
        assert_eq!(sender.send(value).ok(), Some(2), "two receivers");
    }
    for receiver in [&mut first, &mut second] {
        let values = [(); 4].map(|()| receiver.try_recv());
        assert_eq!(
            values,
            [Ok(Some(1)), Ok(Some(2)), Ok(Some(3)), Ok(None)],
            "all, and no more"
        );
    }
}

#[test]
fn a_slow_receiver_learns_what_it_missed() {
    let (sender, mut slow) = broadcast(2);
    for value in 1..=5 {
        sender.send(value).expect("there is a receiver");
    }
    let values = [(); 4].map(|()| slow.try_recv());
    let expected = [
        Err(BroadcastError::Lagged(3)),
        Ok(Some(4)),
        Ok(Some(5)),
        Ok(None),
    ];
    assert_eq!(values, expected, "three were replaced");
}

/// Holds the lock for a second, as a reader or as the writer, and notes the time of its begin.
fn visitor(lock: &Rc<RwLock<u32>>, log: &Log, name: &'static str, writes: bool) {
    let (lock, log) = (lock.clone(), log.clone());
    spawn(async move {
        if writes {
            let _guard = lock.write().await;
            note(&log, name);
            sleep(seconds(1)).await;
        } else {
            let _guard = lock.read().await;
            note(&log, name);
            sleep(seconds(1)).await;
        }
    });
}

#[test]
fn readers_go_in_together_up_to_the_next_writer() {
    run_virtual(async {
        let (lock, log) = (Rc::new(RwLock::with(0)), Log::default());
        let held = lock.write().await;
        let line = [
            ("r1", false),
            ("r2", false),
            ("w1", true),
            ("r3", false),
            ("r4", false),
        ];
        for (name, writes) in line {
            visitor(&lock, &log, name, writes);
        }
        sleep(seconds(1)).await;
        drop(held);
        sleep(seconds(9)).await;
        let expected = [("r1", 1), ("r2", 1), ("w1", 2), ("r3", 3), ("r4", 3)];
        assert_eq!(log.take(), expected, "two readers, the writer, two readers");
    });
}

#[test]
fn a_writer_is_alone() {
    run_virtual(async {
        let (lock, log) = (Rc::new(RwLock::with(0)), Log::default());
        let held = lock.read().await;
        for name in ["w1", "w2"] {
            visitor(&lock, &log, name, true);
        }
        sleep(seconds(1)).await;
        drop(held);
        sleep(seconds(9)).await;
        assert_eq!(
            log.take(),
            [("w1", 1), ("w2", 2)],
            "one writer after the other"
        );
    });
}
