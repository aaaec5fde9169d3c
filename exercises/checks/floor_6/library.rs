//! The tests of the exercises in the library of floor 6.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use groundup_sync::executor::{EventLoop, iteration, run_virtual, sleep, spawn, spawn_named, time};
use groundup_sync::task::{catch_cancel, yield_now};
use groundup_sync::{
    BroadcastError, BroadcastReceiver, Event, PriorityQueue, RwLock, Semaphore, broadcast,
};

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

/// Runs a program that hangs. Returns the line of the report about the task with this name.
fn stuck(name: &str, main: impl Future<Output = ()> + 'static) -> String {
    let event_loop = EventLoop::builder().virtual_time().build();
    let ended = event_loop.run_until_complete(main);
    let report = ended.expect_err("nothing ends it").to_string();
    let mut lines = report.lines().map(str::trim_start);
    let line = lines.find(|line| line.starts_with(name));
    line.map(said).unwrap_or_default()
}

/// Returns what a line of a report says, without the places.
fn said(line: &str) -> String {
    let (mut said, mut rest) = (String::new(), line);
    while let Some((before, place)) = rest.split_once(" (") {
        said += before;
        rest = place.split_once(')').map_or("", |(_, after)| after);
    }
    said + rest
}

#[test]
fn a_report_names_the_event() {
    let line = stuck("waiter", async {
        let event = Event::new().named("ready");
        spawn_named("waiter", async move { event.wait().await }).detach();
        pending::<()>().await;
    });
    assert_eq!(line, "waiter waits for ready", "the reason of the wait");
}

#[test]
fn a_cancel_wins_over_the_event() {
    run_virtual(async {
        let event = Rc::new(Event::new());
        let own = event.clone();
        let waiter = spawn(async move {
            let (mut wait, mut region) = (pin!(own.wait()), pin!(catch_cancel(pending::<()>())));
            poll_fn(|cx| match wait.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready("event"),
                Poll::Pending => region.as_mut().poll(cx).map(|_| "cancel"),
            })
            .await
        });
        sleep(seconds(1)).await;
        event.set(); // the waiter is woken
        assert!(waiter.cancel(), "and cancelled before it runs");
        assert_eq!(
            waiter.await.ok(),
            Some("cancel"),
            "the region with the cancel comes first, although it is polled second"
        );
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

/// Looks at its channel when it is dropped.
#[derive(Clone)]
struct Looks(Rc<RefCell<Option<BroadcastReceiver<Looks>>>>, Rc<Cell<u64>>);

impl Drop for Looks {
    fn drop(&mut self) {
        if let Some(receiver) = &*self.0.borrow() {
            self.1.set(self.1.get() + receiver.len());
        }
    }
}

#[test]
fn a_replaced_value_is_dropped_outside_of_the_ring() {
    let (sender, receiver) = broadcast(1);
    let (slot, seen) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
    slot.replace(Some(receiver));
    for _ in 0..2 {
        let sent = sender.send(Looks(slot.clone(), seen.clone()));
        assert!(sent.is_ok(), "there is a receiver");
    }
    assert_eq!(seen.get(), 2, "the drop of the first value sees two sent");
    slot.take();
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

#[test]
fn a_report_names_the_task_that_was_let_in() {
    for writes in [false, true] {
        let line = stuck("last", async move {
            let lock = Rc::new(RwLock::with(0).named("prices"));
            let (first, second, third) = (lock.clone(), lock.clone(), lock);
            spawn_named("first", async move {
                let _guard = first.write().await;
                sleep(seconds(1)).await;
            })
            .detach();
            // It stands in line, and never polls its wait again.
            spawn_named("next", async move {
                let (mut read, mut write) = (pin!(second.read()), pin!(second.write()));
                poll_fn(|cx| {
                    let waits = match writes {
                        true => write.as_mut().poll(cx).is_pending(),
                        false => read.as_mut().poll(cx).is_pending(),
                    };
                    assert!(waits, "the first is inside");
                    Poll::Ready(())
                })
                .await;
                pending::<()>().await;
            })
            .detach();
            spawn_named("last", async move { drop(third.write().await) }).detach();
            pending::<()>().await;
        });
        let holder = "next, to which it was passed, and which has not polled since";
        assert_eq!(
            line,
            format!("last waits for prices held by {holder}"),
            "the holder, writes: {writes}"
        );
    }
}
