//! A cancel, and a region that catches it

use groundup::{Promise, catch_cancel, spawn, yield_now};

pub async fn main() {
    let never: Promise<()> = Promise::new();
    let task = spawn(async move {
        println!("begins");
        let _ = catch_cancel(never).await;
        println!("goes on");
    });
    yield_now().await;
    task.cancel();
    println!("done: {}", task.done());
    let cancelled = task.await.is_err();
    println!("cancelled: {cancelled}");
}
