//! Two cancels: one ends at the awaited task, one passes through

use std::future::pending;

use groundup::{Task, spawn_named, yield_now};

fn inner() -> Task<()> {
    spawn_named("inner", async { pending().await })
}

async fn middle(inner: Task<()>) {
    println!("middle sees {:?}", inner.await);
}

pub async fn main() {
    let task = inner();
    let waiter = spawn_named("middle", middle(task.clone()));
    yield_now().await;
    task.cancel();
    println!("inner was cancelled: {:?}", waiter.await);

    let waiter = spawn_named("middle", middle(inner()));
    yield_now().await;
    waiter.cancel();
    println!("middle was cancelled: {:?}", waiter.await);
}
