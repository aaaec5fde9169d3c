//! asyncio's `StreamWriter`: writes now, and waits only if it must.
//!
//! The problem: a program that writes faster than its peer reads fills its own memory. A wait after
//! each write would avoid that, and would also wait when there is no need. So `write` never waits,
//! and `drain` waits only above a mark, until the bytes have sunk below another one.
//!
//! ```text
//!   bytes that wait
//!     64 KiB ── high ───────/\──────────    above it: drain waits ..
//!                          /  \
//!     16 KiB ── low ──────/────\────────    .. until here
//!                        /      \
//! ```
//!
//! Invariants:
//! 1. `write` sends its bytes in the next iteration at the latest, if the socket has room.
//! 2. `drain` suspends only while more than the high mark waits, or has waited and the low mark is not
//!    reached yet.
//! 3. A writer that is dropped sends its bytes and is closed, like one whose `close` was called.
//!
//! Read next: `streams/buffer.rs`.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::rc::Rc;

use futures_io::AsyncWrite;

use super::outgoing::Outgoing;
use crate::sockets::tcp::halves::TcpWriteHalf;

/// Writes bytes: asyncio's `StreamWriter`, over any `AsyncWrite`.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use futures::io::Cursor;
/// use groundup::net::StreamWriter;
/// use groundup::run_virtual;
///
/// run_virtual(async {
///     let mut writer = StreamWriter::new(Cursor::new(Vec::new()));
///     writer.write(b"hello ");
///     writer.write(b"world");
///     writer.drain().await?;
///     assert_eq!(writer.waiting_bytes(), 0);
///     writer.close();
///     writer.wait_closed().await
/// })
/// # .unwrap();
/// ```
///
/// If the connection fails, later bytes are dropped, and `drain` and `wait_closed` return the error.
pub struct StreamWriter<W: AsyncWrite + Unpin + 'static = TcpWriteHalf> {
    outgoing: Rc<Outgoing<W>>,
}

impl<W: AsyncWrite + Unpin + 'static> StreamWriter<W> {
    /// Makes a writer.
    #[track_caller]
    pub fn new(io: W) -> Self {
        let outgoing = Rc::new(Outgoing::new(io));
        StreamWriter { outgoing }
    }

    /// Takes bytes and sends them in the background. Never waits: call [`drain`](StreamWriter::drain)
    /// after it, so that a slow peer slows the program down and does not fill its memory.
    ///
    /// # Panics
    ///
    /// If the writer was closed.
    #[doc(alias = "write_all")]
    #[track_caller]
    pub fn write(&mut self, bytes: &[u8]) {
        if self.outgoing.has_failed() || bytes.is_empty() {
            return;
        }
        assert!(
            self.outgoing.is_open(),
            "a write after the close of the writer: the peer was promised that nothing follows; \
             close after the last write"
        );
        self.outgoing.push(bytes);
    }

    /// Sends bytes, and waits while more than the high mark is left to be sent, until at most the low
    /// mark is. Below the high mark it does not suspend.
    ///
    /// # Errors
    ///
    /// The error of the connection, also if it happened before the call.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the bytes are sent all the same.
    #[doc(alias = "flush")]
    #[track_caller]
    pub fn drain(&mut self) -> impl Future<Output = io::Result<()>> {
        self.outgoing.drain(Location::caller())
    }

    /// Sets the marks of [`drain`](StreamWriter::drain): asyncio's `set_write_buffer_limits`. The
    /// defaults are 64 KiB and 16 KiB.
    ///
    /// # Panics
    ///
    /// If the low mark is above the high mark.
    #[track_caller]
    pub fn set_write_buffer_limits(&mut self, high: usize, low: usize) {
        assert!(
            low <= high,
            "the low mark ({low}) is above the high mark ({high}): pass the high mark first"
        );
        self.outgoing.set_limits(high, low);
    }

    /// Returns the number of bytes that wait to be sent: asyncio's `get_write_buffer_size`.
    #[doc(alias("get_write_buffer_size"))]
    pub fn waiting_bytes(&self) -> usize {
        self.outgoing.len()
    }

    /// Ends the data: the bytes so far are sent in the background, and then the peer reads the end.
    /// A second call does nothing.
    ///
    /// asyncio's `close` also ends the other way. Here that one ends when its reader is dropped.
    #[doc(alias("write_eof"))]
    pub fn close(&mut self) {
        self.outgoing.close();
    }

    /// Ends the connection at once: bytes that are not sent are lost, and `drain` and `wait_closed` return an
    /// error. For a peer that does not read: a writer that is dropped or closed sends its bytes first, and
    /// keeps them and the connection until then. asyncio's `transport.abort`.
    ///
    /// ```
    /// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::{combinators::*, executor::*}; }
    /// use std::time::Duration;
    ///
    /// use groundup::net::{Network, open_connection, start_server};
    /// use groundup::{run_virtual, sleep, timeout};
    ///
    /// run_virtual(async {
    ///     let _network = Network::builder().window(1000).build();
    ///     let server = start_server("127.0.0.1", 80, |_, mut writer| async move {
    ///         writer.write(&[0; 100_000]);
    ///         if timeout(Duration::from_secs(60), writer.drain()).await.is_err() {
    ///             writer.abort();
    ///         }
    ///         Ok(())
    ///     })
    ///     .await?;
    ///     let (mut reader, _writer) = open_connection("127.0.0.1", 80).await?;
    ///     sleep(Duration::from_secs(61)).await; // the client reads nothing for too long
    ///     assert_eq!(server.connections(), 0);
    ///     assert!(reader.read_to_end().await?.len() <= 1000);
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn abort(&mut self) {
        self.outgoing.abort();
    }

    /// Returns true if `close` or `abort` was called, or the connection has failed.
    pub fn is_closing(&self) -> bool {
        !self.outgoing.is_open()
    }

    /// Waits until the bytes are sent and the data has ended. Call [`close`](StreamWriter::close)
    /// before it.
    ///
    /// # Errors
    ///
    /// The error of the connection.
    #[track_caller]
    pub fn wait_closed(&mut self) -> impl Future<Output = io::Result<()>> {
        self.outgoing.wait_closed(Location::caller())
    }
}

impl<W: AsyncWrite + Unpin + 'static> Drop for StreamWriter<W> {
    fn drop(&mut self) {
        self.outgoing.close();
    }
}

impl<W: AsyncWrite + Unpin + 'static> fmt::Debug for StreamWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamWriter")
            .field("waiting_bytes", &self.waiting_bytes())
            .field("closing", &self.is_closing())
            .finish()
    }
}
