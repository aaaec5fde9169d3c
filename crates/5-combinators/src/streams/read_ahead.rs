//! Pumps: a stream driven by a task, one item ahead of its reader.
//!
//! The problem: a stream does nothing while nobody polls it. When its reader is
//! busy with one item for a second, whatever the stream waits for, an answer, a
//! timer, a lock, waits a second longer. So a task of its own drives it: it puts an
//! item down, and as soon as that is taken, it goes for the next.
//!
//! ```text
//!   source --> pump (a task) --puts--> [ one item ] --takes--> reader
//!                ^                                       |
//!                +-------- the place is free ------------+
//! ```
//!
//! Invariants:
//! 1. At most one item is ahead of the reader, and none is lost.
//! 2. A panic or a cancel of the source goes on in the reader, after the items
//!    that came before it.
//! 3. When it is dropped, the task is cancelled, and the source dropped with it; if
//!    that catches the cancel and goes on, it goes on to its next item at most.
//!
//! Read next: `merge.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{RaiseCancelled, Reason, Scheduler, Task, TaskError};

use crate::running::orphan;
use crate::streams::rethrow;
use crate::waiter::Waiter;

/// Where the pumps of one reader tell it that there is something.
#[derive(Default)]
pub struct Inbox {
    /// The numbers of those that have put an item down or have ended, in order.
    arrivals: RefCell<VecDeque<usize>>,
    reader: Waiter,
}

impl Inbox {
    fn arrived(&self, number: usize) {
        self.arrivals.borrow_mut().push_back(number);
        self.reader.wake();
    }

    /// The pump that was first to arrive. It stays the first until it is answered.
    pub(super) fn first(&self) -> Option<usize> {
        self.arrivals.borrow().front().copied()
    }

    /// What the first had to say was heard.
    pub(super) fn answer(&self) {
        self.arrivals.borrow_mut().pop_front();
    }

    /// For a reader that looks at all pumps by itself.
    pub(super) fn clear(&self) {
        self.arrivals.borrow_mut().clear();
    }

    /// Nothing is there: the reader waits.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        self.reader.keep(cx);
        Scheduler::try_current(|scheduler| scheduler.waits_for(cx, Reason::Several));
    }
}

struct Place<T> {
    inbox: Rc<Inbox>,
    number: usize,
    item: RefCell<Option<T>>,
    /// The source has ended, well or badly.
    ended: Cell<bool>,
    /// The source has come to its end, or its failure was told.
    over: Cell<bool>,
    /// The reader has gone.
    left: Cell<bool>,
    pump: Waiter,
}

impl<T> Place<T> {
    fn is_free(&self) -> bool {
        self.item.borrow().is_none()
    }
}

/// Says that the source has ended when it is dropped: at the end of the pump, and
/// also when that is cancelled or panics.
struct Ending<T>(Rc<Place<T>>);

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        self.0.ended.set(true);
        self.0.inbox.arrived(self.0.number);
    }
}

/// A source, and the task that drives it.
pub struct Pump<T> {
    place: Rc<Place<T>>,
    task: Task<()>,
    /// What it lets through of a cancelled source.
    raising: Option<RaiseCancelled>,
}

impl<T: 'static> Pump<T> {
    #[track_caller]
    pub(super) fn new<S>(
        scheduler: &Rc<Scheduler>,
        inbox: &Rc<Inbox>,
        number: usize,
        source: S,
    ) -> Self
    where
        S: Stream<Item = T> + 'static,
    {
        let place = Rc::new(Place {
            inbox: inbox.clone(),
            number,
            item: RefCell::new(None),
            ended: Cell::new(false),
            over: Cell::new(false),
            left: Cell::new(false),
            pump: Waiter::default(),
        });
        let task = scheduler.spawn(drive(source, Ending(place.clone())));
        Pump {
            place,
            task,
            raising: None,
        }
    }

    /// Whether there is an item to take: ready with yes, or with no at the end.
    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.place.is_free() && !self.place.ended.get() {
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
            // A task whose value was taken says that it is closed: asked twice.
            Some(Err(TaskError::Closed)) if self.place.over.get() => Poll::Ready(false),
            Some(Err(TaskError::Closed)) => orphan("stream"),
            Some(Err(error)) => {
                self.place.over.set(true);
                rethrow(error, &mut self.raising, cx).map(|never| match never {})
            }
        }
    }

    /// Takes the item; the pump goes for the next.
    pub(super) fn take(&mut self) -> Option<T> {
        let item = self.place.item.take();
        self.place.pump.wake();
        item
    }
}

impl<T> Drop for Pump<T> {
    fn drop(&mut self) {
        self.place.left.set(true);
        self.task.cancel();
    }
}

async fn drive<T, S: Stream<Item = T>>(source: S, ending: Ending<T>) {
    let mut source = pin!(source);
    let place = &ending.0;
    loop {
        poll_fn(|cx| {
            if place.is_free() && !Scheduler::holds_back(cx) {
                return Poll::Ready(());
            }
            place.pump.keep(cx);
            Scheduler::try_current(|scheduler| scheduler.waits_for(cx, Reason::Several));
            Poll::Pending
        })
        .await;
        let Some(item) = poll_fn(|cx| source.as_mut().poll_next(cx)).await else {
            return place.over.set(true);
        };
        if place.left.get() {
            return; // the source has caught the cancel, and gone on
        }
        place.item.replace(Some(item));
        place.inbox.arrived(place.number);
    }
}
