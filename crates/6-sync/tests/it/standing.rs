//! Circles beside tasks that live: what is reported, and what is not.
//!
//! The problem: a report says that tasks stand for ever, and a second later a deadline lets them go.
//! The next report is not believed. So each way in which a circle opens by itself has a program here.
//!
//! | program | reports |
//! |---|---|
//! | two tasks wait for each other's lock | 1 |
//! | the same, and one gives up after a time | 0 |
//! | the same, and a task outside awaits one of them for a time | 0 |
//! | the same in the children of a group with a deadline, which is not awaited yet | 0 |
//! | a reader stands behind a writer that may give up | 0 |
//! | a consumer waits for the items of a producer that waits for the consumer, and one gives up | 0 |
//! | a circle is opened and forms again | 2 |
//!
//! Invariant: all programs run to their end.
//!
//! Read next: `foreign.rs`.

use std::cell::Cell;
use std::future::IntoFuture;
use std::rc::Rc;
use std::time::Duration;

use groundup_sync::combinators::{TaskGroup, task_group, timeout};
use groundup_sync::executor::{EventLoop, current_loop, sleep, spawn, spawn_named};
use groundup_sync::task::{ReportKind, Task, catch_cancel};
use groundup_sync::{Lock, Queue, RwLock};

use crate::setup::*;

/// Returns the number of circles that are reported while the program runs to its end.
fn reports(main: impl Future<Output = ()> + 'static) -> usize {
    let told = Rc::new(Cell::new(0));
    let count = told.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .circle_report(secs(1))
        .exception_handler(move |report| {
            assert_eq!(report.kind, ReportKind::Circle);
            count.set(count.get() + 1);
        })
        .build();
    event_loop.run_until_complete(main).expect("it ends");
    told.get()
}

/// Takes the first lock, and a second later the second one, for as long as `patience`.
async fn cross(first: Rc<Lock>, second: Rc<Lock>, patience: Duration) {
    let _first = first.acquire().await;
    sleep(secs(1)).await;
    let _second = timeout(patience, second.acquire()).await;
}

/// Starts two tasks that wait for each other's lock.
fn crossed(patience: Duration) -> [Task<()>; 2] {
    let [a, b] = ["fork-a", "fork-b"].map(|name| Rc::new(Lock::new().named(name)));
    let plato = spawn_named("Plato", cross(a.clone(), b.clone(), patience));
    [plato, spawn_named("Kant", cross(b, a, Duration::MAX))]
}

#[test]
fn a_circle_that_stands_is_reported_beside_deadlines_of_others() {
    let main = async {
        let [plato, kant] = crossed(Duration::MAX);
        for _ in 0..5 {
            let _heartbeat = timeout(secs(1), sleep(secs(2))).await;
        }
        plato.cancel();
        kant.await.unwrap();
    };
    assert_eq!(reports(main), 1);
}

#[test]
fn a_circle_that_a_deadline_opens_is_not_reported() {
    let inside = async {
        let [plato, kant] = crossed(secs(30));
        sleep(secs(3)).await;
        plato.await.unwrap();
        kant.await.unwrap();
    };
    assert_eq!(reports(inside), 0);
    let outside = async {
        let [plato, kant] = crossed(Duration::MAX);
        let waits = spawn(async move { plato.await });
        sleep(secs(3)).await;
        assert!(timeout(secs(5), waits.into_future()).await.is_err());
        kant.await.unwrap();
    };
    assert_eq!(
        reports(outside),
        1,
        "the deadline is armed after the first looks"
    );
    let outside = async {
        let [plato, kant] = crossed(Duration::MAX);
        let waits = spawn(async move { plato.await });
        assert!(timeout(secs(5), waits.into_future()).await.is_err());
        kant.await.unwrap();
    };
    assert_eq!(reports(outside), 0);
}

#[test]
fn a_circle_in_a_group_with_a_deadline_is_not_reported() {
    let main = async {
        let group = task_group(async |group: TaskGroup<()>| {
            for task in crossed(Duration::MAX) {
                group.spawn(async {
                    task.await.unwrap();
                    Ok(())
                });
            }
            sleep(secs(60)).await;
            Ok(())
        });
        assert!(timeout(secs(5), group).await.is_err());
    };
    assert_eq!(reports(main), 0);
}

/// R1 is inside and awaits R3, which stands behind the writer. When the writer gives up, R3 is let in
/// beside R1.
#[test]
fn a_reader_behind_a_writer_that_may_give_up_makes_no_circle() {
    let main = async {
        let lock = Rc::new(RwLock::new());
        let [one, two, three] = [(); 3].map(|()| lock.clone());
        let first = spawn_named("R1", async move {
            let _guard = one.read().await;
            sleep(secs(1)).await;
            let third = spawn_named("R3", async move { drop(three.read().await) });
            third.await.unwrap();
        });
        sleep(Duration::from_millis(500)).await;
        let writer = spawn_named(
            "W",
            async move { drop(timeout(secs(9), two.write()).await) },
        );
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
        first.await.unwrap();
        writer.await.unwrap();
    };
    assert_eq!(reports(main), 0);
}

/// A producer waits for its consumer, which waits for another item. The two deadlines are those of the
/// consumer and of the producer.
async fn producer_and_consumer(patience: [Duration; 2]) {
    let queue = Rc::new(Queue::unbounded());
    let (items, [of_get, of_end]) = (queue.clone(), patience);
    let consumer = spawn_named("consumer", async move {
        while let Ok(item) = timeout(of_get, items.get()).await {
            item.expect("the queue is open");
        }
    });
    let consumes = consumer.task_ref();
    let producer = spawn_named("producer", async move {
        queue.put_nowait(1).expect("there is room");
        let ended = timeout(of_end, consumer.into_future()).await;
        assert_eq!(ended.is_ok(), of_get < of_end);
    });
    sleep(secs(3)).await;
    let why = without_places(&current_loop().explain(&consumes));
    let around = "the last one came from producer, which waits for task consumer again: they wait for each other";
    assert!(why.ends_with(around), "{why}");
    producer.await.unwrap();
}

#[test]
fn a_circle_through_the_producer_of_a_queue_under_a_deadline_is_not_reported() {
    let of_consumer = producer_and_consumer([secs(30), Duration::MAX]);
    assert_eq!(reports(of_consumer), 0);
    let of_producer = producer_and_consumer([Duration::MAX, secs(30)]);
    assert_eq!(reports(of_producer), 0);
}

#[test]
fn a_circle_that_forms_again_is_reported_again() {
    let main = async {
        let [a, b] = [(); 2].map(|()| Rc::new(Lock::new()));
        let retries = |own: Rc<Lock>, other: Rc<Lock>| async move {
            let _own = own.acquire().await;
            sleep(secs(1)).await;
            while catch_cancel(other.acquire()).await.is_err() {
                sleep(secs(3)).await;
            }
        };
        let plato = spawn(retries(a.clone(), b.clone()));
        let kant = spawn(retries(b, a));
        for _ in 0..5 {
            sleep(secs(1)).await;
        }
        plato.cancel(); // caught: three seconds without a circle
        for _ in 0..9 {
            sleep(secs(1)).await;
        }
        for task in [plato, kant] {
            task.cancel();
            drop(task);
        }
    };
    assert_eq!(reports(main), 2);
}
