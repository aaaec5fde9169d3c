//! One connection of a server, from the handshake to its end.
//!
//! The problem: a peer may be slow, silent or gone at each step, and the server may stop at each. So
//! each step has a limit of time, and the connection is awaited beside the end of the server.
//!
//! ```text
//!   TLS, if set ──> the first bytes ──> requests ─┬─ the peer ends ──────────────> done
//!     the limit       the limit                   ├─ the server stops ──┐
//!                                                 └─ no request, HTTP/2 ┴─ GOAWAY ─> the rest, done
//!                                                                                    the limit, HTTP/2
//! ```
//!
//! Invariants:
//! 1. An error of a connection is given to the caller, and ends no other.
//! 2. Also after the stop a peer of HTTP/2 without a request is disconnected after the limit.
//!
//! Read next: `web/http/prompt.rs`.

use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
#[cfg(feature = "tls")]
use groundup_sync::combinators::timeout;
use groundup_sync::combinators::{Selected, select_biased};
use hyper::body::{Body, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::server::conn::auto::Builder;

use super::connections::OpenConnection;
use super::executor::HyperExecutor;
use super::io::HyperIo;
use super::prompt::Prompt;
use super::requests::{OpenRequest, Requests, answered};
use super::timer::HyperTimer;
use crate::sockets::tcp::stream::TcpStream;

/// The error of a peer that does not end its connection after `GOAWAY`.
const SILENT: &str = "the peer of HTTP/2 does not end its connection, and asks for nothing";

/// Any error, as hyper has it.
pub(super) type AnyError = Box<dyn Error + Send + Sync>;

/// A connection that has come in, with its share of the server.
pub(super) struct Incomer {
    pub(super) limit: Duration,
    pub(super) open: OpenConnection,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<futures_rustls::TlsAcceptor>,
}

impl Incomer {
    /// Serves a connection to its end.
    pub(super) async fn serve<S, B>(self, stream: TcpStream, service: S) -> Result<(), AnyError>
    where
        S: Service<Request<Incoming>, Response = Response<B>> + 'static,
        S::Future: 'static,
        S::Error: Into<AnyError>,
        B: Body + 'static,
        B::Error: Into<AnyError>,
    {
        stream.set_nodelay(true)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let shaken = timeout(self.limit, tls.accept(stream)).await;
            let late = |_| "the peer did not complete the handshake of TLS in time";
            return self.serve_http(shaken.map_err(late)??, service).await;
        }
        self.serve_http(stream, service).await
    }

    async fn serve_http<I, S, B>(self, stream: I, service: S) -> Result<(), AnyError>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + 'static,
        S::Future: 'static,
        S::Error: Into<AnyError>,
        B: Body + 'static,
        B::Error: Into<AnyError>,
    {
        let mut http = Builder::new(HyperExecutor);
        (http.http1().timer(HyperTimer)).header_read_timeout(self.limit);
        (http.http2().timer(HyperTimer)).keep_alive_interval(self.limit);
        let is_http2 = Arc::new(AtomicBool::new(false));
        let requests = Requests::new(is_http2.clone());
        let io = HyperIo::new(Prompt::new(stream, self.limit, is_http2));
        let counts = requests.clone();
        let service =
            service_fn(move |request| answered(OpenRequest::new(&counts), service.call(request)));
        let mut connection = pin!(http.serve_connection_with_upgrades(io, service));
        let idle = || requests.none_for(self.limit);
        let ends = async { select_biased((self.open.told_to_end(), idle())).await };
        let served = match select_biased((connection.as_mut(), ends)).await {
            Selected::First(served) => served,
            Selected::Second(_) => {
                connection.as_mut().graceful_shutdown();
                match select_biased((connection.as_mut(), idle())).await {
                    Selected::First(served) => served,
                    _ => Err(SILENT.into()),
                }
            }
        };
        match served {
            // The server stops, and the peer has sent nothing: hyper's word for that.
            Err(error) if is_interrupted(&*error) => Ok(()),
            served => served,
        }
    }
}

fn is_interrupted(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::Interrupted)
}
