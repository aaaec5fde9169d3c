//! The stream of jobs, as one task sees it: XREADGROUP, XACK, XAUTOCLAIM.
//!
//! The task waits in Redis for a new job, and a connection carries no other command meanwhile. So each
//! task has a connection of its own.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamAutoClaimOptions, StreamId, StreamReadOptions};
use redis::{AsyncConnectionConfig, AsyncTypedCommands, Client, RedisResult};

use super::job::Job;

const STREAM: &str = "groundup:jobs";
const FAILED: &str = "groundup:jobs:failed";
const GROUP: &str = "workers";
const FIELD: &str = "job";

/// How long Redis holds a read when there is no job.
const WAIT: Duration = Duration::from_millis(200);

/// How long Redis may take for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The stream and a name in its consumer group.
pub struct Queue {
    redis: MultiplexedConnection,
    name: String,
    rest: Duration,
    /// Where the next look for jobs that were left begins.
    cursor: String,
}

impl Queue {
    /// Connects, and makes the stream and the group if they are not there.
    ///
    /// # Errors
    ///
    /// If Redis cannot be reached, or answers with an error.
    pub async fn connect(client: &Client, name: String, rest: Duration) -> RedisResult<Queue> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let mut redis = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        match redis.xgroup_create_mkstream(STREAM, GROUP, "0").await {
            Err(error) if error.code() == Some("BUSYGROUP") => {} // it is there
            made => made?,
        }
        let cursor = "0-0".into();
        Ok(Queue {
            redis,
            name,
            rest,
            cursor,
        })
    }

    /// Adds a job.
    ///
    /// # Errors
    ///
    /// If Redis answers with an error, or not at all.
    pub async fn add(&mut self, text: &str) -> RedisResult<()> {
        self.redis.xadd(STREAM, "*", &[(FIELD, text)]).await?;
        Ok(())
    }

    /// Returns the number of jobs that were given out and are not done.
    ///
    /// # Errors
    ///
    /// As [`add`](Queue::add).
    pub async fn pending(&mut self) -> RedisResult<usize> {
        Ok(self.redis.xpending(STREAM, GROUP).await?.count())
    }

    /// Takes a job that was left, or a new one, or none within a moment. A job that was left comes first:
    /// there may always be new ones.
    pub(crate) async fn take(&mut self) -> RedisResult<Option<Job>> {
        match self.take_left().await? {
            Some(job) => Ok(Some(job)),
            None => self.take_new().await,
        }
    }

    async fn take_left(&mut self) -> RedisResult<Option<Job>> {
        let rest = self.rest.as_millis() as u64;
        let one = StreamAutoClaimOptions::default().count(1);
        let asked =
            self.redis
                .xautoclaim_options(STREAM, GROUP, &self.name, rest, &self.cursor, one);
        let answer = asked.await?;
        self.cursor = answer.next_stream_id;
        let Some(entry) = answer.claimed.into_iter().next() else {
            return Ok(None);
        };
        let id = &entry.id;
        let pending = self.redis.xpending_count(STREAM, GROUP, id, id, 1).await?;
        let attempt = pending.ids.first().map_or(1, |of| of.times_delivered);
        Ok(Some(job(&entry, attempt)))
    }

    async fn take_new(&mut self) -> RedisResult<Option<Job>> {
        let options = StreamReadOptions::default().group(GROUP, &self.name);
        let options = options.count(1).block(WAIT.as_millis() as usize);
        // `>` asks for what no other name of the group was given.
        let answer = self
            .redis
            .xread_options(&[STREAM], &[">"], &options)
            .await?;
        let entries = answer.into_iter().flat_map(|answer| answer.keys);
        let mut entries = entries.flat_map(|key| key.ids);
        Ok(entries.next().map(|entry| job(&entry, 1)))
    }

    /// Takes a job that is done out of the group and out of the stream.
    pub(crate) async fn done(&mut self, job: &Job) -> RedisResult<()> {
        let ids = &[&job.id];
        let mut both = redis::pipe();
        both.atomic().xack(STREAM, GROUP, ids).xdel(STREAM, ids);
        both.exec_async(&mut self.redis).await
    }

    /// Moves a job to the stream of failed jobs.
    pub(crate) async fn give_up(&mut self, job: &Job) -> RedisResult<()> {
        let ids = &[&job.id];
        let mut all = redis::pipe();
        all.atomic().xadd(FAILED, "*", &[(FIELD, &job.text)]);
        all.xack(STREAM, GROUP, ids).xdel(STREAM, ids);
        all.exec_async(&mut self.redis).await
    }
}

/// An entry without the field has an empty text, which is no job: it fails, as others do.
fn job(entry: &StreamId, attempt: usize) -> Job {
    Job {
        id: entry.id.clone(),
        text: entry.get(FIELD).unwrap_or_default(),
        attempt,
    }
}
