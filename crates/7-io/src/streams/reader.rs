//! asyncio's `StreamReader`: lines and messages out of bytes.
//!
//! The problem: a line comes in three pieces, or three lines in one. The reader keeps what came, and
//! gives a line when it is whole. A peer that never ends its line would fill the memory. So there is
//! a limit, and a line beyond it is an error.
//!
//! ```text
//!   readuntil(b"\n"), with a limit
//!
//!    ┌──> the separator is in the buffer ───── within the limit ──> take it: Ok
//!    │      │ no                          └─── beyond the limit ──> LimitOverrun, kept
//!    │      v
//!    │    more than the limit is known to be in front of it ──────> LimitOverrun, kept
//!    │      │ no
//!    │      v
//!    │    the data has ended ─────────────────────────────────────> Incomplete, taken
//!    │      │ no
//!    └───── fill the buffer
//! ```
//!
//! In asyncio the loop fills a reader, and a task takes bytes out. Here that task also fills. So a
//! reader whose task is busy holds one piece at most, and the system slows the peer down.
//!
//! Invariants:
//! 1. Every byte that came is given once, in order, in a result or in an error, unless `readline`
//!    has dropped a line that is too long.
//! 2. A call searches each byte once, but the last few, in which a separator may have begun.
//! 3. A call that is dropped has taken nothing from the reader.
//!
//! Read next: the facade, `groundup`. Second reading: `streams/buffered.rs`.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::AsyncRead;

use super::buffer::Buffer;
use crate::error::ReadError;
use crate::sockets::awaits::{CallSite, awaited_at};
use crate::sockets::tcp::halves::TcpReadHalf;

/// asyncio's default limit: 64 KiB.
const LIMIT: usize = 64 * 1024;

/// Reads lines and messages: asyncio's `StreamReader`, over any `AsyncRead`.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::StreamReader;
/// use groundup::run_virtual;
///
/// run_virtual(async {
///     let mut reader = StreamReader::new(&b"GET /\r\nlength 5\r\n12345"[..]);
///     assert_eq!(reader.readline().await?, b"GET /\r\n");
///     assert_eq!(reader.readuntil(b"\r\n").await?, b"length 5\r\n");
///     assert_eq!(reader.readexactly(5).await?, b"12345");
///     assert_eq!(reader.readline().await?, b"", "the end of the data");
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// The limit for `readline` and `readuntil` is 64 KiB, unless
/// [`with_limit`](StreamReader::with_limit) sets another limit.
///
/// # Cancel safety
///
/// If a call is dropped or cancelled, no byte is lost: the next call gets the bytes that came.
#[derive(Debug)]
pub struct StreamReader<R = TcpReadHalf> {
    io: R,
    pub(super) buffer: Buffer,
    limit: usize,
    pub(super) ended: bool,
}

impl<R: AsyncRead + Unpin> StreamReader<R> {
    /// Makes a reader with the default limit of 64 KiB.
    pub fn new(io: R) -> Self {
        StreamReader::with_limit(LIMIT, io)
    }

    /// Makes a reader whose lines have at most `limit` bytes, without their separator.
    ///
    /// # Panics
    ///
    /// If the limit is 0.
    #[track_caller]
    pub fn with_limit(limit: usize, io: R) -> Self {
        let mut reader = StreamReader {
            io,
            buffer: Buffer::default(),
            limit,
            ended: false,
        };
        reader.set_limit(limit);
        reader
    }

    /// Sets the limit of the lines to come.
    ///
    /// # Panics
    ///
    /// If the limit is 0.
    #[track_caller]
    pub fn set_limit(&mut self, limit: usize) {
        assert!(
            limit > 0,
            "the limit of a reader cannot be 0: no line would fit; give it at least 1"
        );
        self.limit = limit;
    }

    /// Reads the bytes that are there, at most `most` of them. Waits if there are none. At the end of
    /// the data it returns no bytes.
    ///
    /// # Errors
    ///
    /// An error of the connection.
    #[track_caller]
    pub fn read(&mut self, most: usize) -> impl Future<Output = io::Result<Vec<u8>>> {
        let place = Location::caller();
        async move {
            while most > 0 && self.buffer.is_empty() && !self.ended {
                self.fill(place).await?;
            }
            Ok(self.buffer.take(most.min(self.buffer.len())))
        }
    }

    /// Reads to the end of the data: asyncio's `read(-1)`.
    ///
    /// # Errors
    ///
    /// An error of the connection. The bytes before it are in the reader.
    #[track_caller]
    pub fn read_to_end(&mut self) -> impl Future<Output = io::Result<Vec<u8>>> {
        let place = Location::caller();
        async move {
            while !self.ended {
                self.fill(place).await?;
            }
            Ok(self.buffer.take_all())
        }
    }

    /// Reads a line, with its `\n`. At the end of the data it returns the bytes that are left, without
    /// a `\n`, and then no bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError::LimitOverrun`] if the line is longer than the limit. Then the line is dropped, or
    /// as much of it as has come, and the next call goes on behind it.
    #[doc(alias("read_line", "lines"))]
    #[track_caller]
    pub fn readline(&mut self) -> impl Future<Output = Result<Vec<u8>, ReadError>> {
        self.line(Location::caller())
    }

    async fn line(&mut self, place: CallSite) -> Result<Vec<u8>, ReadError> {
        match self.until(b"\n", place).await {
            Err(ReadError::Incomplete { partial, .. }) => Ok(partial),
            Err(overrun) => {
                if let ReadError::LimitOverrun {
                    consumed, found, ..
                } = &overrun
                {
                    let line = if *found {
                        consumed + 1
                    } else {
                        self.buffer.len()
                    };
                    self.buffer.skip(line);
                }
                Err(overrun)
            }
            line => line,
        }
    }

    /// Reads exactly `count` bytes. The limit does not hold here, so check a number that a peer has
    /// sent before you pass it.
    ///
    /// # Errors
    ///
    /// [`ReadError::Incomplete`] if the data ends before that. It has the bytes that came.
    #[doc(alias = "read_exact")]
    #[track_caller]
    pub fn readexactly(
        &mut self,
        count: usize,
    ) -> impl Future<Output = Result<Vec<u8>, ReadError>> {
        self.exactly(count, Location::caller())
    }

    async fn exactly(&mut self, count: usize, place: CallSite) -> Result<Vec<u8>, ReadError> {
        while self.buffer.len() < count {
            if self.ended {
                return Err(ReadError::Incomplete {
                    partial: self.buffer.take_all(),
                    expected: Some(count),
                });
            }
            self.fill(place).await?;
        }
        Ok(self.buffer.take(count))
    }

    /// Reads until a separator, which is part of the result.
    ///
    /// # Errors
    ///
    /// [`ReadError::LimitOverrun`] if more than the limit lies in front of the separator: the bytes stay
    /// in the reader. [`ReadError::Incomplete`] if the data ends before that.
    ///
    /// # Panics
    ///
    /// If the separator is empty.
    #[doc(alias = "read_until")]
    #[track_caller]
    pub fn readuntil(
        &mut self,
        separator: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, ReadError>> {
        self.until(separator, Location::caller())
    }

    async fn until(&mut self, separator: &[u8], place: CallSite) -> Result<Vec<u8>, ReadError> {
        assert!(
            !separator.is_empty(),
            "a separator cannot be empty: it would be found everywhere; give it at least 1 byte"
        );
        let limit = self.limit;
        let overrun = |consumed, found| ReadError::LimitOverrun {
            consumed,
            limit,
            found,
        };
        // No separator begins in so many bytes at the front of the buffer.
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer.find(searched, separator) {
                if at > limit {
                    return Err(overrun(at, true));
                }
                return Ok(self.buffer.take(at + separator.len()));
            }
            // The beginning of the separator may be there.
            searched = searched.max((self.buffer.len() + 1).saturating_sub(separator.len()));
            if searched > limit {
                return Err(overrun(searched, false));
            }
            if self.ended {
                return Err(ReadError::Incomplete {
                    partial: self.buffer.take_all(),
                    expected: None,
                });
            }
            self.fill(place).await?;
        }
    }

    /// Returns true if the data has ended and no bytes are left.
    pub fn at_eof(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// Returns the object from which the reader takes bytes.
    pub fn get_ref(&self) -> &R {
        &self.io
    }

    /// Waits for bytes, and adds them to the buffer. Notes the end of the data.
    async fn fill(&mut self, place: CallSite) -> io::Result<()> {
        awaited_at(place, poll_fn(|cx| self.poll_fill(cx))).await
    }

    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let room = self.buffer.room();
        let count = ready!(Pin::new(&mut self.io).poll_read(cx, room))?;
        self.buffer.add(count);
        self.ended |= count == 0;
        Poll::Ready(Ok(()))
    }
}
