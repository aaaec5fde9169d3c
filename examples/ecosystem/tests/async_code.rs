//! Tests of async code: virtual time, many orders, no error lost.
//!
//! An hour of sleep takes no time. With seeds the test runs once in the order of each. A task that
//! waits for ever fails the test with a report, and so does a panic that no one has awaited. Where a
//! thread is at work, the clock waits for it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::ensure;
use groundup::{
    Elapsed, Promise, gather, remote, sleep, spawn, spawn_named, time, timeout, yield_now,
};

/// The code under test: adds to a balance, and is wrong if it suspends in between.
async fn deposit(balance: Rc<Cell<u64>>, amount: u64, suspends: bool) {
    let before = balance.get();
    if suspends {
        yield_now().await;
    }
    balance.set(before + amount);
}

#[groundup::test]
async fn an_hour_takes_no_time() {
    let hour = Duration::from_secs(3600);
    assert_eq!(timeout(hour, sleep(2 * hour)).await, Err(Elapsed));
    assert_eq!(time().since_start(), hour);
}

#[groundup::test(seeds = 0..200)]
async fn deposits_add_up_in_every_order() -> anyhow::Result<()> {
    let balance = Rc::new(Cell::new(0));
    gather((1..=4).map(|amount| deposit(balance.clone(), amount, false))).await?;
    ensure!(balance.get() == 10, "the balance is {}", balance.get());
    Ok(())
}

#[groundup::test(seeds = 0..200)]
#[should_panic(expected = "the balance is")]
async fn a_lost_update_is_found_by_a_seed() -> anyhow::Result<()> {
    let balance = Rc::new(Cell::new(0));
    gather((1..=4).map(|amount| deposit(balance.clone(), amount, true))).await?;
    ensure!(balance.get() == 10, "the balance is {}", balance.get());
    Ok(())
}

#[groundup::test]
#[should_panic(expected = "reader")]
async fn a_deadlock_names_the_task_that_waits() {
    let never_set = Promise::<()>::new();
    let _ = spawn_named("reader", never_set.clone()).await;
}

#[groundup::test]
#[should_panic(expected = "out of paper")]
async fn a_panic_that_no_one_awaits_fails_the_test() {
    spawn(async { panic!("out of paper") }).detach();
    yield_now().await;
}

#[groundup::test]
async fn the_clock_waits_for_a_thread_that_is_at_work() {
    let _at_work = remote().at_work();
    let sum = blocking::unblock(|| (1..=4).sum::<u64>()).await;
    assert_eq!((sum, time().since_start()), (10, Duration::ZERO));
}
