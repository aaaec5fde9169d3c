//! The rows about sockets on groundup.
//!
//! The first socket of a loop installs the reactor, so no row asks for it.
//!
//! Read next: `kit/src/rows/sockets.rs`.

use std::future::Future;

use bench_kit::System;
use bench_kit::sockets::{Http, Questions, ROOM, Sockets, answer_http, serve_http};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{TcpListener, TcpStream};
use groundup::web::HyperIo;

use crate::Ours;

const HERE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

impl Sockets for Ours {
    type Stream = TcpStream;

    async fn connect() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(HERE).expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let client = TcpStream::connect(address).await.expect("it accepts");
        let (server, _) = listener.accept().await.expect("a client is there");
        for end in [&client, &server] {
            end.set_nodelay(true).expect("it is connected");
        }
        (client, server)
    }

    fn ask(mut stream: TcpStream, questions: Questions) -> impl Future<Output = TcpStream> {
        Ours::spawn(async move {
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
        Ours::spawn(async move {
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

impl Http for Ours {
    fn serve(stream: TcpStream) -> impl Future<Output = ()> {
        Ours::spawn(serve_http(HyperIo::new(stream)))
    }

    async fn listen() -> u16 {
        let listener = TcpListener::bind(HERE).expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        Ours::detach(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("it is connected");
                Ours::detach(async { drop(answer_http(HyperIo::new(stream)).await) });
            }
        });
        address.port()
    }
}
