//! Two functions as tasks: each holds the thread to its last line.

use std::time::Duration;

use groundup::{block, spawn_named};

fn work(minutes: u64) {
    for _ in 0..minutes {
        block(Duration::from_secs(60));
    }
}

pub async fn main() {
    let kettle = spawn_named("kettle", async { work(3) });
    let bread = spawn_named("bread", async { work(2) });
    kettle.await.unwrap();
    bread.await.unwrap();
}
