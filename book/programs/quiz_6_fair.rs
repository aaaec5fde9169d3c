//! Three tasks want one lock, and one of them wants it twice.

use std::rc::Rc;

use groundup::{Lock, gather, yield_now};

async fn work(name: &'static str, times: u32, lock: Rc<Lock>) {
    for _ in 0..times {
        let _guard = lock.acquire().await;
        println!("{name}");
        yield_now().await;
    }
}

pub async fn main() {
    let lock = Rc::new(Lock::new());
    let tasks = [("a", 2), ("b", 1), ("c", 1)];
    let tasks = tasks.map(|(name, times)| work(name, times, lock.clone()));
    gather(tasks).await.unwrap();
}
