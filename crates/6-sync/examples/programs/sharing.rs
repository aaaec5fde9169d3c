//! A lock and a queue, on a first version or on the tower.

use std::rc::Rc;
use std::time::Duration;

use super::{Lock, queue, sleep, spawn};

/// Locks, and works for 50 ms under the lock.
async fn work(lock: Rc<Lock>, name: &'static str) {
    let guard = lock.acquire().await;
    println!("{name} begins");
    sleep(Duration::from_millis(50)).await;
    println!("{name} ends");
    drop(guard);
}

pub(crate) async fn main() {
    let lock = Rc::new(Lock::default());
    let tasks = ["a", "b", "c"].map(|name| spawn(work(lock.clone(), name)));
    for task in tasks {
        let _ = task.await;
    }

    let items = Rc::new(queue(2));
    let own = items.clone();
    spawn(async move {
        for item in 1..=5 {
            let _ = own.put(item).await;
            println!("put {item}");
        }
    });
    let mut sum = 0;
    for _ in 1..=5 {
        sleep(Duration::from_millis(50)).await;
        let item: u32 = super::got(items.get().await);
        println!("got {item}");
        sum += item;
    }
    println!("together {sum}");
}
