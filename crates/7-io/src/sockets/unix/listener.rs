//! Accepts connections of Unix sockets.
//!
//! The problem: as `sockets/tcp/listener.rs`, with a path for an address.
//!
//! Invariant: an `accept` that is dropped has taken no connection.
//!
//! Read next: `sockets/unix/stream.rs`.

use std::future::Future;
use std::io;
use std::panic::Location;
use std::path::Path;

use super::stream::UnixStream;
use crate::memory::endpoints::memory_listener::MemoryListener;
use crate::memory::loop_network::of_loop;
use crate::reactor::about::{About, Origin};
use crate::reactor::readiness::Way;
use crate::sockets::address_error::Use;
use crate::sockets::io::Io;
use crate::sockets::socket::{Socket, check_loop};

/// A listener of the system, or in memory.
type UnixListenerIo = Io<mio::net::UnixListener, MemoryListener>;

/// A Unix socket that listens: asyncio's `start_unix_server` has one.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use groundup::net::{UnixListener, UnixStream};
/// use groundup::run;
///
/// # let path = std::env::temp_dir().join(format!("groundup-{}.socket", std::process::id()));
/// run(async {
///     let listener = UnixListener::bind(&path)?;
///     let mut client = UnixStream::connect(&path).await?;
///     let mut server = listener.accept().await?;
///     client.write_all(b"ping").await?;
///     let mut four = [0; 4];
///     server.read_exact(&mut four).await?;
///     assert_eq!(&four, b"ping");
///     std::fs::remove_file(&path)
/// })
/// # .unwrap();
/// ```
#[doc(alias("start_unix_server", "create_unix_server"))]
#[derive(Debug)]
pub struct UnixListener {
    socket: Socket<UnixListenerIo>,
}

impl UnixListener {
    /// Listens at a path.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if the file exists, also if no program listens there any more: remove it first.
    /// `Unsupported` on virtual time without a [`Network`](crate::Network). The text has the path and a
    /// cure, and the source is the error of the system.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        if let Some(network) = of_loop() {
            let listener = MemoryListener::bind_path(&network, path.as_ref())?;
            let socket = Socket::in_memory(listener)?;
            socket.set_origin(Origin::bound());
            return Ok(UnixListener { socket });
        }
        check_loop()?;
        let listener = mio::net::UnixListener::bind(&path);
        let listener = listener.map_err(Use::Listen.of_path(path.as_ref()))?;
        let socket = Socket::new(Io::System(listener), About::Listener(None))?;
        Ok(UnixListener { socket })
    }

    /// Waits for a connection. Several tasks may wait at the same time.
    ///
    /// # Errors
    ///
    /// An error of the system, such as `EMFILE`: the process has no descriptor left.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no connection is lost.
    #[track_caller]
    pub fn accept(&self) -> impl Future<Output = io::Result<UnixStream>> + use<'_> {
        let place = Location::caller();
        let accept = |listener: &UnixListenerIo| match listener {
            Io::System(listener) => listener.accept().map(|(stream, _)| Io::System(stream)),
            Io::Memory(listener) => listener.accept().map(|(stream, _)| Io::Memory(stream)),
        };
        let accepted = self.socket.operation(Way::Read, place, accept);
        async move { UnixStream::new(accepted.await?, "accepted", place) }
    }
}
