//! The requests of a connection of HTTP/2, and the time without any.
//!
//! The problem: hyper limits the time of a header for HTTP/1 alone. A peer of HTTP/2 that sends its
//! preface and then nothing, or a header that never ends, or answers pings and asks for nothing, would
//! hold its descriptor for ever. So the server counts the requests of a connection, from the end of the
//! header of each to the end of its response. If there is none for the limit, the connection ends.
//!
//! ```text
//!   preface ──> none ── a header is complete ──> 1, 2, .. ── the last body is sent ──> none
//!                 │                                                                      │
//!                 └─ for the limit ──> GOAWAY ── for the limit again ──> closed <────────┘
//! ```
//!
//! Invariants:
//! 1. A connection with a request is not ended here. The service decides how long it takes.
//! 2. HTTP/1 is not ended here: hyper does it.
//!
//! Read next: `web/http/connections.rs`.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use groundup_sync::executor::{Instant, sleep_until, time};
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Body;

/// The requests of a connection.
pub(super) struct Requests {
    open: Cell<usize>,
    /// When the last one ended, or the connection began.
    since: Cell<Instant>,
    is_http2: Arc<AtomicBool>,
}

impl Requests {
    /// Makes the count of a connection that begins. `is_http2` becomes true with the end of the preface.
    pub(super) fn new(is_http2: Arc<AtomicBool>) -> Rc<Requests> {
        Rc::new(Requests {
            open: Cell::new(0),
            since: Cell::new(time()),
            is_http2,
        })
    }

    /// Waits until the connection is one of HTTP/2 that has had no request for the limit.
    pub(super) async fn none_for(&self, limit: Duration) {
        let begun = time();
        loop {
            let now = time();
            let counts = self.is_http2.load(Relaxed) && self.open.get() == 0;
            let since = if counts {
                self.since.get().max(begun)
            } else {
                now
            };
            let due = since.saturating_add(limit);
            if due <= now {
                return;
            }
            sleep_until(due).await;
        }
    }
}

/// A request. Its drop ends it.
pub(super) struct OpenRequest(Rc<Requests>);

impl OpenRequest {
    pub(super) fn new(requests: &Rc<Requests>) -> OpenRequest {
        requests.open.set(requests.open.get() + 1);
        OpenRequest(requests.clone())
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        self.0.since.set(time());
    }
}

/// Awaits the answer of a service. The request is open until the body of the answer is dropped.
pub(super) async fn answered<B: Body, E>(
    open: OpenRequest,
    answer: impl Future<Output = Result<Response<B>, E>>,
) -> Result<Response<impl Body<Data = B::Data, Error = B::Error>>, E> {
    let response = answer.await?;
    Ok(response.map(|body| {
        body.map_err(move |error| {
            let _ = &open;
            error
        })
    }))
}
