//! Sends in a task, and ends a writer whose sender is lost.
//!
//! The problem: a callback or a task sends the bytes of a writer. It is dropped before it is over if
//! its loop is closed, or if it is cancelled. Then no code would send the bytes, and a `drain` would
//! wait for ever. And after `abort` the task would wait for room in a connection that is gone.
//!
//! Invariant: after a guard was dropped before it was over, the writer has another sender, or has
//! ended.
//!
//! Read next: `streams/staggered.rs`.

use std::future::poll_fn;
use std::rc::Rc;

use futures_io::AsyncWrite;
use groundup_sync::task::{Scheduler, StoredWaker};

use super::outgoing::{Outgoing, Sender};

impl<W: AsyncWrite + Unpin + 'static> Outgoing<W> {
    /// The sender is dropped before it is over. If it was a task that was cancelled, it has an heir.
    #[cold]
    pub(super) fn lose_sender(self: &Rc<Self>) {
        let was_task = self.sender.replace(Sender::Nobody) == Sender::Task;
        if was_task && Scheduler::current().is_some_and(|scheduler| !scheduler.is_closed()) {
            self.send_soon();
        }
        if self.sender.get() == Sender::Nobody {
            self.lose("the loop of the writer was closed: its bytes are lost");
        }
    }

    /// Drops the bytes and the connection, unless the writer has ended.
    pub(super) fn abort(&self) {
        self.lose("`abort` was called on the writer: its bytes are lost");
        if let Some(waker) = self.wakes_sender.take() {
            waker.wake();
        }
    }
}

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

    /// Sends all bytes, in a task. Ends early if the writer fails meanwhile.
    pub(super) async fn send(mut self) {
        poll_fn(|cx| {
            self.outgoing.wakes_sender.set(Some(StoredWaker::of(cx)));
            self.outgoing.poll_send(cx)
        })
        .await;
        drop(self.outgoing.wakes_sender.take());
        self.outgoing.sender.set(Sender::Nobody);
        self.is_over();
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
