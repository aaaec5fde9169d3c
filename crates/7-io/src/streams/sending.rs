//! Ends a writer whose sender is lost.
//!
//! The problem: a callback or a task sends the bytes of a writer. It is dropped before it is over if
//! its loop is closed, or if it is cancelled. Then no code would send the bytes, and a `drain` would
//! wait for ever.
//!
//! Invariant: after a guard was dropped before it was over, the writer has another sender, or has
//! ended.
//!
//! Read next: `streams/staggered.rs`.

use std::rc::Rc;

use futures_io::AsyncWrite;

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

/// The share of a sender in a writer. If it is dropped before it is over, another one
/// takes its place, or the writer fails.
pub(super) struct Sending<W: AsyncWrite + Unpin + 'static> {
    outgoing: Rc<Outgoing<W>>,
    over: bool,
}

impl<W: AsyncWrite + Unpin + 'static> Sending<W> {
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

impl<W: AsyncWrite + Unpin + 'static> Drop for Sending<W> {
    fn drop(&mut self) {
        if !self.over {
            self.outgoing.lose_sender();
        }
    }
}
