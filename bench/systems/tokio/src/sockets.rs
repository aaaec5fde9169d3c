//! The rows about sockets on tokio: current_thread, I/O driver.
//!
//! Invariant: the tasks are `Send` and spawned by `tokio::spawn`, as a program with tokio spawns them.
//!
//! Read next: `kit/src/rows/sockets.rs`.

use std::future::Future;

use bench_kit::sockets::{Http, Questions, ROOM, Sockets, answer_http, serve_http};
use bench_kit::{Sample, Work, has_open, rows, woken_by_a_thread};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};

use crate::{Joined, Tokio};

/// Runs the row if it is one about sockets.
pub(crate) fn serve(row: &str, work: Work) -> Option<Sample> {
    let main = rows::sockets::tcp::<Tokio>(row, work)
        .or_else(|| rows::sockets::http::<Tokio>(row, work))?;
    Some(run(main))
}

/// Runs a future on a runtime with its I/O driver.
fn run<F: Future>(main: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("tokio's runtime starts").block_on(main)
}

/// Asserts that the runtime has its I/O driver.
pub(crate) fn check() {
    run(async {
        let flavor = Handle::current().runtime_flavor();
        assert_eq!(flavor, RuntimeFlavor::CurrentThread);
        assert!(has_open("eventpoll"), "there is an I/O driver");
        Tokio::connect().await;
        Joined(tokio::spawn(woken_by_a_thread())).await;
    });
}

impl Sockets for Tokio {
    type Stream = TcpStream;

    async fn connect() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let client = TcpStream::connect(address).await.expect("it accepts");
        let (server, _) = listener.accept().await.expect("a client is there");
        for end in [&client, &server] {
            end.set_nodelay(true).expect("it is connected");
        }
        (client, server)
    }

    fn ask(mut stream: TcpStream, questions: Questions) -> impl Future<Output = TcpStream> {
        Joined(tokio::spawn(async move {
            let mut answer = vec![0; questions.answer];
            for _ in 0..questions.count {
                stream.write_all(questions.bytes).await.expect("it sends");
                stream.read_exact(&mut answer).await.expect("it receives");
                questions.check(&answer);
            }
            stream
        }))
    }

    fn echo(mut stream: TcpStream, bytes: usize) -> impl Future<Output = TcpStream> {
        Joined(tokio::spawn(async move {
            let (mut buffer, mut sent) = (vec![0; ROOM], 0);
            while sent < bytes {
                let count = stream.read(&mut buffer).await.expect("it receives");
                assert!(count > 0, "the client stays");
                stream.write_all(&buffer[..count]).await.expect("it sends");
                sent += count;
            }
            stream
        }))
    }
}

impl Http for Tokio {
    fn serve(stream: TcpStream) -> impl Future<Output = ()> {
        Joined(tokio::spawn(serve_http(TokioIo::new(stream))))
    }

    async fn listen() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("it is connected");
                tokio::spawn(async { drop(answer_http(TokioIo::new(stream)).await) });
            }
        });
        address.port()
    }
}
