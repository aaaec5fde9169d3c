//! The lock of the floor passes a turn on to the next waiter.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Lock, join, sleep, spawn_named, time, timeout};

async fn work(name: &'static str, lock: Rc<Lock>) {
    let _guard = lock.acquire().await;
    println!("{}  {name} is inside", time());
    sleep(Duration::from_secs(3)).await;
}

pub async fn main() {
    let lock = Rc::new(Lock::new());
    let a = spawn_named("a", work("a", lock.clone()));
    let b = timeout(Duration::from_secs(1), work("b", lock.clone()));
    let b = spawn_named("b", b); // leaves the line after a second
    let c = spawn_named("c", work("c", lock));
    drop(join((a, b, c)).await);
    println!("{}  all have ended", time());
}
