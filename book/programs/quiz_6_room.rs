//! A producer puts five items into a queue with room for two.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Queue, sleep, spawn};

pub async fn main() {
    let queue = Rc::new(Queue::new(2));
    let consumer = queue.clone();
    spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            consumer.get().await.unwrap();
        }
    });
    for item in 1..=5 {
        queue.put(item).await.unwrap();
    }
}
