//! The connections of a server: they are told to end, and awaited.
//!
//! The problem: a server that stops lets each connection answer the requests that it has, and ends
//! when the last one has ended. A server that is dropped cannot wait, but tells them as well.
//!
//! Invariant: after `end`, or the drop of the value of `end_on_drop`, each connection is told, also one that
//! begins later.
//!
//! Read next: `web/http/incomer.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_sync::Event;

/// The connections of a server.
pub(super) struct HttpConnections {
    open: Cell<usize>,
    stops: Event,
    /// Set when the last one ends.
    none: Event,
}

impl HttpConnections {
    pub(super) fn new() -> Rc<HttpConnections> {
        Rc::new(HttpConnections {
            open: Cell::new(0),
            stops: Event::new().named("the end of the server"),
            none: Event::new().named("the end of its connections"),
        })
    }

    /// Tells the connections to end when the returned value is dropped.
    pub(super) fn end_on_drop(self: &Rc<Self>) -> EndOnDrop {
        EndOnDrop(self.clone())
    }

    /// Counts a connection until the returned value is dropped.
    pub(super) fn begin(self: &Rc<Self>) -> OpenConnection {
        self.open.set(self.open.get() + 1);
        self.none.clear();
        OpenConnection(self.clone())
    }

    /// Tells the connections to end, and waits until they have.
    pub(super) async fn end(&self) {
        self.stops.set();
        if self.open.get() > 0 {
            self.none.wait().await;
        }
    }
}

/// Tells the connections of a server to end when it is dropped.
pub(super) struct EndOnDrop(Rc<HttpConnections>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.stops.set();
    }
}

/// A connection. Its drop ends it.
pub(super) struct OpenConnection(Rc<HttpConnections>);

impl OpenConnection {
    /// Waits until the server tells its connections to end.
    pub(super) async fn told_to_end(&self) {
        self.0.stops.wait().await;
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        if self.0.open.get() == 0 {
            self.0.none.set();
        }
    }
}
