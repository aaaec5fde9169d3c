//! Jobs from a stream of Redis, for the tasks of many processes.
//!
//! All processes are one consumer group. Redis gives each job to one of their tasks, and remembers it
//! until the task says that it is done.
//!
//! | a job | |
//! |---|---|
//! | is done | leaves the stream |
//! | fails, or panics | is given out again when nobody has touched it for a while |
//! | was in a process that has died | is given out again, too |
//! | was given out three times | goes to the stream of failed jobs, and a person looks at it |
//!
//! So a job may be begun twice, and never gets lost. The client needs tokio, so the loop is a guest
//! there; the tasks, their group and their sleeps are groundup's.

pub mod job;
pub mod queue;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use groundup::{BorrowingGroup, GroupError, borrowing_group, spawn};
use redis::{Client, RedisResult};

use crate::failure::Failure;
use crate::output::say;
use job::Job;
use queue::Queue;

/// How many tasks of a process take jobs.
const TASKS: u32 = 4;

/// How many times a job is given out.
const ATTEMPTS: usize = 3;

/// What the tasks of a process have done.
#[derive(Debug, Default)]
pub struct Done {
    jobs: Cell<u32>,
    later: Cell<u32>,
    given_up: Cell<u32>,
}

/// Takes jobs until `until` is done, and ends those that are begun. A job that nobody has touched for
/// `rest` is taken again: give it longer than the longest job.
///
/// # Errors
///
/// If Redis cannot be reached, or an answer of it is an error. Then all tasks are cancelled.
pub async fn work(
    client: &Client,
    rest: Duration,
    until: impl Future<Output = ()>,
) -> Result<Done, Failure> {
    let (done, stops) = (Done::default(), Cell::new(false));
    let all = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
        for number in 1..=TASKS {
            // A name of its own among the tasks of this machine.
            let name = format!("{}-{number}", std::process::id());
            group.spawn(take_jobs(Queue::connect(client, name, rest), &done, &stops));
        }
        until.await;
        stops.set(true);
        Ok(())
    });
    all.await.map_err(GroupError::merge)?;
    Ok(done)
}

/// Connects, and takes jobs one by one. Looks at `stops` only between jobs, so that no job is left in the
/// middle. A read that is dropped could have been given a job, and nobody would do it for a while.
async fn take_jobs(
    connects: impl Future<Output = RedisResult<Queue>>,
    done: &Done,
    stops: &Cell<bool>,
) -> Result<(), Failure> {
    let mut queue = connects.await?;
    let count = |cell: &Cell<u32>| cell.set(cell.get() + 1);
    while !stops.get() {
        let Some(job) = queue.take().await? else {
            continue;
        };
        if job.attempt > ATTEMPTS {
            queue.give_up(&job).await?;
            count(&done.given_up);
            say(format_args!("{job}: given up after {ATTEMPTS} attempts"));
            continue;
        }
        say(format_args!("{job}: attempt {}", job.attempt));
        match attempt(&job).await {
            Ok(()) => {
                queue.done(&job).await?;
                count(&done.jobs);
                if job.attempt > 1 {
                    count(&done.later);
                }
                say(format_args!("{job}: done"));
            }
            Err(why) => say(format_args!("{job}: failed, since {why}")),
        }
    }
    Ok(())
}

/// Does a job in a task of its own, which keeps a panic to itself.
async fn attempt(job: &Job) -> Result<(), String> {
    let task = spawn(job.work()).cancel_on_drop();
    let ended = task.await.map_err(|error| error.to_string());
    ended.flatten()
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (jobs, later) = (self.jobs.get(), self.later.get());
        let given_up = self.given_up.get();
        write!(
            f,
            "{jobs} jobs done, {later} of them at a later attempt; {given_up} given up"
        )
    }
}
