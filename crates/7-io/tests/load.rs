//! Many connections, for a long time.
//!
//! The problem: a loop that serves ten connections may still fail at ten thousand, or in the thirtieth
//! second. These tests take seconds and thousands of descriptors, so they are ignored: `.ci/full` runs
//! them. Each prints its figures. Without the descriptors a test fails, and `.ci/full` leaves it out.
//!
//! ```text
//!   cargo test --release -p groundup-io --test load -- --ignored --nocapture --test-threads=1
//! ```
//!
//! The clients of the idle connections are a process of their own, since both ends of 10,000
//! connections are 20,000 descriptors.
//!
//! Read next: `descriptors.rs`.
#![cfg(target_os = "linux")]

use std::cell::{Cell, RefCell};
use std::env;
use std::fs;
use std::future::Future;
use std::io::{self, Read, Write};
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::gather;
use groundup_io::executor::{EventLoop, all_tasks, sleep, spawn, time};
use groundup_io::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Number of idle connections.
const IDLE: usize = 10_000;
/// Number of descriptors that a process needs beside its connections.
const OTHERS: u64 = 64;
/// Names the port to the process of the clients.
const PORT: &str = "GROUNDUP_LOAD_PORT";
/// Sets the length of the load, in seconds.
const SECONDS: &str = "GROUNDUP_LOAD_SECONDS";

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Returns the bytes of memory that the process has in use.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<usize>().unwrap() * 1024
}

/// Allows as many descriptors as the process may have.
///
/// # Panics
///
/// If they do not suffice: a test that is left out must not count as one that has passed.
fn allow_descriptors() {
    let limits = getrlimit(Resource::Nofile);
    let (current, maximum) = (limits.maximum, limits.maximum);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    let needed = IDLE as u64 + OTHERS;
    assert!(
        maximum.is_none_or(|most| most >= needed),
        "10,000 connections need a limit of {needed} descriptors (`ulimit -Hn`), and it is {maximum:?}"
    );
}

/// Runs a program, and returns what its loop reported.
fn run_with_reports<T>(program: impl Future<Output = T>) -> (T, Vec<String>) {
    let event_loop = EventLoop::new();
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        told.borrow_mut().push(report.message.clone());
    })));
    let output = event_loop.run_until_complete(program).unwrap();
    (output, reports.take())
}

/// Sends a line, and gets it back.
fn ask(client: &mut std::net::TcpStream) {
    client.write_all(b"line\n").unwrap();
    let mut line = [0; 5];
    client.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"line\n");
}

/// The clients: they connect, say so, and wait. Then each hundredth asks.
fn be_the_clients(port: u16) {
    allow_descriptors();
    let mut clients = Vec::new();
    for number in 1..=IDLE {
        let mut client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        // An answer shows that the ones before are accepted: a server has 100 waiting at most, and a
        // connect beyond them is tried again after a second.
        if number % 64 == 0 {
            ask(&mut client);
        }
        clients.push(client);
    }
    // The harness prints the name of the test into the same line.
    println!("connected");
    io::stdin().read_exact(&mut [0]).unwrap();
    clients.iter_mut().step_by(100).for_each(ask);
    println!("served");
    io::stdin().read_exact(&mut [0]).unwrap();
}

/// Starts the process of the clients of a port.
fn clients_of(port: u16) -> Process {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "ten_thousand_idle_connections_are_held_by_one_loop",
        ])
        .args(["--ignored", "--nocapture"])
        .env(PORT, port.to_string());
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    spawned.unwrap()
}

/// Reads lines until one ends with the word.
async fn until_said(lines: &mut StreamReader<PipeReader>, word: &str) {
    loop {
        let line = String::from_utf8(lines.readline().await.unwrap()).unwrap();
        assert!(line.ends_with('\n'), "the clients ended before {word:?}");
        if line.trim_end().ends_with(word) {
            return;
        }
    }
}

/// Sleeps until `done` returns true. Panics with a text if that takes more than a minute.
async fn until(done: impl Fn() -> bool, seen: impl Fn() -> String) {
    let end = time() + Duration::from_secs(60);
    while !done() {
        assert!(time() < end, "after a minute: {}", seen());
        sleep(Duration::from_millis(1)).await;
    }
}

/// Holds the connections of the clients. `count` is the number of those that it holds now.
async fn hold(what: &str, port: u16, count: impl Fn() -> usize) {
    let memory = resident();
    let mut clients = clients_of(port);
    let mut lines = StreamReader::new(clients.stdout.take().unwrap());
    let mut input = clients.stdin.take().unwrap();
    until_said(&mut lines, "connected").await;
    until(|| count() >= IDLE, || format!("{} clients", count())).await;
    sleep(Duration::from_millis(50)).await; // each waits for its first byte
    let held = resident().saturating_sub(memory) / IDLE;
    println!("{what}: {IDLE} idle connections, {held} bytes of memory for each in this process");
    assert!(held < 4096, "an idle connection needs {held} bytes");
    input.write_all(b"x").await.unwrap();
    until_said(&mut lines, "served").await;
    input.write_all(b"x").await.unwrap();
    assert!(clients.wait().await.unwrap().success());
    until(|| count() == 0, || format!("{} are left", count())).await;
}

#[test]
#[ignore = "needs 10,000 descriptors: cargo test --release -p groundup-io --test load -- --ignored --test-threads=1"]
fn ten_thousand_idle_connections_are_held_by_one_loop() {
    if let Ok(port) = env::var(PORT) {
        return be_the_clients(port.parse().unwrap());
    }
    allow_descriptors();
    let ((), reports) = run_with_reports(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
        let (before, tasks) = (descriptors(), all_tasks().len());
        let port = listener.local_addr().unwrap().port();
        let count = Rc::new(Cell::new(0));
        let counted = count.clone();
        let accepting = spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.set(counted.get() + 1);
                let counted = counted.clone();
                let serve = async move {
                    let mut room = [0; 64];
                    while let Ok(length @ 1..) = stream.read(&mut room).await {
                        stream.write_all(&room[..length]).await.unwrap();
                    }
                    counted.set(counted.get() - 1);
                };
                spawn(serve).detach();
            }
        });
        hold("TcpStream, a task with 64 bytes of room", port, || {
            count.get()
        })
        .await;
        assert_eq!(all_tasks().len(), tasks + 1, "the task that accepts");
        accepting.cancel();
        accepting.await.unwrap_err();
        assert_eq!(descriptors(), before - 1, "the listener is closed");

        let echo = |mut reader: StreamReader, mut writer: StreamWriter| async move {
            loop {
                match reader.readline().await? {
                    line if line.is_empty() => return Ok(()),
                    line => writer.write(&line),
                }
                writer.drain().await?;
            }
        };
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        hold("start_server, a handler that reads lines", port, || {
            server.connections()
        })
        .await;
        drop(server);
        let left = || format!("{} descriptors, and {before} before", descriptors());
        until(|| descriptors() < before, left).await;
    });
    assert_eq!(reports, [""; 0]);
}

#[test]
#[ignore = "takes 30 s: cargo test --release -p groundup-io --test load -- --ignored --test-threads=1"]
fn sixty_four_connections_under_load_have_no_error() {
    let seconds = env::var(SECONDS).map_or(30, |text| text.parse().unwrap());
    let (trips, reports) = run_with_reports(async {
        let echo = |mut reader: StreamReader, mut writer: StreamWriter| async move {
            loop {
                let bytes = reader.read(1 << 16).await?;
                if bytes.is_empty() {
                    return Ok(());
                }
                writer.write(&bytes);
                writer.drain().await?;
            }
        };
        let server = start_server("127.0.0.1", 0, echo).await.unwrap();
        let port = server.local_addrs()[0].port();
        let (before, tasks) = (descriptors(), all_tasks().len());
        let end = time() + Duration::from_secs(seconds);
        let clients = (0..64_usize).map(|number| async move {
            let (mut reader, mut writer) = open_connection("127.0.0.1", port).await.unwrap();
            let mut trips = 0_u64;
            while time() < end {
                // Small messages, and each hundredth one of several pieces.
                let length = if trips % 100 == 99 { 100_000 } else { 64 };
                let message = vec![(number as u64 + trips) as u8; length];
                writer.write(&message);
                let (sent, back) = futures::join!(writer.drain(), reader.readexactly(length));
                sent.unwrap();
                assert_eq!(back.unwrap(), message);
                trips += 1;
            }
            trips
        });
        let trips: Vec<u64> = gather(clients).await.unwrap();
        let counts = || (server.connections(), descriptors(), all_tasks().len());
        let left = || format!("{:?}, and {:?} before", counts(), (0, before, tasks));
        let ended = || server.connections() == 0 && all_tasks().len() <= tasks;
        until(|| ended() && descriptors() <= before, left).await;
        trips
    });
    let (all, least) = (trips.iter().sum::<u64>(), trips.iter().min().unwrap());
    println!("64 connections, {seconds} s: {all} round trips, at least {least} on each; no error");
    assert_eq!(reports, [""; 0]);
    assert!(
        least * 64 * 4 > all,
        "a connection got less than a quarter of its share: {trips:?}"
    );
}
