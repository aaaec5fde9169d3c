//! A port of this machine that refuses each connection.
//!
//! A socket has it, and does not listen. If the port were free, a test beside this one could get it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::net::TcpSocket;

/// The port, until this is dropped.
pub(crate) struct Refusing {
    pub(crate) port: u16,
    _sockets: (TcpSocket, Option<TcpSocket>),
}

impl Refusing {
    pub(crate) fn new() -> Refusing {
        loop {
            let four = TcpSocket::new_v4().unwrap();
            four.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
            let port = four.local_addr().unwrap().port();
            // `localhost` is this address, too, where the system has IPv6.
            let bound = TcpSocket::new_v6().and_then(|six| {
                six.bind((Ipv6Addr::LOCALHOST, port).into())?;
                Ok(six)
            });
            match bound {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                bound => {
                    let _sockets = (four, bound.ok());
                    return Refusing { port, _sockets };
                }
            }
        }
    }
}
