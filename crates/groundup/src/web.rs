//! Floor 7: HTTP, WebSockets, TLS and tokio's traits on our sockets.
//!
//! Each library is a feature, off by default: `hyper`, `websockets`, `tls`, `tokio-io`. Without them
//! this module is empty. With a feature it has the library itself, too, so that a program names its
//! types in the right version.
//!
//! | feature | here |
//! |---|---|
//! | `hyper` | `HttpServer`, and for hyper-util's client with a pool `HyperConnector` |
//! | `websockets` | `accept_websocket`, `connect_websocket`, `websocket_error` |
//! | `tls` | `connect_tls`, `tls_acceptor`, and `https` and `wss` in the two above |
//! | `tokio-io` | `TokioIo` and `FuturesIo`, between the traits of tokio and of `futures` |
//!
//! Invariant: these are public names of the crate `groundup-io`, whose page `web.rs` explains them, and
//! whole crates.
//!
//! Read next: `lowlevel.rs`.

#[cfg(any(feature = "hyper", feature = "websockets"))]
#[doc(inline)]
pub use groundup_io::WebStream;
#[cfg(feature = "tokio-io")]
#[doc(inline)]
pub use groundup_io::{FuturesIo, TokioIo};
#[cfg(feature = "hyper")]
#[doc(inline)]
pub use groundup_io::{HttpServer, HyperConnector, HyperExecutor, HyperIo, HyperTimer};
#[cfg(feature = "websockets")]
#[doc(inline)]
pub use groundup_io::{accept_websocket, connect_websocket, websocket_error};
#[cfg(feature = "tls")]
#[doc(inline)]
pub use groundup_io::{connect_tls, tls_acceptor, tls_connector, tls_connector_trusting};

// Whole crates. The reference leads to their own pages.
#[cfg(feature = "websockets")]
pub use groundup_io::async_tungstenite;
#[cfg(feature = "tls")]
pub use groundup_io::futures_rustls;
#[cfg(feature = "hyper")]
pub use groundup_io::{hyper, hyper_util};
