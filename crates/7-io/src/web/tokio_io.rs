//! The traits of `tokio::io`, in both directions.
//!
//! The problem: a library that is written for tokio reads from a `tokio::io::AsyncRead`, and a socket of
//! this floor is an `AsyncRead` of the crate `futures`. They differ in the buffer of a read alone:
//! tokio's may be uninitialized memory.
//!
//! ```text
//!   a socket of this floor ──> TokioIo ────> a library for tokio
//!   a stream of tokio ───────> FuturesIo ──> StreamReader, and all that takes `futures`
//! ```
//!
//! Neither needs a runtime of tokio.
//!
//! Invariant: a read zeroes no memory. A buffer whose memory is all initialized is read into
//! directly.
//!
//! Read next: `error.rs`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use tokio::io::{AsyncRead as TokioRead, AsyncWrite as TokioWrite, ReadBuf};

use super::scratch::with_scratch;

/// Makes a stream of the crate `futures`, such as a [`TcpStream`](crate::TcpStream), one of tokio's traits.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::net::{TcpListener, TcpStream};
/// use groundup::run;
/// use groundup::web::TokioIo;
///
/// fn for_tokio(_: impl tokio::io::AsyncRead + tokio::io::AsyncWrite) {}
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     for_tokio(TokioIo::new(TcpStream::connect(listener.local_addr()?).await?));
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct TokioIo<S> {
    stream: S,
}

/// Makes a stream of tokio one of the crate `futures`.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::net::StreamReader;
/// use groundup::run;
/// use groundup::web::FuturesIo;
///
/// let line = run(async {
///     let theirs = FuturesIo::new(&b"one\ntwo\n"[..]); // tokio reads from slices
///     StreamReader::new(theirs).readline().await.unwrap()
/// });
/// assert_eq!(line, b"one\n");
/// ```
#[derive(Debug)]
pub struct FuturesIo<S> {
    stream: S,
}

/// The methods of a wrapper.
macro_rules! wraps {
    ($name:ident) => {
        impl<S> $name<S> {
            /// Wraps a stream.
            pub fn new(stream: S) -> Self {
                $name { stream }
            }

            /// Returns the stream.
            pub fn get_ref(&self) -> &S {
                &self.stream
            }

            /// Returns the stream, for calls that change it.
            pub fn get_mut(&mut self) -> &mut S {
                &mut self.stream
            }

            /// Returns the stream, and drops the wrapper.
            pub fn into_inner(self) -> S {
                self.stream
            }
        }
    };
}

wraps!(TokioIo);
wraps!(FuturesIo);

impl<S: AsyncRead + Unpin> TokioRead for TokioIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = Pin::new(&mut self.stream);
        let initialized = buf.initialized().len() - buf.filled().len();
        if initialized > 0 && initialized == buf.remaining() {
            let bytes = ready!(stream.poll_read(cx, buf.initialize_unfilled()))?;
            buf.advance(bytes);
            return Poll::Ready(Ok(()));
        }
        with_scratch(buf.remaining(), |scratch| {
            let bytes = ready!(stream.poll_read(cx, scratch))?;
            buf.put_slice(&scratch[..bytes]);
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin> TokioWrite for TokioIo<S> {
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

impl<S: TokioRead + Unpin> AsyncRead for FuturesIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(buf);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }
}

impl<S: TokioWrite + Unpin> AsyncWrite for FuturesIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
