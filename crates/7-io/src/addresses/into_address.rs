//! `IntoAddress`: what the sockets take as an address.
//!
//! The problem: most programs get their address as a text, from a user or a file, and `SocketAddr` is
//! not made of a text by `into`. A text can be wrong, so each socket would need a `parse()?` before it,
//! with an error that names neither the text nor a cure.
//!
//! Invariant: no conversion waits. A name is not looked up here, since that would block the loop.
//!
//! Read next: `system.rs`.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

#[diagnostic::on_unimplemented(
    message = "`{Self}` is no address of a socket",
    label = "expected a `SocketAddr`, an IP address with a port, or a text",
    note = "an address is like `\"127.0.0.1:8080\"`, `([127, 0, 0, 1], 8080)` or a `SocketAddr`",
    note = "for the name of a host: `net::open_connection(host, port)`, `net::look_up(host, port).await?`"
)]
/// An address of a socket: a [`SocketAddr`], an IP address with a port, or a text.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } }
/// use groundup::net::IntoAddress;
///
/// let address = "127.0.0.1:8080".into_address()?;
/// assert_eq!(([127, 0, 0, 1], 8080).into_address()?, address);
/// assert_eq!("[::1]:8080".into_address()?.port(), 8080);
///
/// let error = "localhost:8080".into_address().unwrap_err();
/// assert!(error.to_string().starts_with("\"localhost:8080\" is no address: "));
/// # Ok::<_, std::io::Error>(())
/// ```
///
/// The name of a host is none: [`look_up`](crate::look_up) finds its addresses off the loop, and
/// [`open_connection`](crate::open_connection) and [`start_server`](crate::start_server) take a name.
pub trait IntoAddress {
    /// Returns the address.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a text is no IP address with a port. It names the text and the cure.
    fn into_address(self) -> io::Result<SocketAddr>;
}

impl IntoAddress for SocketAddr {
    fn into_address(self) -> io::Result<SocketAddr> {
        Ok(self)
    }
}

impl IntoAddress for SocketAddrV4 {
    fn into_address(self) -> io::Result<SocketAddr> {
        Ok(self.into())
    }
}

impl IntoAddress for SocketAddrV6 {
    fn into_address(self) -> io::Result<SocketAddr> {
        Ok(self.into())
    }
}

impl<I: Into<IpAddr>> IntoAddress for (I, u16) {
    fn into_address(self) -> io::Result<SocketAddr> {
        Ok(self.into())
    }
}

impl IntoAddress for &str {
    fn into_address(self) -> io::Result<SocketAddr> {
        self.parse().map_err(|_| {
            let text = format!(
                "{self:?} is no address: write an IP address and a port, as in \"127.0.0.1:8080\" or \
                 \"[::1]:8080\"; `look_up` finds the addresses of a host by its name"
            );
            io::Error::new(ErrorKind::InvalidInput, text)
        })
    }
}

impl IntoAddress for &String {
    fn into_address(self) -> io::Result<SocketAddr> {
        self.as_str().into_address()
    }
}

impl IntoAddress for String {
    fn into_address(self) -> io::Result<SocketAddr> {
        self.as_str().into_address()
    }
}
