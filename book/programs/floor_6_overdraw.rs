//! The problem of floor 6: a task awaits in the middle of a change.

use std::cell::Cell;
use std::time::Duration;

use groundup::{join, sleep, time};

/// Takes money, if the account has it. The bank is asked in between.
async fn withdraw(balance: &Cell<i32>, amount: i32) -> bool {
    if balance.get() < amount {
        return false;
    }
    sleep(Duration::from_secs(1)).await;
    balance.set(balance.get() - amount);
    println!("{}  {amount} paid out, {} left", time(), balance.get());
    true
}

pub async fn main() {
    let balance = Cell::new(100);
    let paid = join((withdraw(&balance, 80), withdraw(&balance, 80))).await;
    println!("{paid:?}");
}
