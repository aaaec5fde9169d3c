//! Readers, writers and sockets beside the dullest model, and watched.
//!
//! The problem: bytes come in pieces of any size, calls are dropped in the middle, separators lie
//! across pieces. The model of a reader is a list of pieces and a `Vec` of the bytes that came: after
//! each piece it searches everything again, from the beginning, with the definition of each call.
//!
//! Invariants: the ones the properties are named after.
//!
//! Sockets of the system are compared with themselves, too: in a loop that is watched.
//!
//! Read next: `props/bytes.rs`.

mod bytes;
mod channels;
mod children;
mod passed;
mod sent;
mod watched;
