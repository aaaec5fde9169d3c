//! Floor 6: a queue with room for two makes fast producers wait.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Queue, gather, sleep, spawn, time};

/// Makes three items, one every second, and waits while the queue is full.
async fn produce(name: &'static str, queue: Rc<Queue<String>>) {
    for number in 1..=3 {
        sleep(Duration::from_secs(1)).await;
        let made = time();
        queue.put(format!("{name}{number}")).await.unwrap();
        let waited = time() - made;
        println!("{}  put {name}{number} after {waited:?}", time());
    }
}

/// Uses items, one every two seconds, until the queue is shut down.
async fn consume(queue: Rc<Queue<String>>) -> usize {
    let mut used = 0;
    while let Ok(item) = queue.get().await {
        sleep(Duration::from_secs(2)).await;
        println!("{}  used {item}", time());
        queue.task_done().unwrap();
        used += 1;
    }
    used
}

pub(crate) async fn program() {
    let queue = Rc::new(Queue::new(2).named("items"));
    let consumer = spawn(consume(queue.clone()));
    gather([produce("a", queue.clone()), produce("b", queue.clone())])
        .await
        .unwrap();
    queue.join().await; // until the last item was used
    queue.shutdown();
    println!("used {}", consumer.await.unwrap());
}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(program()).unwrap();
}
