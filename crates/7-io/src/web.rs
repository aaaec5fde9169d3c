//! Libraries of others on our sockets: HTTP, WebSockets, TLS.
//!
//! The problem: HTTP, WebSockets and TLS are large, and well-kept libraries have them. Each of these
//! libraries leaves the sockets, the timers and the tasks to its caller, behind a few traits. So this
//! folder implements the traits, and each library is a feature, off by default.
//!
//! | feature | library | page | here |
//! |---|---|---|---|
//! | `hyper` | `hyper` 1, `hyper-util` | `http/` | [`HttpServer`](crate::HttpServer), `HyperConnector` for the client with a pool, and the parts `HyperIo`, `HyperExecutor`, `HyperTimer` |
//! | `websockets` | `async-tungstenite` | `websocket.rs`, `websocket_error.rs` | `accept_websocket`, `connect_websocket`, `websocket_error` |
//! | `tls` | `futures-rustls`, with `ring` | `tls.rs` | `tls_connector`, `tls_acceptor`, `connect_tls` |
//! | `tokio-io` | the traits of `tokio::io` | `tokio_io.rs` | `TokioIo`, `FuturesIo` |
//!
//! Each feature exports its library whole, so a program can name its types without a dependency of its
//! own.
//!
//! Invariants:
//! 1. A feature adds names and changes nothing else.
//! 2. A read zeroes no memory. Where a library gives memory that is not all initialized, the bytes pass
//!    through a buffer of the thread (`scratch.rs`).
//!
//! Access: nothing beneath uses this folder. It uses sockets by their traits, except where it opens
//! them.
//!
//! Read next: `web/scratch.rs`.

#[cfg(any(feature = "hyper", feature = "websockets", feature = "tls"))]
mod dialled;
#[cfg(feature = "hyper")]
pub(crate) mod http;
#[cfg(any(feature = "hyper", feature = "tokio-io"))]
mod scratch;
#[cfg(feature = "tls")]
pub(crate) mod tls;
#[cfg(feature = "tokio-io")]
pub(crate) mod tokio_io;
#[cfg(any(feature = "hyper", feature = "websockets"))]
pub(crate) mod transport;
#[cfg(feature = "websockets")]
pub(crate) mod websocket;
#[cfg(feature = "websockets")]
pub(crate) mod websocket_error;
