//! A network in memory: sockets on virtual time.
//!
//! The problem: the sockets of a system cannot be tested well. No run repeats, a slow network takes
//! time, and a peer that resets or a link that is cut must be arranged outside. On virtual time there
//! are no such sockets at all, since no time passes outside. So this folder has a second system under
//! the same types: its packets are values, its wires are queues, and its time is the loop's.
//!
//! ```text
//!   TcpStream ── an attempt ──> a call of the system          a call of the network
//!             <── would block ──  │                              │
//!             ── a wait ────────> the reactor                    the sources of the network
//!                                 │                              │
//!             <── a wake ───────  an event of epoll              a packet that arrives
//!
//!   write ──> [ window ] ──> outbox ──> the link: latency, rate ──> arrives ──> read
//!               ^                        │ cut: held                      │
//!               └──────── room <─────────┴────────────────────────────────┘
//! ```
//!
//! Reading, writing, waiting and their futures are the same code for both systems. Only the attempt
//! differs, and the place from which events come. So a test in memory tests the code that runs on the
//! real one.
//!
//! Packets are moved by the calls themselves, and by one timer, which is set for the next arrival. No
//! task of the network runs, and no driver is needed.
//!
//! Invariants:
//! 1. A program sees of its sockets only events that Linux would let it see, in some network.
//! 2. On virtual time a run depends on the program and on the chooser alone.
//! 3. Bytes of a connection arrive once and in order, or the connection is reset. A graceful close and
//!    a cut link lose no byte; a reset may.
//! 4. A read gives the end of the data behind all bytes that the peer has sent. A reset that has lost
//!    bytes gives its error before any end, and packets that arrive behind it change nothing.
//! 5. No entry is left of a socket that was dropped.
//!
//! Access: `sockets/` uses the endpoints, and `addresses.rs` the names. The rest of the folder is
//! private to it: the state is changed through `core.rs` alone, which carries out what follows.
//!
//! Read next: `memory/ids.rs`.

pub(crate) mod core;
pub(crate) mod endpoints;
pub(crate) mod ends;
pub(crate) mod hosts;
pub(crate) mod ids;
pub(crate) mod links;
pub(crate) mod loop_network;
pub(crate) mod network;
pub(crate) mod packets;
pub(crate) mod state;
