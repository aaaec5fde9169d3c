//! Floor 5: wait returns the done tasks, and its set takes more tasks.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::time::Duration;

use groundup::prelude::*;
use groundup::{ReturnWhen, wait};

async fn order(name: &'static str, seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    name
}

async fn serve(done: Vec<Task<&'static str>>) -> Result<(), TaskError> {
    print!("{} ", time());
    for order in done {
        print!(" {}", order.await?);
    }
    println!();
    Ok(())
}

pub(crate) async fn program() -> Result<(), TaskError> {
    let first = [order("soup", 4), order("tea", 1), order("toast", 1)];
    let (done, mut pending) = wait(first, ReturnWhen::FirstCompleted).await;
    serve(done).await?;

    // Pending tasks stay registered; new orders join them.
    let mut late = vec![order("cake", 1), order("coffee", 1)];
    while !pending.is_empty() {
        if let Some(order) = late.pop() {
            pending.add(order);
        }
        serve(pending.wait(ReturnWhen::FirstCompleted).await).await?;
    }
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<(), TaskError> {
    program().await
}
