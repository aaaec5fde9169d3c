//! The three cups in the order of their ends.

use std::time::Duration;

use groundup::{as_completed, sleep};

async fn cup(name: &'static str, minutes: u64) -> &'static str {
    sleep(Duration::from_secs(60 * minutes)).await;
    println!("{name}");
    name
}

pub async fn main() {
    let mut ended = as_completed([cup("black", 3), cup("green", 1), cup("white", 2)]);
    let mut cups = Vec::new();
    while let Some(cup) = ended.next().await {
        cups.push(cup.result.unwrap());
    }
    println!("{cups:?}");
}
