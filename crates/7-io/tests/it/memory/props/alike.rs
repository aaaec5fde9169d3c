//! Random scripts on the system and in memory.
//!
//! The problem: what a program meets after a reset, or when one way of a connection has ended, is
//! spread over many pages of many books. The system on which this test runs is the judge.
//!
//! Invariant: the system needs no time for what the scripts do: it delivers on loopback within the
//! call.
//!
//! Read next: `memory/props/model.rs`.

use std::future::Future;
use std::net::Shutdown;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::task::yield_now;
use groundup_io::{TcpListener, TcpStream, UnixStream};
use proptest::prelude::*;

use crate::setup::*;

#[derive(Clone, Debug)]
enum Op {
    Write(usize),
    Read(usize),
    Shutdown(u8),
    /// Closes the end.
    Drop,
    /// Makes the close a reset.
    Linger,
}

fn op() -> impl Strategy<Value = (bool, Op)> {
    let op = prop_oneof![
        6 => (0..40_usize).prop_map(Op::Write),
        6 => (0..60_usize).prop_map(Op::Read),
        2 => (0..3_u8).prop_map(Op::Shutdown),
        1 => Just(Op::Drop),
        1 => Just(Op::Linger),
    ];
    (any::<bool>(), op)
}

/// Polls a future until it is ready, while a busy loop looks twice at its sockets.
async fn soon<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..150 {
        if let Poll::Ready(output) = futures::poll!(future.as_mut()) {
            return Some(output);
        }
        yield_now().await;
    }
    None
}

trait Stream: Sized {
    async fn read_some(&self, room: &mut [u8]) -> std::io::Result<usize>;
    async fn write_some(&self, bytes: &[u8]) -> std::io::Result<usize>;
    fn end(&self, how: Shutdown) -> std::io::Result<()>;
    fn linger(&self);
    fn has_peer(&self) -> bool;
}

impl Stream for TcpStream {
    async fn read_some(&self, room: &mut [u8]) -> std::io::Result<usize> {
        { self }.read(room).await
    }
    async fn write_some(&self, bytes: &[u8]) -> std::io::Result<usize> {
        { self }.write(bytes).await
    }
    fn end(&self, how: Shutdown) -> std::io::Result<()> {
        self.shutdown(how)
    }
    fn linger(&self) {
        drop(self.set_linger(Some(Duration::ZERO)));
    }
    fn has_peer(&self) -> bool {
        self.peer_addr().is_ok()
    }
}

impl Stream for UnixStream {
    async fn read_some(&self, room: &mut [u8]) -> std::io::Result<usize> {
        { self }.read(room).await
    }
    async fn write_some(&self, bytes: &[u8]) -> std::io::Result<usize> {
        { self }.write(bytes).await
    }
    fn end(&self, how: Shutdown) -> std::io::Result<()> {
        self.shutdown(how)
    }
    fn linger(&self) {}
    fn has_peer(&self) -> bool {
        true
    }
}

/// Runs a script on the two ends of a connection, and returns what each operation has seen.
async fn seen<S: Stream>(ends: (S, S), script: &[(bool, Op)]) -> Vec<String> {
    let mut ends = [Some(ends.0), Some(ends.1)];
    let mut seen = Vec::new();
    let mut next = 0_u8;
    for (at, op) in script {
        let place = &mut ends[usize::from(*at)];
        let Some(end) = place else { continue };
        let result = match op {
            Op::Write(count) => {
                let bytes: Vec<u8> = (0..*count).map(|n| next.wrapping_add(n as u8)).collect();
                let written = soon(end.write_some(&bytes)).await;
                next = next.wrapping_add(*count as u8);
                format!(
                    "{:?}",
                    written.map(|count| count.map_err(|error| error.kind()))
                )
            }
            Op::Read(count) => {
                let mut room = vec![0; *count];
                let read = soon(end.read_some(&mut room)).await;
                let read = read.map(|read| read.map(|count| room[..count].to_vec()));
                format!(
                    "{:?}",
                    read.map(|bytes| bytes.map_err(|error| error.kind()))
                )
            }
            Op::Shutdown(how) => {
                let how = [Shutdown::Read, Shutdown::Write, Shutdown::Both][usize::from(*how)];
                format!("{:?}", end.end(how).map_err(|error| error.kind()))
            }
            Op::Linger => {
                end.linger();
                String::new()
            }
            Op::Drop => {
                *place = None;
                String::new()
            }
        };
        let peers: Vec<bool> = ends.iter().flatten().map(Stream::has_peer).collect();
        seen.push(format!("{at} {op:?}: {result} {peers:?}"));
    }
    seen
}

async fn accepted() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let client = client.await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    // Otherwise the system holds small writes back, for up to 40 ms.
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    (client, server)
}

proptest! {
    /// Both ends of a TCP connection see in memory what they see on the system, whatever is written,
    /// read, ended, closed and reset.
    #[test]
    fn a_connection_is_alike_on_both_systems(script in prop::collection::vec(op(), 0..25)) {
        on_both_systems(async || seen(accepted().await, &script).await);
    }

    /// Both ends of a Unix connection see in memory what they see on the system.
    #[test]
    fn a_unix_connection_is_alike_on_both_systems(script in prop::collection::vec(op(), 0..25)) {
        on_both_systems(async || seen(UnixStream::pair().unwrap(), &script).await);
    }
}

#[test]
fn a_listener_that_closes_resets_the_connections_that_it_has_not_accepted() {
    on_both_systems(async || {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(b"nobody reads this").await.unwrap();
        drop(listener);
        client.read(&mut [0]).await.map_err(|error| error.kind())
    });
}

#[test]
fn a_connection_that_ends_before_it_is_accepted_has_its_data_and_the_end() {
    on_both_systems(async || {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(b"a short visit").await.unwrap();
        drop(client);
        let (mut server, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        server.read_to_string(&mut text).await.unwrap();
        text
    });
}

#[test]
fn a_writer_waits_when_its_peer_does_not_read() {
    on_both_systems(async || {
        let (client, server) = accepted().await;
        let mut written = 0;
        while let Some(count) = soon(client.write_some(&[7; 10_000])).await {
            written += count.unwrap();
        }
        // The numbers differ: a system has more room than a window.
        let mut read = 0;
        while read < written {
            read += server.read_some(&mut [0; 65_536]).await.unwrap();
        }
        let goes_on = soon(client.write_some(&[7; 10])).await.unwrap();
        (read == written, goes_on.unwrap())
    });
}
