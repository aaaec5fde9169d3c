//! A Redis for a test, and its clock.

use std::net::TcpListener as StdListener;
use std::process::Stdio;

use ::redis::{Client, TypedCommands};
use groundup::net::StreamReader;
use groundup::process::{Command, PipeReader, Process};

use super::JOBS;
use crate::setup::{
    Folder, HOUR, Serving, command, has_peer, has_said, printed, started, with_patience,
};

/// What Redis says when it listens at its port.
const LISTENS: &str = "eady to accept connections";

/// Redis, and its port. Its drop ends it.
pub(super) struct Redis {
    _process: Process,
    _lines: StreamReader<PipeReader>,
    _folder: Folder,
    pub(super) url: String,
}

impl Redis {
    /// Starts it. Another program may take its port before it does, and then it gets another.
    async fn start() -> Redis {
        let folder = Folder::new();
        loop {
            let free = StdListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let mut command = Command::new("redis-server");
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
            command.args(["--save", "", "--appendonly", "no", "--dir"]);
            command.arg(&folder.0).kill_on_drop(true);
            command.stdin(Stdio::null()).stdout(Stdio::piped());
            let mut process = command.spawn().unwrap();
            let mut lines = StreamReader::new(process.stdout.take().unwrap());
            // A connection would say nothing: another program may listen there.
            if has_said(&mut lines, LISTENS).await {
                return Redis {
                    _process: process,
                    _lines: lines,
                    _folder: folder,
                    url: format!("redis://127.0.0.1:{port}"),
                };
            }
        }
    }

    pub(super) async fn add(&self, jobs: &[&str]) {
        let came = printed(JOBS, [&[self.url.as_str(), "add"], jobs].concat()).await;
        assert_eq!(came.stdout, format!("{} jobs added\n", jobs.len()));
        assert_eq!((came.code, came.stderr.as_str()), (Some(0), ""));
    }

    /// Starts a process that takes jobs. It takes one again that nobody has touched for an hour.
    pub(super) async fn takes(&self) -> Serving {
        let mut program = command(JOBS);
        program.args(["--rest", HOUR, &self.url]);
        program.stderr(Stdio::piped());
        started(program).await
    }

    /// Returns the number of jobs that are not done.
    pub(super) fn left(&self) -> usize {
        let client = Client::open(self.url.as_str()).unwrap();
        let mut redis = client.get_connection().unwrap();
        redis.xlen("groundup:jobs").unwrap()
    }

    /// Removes the jobs that are left.
    pub(super) fn forget(&self) {
        let client = Client::open(self.url.as_str()).unwrap();
        let mut redis = client.get_connection().unwrap();
        redis.del("groundup:jobs").unwrap();
    }

    /// Tells Redis that nobody has touched the jobs that were given out for two hours. So no test waits
    /// until a job is given out again, and none is while a process still works at it.
    pub(super) fn rest(&self) {
        let client = Client::open(self.url.as_str()).unwrap();
        let mut redis = client.get_connection().unwrap();
        let (stream, group, all) = ("groundup:jobs", "workers", 100);
        let pending = redis.xpending_count(stream, group, "-", "+", all).unwrap();
        for job in pending.ids {
            let mut rests = ::redis::cmd("XCLAIM");
            rests.arg(stream).arg(group).arg(job.consumer);
            // `JUSTID`: this counts as no attempt.
            rests.arg(0).arg(job.id).arg(&["IDLE", "7200000", "JUSTID"]);
            rests.exec(&mut redis).unwrap();
        }
    }
}

/// Runs a test with a Redis. Skips it where Redis is missing.
pub(super) fn with_redis(test: impl AsyncFnOnce(Redis) + 'static) {
    if !has_peer("redis-server", &["--version"]) {
        return;
    }
    with_patience(async { test(Redis::start().await).await });
}
