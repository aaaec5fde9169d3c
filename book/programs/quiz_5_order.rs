//! Two prints for each child, and one for the gather.

use std::time::Duration;

use groundup::{gather, sleep};

async fn cup(name: &'static str, minutes: u64) -> &'static str {
    sleep(Duration::from_secs(60 * minutes)).await;
    println!("{name}");
    name
}

pub async fn main() {
    let cups = gather([cup("black", 3), cup("green", 1), cup("white", 2)]).await;
    println!("{:?}", cups.unwrap());
}
