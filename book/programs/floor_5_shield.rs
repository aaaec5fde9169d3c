//! A timeout ends the wait for a payment; a shield protects it.

use std::time::Duration;

use groundup::{Task, shield, sleep, spawn_named, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn pay(order: &str) -> Task<()> {
    let order = order.to_string();
    spawn_named(order.clone(), async move {
        sleep(3 * SECOND).await;
        println!("{}  {order} is paid", time());
    })
}

pub async fn main() {
    let bare = timeout(SECOND, pay("bare")).await;
    println!("{}  bare: {}", time(), bare.unwrap_err());

    let task = pay("shielded");
    let waiting = timeout(SECOND, shield(task.clone())).await;
    println!("{}  shielded: {}", time(), waiting.unwrap_err());
    let paid = task.await;
    println!("{}  the task: {paid:?}", time());
}
