//! Three tasks that sleep, on a first version or on the tower.

use std::time::Duration;

use super::{sleep, spawn};

pub(crate) async fn main() {
    let tasks = [("a", 300), ("b", 100), ("c", 200)].map(|(name, milliseconds)| {
        spawn(async move {
            sleep(Duration::from_millis(milliseconds)).await;
            println!("{name} slept {milliseconds} ms");
        })
    });
    for task in tasks {
        let _ = task.await;
    }
    println!("slept");
}
