//! Counts the connections of a server.
//!
//! The problem: a server that closes lets its connections go on, and the program waits for the last of
//! them. A handler may return, panic or be cancelled. So each handler holds a value that counts it, and
//! the drop of this value ends the count.
//!
//! Invariant: the event `none` is set if and only if no handler runs.
//!
//! Read next: `addresses.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_sync::Event;

/// The number of handlers that run.
#[derive(Default)]
pub(super) struct Connections {
    pub(super) count: Cell<usize>,
    /// Set while there are none.
    pub(super) none: Event,
}

/// Counts a connection until it is dropped.
pub(super) struct Counted(Rc<Connections>);

impl Counted {
    pub(super) fn new(connections: &Rc<Connections>) -> Self {
        connections.count.set(connections.count.get() + 1);
        connections.none.clear();
        Counted(connections.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let left = self.0.count.get() - 1;
        self.0.count.set(left);
        if left == 0 {
            self.0.none.set();
        }
    }
}
