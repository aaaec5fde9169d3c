//! Bugs of the sort that programs have, each found by a short test.
//!
//! The README has others, of a package outside the workspace (`examples/bugs`).
//!
//! Read next: `tokens.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use groundup::{Notify, Queue, spawn_named, timeout, yield_now};
use groundup_testkit::{Case, Explore, cancel_everywhere};

use crate::toys::ms;

/// A lock that looks, awaits, and only then takes.
struct BuggyLock {
    taken: Cell<bool>,
    freed: Notify,
    inside: Cell<u32>,
}

impl BuggyLock {
    async fn with(&self, work: impl Future<Output = ()>) {
        while self.taken.get() {
            self.freed.notified().await;
        }
        yield_now().await; // a log line that became an await
        self.taken.set(true);
        self.inside.set(self.inside.get() + 1);
        assert_eq!(self.inside.get(), 1, "two tasks are inside");
        work.await;
        self.inside.set(self.inside.get() - 1);
        self.taken.set(false);
        self.freed.notify_one();
    }
}

#[test]
fn a_lock_that_takes_too_late() {
    let found = Explore::new().check(|| async {
        let lock = Rc::new(BuggyLock {
            taken: Cell::new(false),
            freed: Notify::new(),
            inside: Cell::new(0),
        });
        let tasks = ["reader", "writer"].map(|name| {
            let lock = lock.clone();
            spawn_named(name, async move {
                if name == "writer" {
                    yield_now().await;
                }
                lock.with(yield_now()).await;
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    let found = found.unwrap_err();
    assert!(
        found.failure.text.contains("two tasks are inside"),
        "{found}"
    );
    assert_eq!(
        found.story,
        "first in, first out, except: in iteration 2: writer, reader instead of reader, writer"
    );
}

/// A cache that forgets its own load if it is cleared meanwhile, and then serves the old value.
#[derive(Default)]
struct BuggyCache {
    values: RefCell<BTreeMap<&'static str, u32>>,
    source: Cell<u32>,
}

impl BuggyCache {
    async fn get(&self, key: &'static str) -> u32 {
        if let Some(value) = self.values.borrow().get(key) {
            return *value;
        }
        let value = self.source.get();
        yield_now().await; // the value travels
        self.values.borrow_mut().insert(key, value);
        value
    }

    async fn set(&self, key: &'static str, value: u32) {
        yield_now().await;
        self.source.set(value);
        self.values.borrow_mut().remove(key);
    }
}

#[test]
fn a_cache_that_keeps_an_old_value() {
    let found = Explore::new().check(|| async {
        let cache = Rc::new(BuggyCache::default());
        let (one, other) = (cache.clone(), cache.clone());
        let reader = spawn_named("reader", async move { one.get("tea").await });
        let writer = spawn_named("writer", async move { other.set("tea", 1).await });
        reader.await.unwrap();
        writer.await.unwrap();
        assert_eq!(cache.get("tea").await, 1, "the cache is out of date");
    });
    let found = found.unwrap_err();
    assert!(
        found.failure.text.contains("the cache is out of date"),
        "{found}"
    );
    assert_eq!(
        found.story,
        "first in, first out, except: in iteration 2: writer, reader instead of reader, writer"
    );
}

/// A worker that takes a message off the queue, awaits, and answers.
#[test]
fn a_message_that_is_lost_with_its_worker() {
    let report = cancel_everywhere(|| {
        let (inbox, outbox) = (Rc::new(Queue::unbounded()), Rc::new(Queue::unbounded()));
        let (left, answered) = (inbox.clone(), outbox.clone());
        inbox.put_nowait("order 66").unwrap();
        Case::new(async move {
            let work = async move {
                let message = inbox.get().await.unwrap();
                yield_now().await;
                outbox.put(message).await.unwrap();
            };
            let worker = spawn_named("worker", async move { timeout(ms(10), work).await.ok() });
            worker.await.ok();
        })
        .law(move || left.len() + answered.len() == 1)
    });
    let stories: Vec<String> = report.broken().map(|found| found.story.clone()).collect();
    assert_eq!(
        stories,
        [
            "first in, first out, except: cancel main before iteration 3",
            "first in, first out, except: cancel worker before iteration 3",
        ]
    );
}
