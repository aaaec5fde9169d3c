//! The line at which a program awaits a socket, in reports.
//!
//! | wait | line |
//! |---|---|
//! | `accept`, `connect`, `recv_from` and all other futures of this floor | that of the call |
//! | the same under a limit | that of the call |
//! | `read` and `write_all` of the crate futures | none, also if a line was known before |
//! | a reader of the user's, which waits for a lock | that of the lock, which is nearer |
//! | a socket in a loop that is not watched | none |
//!
//! Read next: `props.rs`.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::process::Stdio;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::AsyncReadExt;
use futures::future::LocalBoxFuture;
use futures::io::AsyncRead;
use groundup_io::combinators::timeout;
use groundup_io::executor::{EventLoop, RunError, current_loop, spawn_named};
use groundup_io::sync::Lock;
use groundup_io::task::yield_now;
use groundup_io::trace::Recorder;
use groundup_io::{
    Command, Network, StreamReader, StreamWriter, TcpListener, TcpStream, UdpSocket, UnixDatagram,
    UnixListener, UnixStream, open_connection, start_server,
};

use crate::setup::LOCAL;

type Wait = LocalBoxFuture<'static, ()>;

/// Returns the text of a line of this file.
fn text_of(line: usize) -> String {
    let text = include_str!("places.rs").lines().nth(line - 1);
    text.expect("a line").trim().to_string()
}

/// Waits on a network in memory until all hangs. Returns the line at which a report says it waits.
fn line_in_memory(wait: Wait, watched: bool) -> Option<String> {
    let mut builder = EventLoop::builder().virtual_time().debug(false);
    if watched {
        builder = builder.trace(Recorder::new());
    }
    let hangs = builder
        .build()
        .run_until_complete(async { spawn_named("waits", wait).await.unwrap() });
    let Err(RunError::Deadlock(deadlock)) = hangs else {
        panic!("{hangs:?}");
    };
    let stuck = deadlock.stuck.iter().find(|stuck| &*stuck.task == "waits");
    let stuck = stuck.expect("it is reported");
    let place: &Location<'_> = stuck.awaited?;
    let named = stuck.to_string().contains(&format!("awaited at {place}"));
    assert!(named && place.file() == file!(), "{stuck}");
    Some(text_of(place.line() as usize))
}

/// Waits with sockets of the system. Returns the line at which an explanation says that it waits.
fn line_on_system(wait: Wait) -> Option<String> {
    let event_loop = EventLoop::builder().debug(true).build();
    let explained = event_loop.run_until_complete(async {
        let waits = spawn_named("waits", wait);
        loop {
            yield_now().await;
            let text = current_loop().explain(waits.as_task_ref());
            if text.contains("waits for") {
                waits.cancel();
                _ = waits.await;
                return text;
            }
        }
    });
    let text = explained.unwrap();
    let (_, place) = text.split_once("awaited at ")?;
    let place = place.strip_prefix(concat!(file!(), ":"));
    let place = place.unwrap_or_else(|| panic!("{text}"));
    let line = place.split(':').next().expect("a number");
    Some(text_of(line.parse().expect("a number")))
}

/// Asserts that the report finds the line which ends in the comment.
macro_rules! found {
    ($line_of:expr; $($comment:literal: $wait:block)+) => {
        $(
            let wait: Wait = Box::pin(async { _ = $wait; });
            let line = $line_of(wait).expect($comment);
            assert!(line.ends_with(concat!("// ", $comment)), "{line}");
        )+
    };
}

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().unwrap()
}

#[test]
fn the_place_of_each_future_of_a_socket_is_told() {
    found! { |wait| line_in_memory(wait, true);
        "accepts": {
            let _network = Network::new();
            let listener = TcpListener::bind(LOCAL).unwrap();
            listener.accept().await // accepts
        }
        "accepts at another line": {
            let _network = Network::new();
            let listener = TcpListener::bind(LOCAL).unwrap();
            _ = timeout(Duration::from_millis(1), listener.accept()).await;
            listener.accept().await // accepts at another line
        }
        "accepts from a path": {
            let _network = Network::new();
            let listener = UnixListener::bind("/run/socket").unwrap();
            listener.accept().await // accepts from a path
        }
        "connects": {
            let network = Network::builder().latency(Duration::MAX).build();
            let server = network.host("server");
            let listens = async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() };
            let _listener = server.run(listens).await;
            TcpStream::connect(([10, 0, 0, 2], 80)).await // connects
        }
        "opens a connection": {
            let network = Network::builder().latency(Duration::MAX).build();
            let server = network.host("server");
            let listens = async { TcpListener::bind(([0, 0, 0, 0], 80)).unwrap() };
            let _listener = server.run(listens).await;
            open_connection("server", 80).await // opens a connection
        }
        "receives": {
            let _network = Network::new();
            let socket = UdpSocket::bind(LOCAL).unwrap();
            socket.recv(&mut [0]).await // receives
        }
        "receives from": {
            let _network = Network::new();
            let socket = UdpSocket::bind(LOCAL).unwrap();
            socket.recv_from(&mut [0]).await // receives from
        }
        "waits for the close of a server": {
            let _network = Network::new();
            let server = start_server("127.0.0.1", 80, |_, _| async { Ok(()) });
            let server = server.await.unwrap();
            server.wait_closed().await // waits for the close of a server
        }
    }
    found! { line_on_system;
        "accepts from the system": {
            let listener = TcpListener::bind(LOCAL).unwrap();
            listener.accept().await // accepts from the system
        }
        "sends until there is no room": {
            let (one, _other) = UnixDatagram::pair().unwrap();
            while one.send(&[0; 1000]).await.is_ok() {} // sends until there is no room
        }
        "receives a datagram": {
            let (one, _other) = UnixDatagram::pair().unwrap();
            one.recv(&mut [0]).await // receives a datagram
        }
    }
}

#[test]
fn the_place_of_each_future_of_a_stream_is_told() {
    found! { |wait| line_in_memory(wait, true);
        "reads": {
            let (_network, (one, _other)) = (Network::new(), pair());
            StreamReader::new(one).read(9).await // reads
        }
        "reads to the end": {
            let (_network, (one, _other)) = (Network::new(), pair());
            StreamReader::new(one).read_to_end().await // reads to the end
        }
        "reads a line": {
            let (_network, (one, _other)) = (Network::new(), pair());
            StreamReader::new(one).readline().await // reads a line
        }
        "reads a line under a limit": {
            let (_network, (one, _other)) = (Network::new(), pair());
            let mut reader = StreamReader::new(one);
            timeout(Duration::MAX, reader.readline()).await // reads a line under a limit
        }
        "reads exactly": {
            let (_network, (one, _other)) = (Network::new(), pair());
            StreamReader::new(one).readexactly(9).await // reads exactly
        }
        "reads until": {
            let (_network, (one, _other)) = (Network::new(), pair());
            StreamReader::new(one).readuntil(b"x").await // reads until
        }
        "reads a second line": {
            let (_network, (one, other)) = (Network::new(), pair());
            let mut writer = StreamWriter::new(other);
            writer.write(b"the first one\n");
            let mut reader = StreamReader::new(one);
            reader.readline().await.unwrap();
            reader.readline().await // reads a second line
        }
        "drains": {
            let (_network, (one, _other)) = (Network::builder().window(9).build(), pair());
            let mut writer = StreamWriter::new(one);
            writer.write(&[0; 100_000]);
            writer.drain().await // drains
        }
        "waits for the end of a writer": {
            let (_network, (one, _other)) = (Network::builder().window(9).build(), pair());
            let mut writer = StreamWriter::new(one);
            writer.write(&[0; 100_000]);
            writer.close();
            writer.wait_closed().await // waits for the end of a writer
        }
    }
}

#[test]
fn the_place_of_each_future_of_a_process_is_told() {
    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("1000").kill_on_drop(true);
        command
    }
    found! { line_on_system;
        "waits for a process": {
            sleeper().spawn().unwrap().wait().await // waits for a process
        }
        "waits for the status of a process": {
            sleeper().status().await // waits for the status of a process
        }
        "waits for the output of a process": {
            sleeper().stderr(Stdio::null()).output().await // waits for the output of a process
        }
        "communicates": {
            let mut process = sleeper().stdout(Stdio::piped()).spawn().unwrap();
            process.communicate(b"").await // communicates
        }
    }
}

/// Reads after a first task was woken, through a trait of the crate futures.
async fn reads_by_the_trait(stream: &mut UnixStream) {
    drop(stream.read(&mut [0]).await);
}

#[test]
fn a_read_of_another_crate_has_no_place_and_forgets_an_earlier_one() {
    let in_memory = |wait| line_in_memory(wait, true);
    let line = in_memory(Box::pin(async {
        let (_network, (mut one, _other)) = (Network::new(), pair());
        reads_by_the_trait(&mut one).await;
    }));
    assert_eq!(line, None);
    let line = in_memory(Box::pin(async {
        let (_network, (mut one, _other)) = (Network::new(), pair());
        let mut reader = StreamReader::new(&one);
        _ = timeout(Duration::from_millis(1), reader.readline()).await;
        reads_by_the_trait(&mut one).await;
    }));
    assert_eq!(line, None);
}

/// A reader of the user's, which takes a lock for each read.
struct Locked(Rc<Lock<()>>);

impl AsyncRead for Locked {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut guard = Box::pin(self.0.acquire()); // nearer
        assert!(guard.as_mut().poll(cx).is_pending());
        std::mem::forget(guard); // a wait that goes on
        Poll::Pending
    }
}

#[test]
fn the_place_in_a_reader_of_the_users_is_nearer() {
    found! { |wait| line_in_memory(wait, true);
        "nearer": {
            let lock = Rc::new(Lock::new());
            let _guard = lock.acquire().await;
            StreamReader::new(Locked(lock.clone())).readline().await
        }
    }
}

#[test]
fn a_loop_that_is_not_watched_knows_no_place_of_a_socket() {
    let wait = Box::pin(async {
        let (_network, (one, _other)) = (Network::new(), pair());
        drop(StreamReader::new(one).readline().await);
    });
    assert_eq!(line_in_memory(wait, false), None);
}

#[test]
fn a_future_that_another_executor_polls_has_no_place() {
    let wait = Box::pin(async {
        let _network = Network::new();
        let listener = TcpListener::bind(LOCAL).unwrap();
        let mut accepts = Box::pin(listener.accept());
        let waker = futures::task::noop_waker();
        poll_fn(|_| {
            let polled = accepts.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            Poll::<()>::Pending
        })
        .await;
    });
    assert_eq!(line_in_memory(wait, true), None);
}
