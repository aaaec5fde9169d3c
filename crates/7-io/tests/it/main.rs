//! The tests of floor 7.
//!
//! ```text
//!   rules        asyncio's rules S, one test for each
//!   reactor      the driver: busy loops, limits, order, parks, refusals
//!   sockets      TCP, UDP and Unix sockets on loopback
//!   homes        sockets outside their loop, and after its end
//!   servers      start_server and open_connection
//!   writers      a writer and a slow or broken peer
//!   errors       the text of each error
//!   guests       the loop as a future in a host
//!   props        readers, writers and sockets beside the dullest model
//!   setup        a loop on the real clock, and pairs of sockets
//! ```
//!
//! Nothing here waits for a time: each wait ends when a peer of the same program has acted. Tests that
//! count descriptors have a process of their own, `../descriptors.rs`.
//!
//! Read next: `rules.rs`.
#![cfg(unix)]

mod errors;
mod guests;
mod homes;
mod props;
mod reactor;
mod rules;
mod servers;
mod setup;
mod sockets;
mod writers;
