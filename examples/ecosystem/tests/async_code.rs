//! Tests of async code: virtual time, many orders, no error lost.
//! With seeds a test runs once in the order of each. A task that waits for ever fails the test, and so
//! does a panic that no one awaits. Where a thread is at work, the clock waits for it.

use groundup::{Elapsed, prelude::*, remote, spawn_named};
use std::{cell::Cell, rc::Rc, time::Duration};

/// The code under test: adds to a balance, and is wrong if it suspends in between.
async fn deposit(balance: Rc<Cell<u64>>, amount: u64, suspends: bool) {
    let before = balance.get();
    if suspends {
        yield_now().await;
    }
    balance.set(before + amount);
}

async fn four_deposits(suspends: bool) -> anyhow::Result<()> {
    let balance = Rc::new(Cell::new(0));
    gather((1..=4).map(|amount| deposit(balance.clone(), amount, suspends))).await?;
    anyhow::ensure!(balance.get() == 10, "the balance is {}", balance.get());
    Ok(())
}

#[groundup::test]
async fn an_hour_takes_no_time() {
    let hour = Duration::from_secs(3600);
    assert_eq!(timeout(hour, sleep(2 * hour)).await, Err(Elapsed));
    assert_eq!(time().since_start(), hour);
}

#[groundup::test(seeds = 0..200)]
async fn deposits_add_up_in_every_order() -> anyhow::Result<()> {
    four_deposits(false).await
}

#[groundup::test(seeds = 0..200)]
#[should_panic(expected = "the balance is")]
async fn a_lost_update_is_found_by_a_seed() -> anyhow::Result<()> {
    four_deposits(true).await
}

#[groundup::test]
#[should_panic(expected = "reader")]
async fn a_deadlock_names_the_task_that_waits() {
    let _ = spawn_named("reader", Promise::<()>::new()).await;
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
