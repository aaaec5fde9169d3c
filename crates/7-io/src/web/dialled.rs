//! Opens the connection beneath a request.
//!
//! The problem: a URL names a host, and the libraries want a connection. It is opened as
//! `open_connection` opens its own: the addresses of the host in turns.
//!
//! Invariant: if no address answers, the error names the host and the first failure.
//!
//! Read next: `web/transport.rs`.

use std::io;

use crate::sockets::tcp::stream::TcpStream;
use crate::streams::open_connection::open_stream;

/// Connects to a host by name. Small writes are sent at once.
pub(super) async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    // The brackets around an address of IPv6 belong to the URL.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = open_stream(host, port, None).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
