//! A worker pool: three workers take jobs from one bounded channel.
//!
//! The workers are children of a borrowing group, so they share the channel and the sum without a
//! clone. The pool ends when the channel is closed and empty, and an error of one worker ends all.
//! The bound of the channel holds the producer back.

use std::cell::Cell;
use std::time::Duration;

use anyhow::ensure;
use async_channel::{Receiver, bounded};
use groundup::{BorrowingGroup, GroupError, borrowing_group, sleep, time};

async fn work(worker: u32, jobs: &Receiver<u64>, sum: &Cell<u64>) -> anyhow::Result<()> {
    while let Ok(job) = jobs.recv().await {
        ensure!(job < 8, "job {job} is beyond worker {worker}");
        sleep(Duration::from_secs(job)).await;
        println!("{:4}  worker {worker} has done job {job}", time());
        sum.set(sum.get() + job * job);
    }
    Ok(())
}

/// Gives the jobs to three workers; returns the sum of the results.
async fn pool(all: impl IntoIterator<Item = u64>) -> anyhow::Result<u64> {
    let ((jobs, next_job), sum) = (bounded(2), Cell::new(0));
    let done = borrowing_group(async |group: BorrowingGroup<'_, anyhow::Error>| {
        for worker in 1..=3 {
            group.spawn(work(worker, &next_job, &sum));
        }
        for job in all {
            jobs.send(job).await?;
            println!("{:4}  job {job} is queued", time());
        }
        jobs.close();
        Ok(())
    });
    done.await.map_err(GroupError::merge)?;
    Ok(sum.get())
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    println!("sum of squares: {}", pool([3, 1, 4, 1, 5, 2, 6]).await?);
    let failed = pool([1, 9, 5, 3, 5, 8, 9]).await;
    println!("{:4}  {:#}", time(), failed.unwrap_err());
    Ok(())
}
