//! Copies with historic faults, which the kit must catch.
//!
//! The problem: a check that has never failed may check nothing. So here it must fail: on old
//! versions of asyncio, and on two faults that programs repeat.
//!
//! | copy | issue | fault |
//! |---|---|---|
//! | [`OldSemaphore`] | CPython 90155 | a woken waiter that is cancelled leaves a flag set that shuts all others out |
//! | [`OldQueue`] | python/asyncio 270 | a woken getter that is cancelled takes its notice along |
//! | `old_wait_for` | CPython 81839 | a waiter that is cancelled in the iteration of the result loses it |
//! | `read_exact` | | bytes that were read into a local are lost with the future |
//!
//! Read next: `props.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use groundup::{Queue, sleep, spawn, spawn_named, timeout, yield_now};
use groundup_testkit::{CancelReport, Case, FailureKind, Found, cancel_everywhere};

use crate::toys::ms;

/// The future for which one of asyncio's waiters waits; the code that wakes the waiter sets it.
#[derive(Default)]
struct Waiter {
    set: Cell<bool>,
    gone: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Marks a waiter as gone when its await is dropped, as a cancel does.
struct Waiting(Rc<Waiter>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.gone.set(true);
    }
}

#[derive(Default)]
struct Waiters(RefCell<VecDeque<Rc<Waiter>>>);

impl Waiters {
    fn join(&self) -> Waiting {
        let waiter = Rc::<Waiter>::default();
        self.0.borrow_mut().push_back(waiter.clone());
        Waiting(waiter)
    }

    /// Sets the first waiter that is not done. Returns true if there was one.
    fn wake_next(&self) -> bool {
        loop {
            let Some(next) = self.0.borrow_mut().pop_front() else {
                return false;
            };
            if !next.gone.get() && !next.set.replace(true) {
                let waker = next.waker.borrow_mut().take();
                waker.into_iter().for_each(Waker::wake);
                return true;
            }
        }
    }
}

impl Waiting {
    async fn is_set(&self) {
        poll_fn(|cx| {
            *self.0.waker.borrow_mut() = Some(cx.waker().clone());
            match self.0.set.get() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

struct OldSemaphore {
    value: Cell<usize>,
    /// Another task was woken, and has not gone on yet.
    wakeup_scheduled: Cell<bool>,
    waiters: Waiters,
}

impl OldSemaphore {
    fn wake_up_next(&self) {
        if self.waiters.wake_next() {
            self.wakeup_scheduled.set(true);
        }
    }

    async fn acquire(&self) {
        while self.wakeup_scheduled.get() || self.value.get() == 0 {
            let mut except = ExceptCancelled(Some(self));
            let waiter = self.waiters.join();
            waiter.is_set().await;
            self.wakeup_scheduled.set(false);
            except.0 = None;
        }
        self.value.set(self.value.get() - 1);
    }

    fn release(&self) {
        self.value.set(self.value.get() + 1);
        self.wake_up_next();
    }
}

/// `except CancelledError: self._wake_up_next()`
struct ExceptCancelled<'a>(Option<&'a OldSemaphore>);

impl Drop for ExceptCancelled<'_> {
    fn drop(&mut self) {
        self.0.into_iter().for_each(OldSemaphore::wake_up_next);
    }
}

/// Releases a permit when it is dropped.
struct Held(Rc<OldSemaphore>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}

#[derive(Default)]
struct OldQueue {
    items: RefCell<VecDeque<u32>>,
    getters: Waiters,
}

impl OldQueue {
    fn put(&self, item: u32) {
        self.items.borrow_mut().push_back(item);
        self.getters.wake_next();
    }

    async fn get(&self) -> u32 {
        while self.items.borrow().is_empty() {
            self.getters.join().is_set().await;
        }
        self.items.borrow_mut().pop_front().expect("there is one")
    }
}

/// Asserts that the report has faults of this kind, and that each story names a disturbance.
fn caught(report: &CancelReport, kind: FailureKind) {
    let broken: Vec<_> = report.broken().collect();
    assert!(!broken.is_empty(), "the fault is not caught\n{report}");
    assert!(
        broken.iter().any(|found| found.failure.kind == kind),
        "{}",
        broken[0]
    );
    for found in broken {
        assert!(
            found.story.contains("before iteration") || found.story.contains("after its poll"),
            "{found}"
        );
        assert_eq!(found.deviations, 1);
    }
}

#[test]
fn the_semaphore_of_issue_90155_is_caught() {
    let report = cancel_everywhere(|| {
        let pool = Rc::new(OldSemaphore {
            value: Cell::new(1),
            wakeup_scheduled: Cell::new(false),
            waiters: Waiters::default(),
        });
        Case::new(async move {
            let users = [1, 2, 3].map(|number| {
                let pool = pool.clone();
                spawn_named(format!("user{number}"), async move {
                    if number == 3 {
                        sleep(ms(1)).await; // it comes when the others are gone
                    }
                    pool.acquire().await;
                    let _held = Held(pool);
                    yield_now().await;
                })
            });
            for user in users {
                user.await.ok();
            }
        })
    });
    caught(&report, FailureKind::Deadlock);
    let first = report.broken().next().unwrap();
    assert!(
        first.story.contains("cancel user2 before iteration"),
        "{first}"
    );
}

#[test]
fn the_queue_of_issue_270_is_caught() {
    let report = cancel_everywhere(|| {
        let queue = Rc::new(OldQueue::default());
        Case::new(async move {
            let getters = [1, 2].map(|number| {
                let queue = queue.clone();
                spawn_named(format!("getter{number}"), async move { queue.get().await })
            });
            yield_now().await;
            queue.put(1);
            yield_now().await;
            yield_now().await;
            // The second getter must get the item that the first has left.
            let [first, second] = getters;
            if first.await.is_ok() {
                queue.put(2);
            }
            second.await.ok();
        })
    });
    caught(&report, FailureKind::Deadlock);
}

/// The old `wait_for`: a task of its own, whose result is lost with the waiter.
async fn old_wait_for(queue: Rc<Queue<u32>>) -> Option<u32> {
    let task = spawn(async move { queue.get().await.ok() });
    timeout(ms(10), task).await.ok()?.ok()?
}

#[test]
fn the_lost_result_of_issue_81839_is_caught() {
    let report = cancel_everywhere(|| {
        let (queue, got) = (Rc::new(Queue::new(3)), Rc::new(Cell::new(0)));
        let (left, seen, put) = (queue.clone(), got.clone(), Rc::new(Cell::new(0)));
        let sent = put.clone();
        Case::new(async move {
            let own = queue.clone();
            let reader = spawn_named("reader", async move {
                if old_wait_for(own).await.is_some() {
                    got.set(got.get() + 1);
                }
            });
            yield_now().await;
            yield_now().await;
            queue.put_nowait(7).unwrap();
            put.set(1);
            reader.await.ok();
        })
        .law(move || sent.get() == seen.get() + left.len())
    });
    caught(&report, FailureKind::Law);
}

/// Reads four items, and forgets them if it is dropped before the fourth.
async fn read_exact(queue: Rc<Queue<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < 4 {
        bytes.push(queue.get().await.expect("it is open"));
    }
    bytes
}

/// Keeps them in a buffer that outlives it.
async fn read_into(queue: Rc<Queue<u8>>, bytes: Rc<RefCell<Vec<u8>>>) {
    while bytes.borrow().len() < 4 {
        let byte = queue.get().await.expect("it is open");
        bytes.borrow_mut().push(byte);
    }
}

/// Makes a case of a reader whose bytes come one by one.
fn reading(keeps: bool) -> CancelReport {
    cancel_everywhere(move || {
        let queue = Rc::new(Queue::unbounded());
        let (bytes, left) = (Rc::new(RefCell::new(Vec::new())), queue.clone());
        let (read, sent) = (bytes.clone(), Rc::new(Cell::new(0)));
        let all = sent.clone();
        Case::new(async move {
            let own = queue.clone();
            let writer = spawn_named("writer", async move {
                for byte in 0..4 {
                    queue.put_nowait(byte).unwrap();
                    sent.set(sent.get() + 1);
                    yield_now().await;
                }
            });
            let reader = spawn_named("reader", async move {
                let _ = timeout(ms(10), async move {
                    match keeps {
                        true => read_into(own, bytes).await,
                        false => {
                            let all = read_exact(own).await;
                            bytes.borrow_mut().extend(all);
                        }
                    }
                })
                .await;
            });
            writer.await.ok();
            reader.await.ok();
        })
        .law(move || read.borrow().len() + left.len() == all.get())
    })
}

#[test]
fn a_read_that_keeps_its_bytes_in_a_local_is_caught() {
    caught(&reading(false), FailureKind::Law);
    reading(true).assert_safe();
}

/// The message shows some faults, and counts the others.
#[test]
fn faults_that_are_not_shown_are_counted() {
    let report = reading(false);
    let all = report.broken().count();
    let told = std::panic::catch_unwind(|| report.assert_safe()).unwrap_err();
    let told = told.downcast_ref::<String>().expect("a text");
    assert!(told.starts_with(&format!("{all} of ")), "{told}");
    let is_told = |fault: &&Found| told.contains(&fault.failure.text);
    let shown = report.broken().filter(is_told).count();
    match all - shown {
        0 => assert!(!told.contains("`broken()` has"), "{told}"),
        rest => {
            let rest = format!("and {rest} more: `broken()` has all of them");
            assert!(told.ends_with(&rest), "{told}");
        }
    }
}
