//! The three cups one after another.

use std::time::Duration;

use groundup::sleep;

async fn cup(name: &'static str, minutes: u64) -> &'static str {
    sleep(Duration::from_secs(60 * minutes)).await;
    println!("{name}");
    name
}

pub async fn main() {
    let mut cups = Vec::new();
    for (name, minutes) in [("black", 3), ("green", 1), ("white", 2)] {
        cups.push(cup(name, minutes).await);
    }
    println!("{cups:?}");
}
