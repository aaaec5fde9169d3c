//! Read-ahead: a task that drives a stream, one item ahead of its reader.
//!
//! The problem: a stream does nothing while it is not polled. When its reader is busy with one
//! item for a second, each wait of the stream (for an answer, a timer, a lock) ends a second
//! later. So a task of its own, the *read-ahead task*, drives the stream. It stores an item, and
//! polls for the next as soon as the reader has taken that one.
//!
//! ```text
//!   source ──> read-ahead task ── puts ──> [ one item ] ── takes ──> reader
//!                    ^                          │
//!                    └──── the place is free ───┘
//! ```
//!
//! Invariants:
//! 1. At most one item is ahead of the reader, and none is lost.
//! 2. A panic or a cancel of the source goes on in the reader, after the items
//!    that came before it.
//! 3. Dropping a [`ReadAhead`] cancels its task, and so drops the source. If the source catches
//!    the cancel and goes on, it goes on to its next item at most.
//!
//! Read next: `streams/merge.rs`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{RaiseCancelled, Reason, Scheduler, Task, TaskError, Ticket};

use crate::running::orphan;
use crate::streams::origin::{Named, Origin};
use crate::streams::rethrow;
use crate::waiter::Waiter;

/// Queues the read-ahead tasks of one reader that have an item for it, or have ended.
pub(super) struct Inbox {
    origin: Origin,
    /// The read-ahead tasks.
    tasks: RefCell<Vec<Ticket>>,
    /// The loop of the read-ahead tasks, once there is one.
    scheduler: OnceCell<Rc<Scheduler>>,
    /// Numbers of the tasks that have stored an item or have ended, in order.
    arrivals: RefCell<VecDeque<usize>>,
    reader: Waiter,
}

impl Inbox {
    pub(super) fn new(origin: Origin) -> Rc<Self> {
        Rc::new(Inbox {
            origin,
            tasks: RefCell::default(),
            scheduler: OnceCell::new(),
            arrivals: RefCell::default(),
            reader: Waiter::default(),
        })
    }

    /// Names the stream in reports, when its tasks are spawned.
    pub(super) fn named(&self, scheduler: &Rc<Scheduler>) -> Named {
        Named::new(scheduler, self.origin, self.tasks.borrow().clone())
    }

    fn arrived(&self, number: usize) {
        self.arrivals.borrow_mut().push_back(number);
        self.reader.wake();
    }

    /// Returns the number of the first task in the queue. It stays the first until
    /// [`answer`](Inbox::answer).
    pub(super) fn first(&self) -> Option<usize> {
        self.arrivals.borrow().front().copied()
    }

    /// Removes the first task of the queue, which the reader has handled.
    pub(super) fn answer(&self) {
        self.arrivals.borrow_mut().pop_front();
    }

    /// Empties the queue, for a reader that looks at all tasks itself.
    pub(super) fn clear(&self) {
        self.arrivals.borrow_mut().clear();
    }

    /// Stores the waker of the reader: no task is in the queue.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        if let Some(scheduler) = self.scheduler.get() {
            self.reader.keep(cx, || scheduler.clone());
        }
        if let Some(scheduler) = Scheduler::current() {
            scheduler.waits_for(cx, Reason::Several);
        }
    }
}

/// How far the source has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Running,
    /// It was ended by a panic or a cancel, which the reader is to get.
    Failed,
    /// It has come to its end, or the reader has its failure.
    Over,
}

struct ReadPlace<T> {
    inbox: Rc<Inbox>,
    number: usize,
    item: RefCell<Option<T>>,
    source: Cell<Source>,
    /// The reader has been dropped.
    left: Cell<bool>,
    read_ahead: Waiter,
}

impl<T> ReadPlace<T> {
    fn is_free(&self) -> bool {
        self.item.borrow().is_none()
    }
}

/// Queues the end of the source when it is dropped: at the end of the read-ahead task, and also
/// when the task is cancelled or panics.
struct EndMark<T>(Rc<ReadPlace<T>>);

impl<T> Drop for EndMark<T> {
    fn drop(&mut self) {
        if self.0.source.get() == Source::Running {
            self.0.source.set(Source::Failed);
        }
        self.0.inbox.arrived(self.0.number);
    }
}

/// A source, and the task that drives it.
pub struct ReadAhead<T> {
    place: Rc<ReadPlace<T>>,
    task: Task<()>,
    /// A cancel of the source, on its way through the reader.
    raising: Option<RaiseCancelled>,
}

impl<T: 'static> ReadAhead<T> {
    pub(super) fn new<S>(
        scheduler: &Rc<Scheduler>,
        inbox: &Rc<Inbox>,
        number: usize,
        source: S,
    ) -> Self
    where
        S: Stream<Item = T> + 'static,
    {
        inbox.scheduler.get_or_init(|| scheduler.clone());
        let place = Rc::new(ReadPlace {
            inbox: inbox.clone(),
            number,
            item: RefCell::new(None),
            source: Cell::new(Source::Running),
            left: Cell::new(false),
            read_ahead: Waiter::default(),
        });
        let driven = drive(source, EndMark(place.clone()));
        let task = scheduler.clone().spawn_at(driven, inbox.origin.place);
        inbox.tasks.borrow_mut().push(task.ticket());
        ReadAhead {
            place,
            task,
            raising: None,
        }
    }

    /// Polls for an item: ready with true if there is one, with false at the end.
    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.place.is_free() && self.place.source.get() == Source::Running {
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        if !self.place.is_free() {
            return Poll::Ready(true);
        }
        match self.task.take_result() {
            Some(Ok(())) | None => Poll::Ready(false),
            Some(Err(TaskError::Taken)) => Poll::Ready(false), // in an earlier poll
            Some(Err(TaskError::Closed)) if self.place.source.get() == Source::Over => {
                Poll::Ready(false)
            }
            Some(Err(TaskError::Closed)) => orphan("stream"),
            Some(Err(error)) => {
                self.place.source.set(Source::Over);
                rethrow(error, &mut self.raising, cx).map(|never| match never {})
            }
        }
    }

    /// Takes the item; the read-ahead task then polls for the next.
    pub(super) fn take(&mut self) -> Option<T> {
        let item = self.place.item.take();
        self.place.read_ahead.wake();
        item
    }
}

impl<T> Drop for ReadAhead<T> {
    fn drop(&mut self) {
        self.place.left.set(true);
        self.task.cancel();
        // The items of several sources are dropped one after another, and each may panic.
        self.task.scheduler().drop_reported(self.place.item.take());
    }
}

async fn drive<T, S: Stream<Item = T>>(source: S, exit: EndMark<T>) {
    let mut source = pin!(source);
    let place = &exit.0;
    loop {
        poll_fn(|cx| {
            if place.is_free() && !Scheduler::holds_back(cx) {
                return Poll::Ready(());
            }
            if let Some(scheduler) = place.inbox.scheduler.get() {
                place.read_ahead.keep(cx, || scheduler.clone());
            }
            if let Some(scheduler) = Scheduler::current() {
                scheduler.waits_for(cx, Reason::Several);
            }
            Poll::Pending
        })
        .await;
        let Some(item) = poll_fn(|cx| source.as_mut().poll_next(cx)).await else {
            return place.source.set(Source::Over);
        };
        if place.left.get() {
            return; // the source caught the cancel and went on
        }
        place.item.replace(Some(item));
        place.inbox.arrived(place.number);
    }
}

/// Counts the streams of one reader that have an item.
#[derive(Default)]
pub struct Found {
    streams: usize,
    items: usize,
    end: bool,
}

impl Found {
    /// Takes note of the result of [`ReadAhead::poll_item`].
    pub(super) fn note(&mut self, polled: Poll<bool>) {
        self.streams += 1;
        self.items += usize::from(polled == Poll::Ready(true));
        self.end |= polled == Poll::Ready(false);
    }

    /// Returns whether each stream has an item; `None` if a stream has ended, or if there is none.
    pub(super) fn have_items(&self) -> Option<bool> {
        (self.streams > 0 && !self.end).then_some(self.items == self.streams)
    }
}
