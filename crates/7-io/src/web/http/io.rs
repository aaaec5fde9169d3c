//! Bytes for hyper: its traits over those of `futures`.
//!
//! The problem: hyper has traits of its own, whose buffer for a read may be uninitialized memory.
//!
//! Invariant: a read copies the bytes that came, once, and zeroes nothing.
//!
//! Read next: `web/http/executor.rs`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::web::scratch::with_scratch;

/// Makes a stream of the crate `futures`, such as a [`TcpStream`](crate::TcpStream), readable and
/// writable for hyper.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::net::{TcpListener, TcpStream};
/// use groundup::web::hyper::{Request, client::conn::http1::handshake};
/// use groundup::web::HyperIo;
/// use groundup::{run, spawn};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let stream = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut requests, connection) = handshake(HyperIo::new(stream)).await?;
///     spawn(connection).detach();
///     # drop(listener);
///     let answer = requests.send_request(Request::new(String::new())).await;
///     assert!(answer.is_err(), "the listener does not answer");
///     Ok::<_, Box<dyn std::error::Error>>(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct HyperIo<S> {
    stream: S,
}

impl<S> HyperIo<S> {
    /// Wraps a stream.
    pub fn new(stream: S) -> Self {
        HyperIo { stream }
    }

    /// Returns the stream.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Returns the stream, for example after an upgrade of the connection.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> Read for HyperIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = Pin::new(&mut self.stream);
        with_scratch(buf.remaining(), |scratch| {
            let bytes = ready!(stream.poll_read(cx, scratch))?;
            buf.put_slice(&scratch[..bytes]);
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin> Write for HyperIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }

    /// Sockets of this floor write several slices in one call.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
