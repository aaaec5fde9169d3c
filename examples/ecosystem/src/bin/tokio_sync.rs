//! With `tokio::sync`: its locks and channels work on any loop, without tokio's runtime.
//!
//! A mutex, a semaphore, a watch channel and a barrier, on virtual time: nothing in them knows
//! which loop wakes the tasks.

use std::rc::Rc;
use std::time::Duration;

use groundup::{gather, sleep, spawn, time};
use tokio::sync::{Barrier, Mutex, Semaphore, watch};

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let (log, two) = (Rc::new(Mutex::new(Vec::new())), Rc::new(Semaphore::new(2)));
    let all = Rc::new(Barrier::new(4));
    let (progress, mut seen) = watch::channel(0);
    let watcher = spawn(async move {
        let all_done = seen.wait_for(|done| *done == 4).await.is_ok();
        println!(
            "{} s  the watcher has seen all: {all_done}",
            time().as_secs()
        );
    });
    let worker = |number: u32| {
        let (log, two, all) = (log.clone(), two.clone(), all.clone());
        let progress = progress.clone();
        async move {
            let permit = two.acquire().await?;
            sleep(number * second).await;
            drop(permit);
            log.lock().await.push((time().as_secs(), number));
            progress.send_modify(|done| *done += 1);
            let leads = all.wait().await.is_leader();
            anyhow::Ok(leads)
        }
    };
    let leaders = groundup::try_gather((1..=4).map(worker)).await?;
    println!("{} s  {:?}", time().as_secs(), log.lock().await);
    println!(
        "leaders: {}",
        leaders.iter().filter(|leads| **leads).count()
    );
    gather([watcher]).await?;
    Ok(())
}
