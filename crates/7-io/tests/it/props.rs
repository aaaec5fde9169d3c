//! Readers, writers and sockets beside the dullest model.
//!
//! The problem: bytes come in pieces of any size, calls are dropped in the middle, separators lie
//! across pieces. The model of a reader is a list of pieces and a `Vec` of the bytes that came: after
//! each piece it searches everything again, from the beginning, with the definition of each call.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `props/bytes.rs`.

mod bytes;
mod children;
mod passed;
mod sent;
