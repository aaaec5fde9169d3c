//! Floor 5: a group ends with its children, a deadline ends its future.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::time::Duration;

use groundup::prelude::*;
use groundup::shield;

async fn work(name: &'static str, seconds: u64, fails: bool) -> Result<(), String> {
    match catch_cancel(sleep(Duration::from_secs(seconds))).await {
        Err(cancelled) => {
            println!("  {}  {name} was told to stop", time());
            cancelled.raise().await;
        }
        Ok(()) if fails => return Err(format!("{name} failed")),
        Ok(()) => println!("  {}  {name} is done", time()),
    }
    Ok(())
}

pub(crate) async fn program() {
    println!("the first error stops the others:");
    let ended = task_group(|group| async move {
        group.spawn(work("one", 1, false));
        group.spawn(work("two", 2, true));
        group.spawn(work("three", 3, false));
        work("the body", 4, false).await
    });
    println!("  {}", ended.await.unwrap_err());

    println!("a deadline stops what it holds:");
    let ended = timeout(Duration::from_secs(1), work("long", 5, false));
    println!("  {}", ended.await.unwrap_err());

    println!("but not what is shielded:");
    let task = spawn(work("shielded", 3, false));
    let handle = task.task_ref();
    let ended = timeout(Duration::from_secs(1), shield(task)).await;
    println!("  {}  {}", time(), ended.unwrap_err());
    handle.ended().await;
}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(program()).unwrap();
}
