//! A cancel, and the code behind it

use groundup::{Promise, spawn, yield_now};

pub async fn main() {
    let never: Promise<()> = Promise::new();
    let task = spawn(async move {
        println!("begins");
        let _ = never.await;
        println!("goes on");
    });
    yield_now().await;
    task.cancel();
    println!("done: {}", task.done());
    let cancelled = task.await.is_err();
    println!("cancelled: {cancelled}");
}
