//! A task that wants the lock again at once stands behind the others.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Lock, join, sleep, spawn_named, time};

async fn work(name: &'static str, times: u32, lock: Rc<Lock>) {
    for round in 1..=times {
        let guard = lock.acquire().await;
        println!("{}  {name}, round {round}", time());
        sleep(Duration::from_secs(1)).await;
        drop(guard); // and asks again without an await in between
    }
}

pub async fn main() {
    let lock = Rc::new(Lock::new());
    let greedy = spawn_named("greedy", work("greedy", 2, lock.clone()));
    let modest = spawn_named("modest", work("modest", 1, lock));
    drop(join((greedy, modest)).await);
}
