//! The rows about TCP on async-io's sockets.
//!
//! Read next: `kit/src/rows/sockets.rs`.

use std::future::Future;

use bench_kit::System;
use bench_kit::sockets::{Questions, ROOM, Sockets};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use std::net::{TcpListener, TcpStream};

use async_io::Async;

use crate::Smol;

impl Sockets for Smol {
    type Stream = Async<TcpStream>;

    async fn connect() -> (Async<TcpStream>, Async<TcpStream>) {
        let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).expect("a port is free");
        let address = listener.get_ref().local_addr().expect("it listens");
        let client = Async::<TcpStream>::connect(address).await;
        let client = client.expect("it accepts");
        let (server, _) = listener.accept().await.expect("a client is there");
        for end in [&client, &server] {
            end.get_ref().set_nodelay(true).expect("it is connected");
        }
        (client, server)
    }

    fn ask(
        mut stream: Async<TcpStream>,
        questions: Questions,
    ) -> impl Future<Output = Async<TcpStream>> {
        Smol::spawn(async move {
            let mut answer = vec![0; questions.answer];
            for _ in 0..questions.count {
                stream.write_all(questions.bytes).await.expect("it sends");
                stream.read_exact(&mut answer).await.expect("it receives");
                questions.check(&answer);
            }
            stream
        })
    }

    fn echo(mut stream: Async<TcpStream>, bytes: usize) -> impl Future<Output = Async<TcpStream>> {
        Smol::spawn(async move {
            let (mut buffer, mut sent) = (vec![0; ROOM], 0);
            while sent < bytes {
                let count = stream.read(&mut buffer).await.expect("it receives");
                assert!(count > 0, "the client stays");
                stream.write_all(&buffer[..count]).await.expect("it sends");
                sent += count;
            }
            stream
        })
    }
}
