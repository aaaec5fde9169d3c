//! The bakery: one customer at the counter, and the others behind.

use std::time::Duration;

use groundup::{block, sleep, spawn_named, time};

async fn customer(name: &str, arrives: u64) {
    sleep(Duration::from_secs(arrives)).await;
    println!("{}: {name} orders a veg puff", time());
    block(Duration::from_secs(3)); // stands at the counter until it is ready
    println!("{}: {name} takes it and walks away", time());
}

pub async fn main() {
    let asha = spawn_named("asha", customer("asha", 0));
    let ben = spawn_named("ben", customer("ben", 1));
    let cleo = spawn_named("cleo", customer("cleo", 2));
    for each in [asha, ben, cleo] {
        each.await.unwrap();
    }
}
