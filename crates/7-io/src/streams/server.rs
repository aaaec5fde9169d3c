//! asyncio's `start_server`: a task for each connection.
//!
//! The problem: a server accepts for ever, and nothing that a client does may end it. A handler may
//! fail or panic, a client may reset its connection, and the process may run out of descriptors. Each
//! of these concerns one connection, or passes after a while.
//!
//! ```text
//!   a task for each address             a task for each connection
//!     accept ──> a connection ────────> handler(reader, writer)
//!       │                                 └─ an error: reported, and the connection ends
//!       ├──> no descriptor left ──> report it once, wait a second, go on
//!       └──> close, or drop of the server: the listeners close, the connections go on
//! ```
//!
//! Invariants:
//! 1. No error of a handler or a client ends the server.
//! 2. While no descriptor is left, the server tries again once a second, and the loop is idle meanwhile.
//! 3. The count of connections falls however a handler ends (`streams/server/connections.rs`).
//! 4. A listener from which no task accepts is closed, so its clients are refused and do not wait.
//!
//! Read next: `streams/server/connections.rs`.

mod connections;

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::panic::Location;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use groundup_sync::Event;
use groundup_sync::executor::{sleep, spawn_named};
use groundup_sync::task::{CancelOnDrop, Report, Scheduler};

use self::connections::{Connections, Counted};
use super::open_connection::reader_and_writer;
use super::reader::StreamReader;
use super::writer::StreamWriter;
use crate::addresses::look_up;
use crate::sockets::awaits::awaited_at;
use crate::sockets::tcp::listener::TcpListener;
use crate::sockets::tcp::stream::TcpStream;

/// How long a server waits for a free descriptor: asyncio's `ACCEPT_RETRY_DELAY`.
pub(crate) const RETRY: Duration = Duration::from_secs(1);

/// Listens at all addresses of a host, and calls `handler` in a task of its own for each connection:
/// asyncio's `start_server`. Port 0 lets the system choose a port.
///
/// If the handler returns an error, the loop's exception handler gets a report. If it panics, as any
/// task; the report names the place of the call of `start_server`. The server goes on. The handler learns who
/// has called by `reader.get_ref().peer_addr()`.
///
/// # Errors
///
/// If the host is not known, or an address cannot be listened at, such as `AddrInUse`; `Unsupported` on
/// virtual time without a [`Network`](crate::Network).
///
/// # Panics
///
/// If it is polled outside a running loop.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::net::{open_connection, start_server};
/// use groundup::run;
///
/// run(async {
///     let server = start_server("127.0.0.1", 0, |mut reader, mut writer| async move {
///         let name = reader.readline().await?;
///         writer.write(b"hello ");
///         writer.write(&name);
///         writer.drain().await
///     });
///     let server = server.await?;
///     let port = server.local_addrs()[0].port();
///     let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
///     writer.write(b"world\n");
///     assert_eq!(reader.readline().await?, b"hello world\n");
///     server.close();
///     server.wait_closed().await;
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias("create_server", "serve_tcp"))]
#[track_caller]
pub fn start_server<H, F>(
    host: impl Into<String>,
    port: u16,
    handler: H,
) -> impl Future<Output = io::Result<Server>>
where
    H: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: Future<Output = io::Result<()>> + 'static,
{
    let place = Location::caller();
    async move {
        let addresses = look_up(host, port).await?;
        let listeners = addresses
            .into_iter()
            .map(|address| TcpListener::bind(address));
        let listeners: Vec<TcpListener> = listeners.collect::<io::Result<_>>()?;
        let local_addrs = listeners.iter().map(TcpListener::local_addr);
        let local_addrs = local_addrs.collect::<io::Result<_>>()?;
        let connections = Rc::new(Connections::default());
        connections.none.set();
        let handler = Rc::new(handler);
        let serve = |listener| {
            let listener = Rc::new(Cell::new(Some(listener)));
            let accepting = accept_all(
                CloseAtEnd(listener.clone()),
                handler.clone(),
                connections.clone(),
                place,
            );
            (listener, spawn_named("server", accepting).cancel_on_drop())
        };
        Ok(Server {
            local_addrs,
            accepting: Cell::new(listeners.into_iter().map(serve).collect()),
            closed: Event::new().named("the close of a server"),
            connections: connections.clone(),
        })
    }
}

/// Listens for connections: asyncio's `Server`, from [`start_server`].
///
/// When it is dropped, it is closed: it accepts no more connections, and those that it has accepted go
/// on.
#[must_use = "a server that is dropped is closed"]
pub struct Server {
    local_addrs: Vec<SocketAddr>,
    /// The listeners, and the tasks that accept from them.
    accepting: Cell<Vec<(SharedListener, CancelOnDrop<()>)>>,
    closed: Event,
    connections: Rc<Connections>,
}

/// A listener, until the server is closed. The task takes it out while it polls it.
type SharedListener = Rc<Cell<Option<TcpListener>>>;

impl Server {
    /// Returns the addresses at which it listens.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// Returns the number of connections whose handlers run.
    pub fn connections(&self) -> usize {
        self.connections.count.get()
    }

    /// Returns true until it is closed.
    pub fn is_serving(&self) -> bool {
        !self.closed.is_set()
    }

    /// Closes the listeners at once. Connections go on until their handlers return.
    pub fn close(&self) {
        for (listener, _cancelled) in self.accepting.take() {
            drop(listener.take());
        }
        self.closed.set();
    }

    /// Waits until it is closed and all its connections have ended.
    #[track_caller]
    pub fn wait_closed(&self) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            awaited_at(place, self.closed.wait()).await;
            awaited_at(place, self.connections.none.wait()).await;
        }
    }

    /// Serves until the task is cancelled, and then closes: asyncio's `serve_forever`.
    ///
    /// # Panics
    ///
    /// If it has waited in a loop, and is polled elsewhere or after the end of that loop.
    #[track_caller]
    pub fn serve_forever(self) -> impl Future<Output = ()> {
        let place = Location::caller();
        // No other code has the server, so no code closes it. The event knows its loop.
        async move { awaited_at(place, self.closed.wait()).await }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_addrs", &self.local_addrs)
            .field("connections", &self.connections())
            .field("serving", &self.is_serving())
            .finish()
    }
}

async fn accept_all<H, F>(
    listener: CloseAtEnd,
    handler: Rc<H>,
    connections: Rc<Connections>,
    place: &'static Location<'static>,
) where
    H: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: Future<Output = io::Result<()>> + 'static,
{
    let mut told = false;
    loop {
        let accepted = poll_fn(|cx| {
            let Some(open) = listener.0.take() else {
                return Poll::Pending; // it is closed, and this task is cancelled
            };
            let accepted = open.poll_accept(cx, place);
            listener.0.set(Some(open));
            accepted
        });
        match accepted.await {
            Ok((stream, peer)) => {
                told = false;
                let counted = Counted::new(&connections);
                let handling = handle(stream, peer, handler.clone(), counted);
                if let Some(scheduler) = Scheduler::current() {
                    scheduler.spawn_at(handling, place).detach();
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    report(cannot_accept(&error).to_string());
                }
                sleep(RETRY).await;
            }
        }
    }
}

async fn handle<H, F>(stream: TcpStream, peer: SocketAddr, handler: Rc<H>, counted: Counted)
where
    H: Fn(StreamReader, StreamWriter) -> F,
    F: Future<Output = io::Result<()>>,
{
    let (reader, writer) = reader_and_writer(stream);
    let handled = handler(reader, writer).await;
    drop(counted);
    if let Err(error) = handled {
        report(format!(
            "the handler of the connection with {peer} failed: {error}"
        ));
    }
}

/// Makes the error of a listener that cannot accept: its cause and its cure.
pub(crate) fn cannot_accept(error: &io::Error) -> io::Error {
    let text = format!(
        "a server cannot accept and tries again each second: {error}; close connections, or raise the \
         limit of descriptors"
    );
    io::Error::new(error.kind(), text)
}

/// Passes a report to the exception handler of the loop.
pub(crate) fn report(text: String) {
    if let Some(scheduler) = Scheduler::current() {
        scheduler.report_later(Report::new(text));
    }
}

/// Closes a listener when the task that accepts from it ends, also if only this task is cancelled:
/// otherwise its clients would wait for ever.
struct CloseAtEnd(SharedListener);

impl Drop for CloseAtEnd {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}
