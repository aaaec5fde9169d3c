//! Three sleepers, one thread, and a clock that jumps

use std::time::Duration;

use groundup::{sleep, spawn_named, time};

pub async fn main() {
    let tasks = [("bread", 3), ("rolls", 1), ("cake", 2)].map(|(name, seconds)| {
        spawn_named(name, async move {
            sleep(Duration::from_secs(seconds)).await;
            println!("{}: {name}", time());
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    println!("{}: all is baked", time());
}
