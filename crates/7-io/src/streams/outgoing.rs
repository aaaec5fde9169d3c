//! The bytes of a writer that are on their way.
//!
//! The problem: `write` takes bytes and does not wait, as asyncio's does. So the bytes must be sent
//! when no task awaits it, and the task that sends them must not keep a loop of writes from running.
//!
//! ```text
//!   write ──> back ─── 1 swapped when the front is empty ───> front ──> the socket
//!               │
//!               ├── a callback sends what it can, in the next iteration
//!               │     └── it would block: a task sends the rest
//!               └── or `drain` sends before that, in the task that awaits it
//! ```
//!
//! There are two buffers, as in a round of the loop: the front is being sent, and the back receives.
//! While code of the user's sends (`poll_write` of a type of the user's), the front and its writer
//! are out of their place, so that this code may call the writer.
//!
//! | state | moves to |
//! |---|---|
//! | open | closing (`close`), failed (an error of the writer) |
//! | closing: the bytes are still sent | closed (they are sent, and the writer is closed), failed |
//! | closed, failed: the writer is dropped, and further bytes are dropped | |
//!
//! Invariants:
//! 1. Bytes go out in the order in which they came, each once.
//! 2. At most one task sends. It ends when the bytes are sent, or the writer fails.
//! 3. Nothing is borrowed while the writer is polled or dropped.
//! 4. If the sender is dropped before it is over, because its loop is closed, the writer fails, and no
//!    `drain` waits for ever.
//! 5. A sender that is cancelled, as when a loop cleans up, has an heir: a task that cleans up can say
//!    goodbye to its peer.
//!
//! Read next: `streams/sending.rs`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_io::AsyncWrite;
use groundup_sync::Event;
use groundup_sync::executor::{call_soon, spawn_named, try_iteration};
use groundup_sync::task::{Scheduler, StoredWaker};

use super::buffer::Buffer;
use super::sending::{PanicGuard, Sending};
use crate::sockets::awaits::{CallSite, awaited_at};

/// asyncio's default high-water mark: 64 KiB.
const HIGH: usize = 64 * 1024;

/// The bytes and the writer, shared by the handle, the callback and the task that sends.
pub(super) struct Outgoing<W> {
    front: Cell<Option<Front<W>>>,
    back: RefCell<Buffer>,
    /// Number of bytes in both buffers.
    len: Cell<usize>,
    high: Cell<usize>,
    low: Cell<usize>,
    /// Set while a `drain` need not wait.
    room: Event,
    /// Set when the writer is closed or has failed.
    ended: Event,
    state: Cell<State>,
    failure: RefCell<Option<Arc<io::Error>>>,
    pub(super) sender: Cell<Sender>,
    /// The waker of the task that sends.
    pub(super) wakes_sender: Cell<Option<StoredWaker>>,
}

struct Front<W> {
    io: W,
    bytes: Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// May become `Closing` and `Failed`.
    Open,
    /// May become `Closed` and `Failed`.
    Closing,
    Closed,
    Failed,
}

/// The sender, beside the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// None. Becomes `Callback` with the next bytes.
    Nobody,
    /// A callback is scheduled. Becomes `Nobody` or `Task`.
    Callback,
    /// A task. Becomes `Nobody` when it ends.
    Task,
}

impl<W: AsyncWrite + Unpin + 'static> Outgoing<W> {
    #[track_caller]
    pub(super) fn new(io: W) -> Self {
        let bytes = Buffer::default();
        let room = Event::new().named("room in a writer");
        room.set();
        Outgoing {
            front: Cell::new(Some(Front { io, bytes })),
            back: RefCell::default(),
            len: Cell::new(0),
            high: Cell::new(HIGH),
            low: Cell::new(HIGH / 4),
            room,
            ended: Event::new().named("the end of a writer"),
            state: Cell::new(State::Open),
            failure: RefCell::default(),
            sender: Cell::new(Sender::Nobody),
            wakes_sender: Cell::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len.get()
    }

    /// Returns true if bytes are taken.
    pub(super) fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    /// Returns true if bytes are dropped, because the writer has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.state.get() == State::Failed
    }

    pub(super) fn set_limits(&self, high: usize, low: usize) {
        self.high.set(high);
        self.low.set(low);
        self.mind_the_marks();
    }

    /// Takes bytes, to be sent soon.
    pub(super) fn push(self: &Rc<Self>, bytes: &[u8]) {
        self.back.borrow_mut().push(bytes);
        self.len.set(self.len.get() + bytes.len());
        self.mind_the_marks();
        self.send_soon();
    }

    /// Begins to close: the writer is closed when the bytes are sent.
    pub(super) fn close(self: &Rc<Self>) {
        if self.is_open() {
            self.state.set(State::Closing);
            self.send_soon();
        }
    }

    /// Waits until the writer is closed.
    pub(super) async fn wait_closed(&self, place: CallSite) -> io::Result<()> {
        awaited_at(place, self.ended.wait()).await;
        self.check()
    }

    /// Sends what can be sent without a wait, and then waits until there is room.
    pub(super) async fn drain(self: &Rc<Self>, place: CallSite) -> io::Result<()> {
        if self.sender.get() != Sender::Task && self.len() > 0 {
            poll_fn(|cx| {
                self.send_in_drain(cx);
                Poll::Ready(())
            })
            .await;
        }
        self.check()?;
        awaited_at(place, self.room.wait()).await;
        self.check()
    }

    /// Sends for the task of a `drain`, which does not wait for the socket, but for the sender.
    fn send_in_drain(self: &Rc<Self>, cx: &mut Context<'_>) {
        let before = Scheduler::current().map(|scheduler| (scheduler.mark(), scheduler));
        self.send_or_spawn(cx);
        if let Some((mark, scheduler)) = before {
            scheduler.clear_since(mark);
        }
    }

    /// Returns the error of the writer, if it has failed.
    pub(super) fn check(&self) -> io::Result<()> {
        match &*self.failure.borrow() {
            Some(error) => Err(io::Error::new(error.kind(), error.clone())),
            None => Ok(()),
        }
    }

    /// Schedules a callback that sends. Without a running loop, `drain` sends.
    pub(super) fn send_soon(self: &Rc<Self>) {
        if self.sender.get() == Sender::Nobody && try_iteration().is_some() {
            self.sender.set(Sender::Callback);
            let mut sending = Sending::new(self);
            call_soon(move || {
                sending.is_over();
                let this = sending.outgoing();
                if this.sender.get() == Sender::Callback {
                    this.sender.set(Sender::Nobody);
                    this.send_or_spawn(&mut Context::from_waker(Waker::noop()));
                }
            });
        }
    }

    /// Sends what can be sent, and spawns a task for the rest.
    fn send_or_spawn(self: &Rc<Self>, cx: &mut Context<'_>) {
        if self.poll_send(cx).is_pending() && try_iteration().is_some() {
            self.sender.set(Sender::Task);
            spawn_named("sender", Sending::new(self).send()).detach();
        }
    }

    /// Sends all bytes, and then closes the writer, if it is to be closed. Ready when there is nothing
    /// to do any more.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut front) = self.front.take() else {
            // It has ended, or this is a call of the writer from inside its own `poll_write`.
            return Poll::Ready(());
        };
        let guard = PanicGuard::new(self);
        let sent = loop {
            if front.bytes.is_empty() {
                std::mem::swap(&mut front.bytes, &mut self.back.borrow_mut());
            }
            let closes = self.state.get() == State::Closing;
            let io = Pin::new(&mut front.io);
            let poll = match front.bytes.is_empty() {
                false => io.poll_write(cx, front.bytes.filled()),
                true if closes => io.poll_close(cx).map_ok(|()| 0),
                true => break Poll::Ready(None),
            };
            if self.has_failed() {
                std::mem::forget(guard);
                return Poll::Ready(()); // `poll_write` has called `abort`
            }
            match poll {
                Poll::Ready(Ok(0)) if front.bytes.is_empty() => break Poll::Ready(Some(Ok(()))),
                Poll::Ready(Ok(0)) => {
                    break Poll::Ready(Some(Err(io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(count)) => {
                    front.bytes.skip(count);
                    self.len.set(self.len.get() - count);
                    self.mind_the_marks();
                }
                Poll::Ready(Err(error)) => break Poll::Ready(Some(Err(error))),
                Poll::Pending => break Poll::Pending,
            }
        };
        std::mem::forget(guard);
        match sent {
            Poll::Ready(Some(Ok(()))) => self.end(State::Closed, None),
            Poll::Ready(Some(Err(error))) => self.end(State::Failed, Some(error)),
            Poll::Ready(None) => self.front.set(Some(front)),
            Poll::Pending => {
                self.front.set(Some(front));
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    /// Makes `drain` wait above the high mark, and go on at the low one.
    fn mind_the_marks(&self) {
        if self.len() > self.high.get() {
            self.room.clear();
        } else if self.len() <= self.low.get() {
            self.room.set();
        }
    }
}

impl<W> Outgoing<W> {
    /// Ends the writer: bytes that are not sent are dropped, and no `drain` waits.
    fn end(&self, state: State, failure: Option<io::Error>) {
        self.state.set(state);
        *self.failure.borrow_mut() = failure.map(Arc::new);
        drop(self.back.take());
        self.len.set(0);
        self.room.set();
        self.ended.set();
    }

    /// Fails the writer, unless it has ended.
    #[cold]
    pub(super) fn lose(&self, why: &'static str) {
        self.sender.set(Sender::Nobody);
        if matches!(self.state.get(), State::Open | State::Closing) {
            let front = self.front.take();
            self.end(State::Failed, Some(io::Error::other(why)));
            drop(front);
        }
    }
}
