//! Two children need different times to clean up after a cancel.

use std::time::Duration;

use groundup::{TaskGroup, catch_cancel, gather, sleep, task_group, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

async fn child(name: &'static str, seconds: u32) {
    if let Err(cancelled) = catch_cancel(sleep(60 * SECOND)).await {
        sleep(seconds * SECOND).await;
        println!("{}  {name} has cleaned up", time());
        cancelled.raise().await
    }
}

pub async fn main() {
    let both = gather([child("quick", 1), child("slow", 3)]);
    let ended = timeout(2 * SECOND, both).await;
    println!("{}  gather: {}", time(), ended.unwrap_err());

    sleep(7 * SECOND).await;
    println!("{}  the second half begins", time());
    let both = task_group(async |group: TaskGroup<()>| {
        group.spawn_infallible(child("quick", 1));
        group.spawn_infallible(child("slow", 3));
        Ok(())
    });
    let ended = timeout(2 * SECOND, both).await;
    println!("{}  task_group: {}", time(), ended.unwrap_err());
}
