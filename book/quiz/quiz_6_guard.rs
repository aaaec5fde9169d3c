//! A guard of a lock moves into a task.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Lock, run, sleep, spawn};

fn main() {
    run(async {
        let lock = Rc::new(Lock::new());
        let guard = lock.acquire().await;
        let task = spawn(async move {
            sleep(Duration::from_secs(1)).await;
            drop(guard);
        });
        task.await.unwrap();
    });
}
