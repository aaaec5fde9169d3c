//! A worker pool: three workers take jobs from one bounded channel.
//!
//! The workers are children of a task group: the pool ends when the channel is closed and empty,
//! and an error of one worker ends all. The bound of the channel holds the producer back.

use std::time::Duration;

use anyhow::ensure;
use async_channel::{Receiver, Sender, bounded};
use groundup::{TaskGroup, sleep, task_group, time};

async fn work(worker: u32, jobs: Receiver<u64>, results: Sender<u64>) -> anyhow::Result<()> {
    while let Ok(job) = jobs.recv().await {
        ensure!(job < 8, "job {job} is beyond worker {worker}");
        sleep(Duration::from_secs(job)).await;
        println!(
            "{:2} s  worker {worker} has done job {job}",
            time().as_secs()
        );
        results.send(job * job).await?;
    }
    Ok(())
}

/// Gives the jobs to three workers; returns the sum of the results.
async fn pool(all: impl IntoIterator<Item = u64>) -> anyhow::Result<u64> {
    let (jobs, next_job) = bounded(2);
    let (result, results) = bounded(2);
    let sum = task_group(async |group: TaskGroup<anyhow::Error>| {
        for worker in 1..=3 {
            group.spawn(work(worker, next_job.clone(), result.clone()));
        }
        drop((next_job, result));
        let adder = group.spawn(async move {
            let mut sum = 0;
            while let Ok(result) = results.recv().await {
                sum += result;
            }
            Ok(sum)
        });
        for job in all {
            jobs.send(job).await?;
            println!("{:2} s  job {job} is queued", time().as_secs());
        }
        drop(jobs);
        Ok(adder.await)
    });
    Ok(sum.await?)
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    println!("sum of squares: {}", pool([3, 1, 4, 1, 5, 2, 6]).await?);
    let failed = pool([1, 9, 5, 3, 5, 8, 9]).await;
    println!("{:2} s  {:#}", time().as_secs(), failed.unwrap_err());
    Ok(())
}
