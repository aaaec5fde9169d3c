//! A connection whose peer must begin in time.
//!
//! The problem: a server tells HTTP/2 from HTTP/1 by the first bytes of a connection, and hyper sets no
//! limit of time to them. A peer that connects and sends nothing, or a part of the first line of
//! HTTP/2, would hold its descriptor for ever.
//!
//! ```text
//!   waits ── bytes that HTTP/2 begins with, but not all ──> waits
//!     │  └── any other byte, or all of them ──> begun: no limit here
//!     └───── the limit is over ───────────────> an error, TimedOut
//! ```
//!
//! Invariant: after the first bytes, reads are passed on, and the sleep is gone.
//!
//! Read next: `web/http/connector.rs`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use groundup_sync::executor::{SleepTicket, sleep_ticket};

/// The bytes with which each connection of HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) struct Prompt<S> {
    stream: S,
    /// Number of bytes of the preface that have come, and the limit of time for the rest. `None` when
    /// the peer has begun.
    waits: Option<(usize, SleepTicket)>,
    /// Set when all bytes of the preface have come. Read by the loop's thread alone.
    is_http2: Arc<AtomicBool>,
}

impl<S> Prompt<S> {
    pub(super) fn new(stream: S, limit: Duration, is_http2: Arc<AtomicBool>) -> Self {
        Prompt {
            stream,
            waits: Some((0, sleep_ticket(limit))),
            is_http2,
        }
    }

    /// Notes bytes that have come.
    fn note(&mut self, bytes: &[u8]) {
        if let Some((came, _)) = &mut self.waits {
            *came += bytes.len();
            let before = *came - bytes.len();
            let is_preface =
                PREFACE[before..].starts_with(&bytes[..bytes.len().min(PREFACE.len() - before)]);
            // The end of the stream is no beginning, and hyper notices it.
            if is_preface && *came >= PREFACE.len() {
                self.is_http2.store(true, Relaxed);
            }
            if !is_preface || *came >= PREFACE.len() {
                self.waits = None;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        match (&polled, &mut this.waits) {
            (_, None) => {}
            (Poll::Ready(Ok(bytes)), Some(_)) => this.note(&buf[..*bytes]),
            (Poll::Ready(Err(_)), Some(_)) => {}
            (Poll::Pending, Some((_, limit))) => {
                if Pin::new(limit).poll(cx).is_ready() {
                    return Poll::Ready(Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "the peer sent no request in time",
                    )));
                }
            }
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
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
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
