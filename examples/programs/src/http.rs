//! HTTP/1.1 as far as a client needs it, without any waiting.
//!
//! Nothing here reads a socket. A [`response::Response`] takes the bytes that came, and hands on their
//! meaning. So the three styles of `wget` share it: they differ only in how they wait for bytes.
//! `connection`, which waits, is for the async style and the crawler.
//!
//! ```text
//!   bytes ──> Response ── head ──────> Receives::head     status and headers, once
//!                      └─ a part ────> Receives::body     the body, in pieces of any length
//! ```

pub mod body;
pub mod connection;
pub mod head;
pub mod response;
pub mod url;
