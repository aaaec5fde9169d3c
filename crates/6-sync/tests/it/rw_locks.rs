//! Readers share a lock, a writer is alone, and the line is fair.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `signals.rs`.

use std::rc::Rc;

use groundup_sync::executor::{sleep, spawn};
use groundup_sync::task::{Task, yield_now};
use groundup_sync::*;

use crate::setup::*;

/// Spawns a task that goes in as a reader or a writer, logs its name, and stays for a second.
fn enters(setup: &Log, lock: &Rc<RwLock>, name: &'static str, writes: bool) -> Task<()> {
    let (log, lock) = (setup.clone(), lock.clone());
    spawn(async move {
        match writes {
            true => {
                let _guard = lock.write().await;
                log.say(name);
                sleep(secs(1)).await;
            }
            false => {
                let _guard = lock.read().await;
                log.say(name);
                sleep(secs(1)).await;
            }
        }
    })
}

#[test]
fn a_writer_is_not_overtaken_and_the_readers_behind_it_go_in_together() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(RwLock::new());
        let line = [
            ("r1", false),
            ("r2", false),
            ("w1", true),
            ("r3", false),
            ("r4", false),
            ("w2", true),
            ("r5", false),
        ];
        let tasks = line.map(|(name, writes)| enters(&log, &lock, name, writes));
        yield_now().await;
        assert_eq!(lock.readers(), 2);
        assert!(lock.try_read().is_none(), "a writer waits");
        for task in tasks {
            task.await.unwrap();
        }
        assert!(lock.try_write().is_some());
    });
    assert_eq!(log.texts(), "r1 r2 w1 r3 r4 w2 r5");
    let hops = log.hops();
    let at = |name: &str| {
        let hop = hops.split(' ').find(|hop| hop.starts_with(name)).unwrap();
        hop.split_once('@').unwrap().1.to_string()
    };
    assert_eq!(at("r1"), at("r2"), "{hops}");
    assert_eq!(at("r3"), at("r4"), "one iteration lets both in: {hops}");
}

#[test]
fn a_release_lets_the_next_in_one_iteration_later() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(RwLock::new());
        let guard = lock.write().await;
        let (a, b) = (
            enters(&log, &lock, "a", false),
            enters(&log, &lock, "b", false),
        );
        yield_now().await;
        log.say("release");
        drop(guard);
        assert_eq!(lock.readers(), 2, "they were let in, and have not run");
        assert!(lock.try_write().is_none());
        assert!(lock.try_read().is_some(), "no writer waits");
        a.await.unwrap();
        b.await.unwrap();
    });
    assert_eq!(log.hops(), "release@0 a@1 b@1");
}

#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(RwLock::new());
        let guard = lock.read().await;
        let writer = enters(&log, &lock, "w", true);
        let reader = enters(&log, &lock, "r", false);
        yield_now().await;
        writer.cancel();
        assert!(writer.await.unwrap_err().is_cancelled());
        reader.await.unwrap();
        drop(guard);
    });
    assert_eq!(log.texts(), "r");
}

#[test]
fn a_writer_that_goes_on_as_a_reader_lets_readers_in_and_no_writer() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(RwLock::new());
        let guard = lock.write().await;
        let line = [("r", false), ("w", true), ("late", false)];
        let tasks = line.map(|(name, writes)| enters(&log, &lock, name, writes));
        yield_now().await;
        let guard = RwLockWriteGuard::downgrade(guard);
        yield_now().await;
        assert_eq!((log.texts().as_str(), lock.readers()), ("r", 2));
        drop(guard);
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.texts(), "r w late");
}

#[test]
fn a_guard_leads_to_the_value() {
    Setup::new().run(async {
        let lock = RwLock::with(String::from("a"));
        lock.write().await.push('b');
        assert_eq!(
            format!("{:?} {}", lock.read().await, lock.read().await),
            "\"ab\" ab"
        );
        let mut guard = lock.try_write().unwrap();
        guard.push('c');
        assert_eq!(format!("{guard} {guard:?}"), "abc \"abc\"");
        assert_eq!(format!("{lock:?}"), "<RwLock read-write lock [written]>");
        drop(guard);
        assert_eq!(lock.into_value(), "abc");
    });
}
