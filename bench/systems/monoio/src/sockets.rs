//! The rows about TCP on monoio, whose operations own their buffers.
//!
//! Read next: `kit/src/rows/sockets.rs`.

use std::future::Future;

use bench_kit::System;
use bench_kit::sockets::{Questions, ROOM, Sockets};
use monoio::io::{AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};

use crate::Monoio;

impl Sockets for Monoio {
    type Stream = TcpStream;

    async fn connect() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let client = TcpStream::connect(address).await.expect("it accepts");
        let (server, _) = listener.accept().await.expect("a client is there");
        for end in [&client, &server] {
            end.set_nodelay(true).expect("it is connected");
        }
        (client, server)
    }

    fn ask(mut stream: TcpStream, questions: Questions) -> impl Future<Output = TcpStream> {
        Monoio::spawn(async move {
            let mut question = questions.bytes.to_vec();
            let mut answer = vec![0; questions.answer];
            for _ in 0..questions.count {
                let (sent, given) = stream.write_all(question).await;
                sent.expect("it sends");
                question = given;
                let (received, given) = stream.read_exact(answer).await;
                received.expect("it receives");
                questions.check(&given);
                answer = given;
            }
            stream
        })
    }

    fn echo(mut stream: TcpStream, bytes: usize) -> impl Future<Output = TcpStream> {
        Monoio::spawn(async move {
            let (mut buffer, mut done) = (Vec::with_capacity(ROOM), 0);
            while done < bytes {
                buffer.clear();
                let (received, given) = stream.read(buffer).await;
                let count = received.expect("it receives");
                assert!(count > 0 && count == given.len(), "the client stays");
                let (sent, given) = stream.write_all(given).await;
                sent.expect("it sends");
                done += count;
                buffer = given;
            }
            stream
        })
    }
}
