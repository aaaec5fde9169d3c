//! The rows about sockets.
//!
//! ```text
//!   tcp_echo_64, _1     64 bytes to a task at the other end and back; 64 connections, or 1
//!   http_hello          a request to hyper and its response, on 64 connections
//! ```
//!
//! Both ends are tasks of one loop, so the cost is that of a client and a server. The connections are
//! made before the meter starts.
//!
//! Invariants: at each moment every connection has one message on its way. The client of `http_hello`
//! is the same plain loop in every system, and counts the bytes of a response.
//!
//! Read next: `../sockets.rs`.

use futures_util::future::{FutureExt, LocalBoxFuture};

use crate::sockets::{Http, MESSAGE, Questions, REQUEST, RESPONSE, Sockets};
use crate::{Sample, Work};

/// Returns the row if it is one about TCP.
pub fn tcp<S: Sockets>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    let connections = match row {
        "tcp_echo_64" => 64,
        "tcp_echo_1" => 1,
        _ => return None,
    };
    Some(tcp_echo::<S>(work, connections).boxed_local())
}

/// Returns the row if it is the one about HTTP.
pub fn http<S: Http>(row: &str, work: Work) -> Option<LocalBoxFuture<'static, Sample>> {
    (row == "http_hello").then(|| http_hello::<S>(work, 64).boxed_local())
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
        count: work.size / connections,
    };
    let sample = work.measure(questions.count * connections, async || {
        let echo = |stream| S::echo(stream, questions.count);
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
