//! The traits of bytes for a StreamReader.
//!
//! The problem: a program reads the head of a message by lines, and passes the rest to a library that
//! knows the traits of the crate `futures` alone. The bytes that the reader holds already come first.
//!
//! Invariant: a read takes bytes of the reader while it has any, and waits for no others.
//!
//! Read next: `streams/writer.rs`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncRead};

use super::reader::StreamReader;

impl<R: AsyncRead + Unpin> AsyncRead for StreamReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let there = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = there.len().min(buf.len());
        buf[..count].copy_from_slice(&there[..count]);
        self.consume(count);
        Poll::Ready(Ok(count))
    }
}

impl<R: AsyncRead + Unpin> AsyncBufRead for StreamReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.buffer.is_empty() && !this.ended {
            ready!(this.poll_fill(cx))?;
        }
        Poll::Ready(Ok(this.buffer.filled()))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        self.buffer.skip(count);
    }
}
