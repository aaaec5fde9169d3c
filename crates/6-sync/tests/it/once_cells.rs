//! A value is made once, also if its first maker is cancelled or fails.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `rw_locks.rs`.

use std::cell::Cell;
use std::rc::Rc;

use futures::FutureExt;
use groundup_sync::executor::{current_loop, sleep, spawn, spawn_named, time};
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn callers_side_by_side_wait_for_one_future() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let (cell, made) = (Rc::new(OnceCell::new()), Rc::new(Cell::new(0)));
        let tasks = ["a", "b", "c"].map(|name| {
            let (cell, made) = (cell.clone(), made.clone());
            logged(&log, name, async move {
                let make = async || {
                    made.set(made.get() + 1);
                    sleep(secs(1)).await;
                    name
                };
                *cell.get_or_init(make).await
            })
        });
        for task in tasks {
            assert_eq!(task.await.unwrap(), "a");
        }
        assert_eq!(made.get(), 1);
        // Now it is there at once.
        assert_eq!(*cell.get_or_init(async || unreachable!()).await, "a");
    });
    assert_eq!(log.hops(), "a@0 b@1 c@1");
}

#[test]
fn if_the_maker_is_cancelled_or_fails_the_next_in_line_makes_it() {
    Setup::new().run(async {
        let cell = Rc::new(OnceCell::new());
        let get = |makes: Result<u8, &'static str>| {
            let cell = cell.clone();
            spawn(async move {
                let make = async || {
                    sleep(secs(1)).await;
                    makes
                };
                cell.get_or_try_init(make).await.copied()
            })
        };
        let [cancelled, fails, makes, waits] = [Ok(1), Err("no"), Ok(3), Ok(4)].map(get);
        yield_now().await;
        cancelled.cancel();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        assert_eq!(fails.await.unwrap(), Err("no"));
        assert_eq!(makes.await.unwrap(), Ok(3));
        assert_eq!(waits.await.unwrap(), Ok(3));
    });
}

#[test]
fn a_value_that_is_set_meanwhile_is_the_value() {
    Setup::new().run(async {
        let cell = Rc::new(OnceCell::new());
        let own = cell.clone();
        let task = spawn(async move {
            let make = async || {
                sleep(secs(1)).await;
                1
            };
            *own.get_or_init(make).await
        });
        yield_now().await;
        assert_eq!(cell.set(2), Ok(()));
        assert_eq!(cell.set(3), Err(3));
        assert_eq!(task.await.unwrap(), 2);
    });
}

/// A waiter returns when there is a value, not when the future that made another one ends.
#[test]
fn a_value_that_is_set_meanwhile_wakes_those_in_line() {
    Setup::new().run(async {
        let cell = Rc::new(OnceCell::default());
        let get = || {
            let cell = cell.clone();
            spawn(async move {
                cell.get_or_init(async || {
                    sleep(secs(5)).await;
                    1
                })
                .await;
                time().since_start()
            })
        };
        let [makes, waits] = [get(), get()];
        sleep(secs(1)).await;
        assert_eq!(cell.set(2), Ok(()));
        assert_eq!(waits.await.unwrap(), secs(1));
        assert_eq!(makes.await.unwrap(), secs(5));
    });
}

/// The next caller makes the value, also if the one that was notified is dropped before it runs.
#[test]
fn the_right_to_make_the_value_is_not_lost_with_a_caller() {
    Setup::new().run(async {
        let cell = Rc::new(OnceCell::new());
        let get = |n: u8| {
            let cell = cell.clone();
            spawn(async move {
                *cell
                    .get_or_init(async || sleep(secs(1)).map(|()| n).await)
                    .await
            })
        };
        let [makes, notified, next] = [1, 2, 3].map(get);
        yield_now().await;
        makes.cancel();
        makes.ended().await;
        notified.cancel();
        assert_eq!(next.await.unwrap(), 3);
    });
}

#[test]
fn a_report_names_the_task_that_makes_the_value() {
    Setup::new().run(async {
        let cell = Rc::new(OnceCell::new().named("port"));
        let get = |name| {
            let cell = cell.clone();
            spawn_named(name, async move {
                cell.get_or_init(async || sleep(secs(1)).await).await;
            })
        };
        let (maker, waits) = (get("maker"), get("waits"));
        yield_now().await;
        let why = current_loop().explain(&waits);
        assert!(why.starts_with("waits waits for port (made at "), "{why}");
        assert!(
            why.ends_with("held by maker, which waits until 1.000 s"),
            "{why}"
        );
        maker.await.unwrap();
        waits.await.unwrap();
    });
}
