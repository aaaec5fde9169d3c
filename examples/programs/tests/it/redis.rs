//! `jobs_from_redis` beside Redis.
//!
//! Each test has a Redis of its own, in memory. A test waits for lines of the program, and for no time.

use std::net::TcpListener as StdListener;
use std::process::Stdio;
use std::time::Duration;

use groundup::net::{StreamReader, TcpStream};
use groundup::process::{Command, Process};
use groundup::signal::SignalKind;
use groundup::{join, run, timeout, yield_now};

use crate::setup::{Folder, Serving, command, has_peer, printed, start, started};

const JOBS: &str = env!("CARGO_BIN_EXE_jobs_from_redis");

/// The line that follows a Ctrl-C.
const NO_MORE: &str = "no more jobs are taken; Ctrl-C once more ends the program at once";

/// Most time for a test: one that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Redis, and its port. Its drop ends it.
struct Redis {
    _process: Process,
    _folder: Folder,
    url: String,
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
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let process = command.spawn().unwrap();
            while process.try_wait().unwrap().is_none() {
                if TcpStream::connect(([127, 0, 0, 1], port)).await.is_ok() {
                    return Redis {
                        _process: process,
                        _folder: folder,
                        url: format!("redis://127.0.0.1:{port}"),
                    };
                }
                yield_now().await;
            }
        }
    }

    async fn add(&self, jobs: &[&str]) {
        let came = printed(JOBS, [&[self.url.as_str(), "add"], jobs].concat()).await;
        assert_eq!(came.stdout, format!("{} jobs added\n", jobs.len()));
        assert_eq!((came.code, came.stderr.as_str()), (Some(0), ""));
    }

    /// Starts a process that takes jobs.
    async fn takes(&self, rest: &str) -> Serving {
        start(JOBS, &["--rest", rest, &self.url]).await
    }
}

/// Runs a test with a Redis, but not for ever. Skips it where Redis is missing.
fn with_redis(test: impl AsyncFnOnce(Redis) + 'static) {
    if !has_peer("redis-server", &["--version"]) {
        return;
    }
    with_patience(async { test(Redis::start().await).await });
}

/// Runs a test, but not for ever.
fn with_patience(test: impl Future<Output = ()> + 'static) {
    run(async {
        let ended = timeout(PATIENCE, test).await;
        ended.expect("the program does not print what it should");
    });
}

impl Serving {
    async fn line(&mut self) -> String {
        let line = String::from_utf8(self.lines.readline().await.unwrap()).unwrap();
        line.trim_end().to_string()
    }

    /// Reads lines until each of these has come, and returns all that it has read.
    async fn until<const N: usize>(&mut self, expected: [&str; N]) -> Vec<String> {
        let (mut expected, mut seen) = (expected.to_vec(), Vec::new());
        while !expected.is_empty() {
            let line = self.line().await;
            assert!(!line.is_empty(), "not {expected:?}, but {seen:?}");
            expected.retain(|expected| *expected != line);
            seen.push(line);
        }
        seen
    }
}

#[test]
fn each_job_is_done_once_and_one_that_fails_is_given_out_again() {
    with_redis(async |redis| {
        redis.add(&["tea", "toast,20,1", "cake", "egg"]).await;
        let mut taking = redis.takes("1").await;
        let all = ["tea: done", "toast: done", "cake: done", "egg: done"];
        let lines = taking.until(all).await;
        let first = ["tea", "toast", "cake", "egg"].map(|job| format!("{job}: attempt 1"));
        for line in first.iter().map(String::as_str).chain(all) {
            let times = lines.iter().filter(|found| *found == line).count();
            assert_eq!(times, 1, "{line}: {lines:?}");
        }
        let of_toast: Vec<_> = lines.iter().filter(|line| line.contains("toast")).collect();
        let expected = [
            "toast: attempt 1",
            "toast: failed, since the machine was out of order",
            "toast: attempt 2",
            "toast: done",
        ];
        assert_eq!(of_toast, expected);
        let rest = taking.end().await;
        let summary =
            "4 jobs done, 1 of them at a later attempt; 0 given up; 0 pending in all processes\n";
        assert!(rest.ends_with(summary), "{rest}");
    });
}

#[test]
fn a_job_that_fails_again_and_again_is_given_up() {
    with_redis(async |redis| {
        redis.add(&["brick,0,9", "no,job"]).await;
        let mut taking = redis.takes("0.3").await;
        let given_up = |job: &str| format!("{job}: given up after 3 attempts");
        let lines = taking.until([&*given_up("brick"), &*given_up("no")]).await;
        let attempts = lines
            .iter()
            .filter(|line| line.starts_with("brick: attempt"));
        assert_eq!(attempts.count(), 3, "{lines:?}");
        assert!(
            lines.contains(&"no: failed, since it is no job".into()),
            "{lines:?}"
        );
        // Nothing is left of them.
        redis.add(&["tea"]).await;
        taking.until(["tea: done"]).await;
        let rest = taking.end().await;
        let summary =
            "1 jobs done, 0 of them at a later attempt; 2 given up; 0 pending in all processes\n";
        assert!(rest.ends_with(summary), "{rest}");
    });
}

#[test]
fn a_job_of_a_process_that_dies_is_done_by_another() {
    with_redis(async |redis| {
        redis.add(&["cake,400"]).await;
        let mut dies = redis.takes("2").await;
        dies.until(["cake: attempt 1"]).await;
        dies.process.kill().unwrap();
        let mut lives = redis.takes("2").await;
        let lines = lives.until(["cake: done"]).await;
        assert_eq!(lines, ["cake: attempt 2", "cake: done"]);
        assert!(lives.end().await.contains("; 0 pending"));
    });
}

#[test]
fn two_processes_share_the_jobs() {
    with_redis(async |redis| {
        // No job ends, and a process has four tasks. So each process must begin four jobs.
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let jobs = names.map(|name| format!("{name},3600000"));
        redis.add(&jobs.each_ref().map(String::as_str)).await;
        let processes = join((redis.takes("3600"), redis.takes("3600"))).await;
        let mut begun = Vec::new();
        for mut process in <[Serving; 2]>::from(processes) {
            for _ in 0..4 {
                begun.push(process.line().await);
            }
        }
        begun.sort();
        assert_eq!(begun, names.map(|name| format!("{name}: attempt 1")));
    });
}

#[test]
fn ctrl_c_ends_the_jobs_at_hand_and_takes_no_more() {
    with_redis(async |redis| {
        let interrupt = SignalKind::interrupt();
        redis.add(&["a,400", "b,400", "c,400", "d,400"]).await;
        let mut taking = redis.takes("30").await;
        let begun = ["a", "b", "c", "d"].map(|name| format!("{name}: attempt 1"));
        taking.until(begun.each_ref().map(String::as_str)).await;
        taking.process.send_signal(interrupt).unwrap();
        taking.until([NO_MORE]).await;
        redis.add(&["long,3600000"]).await;
        let summary =
            "4 jobs done, 0 of them at a later attempt; 0 given up; 0 pending in all processes";
        let rest = taking.until([summary]).await;
        assert!(!rest.iter().any(|line| line.contains("long")), "{rest:?}");
        assert!(taking.process.wait().await.unwrap().success());
    });
}

#[test]
fn a_second_ctrl_c_ends_the_program_at_once_and_another_does_its_jobs() {
    with_redis(async |redis| {
        let interrupt = SignalKind::interrupt();
        redis.add(&["long,3600000", "short,1"]).await;
        let mut program = command(JOBS);
        program.args(["--rest", "0.5", &redis.url]);
        program.stderr(Stdio::piped());
        let mut taking = started(program).await;
        taking.until(["long: attempt 1", "short: done"]).await;
        taking.process.send_signal(interrupt).unwrap();
        taking.until([NO_MORE]).await;
        taking.process.send_signal(interrupt).unwrap();
        // It has not waited for the job, and has no summary.
        let rest = taking.lines.read_to_end().await.unwrap();
        assert_eq!(String::from_utf8(rest).unwrap(), "");
        let mut errors = StreamReader::new(taking.process.stderr.take().unwrap());
        let told = String::from_utf8(errors.read_to_end().await.unwrap()).unwrap();
        assert_eq!(told, "jobs_from_redis: interrupted\n");
        assert_eq!(taking.process.wait().await.unwrap().code(), Some(1));
        // The job is not lost: another process is given it.
        let mut other = redis.takes("0.5").await;
        other.until(["long: attempt 2"]).await;
    });
}

#[test]
fn a_redis_that_ends_is_an_error_with_a_cure() {
    with_redis(async |redis| {
        redis.add(&["tea"]).await;
        let mut taking = redis.takes("30").await;
        taking.until(["tea: done"]).await;
        drop(redis);
        assert_eq!(taking.process.wait().await.unwrap().code(), Some(1));
    });
}

#[test]
fn a_redis_that_is_not_there_is_an_error_with_a_cure() {
    with_patience(async {
        let free = StdListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", free.local_addr().unwrap());
        drop(free);
        let came = printed(JOBS, [&url]).await;
        assert_eq!(came.code, Some(1));
        let cure = "; start `redis-server`, or correct the URL\n";
        assert!(came.stderr.ends_with(cure), "{}", came.stderr);
        let came = printed(JOBS, ["web://127.0.0.1"]).await;
        assert_eq!(came.code, Some(1));
        assert!(
            came.stderr.starts_with("jobs_from_redis: usage: "),
            "{}",
            came.stderr
        );
    });
}
