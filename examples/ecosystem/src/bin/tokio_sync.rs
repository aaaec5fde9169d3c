//! With `tokio::sync`: its locks and channels work on any loop.
//!
//! A mutex, a semaphore, a watch channel and a barrier, on virtual time and without tokio's
//! runtime: nothing in them knows which loop polls the tasks.

use std::time::Duration;

use groundup::{join, sleep, time, try_join};
use tokio::sync::{Barrier, Mutex, Semaphore, watch};

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let (log, two, all) = (Mutex::new(Vec::new()), Semaphore::new(2), Barrier::new(4));
    let (progress, mut seen) = watch::channel(0);
    let watcher = async {
        let all_done = seen.wait_for(|done| *done == 4).await.is_ok();
        println!("{}  the watcher has seen all: {all_done}", time());
    };
    let worker = async |number: u32| {
        let permit = two.acquire().await?;
        sleep(number * second).await;
        drop(permit);
        log.lock()
            .await
            .push((time().since_start().as_secs(), number));
        progress.send_modify(|done| *done += 1);
        anyhow::Ok(all.wait().await.is_leader())
    };
    let (leaders, ()) = join((try_join((1..=4).map(worker)), watcher)).await;
    println!("{}  {:?}", time(), log.into_inner());
    println!(
        "leaders: {}",
        leaders?.iter().filter(|leads| **leads).count()
    );
    Ok(())
}
