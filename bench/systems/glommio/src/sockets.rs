//! The rows about TCP on glommio.
//!
//! Read next: `kit/src/rows/sockets.rs`.

use std::future::Future;

use bench_kit::System;
use bench_kit::sockets::{Questions, ROOM, Sockets};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use glommio::net::{TcpListener, TcpStream};

use crate::Glommio;

impl Sockets for Glommio {
    type Stream = TcpStream;

    async fn connect() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let client = TcpStream::connect(address).await.expect("it accepts");
        let server = listener.accept().await.expect("a client is there");
        for end in [&client, &server] {
            end.set_nodelay(true).expect("it is connected");
        }
        (client, server)
    }

    fn ask(mut stream: TcpStream, questions: Questions) -> impl Future<Output = TcpStream> {
        Glommio::spawn(async move {
            let mut answer = vec![0; questions.answer];
            for _ in 0..questions.count {
                stream.write_all(questions.bytes).await.expect("it sends");
                stream.read_exact(&mut answer).await.expect("it receives");
                questions.check(&answer);
            }
            stream
        })
    }

    fn echo(mut stream: TcpStream, bytes: usize) -> impl Future<Output = TcpStream> {
        Glommio::spawn(async move {
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
