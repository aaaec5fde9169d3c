//! `jobs_from_redis` beside Redis.
//!
//! Each test has a Redis of its own, in memory. A test waits for lines of the program, and for no time.

use groundup::net::StreamReader;
use groundup::signal::SignalKind;
use groundup::{join, yield_now};

use crate::refusing::Refusing;
use crate::setup::{Serving, printed, with_patience};

mod server;

use server::{Redis, with_redis};

const JOBS: &str = env!("CARGO_BIN_EXE_jobs_from_redis");

/// The line that follows a Ctrl-C.
const NO_MORE: &str = "no more jobs are taken; Ctrl-C once more ends the program at once";

/// The end of an error, if Redis is not there.
const CURE: &str = "; start `redis-server`, or correct the URL\n";

impl Serving {
    async fn line(&mut self) -> String {
        let line = String::from_utf8(self.lines.readline().await.unwrap()).unwrap();
        print!("{line}"); // seen if the test fails
        line.trim_end().to_string()
    }

    /// Waits until the process fails, and returns its error.
    async fn error(mut self) -> String {
        let mut errors = StreamReader::new(self.process.stderr.take().unwrap());
        let told = errors.read_to_end().await.unwrap();
        assert_eq!(self.process.wait().await.unwrap().code(), Some(1));
        String::from_utf8(told).unwrap()
    }

    /// Reads lines until each of these has come, and returns all that it has read.
    async fn until<'a>(&mut self, expected: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let (mut expected, mut seen) = (Vec::from_iter(expected), Vec::new());
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
        let mut taking = redis.takes().await;
        let failed = "toast: failed, since the machine was out of order";
        let others = ["tea: done", "cake: done", "egg: done"];
        let mut lines = taking.until([&[failed], &others[..]].concat()).await;
        redis.rest();
        lines.extend(taking.until(["toast: done"]).await);
        let all = ["tea: done", "toast: done", "cake: done", "egg: done"];
        let first = ["tea", "toast", "cake", "egg"].map(|job| format!("{job}: attempt 1"));
        for line in first.iter().map(String::as_str).chain(all) {
            let times = lines.iter().filter(|found| *found == line).count();
            assert_eq!(times, 1, "{line}: {lines:?}");
        }
        let of_toast: Vec<_> = lines.iter().filter(|line| line.contains("toast")).collect();
        let expected = [
            "toast: attempt 1",
            failed,
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
        let mut taking = redis.takes().await;
        for attempt in 1..=3 {
            let lines = taking
                .until([
                    "brick: failed, since the machine was out of order",
                    "no: failed, since it is no job",
                ])
                .await;
            for job in ["brick", "no"] {
                let attempt = format!("{job}: attempt {attempt}");
                assert!(lines.contains(&attempt), "{attempt}: {lines:?}");
            }
            assert_eq!(lines.len(), 4, "{lines:?}");
            redis.rest();
        }
        let given_up = |job: &str| format!("{job}: given up after 3 attempts");
        let lines = taking.until([&*given_up("brick"), &*given_up("no")]).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
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
fn a_job_of_a_process_that_dies_is_given_to_another() {
    with_redis(async |redis| {
        redis.add(&["cake,3600000"]).await;
        let mut dies = redis.takes().await;
        dies.until(["cake: attempt 1"]).await;
        dies.process.kill().unwrap();
        dies.process.wait().await.unwrap();
        redis.rest();
        let mut lives = redis.takes().await;
        assert_eq!(lives.line().await, "cake: attempt 2");
    });
}

#[test]
fn two_processes_share_the_jobs() {
    with_redis(async |redis| {
        // No job ends, and a process has four tasks. So each process must begin four jobs.
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let jobs = names.map(|name| format!("{name},3600000"));
        redis.add(&jobs.each_ref().map(String::as_str)).await;
        let processes = join((redis.takes(), redis.takes())).await;
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
fn ctrl_c_or_sigterm_ends_the_jobs_at_hand_and_takes_no_more() {
    with_redis(async |redis| {
        for signal in [SignalKind::interrupt(), SignalKind::terminate()] {
            // If a job is done before the signal, its task already asks for another one. Then longer jobs
            // follow.
            let mut millis = 400;
            while !at_signal_with_jobs_of(signal, millis, &redis).await {
                millis *= 4;
            }
            redis.forget();
        }
    });
}

/// Sends a signal in the middle of four jobs, and adds another one. Returns false if a job was done before.
async fn at_signal_with_jobs_of(signal: SignalKind, millis: u64, redis: &Redis) -> bool {
    let names = ["a", "b", "c", "d"];
    let jobs = names.map(|name| format!("{name},{millis}"));
    redis.add(&jobs.each_ref().map(String::as_str)).await;
    let mut taking = redis.takes().await;
    let begun = names.map(|name| format!("{name}: attempt 1"));
    let mut lines = taking.until(begun.iter().map(String::as_str)).await;
    taking.process.send_signal(signal).unwrap();
    lines.extend(taking.until([NO_MORE]).await);
    let all_at_work = !lines.iter().any(|line| line.ends_with("done"));
    if all_at_work {
        redis.add(&["long,3600000"]).await;
    }
    let summary =
        "4 jobs done, 0 of them at a later attempt; 0 given up; 0 pending in all processes";
    let rest = taking.until([summary]).await;
    assert!(!rest.iter().any(|line| line.contains("long")), "{rest:?}");
    assert!(taking.process.wait().await.unwrap().success());
    all_at_work
}

#[test]
fn a_second_ctrl_c_ends_the_program_at_once_and_another_does_its_jobs() {
    with_redis(async |redis| {
        let interrupt = SignalKind::interrupt();
        redis.add(&["long,3600000", "short,1"]).await;
        let mut taking = redis.takes().await;
        taking.until(["long: attempt 1", "short: done"]).await;
        taking.process.send_signal(interrupt).unwrap();
        taking.until([NO_MORE]).await;
        taking.process.send_signal(interrupt).unwrap();
        // It has not waited for the job, and has no summary.
        let rest = taking.lines.read_to_end().await.unwrap();
        assert_eq!(String::from_utf8(rest).unwrap(), "");
        assert_eq!(taking.error().await, "jobs_from_redis: interrupted\n");
        // The job is not lost: another process is given it.
        redis.rest();
        let mut other = redis.takes().await;
        assert_eq!(other.line().await, "long: attempt 2");
    });
}

#[test]
fn jobs_whose_lines_nobody_reads_are_done() {
    with_redis(async |redis| {
        redis.add(&["tea"]).await;
        let mut taking = redis.takes().await;
        taking.until(["tea: done"]).await;
        drop(taking.lines);
        redis.add(&["cake", "toast"]).await;
        while redis.left() > 0 {
            yield_now().await;
        }
        let mut process = taking.process;
        process.send_signal(SignalKind::terminate()).unwrap();
        let mut errors = StreamReader::new(process.stderr.take().unwrap());
        assert_eq!(errors.read_to_end().await.unwrap(), b"");
        assert!(process.wait().await.unwrap().success());
    });
}

#[test]
fn a_redis_that_ends_is_an_error_with_a_cure() {
    with_redis(async |redis| {
        redis.add(&["tea"]).await;
        let mut taking = redis.takes().await;
        taking.until(["tea: done"]).await;
        drop(redis);
        let error = taking.error().await;
        assert!(error.ends_with(CURE), "{error}");
    });
}

#[test]
fn a_redis_that_is_not_there_is_an_error_with_a_cure() {
    with_patience(async {
        let refusing = Refusing::new();
        let url = format!("redis://127.0.0.1:{}", refusing.port);
        let came = printed(JOBS, [&url]).await;
        assert_eq!(came.code, Some(1));
        assert!(came.stderr.ends_with(CURE), "{}", came.stderr);
        let came = printed(JOBS, ["web://127.0.0.1"]).await;
        assert_eq!(came.code, Some(1));
        let says = "jobs_from_redis: \"web://127.0.0.1\" is no URL of a Redis";
        assert!(came.stderr.starts_with(says), "{}", came.stderr);
    });
}
