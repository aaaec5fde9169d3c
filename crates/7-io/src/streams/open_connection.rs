//! asyncio's `open_connection`: a connection to a host by name.
//!
//! The problem: a name has several addresses, and some of them do not answer. So they are tried in an
//! order in which the families take turns (`families.rs`), each a little later than the one before
//! (`staggered.rs`).
//!
//! Invariant: if no address answers, the error names the host and the first failure.
//!
//! Read next: `streams/families.rs`.

use std::future::Future;
use std::io;
use std::panic::Location;
use std::time::Duration;

use super::families::in_turns;
use super::reader::StreamReader;
use super::staggered::staggered_race;
use super::writer::StreamWriter;
use crate::addresses::look_up;
use crate::sockets::address_error::no_connection;
use crate::sockets::tcp::stream::TcpStream;

/// The delay between two attempts, which RFC 8305 recommends.
const DELAY: Duration = Duration::from_millis(250);

/// Connects to a host, and returns a reader and a writer: asyncio's `open_connection`.
///
/// The name is looked up on a thread. If it has several addresses, they are tried in turn, 250 ms
/// apart, IPv6 and IPv4 alternately. The first that answers wins.
///
/// # Errors
///
/// If the host is not known, or none of its addresses answers. The system waits
/// minutes for a host that never answers, so wrap the call in a [`timeout`](groundup_sync::combinators::timeout).
///
/// # Cancel safety
///
/// If the future is dropped, no connection is left.
///
/// # Panics
///
/// If it is polled outside a running loop.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::{TcpListener, open_connection};
/// use groundup::run;
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let port = listener.local_addr()?.port();
///     let (_reader, mut writer) = open_connection("localhost", port).await?;
///     writer.write(b"hello\n");
///     writer.drain().await
/// })
/// # .unwrap();
/// ```
#[doc(alias("create_connection", "open_tcp_stream"))]
#[track_caller]
pub fn open_connection(
    host: impl Into<String>,
    port: u16,
) -> impl Future<Output = io::Result<(StreamReader, StreamWriter)>> {
    let place = Location::caller();
    let host = host.into();
    async move {
        Ok(reader_and_writer(
            open_stream(&host, port, Some(place)).await?,
        ))
    }
}

/// Connects to a host.
pub(crate) async fn open_stream(
    host: &str,
    port: u16,
    place: Option<&'static Location<'static>>,
) -> io::Result<TcpStream> {
    let addresses = in_turns(look_up(host, port).await?);
    let attempts = addresses.into_iter();
    let attempts = attempts.map(|address| TcpStream::connect_for(address, place));
    staggered_race(attempts, DELAY).await.map_err(|errors| {
        let first = errors.into_iter().next();
        let first = first.unwrap_or_else(|| io::ErrorKind::NotFound.into());
        no_connection(format!("no connection to {host}:{port}"), first)
    })
}

/// Makes a reader and a writer of a connection. As asyncio's, it sends small writes at once: a
/// writer collects the bytes of a step, and the system need not wait for more.
pub(super) fn reader_and_writer(stream: TcpStream) -> (StreamReader, StreamWriter) {
    // It fails if the peer has reset the connection. The first read says so.
    drop(stream.set_nodelay(true));
    let (reader, writer) = stream.split();
    (StreamReader::new(reader), StreamWriter::new(writer))
}
