//! A connection with or without TLS, as one type.
//!
//! The problem: a URL says by its scheme whether its connection is encrypted, and a pool or a
//! WebSocket has one type for both.
//!
//! Invariant: a value passes each call on, and adds nothing.
//!
//! Read next: `web/http.rs`.

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::sockets::tcp::stream::TcpStream;

/// A connection that was opened for a URL: the type beneath `connect_websocket` and `HyperConnector`.
/// It is `Send + Sync`, as [`TcpStream`] is.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebStream {
    /// The URL was `http` or `ws`.
    Plain(TcpStream),
    /// The URL was `https` or `wss`.
    #[cfg(feature = "tls")]
    Tls(Box<futures_rustls::client::TlsStream<TcpStream>>),
}

/// Calls a method of the stream inside.
macro_rules! inside {
    ($this:ident, $stream:ident => $call:expr) => {
        match $this.get_mut() {
            WebStream::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            #[cfg(feature = "tls")]
            WebStream::Tls($stream) => {
                let $stream = Pin::new(&mut **$stream);
                $call
            }
        }
    };
}

impl WebStream {
    /// Returns the connection of TCP beneath.
    pub fn tcp(&self) -> &TcpStream {
        match self {
            WebStream::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            WebStream::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for WebStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        inside!(self, stream => stream.poll_read(cx, buf))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        inside!(self, stream => stream.poll_read_vectored(cx, bufs))
    }
}

impl AsyncWrite for WebStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        inside!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        inside!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, stream => stream.poll_flush(cx))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, stream => stream.poll_close(cx))
    }
}
