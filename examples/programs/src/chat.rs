//! A chat room, its transports, and its server.
//!
//! ```text
//!   browser ── WebSocket ──┐                    ┌── Room: who is there, and a queue for each member
//!   nc ─────── lines ──────┼── Hears, Speaks ───┤
//!   a test ── in memory ───┘                    └── take_part: one member, from entering to leaving
//! ```
//!
//! The room knows no sockets: a member is anything that [`transport::Hears`] and [`transport::Speaks`].
//! The server knows no system: in a loop with a network in memory, the same code serves there, and a
//! test breaks that network.

pub mod lines;
pub mod room;
pub mod server;
pub mod transport;
pub mod upgraded;
pub mod websocket;
