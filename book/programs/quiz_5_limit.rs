//! Six calls of one second, and at most two at a time.

use std::time::Duration;

use groundup::{async_map, sleep};

async fn call(number: u32) -> u32 {
    sleep(Duration::from_secs(1)).await;
    number
}

pub async fn main() {
    let calls = async_map(call, 1..=6).limit(2);
    println!("{:?}", calls.collect_vec().await.unwrap());
}
