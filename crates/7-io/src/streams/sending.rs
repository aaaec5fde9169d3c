//! Ends a writer whose sender is lost.
//!
//! The problem: a callback or a task sends the bytes of a writer. It is dropped before it is over if
//! its loop is closed, or if it is cancelled. Then no code would send the bytes, and a `drain` in
//! another executor would wait for ever.
//!
//! Invariant: a guard that is dropped before it is over fails the writer, unless the writer has ended.
//!
//! Read next: `streams/staggered.rs`.

use std::rc::Rc;

use super::outgoing::Outgoing;

/// Fails a writer whose `poll_write` panics while the guard lives.
pub(super) struct PanicGuard<'a, W>(&'a Outgoing<W>);

impl<'a, W> PanicGuard<'a, W> {
    pub(super) fn new(outgoing: &'a Outgoing<W>) -> Self {
        PanicGuard(outgoing)
    }
}

impl<W> Drop for PanicGuard<'_, W> {
    fn drop(&mut self) {
        self.0.lose("the writer panicked: its bytes are lost");
    }
}

/// The share of a sender in a writer. If it is dropped before it is over, the writer fails.
pub(super) struct Sending<W> {
    outgoing: Rc<Outgoing<W>>,
    over: bool,
}

impl<W> Sending<W> {
    pub(super) fn new(outgoing: &Rc<Outgoing<W>>) -> Self {
        Sending {
            outgoing: outgoing.clone(),
            over: false,
        }
    }

    pub(super) fn outgoing(&self) -> &Rc<Outgoing<W>> {
        &self.outgoing
    }

    /// The sender ends, or has passed the bytes on to another one.
    pub(super) fn is_over(&mut self) {
        self.over = true;
    }
}

impl<W> Drop for Sending<W> {
    fn drop(&mut self) {
        if !self.over {
            self.outgoing.lose(
                "the loop of the writer was closed, or its sender was cancelled: its bytes are lost",
            );
        }
    }
}
