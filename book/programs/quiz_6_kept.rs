//! A getter is cancelled after an item has come for it.

use std::rc::Rc;

use groundup::{Queue, spawn, yield_now};

pub async fn main() {
    let queue = Rc::new(Queue::unbounded());
    let own = queue.clone();
    let getter = spawn(async move { own.get().await });
    yield_now().await;
    queue.put_nowait("cake").unwrap();
    getter.cancel();
    match getter.await {
        Ok(item) => println!("{item:?}"),
        Err(error) => println!("{error}"),
    }
    println!("{} in the queue", queue.len());
}
