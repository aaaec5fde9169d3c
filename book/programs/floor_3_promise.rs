//! A promise: its setter goes on, its waiters step later

use groundup::{Promise, PromiseError, iteration, spawn_named, yield_now};

async fn reads(answer: Promise<u32>, name: &str) {
    let result = answer.await;
    println!("iteration {}: {name} has {result:?}", iteration());
}

pub async fn main() {
    let answer: Promise<u32> = Promise::new();
    println!("pending: {}", answer.result().unwrap_err());
    let readers = ["a", "b"].map(|name| spawn_named(name, reads(answer.clone(), name)));
    yield_now().await;

    answer.set_result(42).unwrap();
    println!("iteration {}: main has set it", iteration());
    let again = answer.set_result(43).unwrap_err();
    println!(
        "iteration {}: a second value comes back: {}",
        iteration(),
        again.value
    );
    for reader in readers {
        reader.await.unwrap();
    }

    let failed: Promise<u32> = Promise::new();
    failed.set_exception("no more bread").unwrap();
    println!("failed: {}", failed.await.unwrap_err());

    let cancelled: Promise<u32> = Promise::new();
    cancelled.cancel_with("the shop is closed");
    let error = cancelled.await.unwrap_err();
    println!("cancelled: {}", matches!(error, PromiseError::Cancelled(_)));
}
