//! The traits of bytes, for sockets that read and write them.
//!
//! The problem: connections of TCP and of Unix read and write in the same way, both as a value and
//! as a shared reference, and their halves do one of it. The traits of the crate `futures` have four
//! and four methods, so this is written once.
//!
//! A write gives the bytes to the system, which sends them. So a flush has nothing to do, and a close
//! ends the data of this way.
//!
//! Invariant: a read or a write that would block has taken nothing, and gives nothing.
//!
//! Read next: `sockets/io.rs`.

/// Implements `AsyncRead` and `AsyncWrite` for `$stream` and `&$stream`, over the socket `$io`.
macro_rules! bytes {
    ($stream:ty, $io:ty) => {
        impl futures_io::AsyncRead for &$stream {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let (room, socket) = (buf.len(), &self.socket);
                socket.poll_read(cx, room, |mut io: &$io| std::io::Read::read(&mut io, buf))
            }

            fn poll_read_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let room = bufs.iter().map(|buf| buf.len()).sum();
                let read = |mut io: &$io| std::io::Read::read_vectored(&mut io, bufs);
                self.socket.poll_read(cx, room, read)
            }
        }

        impl futures_io::AsyncWrite for &$stream {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let write = |mut io: &$io| std::io::Write::write(&mut io, buf);
                self.socket.poll_write(cx, buf.len(), write)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let size = bufs.iter().map(|buf| buf.len()).sum();
                let write = |mut io: &$io| std::io::Write::write_vectored(&mut io, bufs);
                self.socket.poll_write(cx, size, write)
            }

            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn poll_close(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(match self.shutdown(std::net::Shutdown::Write) {
                    // The peer was first.
                    Err(error) if error.kind() == std::io::ErrorKind::NotConnected => Ok(()),
                    closed => closed,
                })
            }
        }

        crate::sockets::bytes::reads!($stream, |this| this);
        crate::sockets::bytes::writes!($stream, |this| this);
    };
}

/// Implements `AsyncRead` for `$half`, which reads from the stream that `$stream` returns.
macro_rules! reads {
    ($half:ty, |$this:ident| $stream:expr) => {
        impl futures_io::AsyncRead for $half {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_read(cx, buf)
            }

            fn poll_read_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_read_vectored(cx, bufs)
            }
        }
    };
}

/// Implements `AsyncWrite` for `$half`, which writes to the stream that `$stream` returns.
macro_rules! writes {
    ($half:ty, |$this:ident| $stream:expr) => {
        impl futures_io::AsyncWrite for $half {
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_write_vectored(cx, bufs)
            }

            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_flush(cx)
            }

            fn poll_close(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let $this = &*self;
                std::pin::Pin::new(&mut { $stream }).poll_close(cx)
            }
        }
    };
}

pub(crate) use {bytes, reads, writes};
