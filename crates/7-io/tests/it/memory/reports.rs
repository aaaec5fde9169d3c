//! What reports and traces say of sockets in memory.
//!
//! The problem: two programs that talk hang as two tasks with two locks do: each waits for the other to
//! speak first. A report names the connections, where the program got them, and the circle. A trace names
//! the socket that has woken a task.
//!
//! Read next: `props.rs`.

use std::future::Future;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::executor::{EventLoop, RunError, sleep, spawn_named};
use groundup_io::task::Deadlock;
use groundup_io::trace::{Cause, Event, Recorder, Seeded, Verb, Wait};
use groundup_io::*;

fn deadlock(main: impl Future<Output = ()>) -> Deadlock {
    let event_loop = EventLoop::builder().virtual_time().debug(false).build();
    match event_loop.run_until_complete(main) {
        Err(RunError::Deadlock(deadlock)) => deadlock,
        other => panic!("{other:?}"),
    }
}

/// Replaces the places in this file by `here`.
fn without_places(text: &str) -> String {
    let mut parts = text.split(concat!(file!(), ":"));
    let mut told = parts.next().unwrap_or_default().to_string();
    for part in parts {
        told += "here";
        told += part.trim_start_matches(|at: char| at == ':' || at.is_ascii_digit());
    }
    told
}

#[test]
fn two_tasks_that_each_wait_for_the_other_to_speak_are_a_circle() {
    let deadlock = deadlock(async {
        let network = Network::new();
        let server = network.host("server");
        let listener = server.run(async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() });
        let listener = listener.await;
        let serve = async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap(); // expects the client to begin
        };
        let serve = spawn_named("server", serve);
        let ask = async {
            let mut stream = TcpStream::connect(([10, 0, 0, 2], 80)).await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap(); // expects the server to begin
        };
        spawn_named("client", ask).await.unwrap();
        serve.await.unwrap();
    });
    assert_eq!(
        without_places(&deadlock.tasks()),
        "  server (spawned at here) waits for data from localhost (10.0.0.1:49152) (accepted at here); \
         client was the last to use its other end\n  \
         client (spawned at here) waits for data from server (10.0.0.2:80) (connected at here); server \
         was the last to use its other end\n  \
         Task-1 (the main future) waits for task client\n  \
         a circle: server -> client -> server"
    );
}

#[test]
fn a_task_that_has_ended_with_its_end_open_is_told() {
    let deadlock = deadlock(async {
        let _network = Network::new();
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let writer = async move {
            other.write_all(b"x").await.unwrap();
            std::mem::forget(other);
        };
        spawn_named("writer", writer).await.unwrap();
        one.read_exact(&mut [0; 2]).await.unwrap();
    });
    assert_eq!(
        without_places(&deadlock.tasks()),
        "  Task-1 (the main future) waits for data from a Unix socket (made at here); a task that has \
         ended was the last to use its other end"
    );
}

#[test]
fn a_latency_without_end_is_a_deadlock_that_names_the_socket() {
    let far = async {
        let network = Network::builder().latency(Duration::MAX).build();
        let server = network.host("server");
        let _listener = server
            .run(async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() })
            .await;
        drop(TcpStream::connect(([10, 0, 0, 2], 80)).await);
    };
    let text = deadlock(far).to_string();
    assert_eq!(
        without_places(&text),
        "deadlock: nothing is ready, no timer is armed, and nobody outside can call the loop\n  \
         Task-1 (the main future) waits for a connection to server (10.0.0.2:80) (begun at here)\n\
         Set, wake or cancel what one of them waits for, and it goes on."
    );
}

#[test]
fn a_write_that_waits_for_room_after_the_connect_says_where_it_was_connected() {
    let deadlock = deadlock(async {
        let latency = Duration::from_millis(10);
        let network = Network::builder().latency(latency).build();
        let server = network.host("server");
        let listener = server
            .run(async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() })
            .await;
        let silent = async {
            let (_stream, _) = listener.accept().await.unwrap();
            std::future::pending::<()>().await;
        };
        let talks = async {
            let mut stream = TcpStream::connect(([10, 0, 0, 2], 80)).await.unwrap();
            stream.write_all(&vec![0; 10_000_000]).await.unwrap();
        };
        futures::join!(silent, talks);
    });
    assert_eq!(
        without_places(&deadlock.tasks()),
        "  Task-1 (the main future) waits for room to send to server (10.0.0.2:80) (connected at here)"
    );
}

/// A client and a server that talk for a while.
async fn talk() {
    let network = Network::builder()
        .latency(Duration::from_millis(10))
        .build();
    let server = network.host("server");
    let listener = server
        .run(async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() })
        .await;
    let serve = async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut line = [0; 4];
        while stream.read_exact(&mut line).await.is_ok() {
            sleep(Duration::from_millis(3)).await;
            stream.write_all(&line).await.unwrap();
        }
    };
    let serve = spawn_named("server", serve);
    let mut stream = TcpStream::connect(([10, 0, 0, 2], 80)).await.unwrap();
    for _ in 0..5 {
        stream.write_all(b"ping").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
    }
    drop(stream);
    serve.await.unwrap();
}

/// Asserts that a task which waits for a socket is woken by this socket, and returns the number of wakes.
pub(crate) fn wakes_by_sockets(events: &[Event]) -> usize {
    let (mut waits, mut count) = (std::collections::HashMap::new(), 0);
    for event in events {
        let Some(task) = &event.task else { continue };
        match &event.verb {
            Verb::Yield { on } => drop(waits.insert(task.number, on.clone())),
            Verb::Wake { by } => {
                if let Some(Wait::Io(what)) = waits.get(&task.number) {
                    assert_eq!(*by, Cause::Io(what.clone()), "{event}");
                    count += 1;
                }
            }
            _ => {}
        }
    }
    count
}

#[test]
fn a_trace_names_the_socket_that_has_woken_a_task() {
    for seed in 0..20 {
        let recorder = Recorder::new();
        let builder = EventLoop::builder().virtual_time().trace(recorder.clone());
        let event_loop = builder.chooser(Seeded::new(seed)).build();
        event_loop.run_until_complete(talk()).unwrap();
        let wakes = wakes_by_sockets(&recorder.events());
        assert!(wakes >= 10, "{wakes} wakes");
    }
}
