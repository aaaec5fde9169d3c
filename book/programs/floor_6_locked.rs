//! The lock owns the balance, and one task at a time is in the middle.

use std::time::Duration;

use groundup::{Lock, join, sleep, time};

/// Takes money, if the account has it. The bank is asked in between.
async fn withdraw(balance: &Lock<i32>, amount: i32) -> bool {
    let mut balance = balance.acquire().await;
    if *balance < amount {
        return false;
    }
    sleep(Duration::from_secs(1)).await;
    *balance -= amount;
    println!("{}  {amount} paid out, {} left", time(), *balance);
    true
}

pub async fn main() {
    let balance = Lock::with(100);
    let paid = join((withdraw(&balance, 80), withdraw(&balance, 80))).await;
    println!("{paid:?}");
}
