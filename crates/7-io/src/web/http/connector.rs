//! Connections for hyper-util's client, which pools them.
//!
//! The problem: the client asks for a connection to a URL, and demands that the answer be `Send`. The
//! futures of this floor are not, since they belong to their loop. So a task of the loop connects, and
//! the client gets the handle by which another thread would await it.
//!
//! ```text
//!   Client ── call(url) ──> HyperConnector ── a message ──> the loop spawns: dial, TLS
//!      │                                                        │
//!      └── awaits a RemoteTask  <──── HyperIo<WebStream> ───────┘
//! ```
//!
//! Invariant: if the client drops the future, the task is cancelled, and no connection is left.
//!
//! Read next: `web/websocket.rs`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use groundup_sync::executor::{RemoteTask, remote};
use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

use super::io::HyperIo;
use crate::web::dialled::dial;
use crate::web::transport::WebStream;

/// Opens connections for the client with a pool, `hyper_util::client::legacy::Client`. The client is made
/// and used in a loop.
///
/// ```
/// # mod groundup { pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::run;
/// use groundup::web::hyper_util::client::legacy::Client;
/// use groundup::web::{HyperConnector, HyperExecutor};
///
/// run(async {
///     let client = Client::builder(HyperExecutor).build::<_, String>(HyperConnector::new());
///     let nobody_listens = "http://127.0.0.1:1/".parse().unwrap();
///     assert!(client.get(nobody_listens).await.unwrap_err().is_connect());
/// });
/// ```
#[derive(Clone, Default)]
pub struct HyperConnector {
    #[cfg(feature = "tls")]
    tls: Option<futures_rustls::TlsConnector>,
}

impl HyperConnector {
    /// Makes a connector for `http`. With the feature `tls`, it takes `https`, too, and trusts the
    /// authorities that Mozilla trusts.
    pub fn new() -> Self {
        HyperConnector::default()
    }

    /// Makes a connector that connects by TLS as `tls` says, for example with other authorities.
    #[cfg(feature = "tls")]
    pub fn with_tls(tls: futures_rustls::TlsConnector) -> Self {
        HyperConnector { tls: Some(tls) }
    }

    async fn connect(self, url: Uri) -> io::Result<HyperIo<WebStream>> {
        let invalid = |what: &str| {
            let text = format!("{url}: {what}");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let host = url.host().ok_or_else(|| invalid("the URL has no host"))?;
        let stream = match url.scheme_str() {
            Some("http") => WebStream::Plain(dial(host, url.port_u16().unwrap_or(80)).await?),
            #[cfg(feature = "tls")]
            Some("https") => {
                let tls = self.tls.unwrap_or_else(crate::web::tls::tls_connector);
                let port = url.port_u16().unwrap_or(443);
                let stream = crate::web::tls::connect_tls(&tls, host, port).await?;
                WebStream::Tls(Box::new(stream))
            }
            #[cfg(not(feature = "tls"))]
            Some("https") => return Err(invalid("https needs the feature `tls`")),
            _ => return Err(invalid("the URL begins neither with http: nor with https:")),
        };
        Ok(HyperIo::new(stream))
    }
}

impl Service<Uri> for HyperConnector {
    type Response = HyperIo<WebStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<HyperIo<WebStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let this = self.clone();
        let connecting = Connecting(remote().spawn(move || this.connect(url)));
        Box::pin(connecting)
    }
}

/// A connection that a task of the loop opens. If it is dropped, the task is cancelled.
struct Connecting(RemoteTask<io::Result<HyperIo<WebStream>>>);

impl Future for Connecting {
    type Output = io::Result<HyperIo<WebStream>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let connected = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(connected.map_err(io::Error::other).flatten())
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Connection for HyperIo<WebStream> {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        match self.get_ref() {
            WebStream::Plain(_) => connected,
            #[cfg(feature = "tls")]
            WebStream::Tls(stream) => match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => connected.negotiated_h2(),
                _ => connected,
            },
        }
    }
}
