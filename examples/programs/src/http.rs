//! HTTP/1.1 as far as a client needs it, without any waiting.
//!
//! Nothing here reads a socket. A [`response::Response`] takes the bytes that came, and says what they
//! mean. So the three styles of `wget` and the crawler share it: they differ in how they wait for bytes,
//! and not in what they do with them.
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
