//! Floor 7 of groundup: sockets.
//!
//! # The problem
//!
//! Every wake so far came from inside: a task ended, a timer was due, an item was put, a thread
//! called. A program that talks to others has tasks that wait for bytes. No code of the program sees
//! the bytes come: they are in the memory of the system, and the system must be asked.
//!
//! A call that reads from a socket blocks its thread until there are bytes. One thread for each
//! connection would work, and needs a stack and a switch of the processor for each. A loop has one
//! thread for all its tasks, and one place in which it blocks. So that place must wait for all
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
//! An attempt comes before any wait: a task whose bytes are there does not wait, and makes one call.
//! Only an attempt that would block makes it wait.
//!
//! # The first version
//!
//! `examples/first_reactor.rs` is a reactor of 40 lines around `poll`, and an echo:
//! `cargo run -p groundup-io --example first_reactor`. Its costs, and the answers of this floor:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | each wait is a new entry in a list | the system reads the whole list in each park | a socket is registered once, for good: `reactor.rs` |
//! | the system says what is ready now | an event comes again until its bytes are read | it says what has become ready, and the socket remembers: `reactor/readiness.rs` |
//! | a wait that is dropped stays in the list | a wake that reaches no task | a waiter has a key, and leaves with its future: `sockets/operation.rs` |
//! | sockets are looked at while the loop is idle | one task that always yields stops them all | a busy loop glances: `reactor/look.rs` |
//! | a thread cannot end the park | a call of a thread waits for the next packet | `unpark` is one more event: `reactor/look.rs` |
//! | a peer that always sends keeps its task reading | the other tasks starve | a budget between two looks: `reactor/readiness.rs` |
//! | whole milliseconds | a sleep of 0.1 ms lasts 1 ms | `reactor/precise.rs` |
//!
//! # What there is
//!
//! | here | asyncio |
//! |---|---|
//! | [`open_connection`], [`start_server`], [`StreamReader`], [`StreamWriter`], [`Server`] | the same |
//! | [`look_up`] | `loop.getaddrinfo` |
//! | [`TcpListener`], [`TcpStream`] | `loop.sock_accept`, `sock_connect`, `sock_recv`, `sock_sendall` |
//! | [`UdpSocket`] | `create_datagram_endpoint` |
//! | [`UnixListener`], [`UnixStream`], [`UnixDatagram`] | `start_unix_server`, `open_unix_connection` |
//! | [`staggered_race`] | `asyncio.staggered`, which `open_connection` uses |
//! | [`Network`] | none: sockets in memory, on virtual time |
//!
//! # Costs
//!
//! | operation | cost |
//! |---|---|
//! | a program without sockets | nothing: there is no reactor |
//! | the first socket of a loop | three descriptors: the reactor, a second handle of it, and the one that ends a park |
//! | a socket | one call that registers it; an entry of the table; the text of its reason at the first wait |
//! | a read or write whose bytes are there | one call |
//! | a socket in memory | no call of the system; each attempt looks its network and itself up |
//! | a wait | one attempt that would block, a waker in a list, and a share in one call for all events |
//! | a call from another thread | one write, if the loop sleeps; none if it is awake |
//! | a park with a deadline in the middle of a millisecond | two calls in place of one |
//! | a busy loop | one call after each budget of steps (at most 64), if a task waits for a socket |
//!
//! # What can go wrong
//!
//! | case | behaviour (`tests/it/`) |
//! |---|---|
//! | a socket on virtual time, and no [`Network`] in memory | `Unsupported`, with the cure in the text |
//! | a socket outside a running loop | panics, as `spawn` does |
//! | a socket in another loop than its own, or after the end of its loop | an error that says so |
//! | the peer resets the connection | `ConnectionReset`, from each read and write that meets it |
//! | a write to a peer that has closed | `BrokenPipe` or `ConnectionReset`; never a signal |
//! | the port is in use | `AddrInUse` |
//! | no descriptor is left | `accept` gives the error; [`start_server`] reports it once, and tries again each second |
//! | a line is longer than the limit | [`ReadError::LimitOverrun`]; the connection goes on |
//! | a peer ends in the middle of a message | [`ReadError::Incomplete`], with the bytes that came |
//! | the wait is cancelled | no byte is lost: it stays in the socket, or in the reader |
//!
//! # Invariants
//!
//! 1. No wake is lost: a task waits only after an attempt would have blocked, and an event after that
//!    attempt wakes it.
//! 2. No task starves a socket, and no socket starves a task.
//! 3. A future that is dropped leaves no waker and no descriptor.
//! 4. A socket is `Send + Sync`, and works in its own loop.
//! 5. No waker, and no code of the user's, is called while anything of this floor is borrowed.
//!
//! # First path
//!
//! 1. `examples/first_reactor.rs`: the whole idea on one page.
//! 2. `reactor.rs`: the driver that waits for sockets.
//! 3. `reactor/readiness.rs`: what the system has reported of one socket.
//! 4. `reactor/look.rs`: events, and the wakes that they cause.
//! 5. `sockets/socket.rs`: a socket as a number.
//! 6. `streams/reader.rs`: lines and messages out of bytes.
//!
//! The other files are the second reading. It begins at `reactor/installed.rs`, and from there each
//! file names the next. The crate above is the facade, `groundup`.
//!
//! Read next: `examples/first_reactor.rs`, then `reactor.rs`. Second reading:
//! `reactor/installed.rs`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod addresses;
mod error;
#[cfg_attr(not(unix), allow(dead_code, reason = "paths are of Unix sockets"))]
mod memory;
mod reactor;
mod sockets;
mod streams;

pub use groundup_sync as sync;
pub use groundup_sync::{combinators, executor, generator, interweave, task, trace};

pub use addresses::look_up;
pub use error::ReadError;
pub use memory::network::Network;
pub use memory::network::builder::NetworkBuilder;
pub use memory::network::link::NetworkLink;
pub use memory::network::network_host::NetworkHost;
pub use reactor::Reactor;
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
