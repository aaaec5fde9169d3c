//! An HTTP server: hyper on each connection of a listener.
//!
//! The problem: between a listener and a service that answers requests there is the same code in every
//! program: a task for each connection, its limits, its errors, and an end that loses no request.
//!
//! ```text
//!   listener ── accept ──> a task: TLS, if set ──> hyper: HTTP/1 or HTTP/2 ──> service(request)
//!      │                          └─ a limit of time for the handshake and for each header
//!   until is done
//!      └─> the listener is closed; each connection ends after the requests that it has; then serve
//!          returns
//! ```
//!
//! Invariants:
//! 1. An error of a connection ends this connection, and no other.
//! 2. A peer that sends no request, or sends its header slowly, is disconnected after the limit.
//! 3. If the process has no descriptor left, the server goes on with the connections that it has, and
//!    accepts again when it can.
//!
//! Read next: `web/http/requests.rs`.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use groundup_sync::Semaphore;
use groundup_sync::combinators::{Selected, select_biased, timeout};
use groundup_sync::executor::spawn_named;
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper::{Request, Response};

use super::connections::HttpConnections;
use super::incomer::{AnyError, Incomer};
use crate::sockets::tcp::listener::TcpListener;
use crate::streams::server::{RETRY, cannot_accept, report};

type OnError = Rc<dyn Fn(Option<SocketAddr>, &(dyn Error + 'static))>;

/// Serves HTTP/1 and HTTP/2 at a listener, with hyper.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::{executor::*, sync::*}; pub mod web { pub use groundup_io::*; } }
/// use std::convert::Infallible;
/// use std::rc::Rc;
///
/// use groundup::net::{TcpListener, open_connection};
/// use groundup::web::HttpServer;
/// use groundup::web::hyper::{Request, Response, body::Incoming, service::service_fn};
/// use groundup::{Event, run, spawn};
///
/// async fn hello(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
///     Ok(Response::new(format!("you asked for {}", request.uri().path())))
/// }
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let port = listener.local_addr()?.port();
///     let stop = Rc::new(Event::new());
///     let until = stop.clone();
///     let server = spawn(async move {
///         let until = async move { until.wait().await };
///         HttpServer::new(listener).serve(service_fn(hello), until).await;
///     });
///     let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
///     writer.write(b"GET /tea HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
///     let answer = String::from_utf8(reader.read_to_end().await?).unwrap();
///     assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("you asked for /tea"));
///     stop.set();
///     server.await.unwrap();
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[must_use = "a server serves when `serve` is awaited"]
pub struct HttpServer {
    listener: TcpListener,
    header_limit: Duration,
    most: Option<usize>,
    on_error: OnError,
    #[cfg(feature = "tls")]
    tls: Option<futures_rustls::TlsAcceptor>,
}

impl HttpServer {
    /// Makes a server of a listener. It gives each peer 30 s for the header of a request. It ignores
    /// errors of connections, and passes an error of `accept` to the exception handler of the loop.
    pub fn new(listener: TcpListener) -> Self {
        HttpServer {
            listener,
            header_limit: Duration::from_secs(30),
            most: None,
            on_error: Rc::new(|peer, error| {
                if peer.is_none() {
                    report(error.to_string());
                }
            }),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Sets how long a peer may take for the header of a request, for the handshake of TLS, and from the
    /// connection to its first byte. A connection that is kept alive has the same time between two
    /// requests. A peer of HTTP/2 is told then that the connection ends (`GOAWAY`), and has the same time
    /// once more. The server also asks it after each such time whether it is there, and disconnects it if it
    /// does not answer.
    pub fn header_limit(mut self, limit: Duration) -> Self {
        self.header_limit = limit;
        self
    }

    /// Sets how many connections the server has at most. Further ones wait in the listener until another
    /// one ends. Without a limit the number of descriptors of the process is the limit.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_connections(mut self, most: usize) -> Self {
        assert!(
            most > 0,
            "a server of 0 connections serves nobody: give it at least 1"
        );
        self.most = Some(most);
        self
    }

    /// Calls `told` with each error of a connection, and its peer. If `accept` fails, the server tries again
    /// each second, and calls `told` without a peer, once until `accept` succeeds.
    pub fn on_error(
        mut self,
        told: impl Fn(Option<SocketAddr>, &(dyn Error + 'static)) + 'static,
    ) -> Self {
        self.on_error = Rc::new(told);
        self
    }

    /// Serves `https`: each connection begins with a handshake. See
    /// [`tls_acceptor`](crate::tls_acceptor).
    #[cfg(feature = "tls")]
    pub fn tls(mut self, acceptor: futures_rustls::TlsAcceptor) -> Self {
        self.tls = Some(acceptor);
        self
    }

    /// Answers requests with `service` until `until` is done. Then it closes the listener, lets each
    /// connection answer the requests that it has, and returns.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the listener is closed at once, and the connections end as soon as they
    /// have answered the requests that they have.
    pub async fn serve<S, B>(self, service: S, until: impl Future<Output = ()>)
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
        S::Future: 'static,
        S::Error: Into<AnyError>,
        B: Body + 'static,
        B::Error: Into<AnyError>,
    {
        let (connections, mut until) = (HttpConnections::new(), pin!(until));
        let _end = connections.end_on_drop();
        let places = self.most.map(|most| Rc::new(Semaphore::new(most)));
        let mut told = false;
        loop {
            let incoming = async {
                let place = Place::take(places.as_ref()).await;
                self.listener
                    .accept()
                    .await
                    .map(|accepted| (accepted, place))
            };
            match select_biased((until.as_mut(), incoming)).await {
                Selected::First(()) => break,
                Selected::Second(Ok(((stream, peer), place))) => {
                    told = false;
                    let incomer = Incomer {
                        limit: self.header_limit,
                        open: connections.begin(),
                        #[cfg(feature = "tls")]
                        tls: self.tls.clone(),
                    };
                    let (service, on_error) = (service.clone(), self.on_error.clone());
                    let serves = async move {
                        let _place = place;
                        if let Err(error) = incomer.serve(stream, service).await {
                            on_error(Some(peer), &*error);
                        }
                    };
                    spawn_named("connection", serves).detach();
                }
                Selected::Second(Err(error)) => {
                    if !mem::replace(&mut told, true) {
                        (self.on_error)(None, &cannot_accept(&error));
                    }
                    if timeout(RETRY, until.as_mut()).await.is_ok() {
                        break;
                    }
                }
            }
        }
        drop(self.listener);
        connections.end().await;
    }
}

/// A place among the most connections of a server. Its drop gives it to the next.
struct Place(Rc<Semaphore>);

impl Place {
    /// Waits for a place, if the places are limited.
    async fn take(places: Option<&Rc<Semaphore>>) -> Option<Place> {
        let places = places?;
        mem::forget(places.acquire().await);
        Some(Place(places.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer")
            .field("listener", &self.listener)
            .field("header_limit", &self.header_limit)
            .finish_non_exhaustive()
    }
}
