//! A baker is faster than two sellers, and the shelf has room for two.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Queue, join, sleep, spawn_named, time};

const SECOND: Duration = Duration::from_secs(1);

async fn baker(shelf: Rc<Queue<u32>>) {
    for loaf in 1..=6 {
        shelf.put(loaf).await.unwrap();
        println!("{}  put loaf {loaf}", time());
    }
    shelf.shutdown();
}

async fn seller(name: &'static str, seconds: u32, shelf: Rc<Queue<u32>>) -> u32 {
    let mut sold = 0;
    while let Ok(loaf) = shelf.get().await {
        sleep(seconds * SECOND).await;
        println!("{}  {name} sold loaf {loaf}", time());
        sold += 1;
    }
    sold
}

pub async fn main() {
    let shelf = Rc::new(Queue::new(2).named("shelf"));
    let baker = spawn_named("baker", baker(shelf.clone()));
    let anna = spawn_named("Anna", seller("Anna", 2, shelf.clone()));
    let bela = spawn_named("Bela", seller("Bela", 3, shelf));
    println!("{:?}", join((baker, anna, bela)).await);
}
