//! A chain of waits, followed to its root

use std::rc::Rc;
use std::time::Duration;

use groundup::{Lock, current_loop, sleep, spawn_named};

pub async fn main() {
    let oven = Rc::new(Lock::new().named("oven"));
    let (cleans, bakes) = (oven.clone(), oven.clone());
    let cleaner = spawn_named("cleaner", async move {
        let _held = cleans.acquire().await;
        sleep(Duration::from_secs(60)).await;
    });
    let baker = spawn_named("baker", async move {
        let _held = bakes.acquire().await;
        "bread"
    });
    let customer = spawn_named("customer", async move { baker.await.unwrap() });
    sleep(Duration::from_secs(1)).await;

    let looks = current_loop();
    println!("{}", looks.explain(&customer));
    println!("{}", looks.explain(&cleaner));
    println!("{}", customer.await.unwrap());
}
