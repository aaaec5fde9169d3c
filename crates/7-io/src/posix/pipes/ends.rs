//! The two ends of a pipe.
//!
//! The problem: a pipe has no half that can be shut down. Its data ends when the last descriptor of
//! its writing end is closed, and a write fails when the last reader is. So each end is a type of its
//! own, and closing the writer closes its descriptor.
//!
//! Invariants:
//! 1. A read that would block has taken nothing. A write that would block has written nothing.
//! 2. A writer that is closed or dropped has closed its descriptor at once.
//!
//! Read next: `posix/pipes/standard.rs`.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::descriptor::Descriptor;
use crate::reactor::about::About;
use crate::reactor::readiness::{Attempt, Way};
use crate::reactor::waiters::Key;
use crate::reactor::watch::always_ready;
use crate::sockets::socket::{Socket, check_loop};

/// The end of a pipe from which bytes are read: from [`pipe`], [`connect_read_pipe`],
/// [`stdin`](crate::stdin) or a [`Process`](crate::Process).
///
/// It reads through [`AsyncRead`] of the crate `futures`, or by lines through a
/// [`StreamReader`](crate::StreamReader):
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::StreamReader; } pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::net::StreamReader;
/// use groundup::process::pipe;
/// use groundup::run;
/// use futures::AsyncWriteExt;
///
/// run(async {
///     let (mut writer, reader) = pipe()?;
///     writer.write_all(b"one\ntwo\n").await?;
///     drop(writer);
///     let mut lines = StreamReader::new(reader);
///     assert_eq!(lines.readline().await?, b"one\n");
///     assert_eq!(lines.readline().await?, b"two\n");
///     assert_eq!(lines.readline().await?, b"");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct PipeReader {
    socket: Socket<Descriptor>,
}

/// The end of a pipe to which bytes are written: from [`pipe`], [`connect_write_pipe`],
/// [`stdout`](crate::stdout) or a [`Process`](crate::Process).
///
/// It writes through [`AsyncWrite`] of the crate `futures`, or through a
/// [`StreamWriter`](crate::StreamWriter). Its `close` and its drop end the data.
///
/// # Errors
///
/// A write gives `BrokenPipe` if no reader is left.
#[derive(Debug)]
pub struct PipeWriter {
    /// `None` after `close`.
    socket: Option<Socket<Descriptor>>,
}

/// Makes a pipe: Python's `os.pipe`.
///
/// # Errors
///
/// If the process has no descriptors left; `Unsupported` on virtual time.
///
/// # Panics
///
/// Outside a running loop.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use groundup::process::pipe;
/// use groundup::run;
///
/// run(async {
///     let (mut writer, mut reader) = pipe()?;
///     writer.write_all(b"to myself").await?;
///     writer.close().await?;
///     let mut text = String::new();
///     reader.read_to_string(&mut text).await?;
///     assert_eq!(text, "to myself");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(PipeWriter, PipeReader)> {
    check_loop()?;
    let (reader, writer) = io::pipe()?;
    Ok((connect_write_pipe(writer)?, connect_read_pipe(reader)?))
}

/// Takes over a descriptor that is read: asyncio's `connect_read_pipe`. It does not block from then
/// on, and neither does any other descriptor of the same open file.
///
/// Opening a named pipe waits for its other end, so open it with
/// [`to_thread`](groundup_sync::to_thread).
///
/// # Errors
///
/// `PermissionDenied` if the system does not watch it, as a regular file; `Unsupported` on virtual
/// time.
///
/// # Panics
///
/// Outside a running loop.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use futures::AsyncReadExt;
/// use groundup::process::connect_read_pipe;
/// use groundup::run;
///
/// run(async {
///     let (reader, writer) = std::io::pipe()?;
///     let mut reader = connect_read_pipe(reader)?;
///     drop(writer);
///     assert_eq!(reader.read(&mut [0]).await?, 0);
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn connect_read_pipe(descriptor: impl Into<OwnedFd>) -> io::Result<PipeReader> {
    check_loop()?;
    PipeReader::new(Descriptor::own(descriptor.into())?)
}

/// Takes over a descriptor that is written to: asyncio's `connect_write_pipe`. It does not block from
/// then on, and neither does any other descriptor of the same open file.
///
/// # Errors
///
/// As [`connect_read_pipe`].
///
/// # Panics
///
/// Outside a running loop.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use std::io::Read;
///
/// use futures::AsyncWriteExt;
/// use groundup::process::connect_write_pipe;
/// use groundup::run;
///
/// run(async {
///     let (mut reader, writer) = std::io::pipe()?;
///     let mut writer = connect_write_pipe(writer)?;
///     writer.write_all(b"x").await?;
///     let mut byte = [0];
///     reader.read_exact(&mut byte)?;
///     assert_eq!(&byte, b"x");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn connect_write_pipe(descriptor: impl Into<OwnedFd>) -> io::Result<PipeWriter> {
    check_loop()?;
    PipeWriter::new(Descriptor::own(descriptor.into())?)
}

impl PipeReader {
    #[track_caller]
    pub(super) fn new(descriptor: Descriptor) -> io::Result<PipeReader> {
        let socket = Socket::new(descriptor, About::Pipe).map_err(always_ready)?;
        Ok(PipeReader { socket })
    }
}

impl PipeWriter {
    #[track_caller]
    pub(super) fn new(descriptor: Descriptor) -> io::Result<PipeWriter> {
        let socket = Some(Socket::new(descriptor, About::Pipe).map_err(always_ready)?);
        Ok(PipeWriter { socket })
    }
}

/// Reads or writes. A terminal gives a line at a time, so less than all says nothing of the next
/// attempt.
fn poll_bytes(
    socket: &Socket<Descriptor>,
    way: Way,
    cx: &Context<'_>,
    mut pass: impl FnMut(&Descriptor) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    socket.poll_io(way, &mut { Key::Poll }, cx, |io| {
        pass(io).map(Attempt::Full)
    })
}

impl AsyncRead for PipeReader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        poll_bytes(&self.socket, Way::Read, cx, |io| io.read(buf))
    }
}

impl AsyncWrite for PipeWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &self.socket {
            Some(socket) => poll_bytes(socket, Way::Write, cx, |io| io.write(buf)),
            None => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "this end of the pipe was closed: write before the close",
            ))),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        drop(self.socket.take());
        Poll::Ready(Ok(()))
    }
}
