//! A result and a cancel in one iteration

use groundup::{Promise, spawn, yield_now};

pub async fn main() {
    let bread: Promise<&str> = Promise::new();
    let waiting = bread.clone();
    let customer = spawn(async move { waiting.await.unwrap() });
    yield_now().await;
    bread.set_result("bread").unwrap();
    customer.cancel();
    match customer.await {
        Ok(bread) => println!("the customer has {bread}"),
        Err(error) => println!("{error}"),
    }
}
