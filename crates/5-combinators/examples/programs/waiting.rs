//! A wait for three tasks, on a first version or on the tower.

use std::time::Duration;

use super::{gather, group, sleep, spawn, value, wait_first};

async fn named(name: &'static str, milliseconds: u64) -> &'static str {
    sleep(Duration::from_millis(milliseconds)).await;
    println!("{name}");
    name
}

pub(crate) async fn main() {
    let members = [("a", 300), ("b1", 100), ("b2", 200)];
    let mut pending = group(members.map(|(name, milliseconds)| spawn(named(name, milliseconds))));
    let mut results = Vec::new();
    while !pending.is_empty() {
        let done;
        (done, pending) = wait_first(pending).await;
        for task in done {
            results.push(value(task).await);
        }
    }
    println!("in the order of their ends: {results:?}");
    let results = gather([named("c", 200), named("d", 100)]).await;
    println!("in the order of the arguments: {results:?}");
}
