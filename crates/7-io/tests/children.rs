//! Processes that end at random moments, and what they leave.
//!
//! The problem: a child whose status is not taken is a zombie, and a pipe that is not closed is a
//! descriptor. A program that starts a thousand children a day must leave neither. The counts are
//! those of the whole process, so these tests take turns, in a process of their own.
//!
//! Invariants:
//! 1. A test holds the turn while it counts.
//! 2. What is left after a minute is counted in the failure.
//!
//! Read next: `signals.rs`.
#![cfg(target_os = "linux")]

#[path = "shared/patience.rs"]
mod patience;

use std::fs;
use std::future::Future;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::{gather, timeout};
use groundup_io::executor::{EventLoop, ThreadPark, current_loop, spawn};
use groundup_io::task::yield_now;
use groundup_io::{Command, Process, Reactor, UdpSocket, UnixStream};
use patience::{Patience, until_equal};

static TURN: Mutex<()> = Mutex::new(());

/// Waits until no other test runs.
fn take_turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a part of a test in a loop that has a reactor.
fn in_loop<T>(_turn: &MutexGuard<'_, ()>, test: impl Future<Output = T>) -> T {
    let event_loop = EventLoop::new();
    let output = event_loop.run_until_complete(async {
        drop(UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap());
        test.await
    });
    output.unwrap()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Returns the number of the children of this process, zombies included.
fn children() -> usize {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let is_child = |stat: &String| {
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(&own)
    };
    stats.filter(is_child).count()
}

/// Waits until there are as many descriptors as before, and no child. The loop looks meanwhile.
async fn until_left(before: usize) {
    let (mut one, other) = UnixStream::pair().unwrap();
    let waits = spawn(async move { one.read(&mut [0]).await });
    until_equal((0, before + 2), || (children(), descriptors())).await;
    waits.cancel();
    assert!(waits.await.is_err());
    drop(other);
    assert_eq!(descriptors(), before);
}

/// Starts other programs, each of which takes care of the children of before, until there is none.
async fn spawn_until_none_is_left() {
    let patience = Patience::new();
    while children() > 0 {
        patience.check(|| format!("{} children", children()));
        Command::new("true").status().await.unwrap();
    }
}

/// A child that lives until it is told to end, or ends by itself.
fn child(kind: u64) -> Command {
    let mut command = match kind % 4 {
        0 => Command::new("cat"),
        1 => Command::new("true"),
        2 => Command::shell("exec sleep 1000"),
        _ => Command::shell("echo many words; cat; exit 3"),
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Ends a child in one of several ways.
async fn end(mut process: Process, way: u64) {
    match way % 6 {
        0 => {
            process.kill().or_else(has_ended).unwrap();
            process.wait().await.unwrap();
        }
        1 => process.terminate().or_else(has_ended).unwrap(),
        2 => {
            // A deadline in the middle, at any point.
            let _ = timeout(Duration::from_micros(way % 500), process.communicate(b"a")).await;
            process.kill().or_else(has_ended).unwrap();
        }
        3 => {
            let mut input = process.stdin.take().unwrap();
            // Some children do not read it.
            let _ = input.write_all(b"some").await;
            process.kill().or_else(has_ended).unwrap();
            let waiting = spawn(async move { process.wait().await });
            waiting.cancel();
        }
        4 => {
            process.kill().or_else(has_ended).unwrap();
            std::thread::spawn(move || drop(process)).join().unwrap();
        }
        _ => {}
    }
}

/// A child that has ended gets no signal.
fn has_ended(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

#[test]
fn two_hundred_children_that_end_at_random_moments_leave_nothing() {
    let turn = take_turn();
    for by_signal in [false, true] {
        in_loop(&turn, async {
            let before = descriptors();
            let mut number = 1_u64;
            for _ in 0..10 {
                let some = (0..20).map(|_| {
                    number = number
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    let (kind, way, steps) = (number >> 62, number >> 20, number >> 59);
                    async move {
                        let mut command = child(kind);
                        command.kill_on_drop(true);
                        if by_signal {
                            command.by_signal();
                        }
                        let process = command.spawn().unwrap();
                        for _ in 0..steps {
                            yield_now().await;
                        }
                        end(process, way).await;
                    }
                });
                gather(some).await.unwrap();
            }
            until_left(before).await;
        });
    }
}

#[test]
fn a_process_that_is_dropped_goes_on_and_leaves_no_zombie() {
    let turn = take_turn();
    in_loop(&turn, async {
        let before = descriptors();
        let mut command = Command::new("cat");
        let mut cat = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut input, mut output) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        drop(cat);
        input.write_all(b"it lives").await.unwrap();
        let mut room = [0; 8];
        output.read_exact(&mut room).await.unwrap();
        assert_eq!(&room, b"it lives");
        assert_eq!(children(), 1);
        drop((input, output));
        until_left(before).await;
    });
}

#[test]
fn a_process_that_was_dropped_is_watched_by_the_reactor_that_comes_next() {
    let turn = take_turn();
    for by_signal in [false, true] {
        in_loop(&turn, async {
            let before = descriptors();
            let mut command = Command::new("cat");
            if by_signal {
                command.by_signal();
            }
            let mut cat = command.stdin(Stdio::piped()).spawn().unwrap();
            let input = cat.stdin.take().unwrap();
            drop(cat);
            let kept = current_loop().replace_driver(Rc::new(Reactor::new().unwrap()));
            assert_eq!(children(), 1);
            drop(input);
            until_left(before + 3).await; // two reactors
            drop(kept);
        });
    }
}

#[test]
fn a_process_that_was_dropped_is_for_the_next_spawn_if_no_reactor_comes_next() {
    let turn = take_turn();
    in_loop(&turn, async {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let input = cat.stdin.take().unwrap();
        drop(cat);
        drop(current_loop().replace_driver(Rc::new(ThreadPark::new())));
        drop(input);
        spawn_until_none_is_left().await;
    });
}

#[test]
fn a_process_that_outlives_its_loop_is_taken_care_of_by_the_next_spawn() {
    let turn = take_turn();
    let input = in_loop(&turn, async {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        cat.stdin.take()
    });
    in_loop(&turn, async {
        assert_eq!(children(), 1, "the loop is closed, and the process goes on");
        drop(input);
        let before = descriptors();
        spawn_until_none_is_left().await;
        until_left(before).await;
    });
}

#[test]
fn a_process_that_is_dropped_after_its_loop_is_taken_care_of_too() {
    let turn = take_turn();
    let mut cat = in_loop(&turn, async {
        Command::new("cat").stdin(Stdio::piped()).spawn().unwrap()
    });
    in_loop(&turn, async {
        let before = descriptors() - 2; // without the input and the descriptor of the process
        drop(cat.stdin.take());
        drop(cat);
        spawn_until_none_is_left().await;
        until_left(before).await;
    });
}

#[test]
fn a_spawn_without_descriptors_leaves_no_child() {
    let turn = take_turn();
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    in_loop(&turn, async {
        let before = descriptors();
        let limit = getrlimit(Resource::Nofile);
        for left in 0..14 {
            let current = Some(before as u64 + left);
            setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
            let spawned = child(0).kill_on_drop(true).spawn();
            setrlimit(Resource::Nofile, limit).unwrap();
            if let Ok(process) = spawned {
                process.kill().unwrap();
                process.wait().await.unwrap();
            }
        }
        spawn_until_none_is_left().await;
        until_left(before).await;
    });
}
