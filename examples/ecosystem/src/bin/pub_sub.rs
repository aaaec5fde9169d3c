//! Publish and subscribe: each subscriber of a topic gets each message.
//!
//! Each subscriber has a bounded queue of its own. A slow one loses its oldest messages, and
//! holds up neither the publisher nor the others. A subscriber that is gone is forgotten.

use std::cell::RefCell;
use std::time::Duration;

use async_channel::{Receiver, Sender, bounded};
use groundup::{gather, sleep, spawn_named, time};

const SECOND: Duration = Duration::from_secs(1);

struct Topic<T>(RefCell<Vec<Sender<T>>>);

impl<T: Clone> Topic<T> {
    fn subscribe(&self, room: usize) -> Receiver<T> {
        let (sender, receiver) = bounded(room);
        self.0.borrow_mut().push(sender);
        receiver
    }

    fn publish(&self, message: T) {
        let mut subscribers = self.0.borrow_mut();
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
    let topic = Topic(RefCell::default());
    let fast = subscriber("fast", topic.subscribe(4), SECOND / 10, usize::MAX);
    let slow = subscriber("slow", topic.subscribe(2), SECOND * 3, usize::MAX);
    let brief = subscriber("brief", topic.subscribe(4), SECOND, 3);
    let publisher = spawn_named("publisher", async move {
        for message in 1..=9 {
            topic.publish(message);
            sleep(SECOND).await;
        }
        let left = topic.0.borrow().len();
        println!("{:4}  {left} subscribers left", time());
    });
    let readers = [("fast", fast), ("slow", slow), ("brief", brief)];
    let readers = readers.map(|(name, reader)| spawn_named(name, reader));
    gather(readers.into_iter().chain([publisher])).await?;
    Ok(())
}
