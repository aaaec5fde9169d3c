//! Floor 4: on virtual time a deadlock is an error that names each wait.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::time::Duration;

use groundup::{EventLoop, Promise, sleep, spawn_named};

pub(crate) async fn program() {
    let key: Promise<()> = Promise::new();
    let door = key.clone();
    let guest = spawn_named("guest", async move { door.await.is_ok() });
    let host = spawn_named("host", async move { guest.await.unwrap() });
    sleep(Duration::from_secs(1)).await;
    host.await.unwrap();
    key.set_result(()).unwrap();
}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop.run_until_complete(program()).unwrap_err();
    println!("at {}: {error}", event_loop.time());
    for task in event_loop.all_tasks() {
        println!("{}", event_loop.explain(&task));
    }
}
