//! The tests of floor 7.
//!
//! ```text
//!   rules        asyncio's rules S, one test for each
//!   reactor      the driver: busy loops, limits, order, parks, refusals
//!   sockets      TCP, UDP and Unix sockets, on loopback and in memory
//!   places       the line of an await, in the reports of a watched loop
//!   pipes        pipes, named pipes, standard streams
//!   callbacks    add_reader and add_writer
//!   subprocesses other programs: streams, ends, errors
//!   homes        sockets outside their loop, and after its end
//!   memory       the network in memory, beside the system and beside models
//!   servers      start_server and open_connection
//!   writers      a writer and a slow or broken peer
//!   costs        the steps of an event, beside many silent sockets
//!   errors       the text of each error of a reader
//!   addresses    the text of an error of each kind of socket that binds or connects
//!   guests       the loop as a future in a host
//!   props        readers, writers and sockets beside the dullest model, and in a loop that is watched
//!   readiness    the readiness of a socket, and a store of another thread
//!   setup        a loop on the real clock, and pairs of sockets
//!   patience     a wait with a limit
//! ```
//!
//! Nothing here waits for a time: each wait ends when a peer of the same program, or a child, has acted.
//! Tests that count descriptors or children, or send signals, have processes of their own:
//! `../descriptors.rs`, `../children.rs`, `../signals.rs` and `../interrupts.rs`. `../cpython.rs` compares
//! with CPython, and `../load.rs` has ten thousand connections.
//!
//! Read next: `rules.rs`.
#![cfg(unix)]

mod addresses;
mod callbacks;
mod costs;
mod errors;
mod guests;
mod homes;
mod memory;
#[path = "../shared/patience.rs"]
mod patience;
mod pipes;
mod places;
mod props;
mod reactor;
mod rules;
mod servers;
mod setup;
mod sockets;
mod subprocesses;
mod writers;

/// The readiness and its unit tests: a build of the whole library for them would be for nothing.
#[expect(dead_code, reason = "the tests call what they need")]
#[path = "../../src/reactor"]
mod reactor_parts {
    mod first_waiter;
    mod readiness;
}
