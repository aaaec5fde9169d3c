//! Who runs after `set_result`?

use groundup::{Promise, spawn, yield_now};

pub async fn main() {
    let promise = Promise::new();
    let waiting = promise.clone();
    let reader = spawn(async move {
        println!("read {}", waiting.await.unwrap());
    });
    yield_now().await;
    promise.set_result(7).unwrap();
    println!("set");
    spawn(async { println!("new task") });
    println!("spawned");
    reader.await.unwrap();
}
