//! Publish and subscribe: each subscriber of a topic gets each message.
//!
//! Each subscriber has a bounded queue of its own. A slow one loses its oldest messages, and
//! holds up neither the publisher nor the others. A subscriber that is gone is forgotten.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_channel::{Receiver, Sender, bounded};
use groundup::{gather, sleep, spawn_named, time};

struct Topic<T> {
    subscribers: RefCell<Vec<Sender<T>>>,
}

impl<T: Clone> Topic<T> {
    fn new() -> Rc<Self> {
        let subscribers = RefCell::default();
        Rc::new(Topic { subscribers })
    }

    fn subscribe(&self, room: usize) -> Receiver<T> {
        let (sender, receiver) = bounded(room);
        self.subscribers.borrow_mut().push(sender);
        receiver
    }

    fn publish(&self, message: T) {
        let mut subscribers = self.subscribers.borrow_mut();
        subscribers.retain(|subscriber| subscriber.force_send(message.clone()).is_ok());
    }
}

/// Reads at most `most` messages, and needs `pace` for each.
async fn subscriber(name: &'static str, inbox: Receiver<u32>, pace: Duration, most: usize) {
    let mut seen = Vec::new();
    while seen.len() < most
        && let Ok(message) = inbox.recv().await
    {
        seen.push(message);
        sleep(pace).await;
    }
    println!("{:4}  {name:10} {seen:?}", time());
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let topic = Topic::new();
    let fast = subscriber("fast", topic.subscribe(4), second / 10, usize::MAX);
    let slow = subscriber("slow", topic.subscribe(2), second * 3, usize::MAX);
    let brief = subscriber("brief", topic.subscribe(4), second, 3);
    let publisher = spawn_named("publisher", async move {
        for message in 1..=9 {
            topic.publish(message);
            sleep(second).await;
        }
        println!(
            "{:4}  {} subscribers left",
            time(),
            topic.subscribers.borrow().len()
        );
    });
    gather([
        spawn_named("fast", fast),
        spawn_named("slow", slow),
        spawn_named("brief", brief),
        publisher,
    ])
    .await?;
    Ok(())
}
