//! Floor 7 of groundup: sockets, signals and processes.
//!
//! # The problem
//!
//! Every wake so far came from inside: a task ended, a timer was due, an item was put, a thread
//! called. A program that talks to others has tasks that wait for bytes. No code of the program sees
//! the bytes come: they are in the memory of the system, and the system must be asked.
//!
//! A call that reads from a socket blocks its thread until there are bytes. One thread for each
//! connection would work, but each thread needs a stack and switches of the processor. A loop has
//! one thread for all its tasks, and one place in which it blocks. So that place must wait for all
//! sockets at once, and know which tasks to wake.
//!
//! ```
//! # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
//! use groundup::net::{open_connection, start_server};
//! use groundup::run;
//!
//! run(async {
//!     let server = start_server("127.0.0.1", 0, |mut reader, mut writer| async move {
//!         let line = reader.readline().await?;
//!         writer.write(&line);
//!         writer.drain().await
//!     });
//!     let server = server.await?;
//!     let port = server.local_addrs()[0].port();
//!     let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
//!     writer.write(b"hello\n");
//!     assert_eq!(reader.readline().await?, b"hello\n");
//!     Ok::<_, std::io::Error>(())
//! })
//! # .unwrap();
//! ```
//!
//! # The way of a byte
//!
//! A *source* is the entry of a socket in the reactor, with the futures that wait for the socket. A
//! *look* is one call that takes the events that the system has. An *attempt* is one call that reads
//! or writes, or finds that it would block.
//!
//! ```text
//!   the wire ──> the system's buffer of the socket                     1 bytes come
//!                  │ an event: "source 7 became readable"
//!                  v
//!   Reactor::park, or glance ── a look ──> source 7: ready             2 the loop asks
//!                                            │ its waiters are woken
//!                                            v
//!   ready queue ──> a step of the task ──> TcpStream::poll_read        3 the next round
//!                                            │ an attempt: the system copies the bytes
//!                                            v
//!                                          the task's buffer           4 and the task goes on
//! ```
//!
//! A task waits only if its socket is not ready. A socket is not ready after an attempt that found no
//! data (or no room), or that got less than it could take, until the next event. (A socket has a *budget* of 64 operations. When it is spent, and there
//! was no look meanwhile, the task waits for the next look, too.)
//!
//! # The first version
//!
//! `examples/first_reactor.rs` is a reactor of 40 lines around `poll`, and an echo:
//! `cargo run -p groundup-io --example first_reactor`. Its costs, and the answers of this floor:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | each wait is a new entry in a list | the system reads the whole list in each park | a socket is registered once, for good: `reactor.rs` |
//! | the system reports each ready socket | an event comes again until its bytes are read | the system reports a socket that has become ready, and the socket remembers: `reactor/readiness.rs` |
//! | each wait begins with an attempt that fails | a call of the system for nothing | the socket remembers that it is not ready: `reactor/readiness.rs` |
//! | sockets are looked at while the loop is idle | one task that always yields stops them all | a busy loop glances: `reactor/look.rs` |
//! | a thread cannot end the park | a call of a thread waits for the next packet | `unpark` is one more event: `reactor/look.rs` |
//! | a peer that always sends keeps its task reading | the other tasks starve | a budget between two looks: `reactor/readiness.rs` |
//!
//! (`mio`, which stands in for `poll`, counts whole milliseconds: a sleep of 0.1 ms would last 1 ms.
//! The answer is `reactor/precise.rs`.)
//!
//! # What there is
//!
//! | here | asyncio |
//! |---|---|
//! | [`open_connection`], [`start_server`], [`StreamReader`], [`StreamWriter`], [`Server`] | the same |
//! | [`look_up`] | `loop.getaddrinfo` |
//! | [`IntoAddress`] | a pair of a host and a port |
//! | [`TcpListener`], [`TcpStream`] | `loop.sock_accept`, `sock_connect`, `sock_recv`, `sock_sendall` |
//! | [`UdpSocket`] | `create_datagram_endpoint` |
//! | [`UnixListener`], [`UnixStream`], [`UnixDatagram`] | `start_unix_server`, `open_unix_connection` |
//! | [`staggered_race`] | `asyncio.staggered`, which `open_connection` uses |
//! | [`run()`], [`Runner`] | the same: Ctrl-C cancels the main task |
//! | [`signal()`], [`ctrl_c`], [`add_signal_handler`] | `loop.add_signal_handler` |
//! | [`Command`], [`Process`] | `create_subprocess_exec`, `create_subprocess_shell`, `Process` |
//! | [`pipe()`], [`connect_read_pipe`], [`connect_write_pipe`], [`stdin`], [`stdout`], [`stderr`] | `connect_read_pipe`, `connect_write_pipe` |
//! | [`add_reader`], [`add_writer`] | the same |
//! | [`Network`] | none: sockets in memory, on virtual time |
//! | [`run_in`], [`Guest`], [`Host`] | none: the loop as a future inside another runtime (`host.rs`) |
//!
//! Signals, pipes, [`Command`] and [`add_reader`] are there on Unix. Only Linux is tested. HTTP,
//! WebSockets, TLS and the traits of tokio come from the libraries that have them, each with a feature
//! (`web.rs`).
//!
//! # Costs
//!
//! | operation | cost |
//! |---|---|
//! | a program without sockets | nothing: there is no reactor |
//! | the first socket of a loop | three descriptors: the reactor, a second handle of it, and a descriptor that ends a park |
//! | a socket | one call that registers it; an entry of the table; the text of its reason at the first wait |
//! | a read or write whose bytes are there | one call |
//! | a socket in memory | no call of the system; each attempt looks its network and itself up |
//! | a wait | the number of its task in the socket, or a waker in a list; an attempt that would block, unless the last one got less than it could take. All waits share one call in each park |
//! | a call from another thread | one write, if the loop sleeps; none if it is awake |
//! | a park with a deadline | two calls below 20 ms, up to three from there on |
//! | a busy loop | one call after each budget of steps (at most 64), if a task waits for a socket |
//! | the first `run` on the main thread | a pair of sockets, a handler of SIGINT, and one reading of a file that says whether SIGINT is ignored |
//! | each further `run` | some stores, and a driver that is replaced |
//! | a call from another thread, while a `run` without sockets sleeps on the main thread | a write and a read of one byte: this park waits for a socket, because the handler of Ctrl-C may write to a socket and may not unpark a thread. On any other thread, one call that unparks it |
//! | a listener to a signal | two descriptors, three for a callback |
//! | a process | one descriptor beside its pipes, on Linux |
//! | a call of `add_reader`'s function | one call that registers the descriptor anew |
//!
//! # What can go wrong
//!
//! | case | behaviour (`tests/it/`) |
//! |---|---|
//! | a socket on virtual time without a [`Network`], or in a guest | `Unsupported`, with the cure in the text; a guest has the sockets of its host |
//! | a socket outside a running loop | panics, as `spawn` does |
//! | a socket in another loop than its own, or after the end of its loop | an error that says so |
//! | the peer resets the connection | `ConnectionReset`, from each read and write that meets it |
//! | a write to a peer that has closed | `BrokenPipe` or `ConnectionReset`; never a signal |
//! | the port is in use | `AddrInUse`, with the address and the cure in the text |
//! | no program listens at the port | `ConnectionRefused`, as well |
//! | the file of a Unix socket is left from an earlier program | `AddrInUse` for a listener, `ConnectionRefused` for a client, as well |
//! | no descriptor is left | `accept` gives the error; [`start_server`] reports it once, and tries again each second |
//! | a line is longer than the limit | [`ReadError::LimitOverrun`]; the connection goes on |
//! | a peer ends in the middle of a message | [`ReadError::Incomplete`], with the bytes that came |
//! | the wait is cancelled, at any point (`crates/testkit/TABLES.md`) | no byte is lost: it stays in the socket, or in the reader |
//! | a signal, a pipe or a process on virtual time | `Unsupported`, as a socket |
//! | a signal that no program can handle | `InvalidInput` |
//! | the program of a `Command` is not there | `NotFound`, with its name |
//! | a process ends before it has read its input | `BrokenPipe`; [`communicate`](Process::communicate) gives none |
//! | a process never ends | a [`timeout`](combinators::timeout()) ends the wait, and [`kill`](Process::kill) the process |
//! | a regular file as a pipe | `PermissionDenied`, with the cure in the text |
//!
//! # Invariants
//!
//! 1. No wake is lost: a task waits only if its socket is not ready, and the next event wakes it.
//! 2. No task starves a socket, and no socket starves a task.
//! 3. An operation that is dropped leaves no waker and no descriptor. A waker of
//!    `poll_read` stays until the next event. (If a silent socket has many such wakers, they are woken,
//!    to see which still wait: `reactor/waiters.rs`.)
//! 4. A socket is `Send + Sync`, and works in its own loop.
//! 5. No waker, and no code of the user's, is called while anything of this floor is borrowed.
//!
//! # First path
//!
//! 1. `examples/first_reactor.rs`: the whole idea on one page.
//! 2. `reactor.rs`: the driver that waits for sockets.
//! 3. `reactor/readiness.rs`: what the system has reported of one socket.
//! 4. `reactor/look.rs`: events, and the wakes that they cause.
//! 5. `sockets/socket.rs`: a socket as an id, the name of its entry in the reactor.
//! 6. `streams/reader.rs`: lines and messages out of bytes.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `31_echo_server`, `32_network`, `33_signals`,
//! `34_subprocesses`.
//!
//! The other files are the second reading, which begins at `reactor/installed.rs`. From there each
//! file names the next. The crate above is the facade, `groundup`.
//!
//! Read next: `examples/first_reactor.rs`, then `reactor.rs`. Second reading:
//! `reactor/installed.rs`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod addresses;
mod error;
mod host;
#[cfg_attr(not(unix), allow(dead_code, reason = "paths are of Unix sockets"))]
mod memory;
#[cfg(unix)]
mod posix;
mod reactor;
mod run;
mod sockets;
mod streams;
#[cfg(unix)]
mod system;
mod web;

pub use groundup_sync as sync;
pub use groundup_sync::{combinators, executor, generator, interweave, task, trace};

pub use addresses::into_address::IntoAddress;
pub use addresses::look_up;
pub use error::ReadError;
#[cfg(feature = "smol")]
pub use host::async_io_host::SmolHost;
#[cfg(feature = "tokio")]
pub use host::tokio_host::TokioHost;
pub use host::{Host, guest::Guest, run_in::run_in};
pub use memory::network::Network;
pub use memory::network::builder::NetworkBuilder;
pub use memory::network::link::NetworkLink;
pub use memory::network::network_host::NetworkHost;
#[cfg(unix)]
pub use posix::callbacks::{add_reader, add_writer, remove_reader, remove_writer};
#[cfg(unix)]
pub use posix::pipes::ends::{PipeReader, PipeWriter, connect_read_pipe, connect_write_pipe, pipe};
#[cfg(unix)]
pub use posix::pipes::standard::{stderr, stdin, stdout};
#[cfg(unix)]
pub use posix::signals::handlers::{add_signal_handler, remove_signal_handler};
#[cfg(unix)]
pub use posix::signals::kind::SignalKind;
#[cfg(unix)]
pub use posix::signals::listener::{Signal, ctrl_c, signal};
#[cfg(unix)]
pub use posix::subprocesses::{command::Command, process::Process};
pub use reactor::Reactor;
pub use run::{Runner, run};
pub use sockets::tcp::halves::{TcpReadHalf, TcpWriteHalf};
pub use sockets::tcp::listener::TcpListener;
pub use sockets::tcp::options::ListenOptions;
pub use sockets::tcp::stream::TcpStream;
pub use sockets::udp_socket::UdpSocket;
#[cfg(unix)]
pub use sockets::unix::{datagram::UnixDatagram, listener::UnixListener, stream::UnixStream};
pub use streams::open_connection::open_connection;
pub use streams::reader::StreamReader;
pub use streams::server::{Server, start_server};
pub use streams::staggered::staggered_race;
pub use streams::writer::StreamWriter;

// The libraries of the features, whole, so that a program names their types in the right version.
#[cfg(feature = "websockets")]
pub use async_tungstenite;
#[cfg(feature = "tls")]
pub use futures_rustls;
#[cfg(feature = "hyper")]
pub use {hyper, hyper_util};

#[cfg(feature = "hyper")]
pub use web::http::{
    connector::HyperConnector, executor::HyperExecutor, io::HyperIo, server::HttpServer,
    timer::HyperTimer,
};
#[cfg(feature = "tls")]
pub use web::tls::{connect_tls, tls_acceptor, tls_connector, tls_connector_trusting};
#[cfg(feature = "tokio-io")]
pub use web::tokio_io::{FuturesIo, TokioIo};
#[cfg(any(feature = "hyper", feature = "websockets"))]
pub use web::transport::WebStream;
#[cfg(feature = "websockets")]
pub use web::websocket::{accept_websocket, connect_websocket};
#[cfg(feature = "websockets")]
pub use web::websocket_error::websocket_error;
