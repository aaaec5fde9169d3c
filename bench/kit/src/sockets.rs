//! The traits of sockets, and the handler of HTTP.
//!
//! Some systems fill a buffer that the caller lends, and others take the buffer and give it back. So
//! a system writes the loops of both ends by itself, as its documentation shows, and spawns them in
//! the cheaper of its forms.
//!
//! Invariants: a question and its answer have the same bytes in every system. A server reads into a
//! buffer that has room for more than a message, and writes the bytes that came. A client waits for its
//! whole answer, and checks it. The handler of HTTP, and hyper's options, are one code for all systems.
//!
//! Read next: `rows/sockets.rs`.

use std::convert::Infallible;
use std::future::Future;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

/// The bytes of a message of the rows about TCP.
pub const MESSAGE: &[u8; 64] = &[7; 64];

/// Number of bytes for which a server of the rows about TCP has room.
pub const ROOM: usize = 4096;

/// The request of the rows about HTTP.
pub const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A response of hyper, as long as each of them is.
pub const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello, world!";

/// The questions of a client.
#[derive(Clone, Copy, Debug)]
pub struct Questions {
    /// The bytes of each question.
    pub bytes: &'static [u8],
    /// Number of bytes of an answer.
    pub answer: usize,
    /// True if the answer is the question.
    pub echoed: bool,
    /// How often the client asks.
    pub count: u64,
}

impl Questions {
    /// Asserts that a whole answer is right.
    #[inline]
    pub fn check(&self, answer: &[u8]) {
        assert!(
            !self.echoed || answer == self.bytes,
            "an echo is its question"
        );
    }
}

/// A system with sockets of TCP.
pub trait Sockets: 'static {
    /// One end of a connection.
    type Stream: 'static;

    /// Returns the two ends of a connection over loopback, which send small messages at once.
    fn connect() -> impl Future<Output = (Self::Stream, Self::Stream)>;

    /// Spawns a client: it sends each question, waits for all bytes of its answer, and checks them.
    /// Returns the end of the task.
    fn ask(
        stream: Self::Stream,
        questions: Questions,
    ) -> impl Future<Output = Self::Stream> + 'static;

    /// Spawns a server that reads into a buffer with [`ROOM`] and sends back the bytes that came, until
    /// it has sent `bytes` of them.
    fn echo(stream: Self::Stream, bytes: usize) -> impl Future<Output = Self::Stream> + 'static;
}

/// A system on which hyper runs.
pub trait Http: Sockets {
    /// Spawns [`serve_http`] over the stream. Returns the end of the task.
    fn serve(stream: Self::Stream) -> impl Future<Output = ()> + 'static;

    /// Listens at a port of loopback, and spawns [`answer_http`] for each connection. Returns the port.
    fn listen() -> impl Future<Output = u16>;
}

/// Answers each request of a connection, until the client ends it between two requests.
pub async fn serve_http<I: Read + Write + Unpin + 'static>(io: I) {
    let served = answer_http(io).await;
    served.expect("the client ends the connection");
}

/// Answers each request of a connection with a short text, until the client ends it.
///
/// # Errors
///
/// If the client ends it in the middle of a request.
pub async fn answer_http<I: Read + Write + Unpin + 'static>(io: I) -> hyper::Result<()> {
    let hello = service_fn(|request: Request<Incoming>| async move {
        assert_eq!(request.uri().path(), "/hello");
        let text = Bytes::from_static(b"Hello, world!");
        Ok::<_, Infallible>(Response::new(Full::new(text)))
    });
    http1::Builder::new().serve_connection(io, hello).await
}
