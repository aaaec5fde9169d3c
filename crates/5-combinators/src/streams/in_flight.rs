//! In flight: a limited number of tasks at once, begun one by one.
//!
//! The problem: a program makes a thousand downloads, ten at a time. When one has ended, the
//! next must begin, also while the reader of the results is busy. So a task of its own, the
//! *driver*, spawns the items of the source as children. The reader only takes results.
//!
//! ```text
//!   source --> driver --spawns--> child, child, child --ends--> results --> reader
//!                ^                                                |
//!                +------- there is room again --------------------+
//! ```
//!
//! Invariants:
//! 1. No more than `limit` children are alive at once. With [`Room::unread`], children and
//!    unread results together are no more than `limit`.
//! 2. Only the driver waits for the reader, and only for room.
//! 3. Dropping an [`InFlight`] cancels the driver and all children.
//!
//! Read next: `streams/buffered.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{
    Exit, Group, IntoTask, Listener, RaiseCancelled, Reason, Scheduler, Task, TaskError, Ticket,
};

use crate::running::orphan;
use crate::streams::origin::Origin;
use crate::streams::{Order, Room, rethrow};
use crate::waiter::Waiter;

type TaskResult<T> = Result<T, TaskError>;

struct ReadChild<T> {
    task: Task<T>,
    /// Sequence number in the source, from 0.
    number: u64,
}

struct ChildState<T> {
    scheduler: Rc<Scheduler>,
    origin: Origin,
    order: Order,
    room: Room,
    children: RefCell<Vec<Option<ReadChild<T>>>>,
    vacant: RefCell<Vec<u32>>,
    alive: Cell<usize>,
    begun: Cell<u64>,
    read: Cell<u64>,
    /// Results that were not read. In the source's order, `None` stands for a result to come.
    results: RefCell<VecDeque<Option<TaskResult<T>>>>,
    /// The source has ended, or failed.
    exhausted: Cell<bool>,
    /// The reader has been dropped.
    left: Cell<bool>,
    driver: RefCell<Option<Task<()>>>,
    /// Why the driver ended without reaching the end of the source.
    failed: RefCell<Option<TaskError>>,
    reader: Waiter,
    read_waits: Cell<bool>, // the waker of a read that was given up stays
    driver_waker: Waiter,
    group: RefCell<Option<Group>>,
}

/// The member number of the driver.
const DRIVER: u32 = u32::MAX;

impl<T: 'static> Listener for ChildState<T> {
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        let reader = self.reader.ticket().filter(|_| self.read_waits.get());
        Some((self.origin.what, reader?))
    }

    fn on_end(&self, member: u32, _: Exit) {
        if member == DRIVER {
            return self.driver_done();
        }
        let child = self.children.borrow_mut()[member as usize].take();
        let Some(mut child) = child else { return };
        self.vacant.borrow_mut().push(member);
        self.alive.set(self.alive.get() - 1);
        let outcome = child.task.take_result().unwrap_or(Err(TaskError::Closed));
        match self.order {
            Order::Ends => self.results.borrow_mut().push_back(Some(outcome)),
            Order::Source => {
                let at = (child.number - self.read.get()) as usize;
                self.results.borrow_mut()[at] = Some(outcome);
            }
        }
        self.reader.wake();
        self.driver_waker.wake();
    }

    fn loop_closed(&self) {
        self.reader.wake();
    }
}

impl<T: 'static> ChildState<T> {
    fn driver_done(&self) {
        // Taken out first: the drop of the driver or its result may drop this stream.
        let driver = self.driver.take();
        let ended = driver.and_then(|mut driver| driver.take_result());
        if let Some(Err(error)) = ended {
            self.failed.replace(Some(error));
        }
        self.exhausted.set(true);
        self.reader.wake();
    }

    /// Adds a spawned child.
    fn begin(&self, task: Task<T>) {
        let vacant = self.vacant.borrow_mut().pop();
        let place = vacant.unwrap_or_else(|| {
            self.children.borrow_mut().push(None);
            self.children.borrow().len() as u32 - 1
        });
        if let Some(group) = &*self.group.borrow() {
            group.add(&task, place);
        }
        let number = self.begun.get();
        self.begun.set(number + 1);
        self.alive.set(self.alive.get() + 1);
        if self.order == Order::Source {
            self.results.borrow_mut().push_back(None);
        }
        self.children.borrow_mut()[place as usize] = Some(ReadChild { task, number });
    }

    /// Waits for room for another child.
    fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let held = match self.room.unread {
            true => (self.begun.get() - self.read.get()) as usize,
            false => self.alive.get(),
        };
        if held < self.room.limit {
            return match Scheduler::holds_back(cx) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            };
        }
        self.driver_waker.keep(cx, || self.scheduler.clone());
        self.scheduler.waits_for(cx, Reason::Several);
        Poll::Pending
    }

    fn poll_next(
        &self,
        cx: &mut Context<'_>,
        raising: &mut Option<RaiseCancelled>,
    ) -> Poll<Option<TaskResult<T>>> {
        let ready = matches!(self.results.borrow().front(), Some(Some(_)));
        if ready {
            if Scheduler::holds_back(cx) {
                return Poll::Pending;
            }
            self.read.set(self.read.get() + 1);
            self.driver_waker.wake();
            return Poll::Ready(self.results.borrow_mut().pop_front().flatten());
        }
        if self.exhausted.get() && self.alive.get() == 0 {
            if Scheduler::holds_back(cx) {
                return Poll::Pending;
            }
            let failed = self.failed.take();
            return match failed {
                Some(error) => rethrow(error, raising, cx).map(|never| match never {}),
                None => Poll::Ready(None),
            };
        }
        if self.scheduler.is_closed() {
            orphan("stream");
        }
        self.reader.keep(cx, || self.scheduler.clone());
        self.read_waits.set(true);
        self.scheduler.waits_for(cx, Reason::Several);
        Poll::Pending
    }
}

async fn drive<S, T>(source: S, state: Rc<ChildState<T>>)
where
    S: Stream,
    S::Item: IntoTask<Output = T>,
    T: 'static,
{
    let mut source = pin!(source);
    loop {
        poll_fn(|cx| state.poll_room(cx)).await;
        let Some(item) = poll_fn(|cx| source.as_mut().poll_next(cx)).await else {
            break;
        };
        if state.left.get() {
            return; // the source caught the cancel and went on
        }
        let task = item.into_task_at(&state.scheduler, state.origin.place);
        if state.left.get() {
            task.cancel(); // a trace sink dropped the stream when it was told of the spawn
            return;
        }
        state.begin(task);
    }
    state.exhausted.set(true);
    state.reader.wake();
}

/// Runs tasks in flight and keeps their results.
pub(super) struct InFlight<T: 'static> {
    state: Rc<ChildState<T>>,
    /// A cancel of the source, on its way through the reader.
    raising: Option<RaiseCancelled>,
}

impl<T: 'static> InFlight<T> {
    /// Spawns the driver, which takes items from `source` while there is room.
    pub(super) fn new<S>(
        scheduler: &Rc<Scheduler>,
        source: S,
        (order, room): (Order, Room),
        origin: Origin,
    ) -> Self
    where
        S: Stream + 'static,
        S::Item: IntoTask<Output = T>,
    {
        let state = Rc::new(ChildState {
            scheduler: scheduler.clone(),
            origin,
            order,
            room,
            children: RefCell::default(),
            vacant: RefCell::default(),
            alive: Cell::new(0),
            begun: Cell::new(0),
            read: Cell::new(0),
            results: RefCell::default(),
            exhausted: Cell::new(false),
            left: Cell::new(false),
            driver: RefCell::default(),
            failed: RefCell::default(),
            reader: Waiter::default(),
            read_waits: Cell::new(false),
            driver_waker: Waiter::default(),
            group: RefCell::default(),
        });
        let group = Group::new(scheduler, state.clone());
        let driver = drive(source, state.clone());
        let driver = scheduler.clone().spawn_at(driver, origin.place);
        group.add(&driver, DRIVER);
        state.driver.replace(Some(driver));
        state.group.replace(Some(group));
        InFlight {
            state,
            raising: None,
        }
    }

    /// Takes note that the reader waits no more, for reports.
    pub(super) fn given_up(&self) {
        self.state.read_waits.set(false);
    }

    /// Returns the next result; `None` when the source has ended and all results were read.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<TaskResult<T>>> {
        self.state.poll_next(cx, &mut self.raising)
    }
}

impl<T: 'static> Drop for InFlight<T> {
    fn drop(&mut self) {
        let state = &self.state;
        state.left.set(true);
        let group = state.group.take();
        let driver = state.driver.take();
        if let Some(driver) = &driver {
            driver.cancel();
            if let Some(group) = &group {
                group.remove(driver, DRIVER);
            }
        }
        let children = state.children.take();
        for (place, child) in (0..).zip(&children) {
            let Some(child) = child else { continue };
            child.task.cancel();
            if let Some(group) = &group {
                group.remove(&child.task, place);
            }
        }
        drop((group, driver, children));
        for result in state.results.take() {
            state.scheduler.drop_reported(result); // each may panic
        }
    }
}
