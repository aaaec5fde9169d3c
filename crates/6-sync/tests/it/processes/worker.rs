//! The program of the workers: a test that lists the jobs.
//!
//! Invariant: the lists of this program and of its workers are one list.
//!
//! Read next: `values.rs`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use groundup_sync::{process_job, serve_jobs};
use serde::{Serialize, Serializer};

/// Lists the jobs. In a worker it does not return.
#[test]
pub(crate) fn worker() {
    if std::env::var_os("GROUNDUP_WORKER").is_some() {
        // The panics of jobs are made on purpose.
        std::panic::set_hook(Box::new(|_| ()));
    }
    serve_jobs(&[
        process_job(double),
        process_job(add),
        process_job(length),
        process_job(repeat),
        process_job(id),
        process_job(calls),
        process_job(input),
        process_job(marked_child),
        process_job(broken),
        process_job(exits),
        process_job(dies_by),
        process_job(held),
        process_job(announced_death),
        process_job(unwritable),
        process_job(unreadable),
    ]);
}

/// The program of a worker that has another list.
#[test]
fn other_worker() {
    if std::env::var_os("GROUNDUP_WORKER").is_some() {
        serve_jobs(&[process_job(double)]);
    }
}

/// Serves as the program of a broken worker: answers each request with these bytes, made of the
/// number of the request.
fn answer_by(reply: impl Fn(u64) -> Vec<u8>) {
    if std::env::var_os("GROUNDUP_WORKER").is_none() {
        return;
    }
    let socket = io::stdin().as_fd().try_clone_to_owned().unwrap();
    let mut socket = UnixStream::from(socket);
    loop {
        let mut head = [0; 36];
        if socket.read_exact(&mut head).is_err() {
            process::exit(0);
        }
        let field = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        let mut rest = vec![0; (field(20) + field(28)) as usize];
        socket.read_exact(&mut rest).unwrap();
        socket.write_all(&reply(field(4))).unwrap();
    }
}

/// Returns the bytes of a reply.
fn reply(number: u64, kind: u64, length: u64, value: &[u8]) -> Vec<u8> {
    let mut bytes = b"roup".to_vec();
    [number, kind, 0, length]
        .iter()
        .for_each(|field| bytes.extend(field.to_le_bytes()));
    bytes.extend(value);
    bytes
}

#[test]
fn babbling_worker() {
    answer_by(|_| vec![b'?'; 100]);
}

#[test]
fn worker_that_replies_to_another_job() {
    answer_by(|number| reply(number + 1, 0, 1, &[4]));
}

#[test]
fn worker_that_announces_too_much() {
    answer_by(|number| reply(number, 0, u64::MAX, &[4]));
}

#[test]
fn worker_that_replies_with_another_type() {
    answer_by(|number| reply(number, 0, 3, &[4, 4, 4]));
}

/// This one is as it should be, but for bytes that come after the reply.
#[test]
fn worker_that_goes_on_talking() {
    answer_by(|number| reply(number, 0, 1, &[4, b'?']));
}

/// The program of a worker that never serves.
#[test]
fn idle_worker() {}

pub(super) fn double(n: u64) -> u64 {
    2 * n
}

pub(super) fn add((a, b): (String, Option<i64>)) -> (String, i64) {
    (a, b.unwrap_or(-1))
}

pub(super) fn length(bytes: Vec<u8>) -> usize {
    bytes.len()
}

pub(super) fn repeat(times: usize) -> Vec<u8> {
    vec![7; times]
}

pub(super) fn not_listed(n: u64) -> u64 {
    n
}

pub(super) fn id((): ()) -> u32 {
    process::id()
}

/// Counts its calls in this process.
pub(super) fn calls((): ()) -> u32 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Reads standard input to its end.
pub(super) fn input((): ()) -> usize {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    text.len()
}

/// Runs this program as a child, with the variable that marks a worker. Its standard input is empty, or
/// one end of a socket pair.
pub(super) fn marked_child(of_a_pair: bool) -> String {
    let (near, far) = UnixStream::pair().unwrap();
    let input = match of_a_pair {
        true => Stdio::from(OwnedFd::from(far)),
        false => Stdio::from(File::open("/dev/null").unwrap()),
    };
    drop(near); // a child that is a worker ends at once
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["processes::worker::worker", "--exact"])
        .stdin(input)
        .output();
    String::from_utf8(child.unwrap().stdout).unwrap()
}

pub(super) fn broken(why: String) {
    panic!("{why}");
}

pub(super) fn exits(code: i32) {
    process::exit(code);
}

/// Ends by a signal of this name.
pub(super) fn dies_by(signal: String) {
    let kill = Command::new("kill")
        .args([format!("-{signal}"), process::id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    loop {
        std::thread::park();
    }
}

/// Announces itself at a socket, and waits until it is told to end.
pub(super) fn held((place, value): (String, u32)) -> u32 {
    let mut meeting = UnixStream::connect(place).unwrap();
    meeting.read_exact(&mut [0]).unwrap();
    value
}

/// Announces itself at a socket, and dies.
pub(super) fn announced_death(place: String) {
    let _meeting = UnixStream::connect(place).unwrap();
    dies_by("KILL".into());
}

/// A value that serde cannot write.
pub(super) struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it has no form"))
    }
}

impl<'de> serde::Deserialize<'de> for Unwritable {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Unwritable)
    }
}

pub(super) fn unwritable((): ()) -> Unwritable {
    Unwritable
}

/// A value whose `Deserialize` panics.
#[derive(Debug)]
pub(super) struct Unreadable;

impl Serialize for Unreadable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> serde::Deserialize<'de> for Unreadable {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("a wrong turn")
    }
}

pub(super) fn unreadable((): ()) -> Unreadable {
    Unreadable
}
