//! The coffee shop: each customer sits down, and is called by name.

use std::time::Duration;

use groundup::{sleep, spawn_named, time};

async fn brew() -> &'static str {
    sleep(Duration::from_secs(3)).await; // the machine works, the counter is free
    "black coffee"
}

async fn customer(name: &str, arrives: u64) {
    sleep(Duration::from_secs(arrives)).await;
    println!("{}: {name} orders, and sits down to read", time());
    let coffee = spawn_named(format!("{name}'s cup"), brew());
    let coffee = coffee.await.unwrap(); // until the name is called
    println!("{}: {name} is called, and takes the {coffee}", time());
}

pub async fn main() {
    let asha = spawn_named("asha", customer("asha", 0));
    let ben = spawn_named("ben", customer("ben", 1));
    let cleo = spawn_named("cleo", customer("cleo", 2));
    for each in [asha, ben, cleo] {
        each.await.unwrap();
    }
}
