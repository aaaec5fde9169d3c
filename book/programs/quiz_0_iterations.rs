//! Quiz: how many iterations does this run take?

use std::time::Duration;

use groundup::{iteration, sleep, yield_now};

pub async fn main() {
    yield_now().await;
    sleep(Duration::from_secs(60)).await;
    println!("{}", iteration());
}
