//! The rows about sockets.
//!
//! ```text
//!   tcp_echo_64, _1     64 bytes to a task at the other end and back; 64 connections, or 1
//!   .._uring            tcp_echo_64 and tcp_echo_1 on a system that works on io_uring
//!   http_hello          a request to hyper and its response, on 64 connections
//!   http_wrk            the same server under the load of `wrk`; the size is the time, in seconds
//! ```
//!
//! Both ends are tasks of one loop, so the cost is that of a client and a server. The connections are
//! made before the meter starts.
//!
//! `http_wrk` is no row of the table, since its rate is that of two processes. `bench/wrk` prints it.
//!
//! Invariants: at each moment every connection has one message on its way. The client of `http_hello`
//! is the same plain loop in every system, and counts the bytes of a response.
//!
//! Read next: `../sockets.rs`.

use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::thread;

use futures_util::future::{FutureExt, LocalBoxFuture};

use crate::sockets::{Http, MESSAGE, Questions, REQUEST, RESPONSE, Sockets};
use crate::{Meter, Sample, Signal, Work};

/// Returns the row if it is one about TCP, for a loop that learns which sockets are ready.
pub fn tcp<S: Sockets>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    let connections = match row {
        "tcp_echo_64" => 64,
        "tcp_echo_1" => 1,
        _ => return None,
    };
    Some(tcp_echo::<S>(work, connections).boxed_local())
}

/// Returns the row if it is one about TCP, for a loop on io_uring, which learns which operations are
/// done. The work is the one of [`tcp`].
pub fn uring<S: Sockets>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    tcp::<S>(row.strip_suffix("_uring")?, work)
}

/// Returns the row if it is one about HTTP.
pub fn http<S: Http>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    match row {
        "http_hello" => Some(http_hello::<S>(work, 64).boxed_local()),
        "http_wrk" => Some(http_wrk::<S>(work.size * work.rounds, 64).boxed_local()),
        _ => None,
    }
}

/// Returns both ends of some connections.
async fn connect<S: Sockets>(connections: u64) -> (Vec<S::Stream>, Vec<S::Stream>) {
    let (mut clients, mut servers) = (Vec::new(), Vec::new());
    for _ in 0..connections {
        let (client, server) = S::connect().await;
        clients.push(client);
        servers.push(server);
    }
    (clients, servers)
}

/// Sends `size` messages in all and receives each back.
async fn tcp_echo<S: Sockets>(work: Work, connections: u64) -> Sample {
    let (mut clients, mut servers) = connect::<S>(connections).await;
    let questions = Questions {
        bytes: MESSAGE,
        answer: MESSAGE.len(),
        echoed: true,
        count: work.size / connections,
    };
    let bytes = MESSAGE.len() * questions.count as usize;
    let sample = work.measure(questions.count * connections, async || {
        let echo = |stream| S::echo(stream, bytes);
        let echoing: Vec<_> = servers.drain(..).map(echo).collect();
        let asking: Vec<_> = clients
            .drain(..)
            .map(|stream| S::ask(stream, questions))
            .collect();
        for client in asking {
            clients.push(client.await);
        }
        for server in echoing {
            servers.push(server.await);
        }
    });
    sample.await
}

/// Sends `size` requests in all.
async fn http_hello<S: Http>(work: Work, connections: u64) -> Sample {
    let (mut clients, servers) = connect::<S>(connections).await;
    let questions = Questions {
        bytes: REQUEST,
        answer: RESPONSE.len(),
        echoed: false,
        count: work.size / connections,
    };
    let serving: Vec<_> = servers.into_iter().map(S::serve).collect();
    let sample = work.measure(questions.count * connections, async || {
        let asking: Vec<_> = clients
            .drain(..)
            .map(|stream| S::ask(stream, questions))
            .collect();
        for client in asking {
            clients.push(client.await);
        }
    });
    let sample = sample.await;
    drop(clients);
    for server in serving {
        server.await;
    }
    sample
}

/// Has `wrk` send requests for some seconds. The operations are the requests, and the time of the
/// processor is that of the server.
async fn http_wrk<S: Http>(seconds: u64, connections: u64) -> Sample {
    let port = S::listen().await;
    let (signal, said) = (Arc::new(Signal::default()), Arc::new(OnceLock::new()));
    let meter = Meter::start();
    let (ends, says) = (signal.clone(), said.clone());
    let wrk = thread::spawn(move || {
        let mut command = Command::new("wrk");
        command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s")]);
        let output = command
            .arg(format!("http://127.0.0.1:{port}/hello"))
            .output();
        says.set(output).expect("it is set once");
        ends.raise(1);
    });
    signal.reached(1).await;
    wrk.join().expect("the thread of wrk ends well");
    let output = said.get().expect("it is set").as_ref();
    let output = output.expect("wrk is there: .ci/peers --install installs it");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !text.contains("Socket errors") && !text.contains("Non-2xx"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = text.lines().find(|line| line.contains(" requests in "));
    let requests = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    meter.stop(requests.expect("wrk prints the number of its requests"))
}
