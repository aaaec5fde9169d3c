//! Tasks: handles to something that runs by itself.
//!
//! The problem: a handle must be able to do four things, await, cancel, ask and
//! let go, and none of them may keep the task's memory from being used again. A
//! handle is the scheduler and a ticket, 16 bytes; when the task has gone, the
//! ticket fits nothing, and every question has an honest answer.
//!
//! [`Task<T>`] is the handle that can give the value, and can be cloned where the
//! value can; [`TaskRef`] is for everything else, and always can.
//!
//! `Task<T>` is not itself a `Future`; `task.await` works because it is
//! `IntoFuture`, and `&mut task` is a `Future` for those who need one. That is
//! what lets every combinator take tasks and bare futures through one door,
//! [`IntoTask`]: a task is taken as it is, a bare future is spawned. Were `Task` a
//! future, the two could not be told apart, and a task would be wrapped in a
//! second one, an iteration late.
//!
//! Invariants:
//! 1. Dropping a `Task` detaches it. It never cancels.
//! 2. The value can be taken once from each handle; `shared.rs` says how there
//!    come to be several.
//! 3. The body never runs inside `spawn` (K01).
//!
//! Read next: `promise.rs`.

use std::any::Any;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_interweave::trace::Name;

use crate::callback::DoneCallback;
use crate::error::{Cancelled, Panic, TaskError};
use crate::object::{Place, TaskObject};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CANCELLED, DETACHED, DONE, FAILED, MUST_CANCEL, OBSERVED, SCHED, SPENT, TAG};
use crate::waiters::Waiter;
use crate::waker::ticket_of;

/// A handle without a type: it can ask and cancel, not take the value.
#[derive(Clone)]
pub struct TaskRef {
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) ticket: u64,
}

impl TaskRef {
    /// The ticket: which loop, which slot, which occupant.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The scheduler the task belongs to.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    fn slot(&self) -> Option<&Slot> {
        self.scheduler.slot_of(self.ticket)
    }

    fn key(&self) -> Option<u64> {
        self.slot().map(|slot| slot.key.get())
    }

    /// Asks the task to stop; false if it is done already (C04).
    ///
    /// Nothing happens inline: the cancel is delivered in the next iteration,
    /// where the task may catch it ([`catch_cancel`](crate::catch_cancel)).
    pub fn cancel(&self) -> bool {
        self.scheduler.cancel(self.ticket, None)
    }

    /// The same, with a reason that travels along (C14).
    pub fn cancel_with(&self, reason: impl Into<Rc<str>>) -> bool {
        self.scheduler.cancel(self.ticket, Some(&reason.into()))
    }

    /// How many cancels were asked for and not taken back by
    /// [`uncancel`](TaskRef::uncancel).
    pub fn cancelling(&self) -> u32 {
        let slot = self.scheduler.slot_of(self.ticket);
        slot.and_then(|slot| self.scheduler.extra(slot, |extra| extra.cancelling))
            .unwrap_or(0)
    }

    /// Takes one cancel request back and gives how many are left. When none is
    /// left, a cancel that was not delivered yet is not delivered (C10).
    pub fn uncancel(&self) -> u32 {
        let Some(slot) = self.scheduler.slot_of(self.ticket) else {
            return 0;
        };
        if slot.extra.get() == 0 {
            return 0;
        }
        let left = self.scheduler.extra_mut(slot, |extra| {
            extra.cancelling = extra.cancelling.saturating_sub(1);
            extra.cancelling
        });
        if left == 0 {
            slot.key.set(slot.key.get() & !MUST_CANCEL);
        }
        left
    }

    /// Whether the task ended by cancellation. A task that has gone, because its
    /// value was taken or its handle dropped, answers false.
    pub fn cancelled(&self) -> bool {
        self.key().is_some_and(|key| key & CANCELLED != 0)
    }

    /// Whether the task panicked and still holds the panic.
    pub fn panicked(&self) -> bool {
        self.key().is_some_and(|key| key & FAILED != 0)
    }

    /// Whether the task has ended, in whatever way.
    pub fn done(&self) -> bool {
        self.key().is_none_or(|key| key & DONE != 0)
    }

    /// What the task is called: `Task-<n>` if nobody gave it a name (K07). Empty
    /// for a task that has gone.
    pub fn name(&self) -> Name {
        self.scheduler
            .name_of(self.ticket)
            .unwrap_or_else(|| Name::from(""))
    }

    /// Gives the task a name, for traces and reports.
    pub fn set_name(&self, name: &str) {
        if let Some(slot) = self.scheduler.slot_of(self.ticket) {
            self.scheduler
                .extra_mut(slot, |extra| extra.name = Some(Name::from(name)));
        }
    }

    /// The how-manieth task of its loop this is, from 1.
    pub fn number(&self) -> u32 {
        self.scheduler
            .slot_of(self.ticket)
            .map_or(0, |slot| slot.number.get())
    }

    /// Where it was spawned, as long as it is there and not running.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.scheduler.place_of(self.ticket)
    }

    /// Has `callback` called, in an iteration of its own, when the task is done;
    /// if it is done already, in the next one (F07, F08). Gives the callback back,
    /// to remove it by.
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        let callback = callback.into();
        self.scheduler.add_done(self.ticket, callback.clone());
        callback
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        self.scheduler.remove_done(self.ticket, callback)
    }

    /// Waits until the task has ended, without taking its value. Awaiting this
    /// hands a cancel on to the task, as awaiting the task does.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes the registration back; nothing is lost.
    ///
    /// # Panics
    ///
    /// When a task awaits its own end (K09).
    pub fn ended(&self) -> Ended {
        Ended {
            task: self.clone(),
            place: 0,
        }
    }

    /// What [`ended`](TaskRef::ended) does when polled: registers the waker, or
    /// says that the task has ended. The registration stays until then.
    pub fn poll_ended(&self, cx: &Context<'_>) -> Poll<()> {
        let Some(slot) = self.scheduler.slot_of(self.ticket) else {
            return Poll::Ready(());
        };
        if slot.key.get() & DONE != 0 {
            return Poll::Ready(());
        }
        self.scheduler.register_to_stay(self.ticket, slot, cx);
        Poll::Pending
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &Self) -> bool {
        self.ticket == other.ticket && Rc::ptr_eq(&self.scheduler, &other.scheduler)
    }
}

impl Eq for TaskRef {}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(slot) = self.scheduler.slot_of(self.ticket) else {
            return f.write_str("<Task gone>");
        };
        let key = slot.key.get();
        let state = match key {
            key if key & CANCELLED != 0 => "cancelled",
            key if key & FAILED != 0 => "panicked",
            key if key & DONE != 0 => "finished",
            _ if self.cancelling() > 0 => "cancelling",
            _ => "pending",
        };
        write!(f, "<Task {state} name='{}'", self.name())?;
        if let Some(place) = self.place() {
            write!(f, " spawned at {place}")?;
        }
        if key & (DONE | SCHED) == 0 && slot.wait.get() != 0 {
            write!(f, " waiting for {}", self.scheduler.wait_of(slot))?;
        }
        f.write_str(">")
    }
}

/// What [`TaskRef::ended`] returns.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Ended {
    task: TaskRef,
    /// Where it stands in the task's list of waiters, or 0.
    place: u64,
}

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(slot) = this.task.slot().filter(|slot| slot.key.get() & DONE == 0) else {
            this.place = 0;
            return Poll::Ready(());
        };
        assert!(
            ticket_of(cx) != Some(this.task.ticket),
            "{}",
            TaskError::AwaitedItself
        );
        let scheduler = &this.task.scheduler;
        scheduler.register_more(this.task.ticket, slot, cx, &mut this.place);
        Poll::Pending
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(slot) = self.task.slot().filter(|_| self.place != 0) {
            self.task.scheduler.unregister(slot, self.place);
        }
    }
}

/// A running task that will give a `T`: await it, or let it run by dropping this.
///
/// ```text
/// task.await  ->  Ok(value) | Err(TaskError::Cancelled) | Err(TaskError::Panicked) | ...
/// ```
pub struct Task<T> {
    task: TaskRef,
    output: PhantomData<fn() -> T>,
}

impl<T> Task<T> {
    /// The untyped handle, to borrow.
    pub fn as_task_ref(&self) -> &TaskRef {
        &self.task
    }

    /// An untyped handle, to keep.
    pub fn task_ref(&self) -> TaskRef {
        self.task.clone()
    }

    /// Lets the task run on by itself. The same as dropping the handle, in words.
    pub fn detach(self) {}
}

impl<T> std::ops::Deref for Task<T> {
    type Target = TaskRef;

    fn deref(&self) -> &TaskRef {
        &self.task
    }
}

impl<T: 'static> Task<T> {
    /// The outcome, if the task is done; each handle gives it once.
    pub fn take_result(&mut self) -> Option<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.slot_of(self.task.ticket) else {
            return Some(Err(TaskError::Closed));
        };
        if slot.key.get() & DONE == 0 {
            return None;
        }
        let outcome = scheduler.outcome(self.task.ticket, slot);
        self.task.ticket = SPENT;
        Some(outcome)
    }

    pub(crate) fn from_ref(task: TaskRef) -> Self {
        Task {
            task,
            output: PhantomData,
        }
    }

    /// Looks at the value of a task that is done, and leaves it where it is.
    pub fn with_output<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let slot = self.task.scheduler.slot_of(self.task.ticket)?;
        let mut look = Some(look);
        let mut seen = None;
        let mut show = |output: &dyn Any| {
            if let (Some(output), Some(look)) = (output.downcast_ref::<T>(), look.take()) {
                seen = Some(look(output));
            }
        };
        if let Some(object) = slot.object.borrow_mut().as_mut() {
            object.as_mut().show(&mut show);
        }
        seen
    }

    fn poll_output(&mut self, cx: &Context<'_>) -> Poll<Result<T, TaskError>> {
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.slot_of(self.task.ticket) else {
            return Poll::Ready(Err(TaskError::Closed));
        };
        if slot.key.get() & DONE != 0 {
            let outcome = scheduler.outcome(self.task.ticket, slot);
            self.task.ticket = SPENT;
            return Poll::Ready(outcome);
        }
        if ticket_of(cx) == Some(self.task.ticket) {
            return Poll::Ready(Err(TaskError::AwaitedItself));
        }
        if scheduler.is_shared(slot) {
            scheduler.register_to_stay(self.task.ticket, slot, cx);
        } else {
            scheduler.register_joiner(self.task.ticket, slot, cx);
        }
        Poll::Pending
    }
}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        // The value was taken: the ticket is no longer good for anything.
        if self.task.ticket == SPENT {
            return;
        }
        let scheduler = &self.task.scheduler;
        let Some(slot) = scheduler.slot_of(self.task.ticket) else {
            return;
        };
        if scheduler.release_handle(slot) {
            return;
        }
        let key = slot.key.get();
        if key & DONE != 0 {
            scheduler.abandon(self.task.ticket, slot);
        } else {
            slot.key.set(key | DETACHED);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

impl<T: 'static> IntoFuture for Task<T> {
    type Output = Result<T, TaskError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join { task: self }
    }
}

impl<T: 'static> Future for &mut Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_output(cx)
    }
}

/// A task being awaited.
///
/// # Cancel safety
///
/// Dropping it detaches the task, which runs on.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Join<T> {
    task: Task<T>,
}

impl<T> Join<T> {
    /// Stops awaiting and gives the task back.
    pub fn into_task(self) -> Task<T> {
        self.task
    }
}

impl<T: 'static> Future for Join<T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().task.poll_output(cx)
    }
}

/// What can stand where a task is wanted: a task as it is, or any future, which
/// is spawned. Python's `ensure_future`.
pub trait IntoTask {
    /// What the task gives.
    type Output: 'static;
    /// What awaiting gives: for a future its output, for a task a `Result`.
    type Awaited;
    /// What it is awaited as, when no task need be made of it.
    type Future: Future<Output = Self::Awaited>;

    /// The task itself, or the future spawned on `scheduler`.
    #[track_caller]
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<Self::Output>;

    /// The future itself, or the task to be awaited; nothing is spawned.
    fn into_awaited(self) -> Self::Future;

    /// What awaiting gives, from the outcome of the task; a panic of a future
    /// that was spawned goes on here.
    fn awaited(outcome: Result<Self::Output, TaskError>) -> Result<Self::Awaited, TaskError>;
}

impl<F> IntoTask for F
where
    F: Future + 'static,
    F::Output: 'static,
{
    type Output = F::Output;
    type Awaited = F::Output;
    type Future = F;

    #[inline]
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<F::Output> {
        scheduler.spawn(self)
    }

    fn into_awaited(self) -> F {
        self
    }

    fn awaited(outcome: Result<F::Output, TaskError>) -> Result<F::Output, TaskError> {
        match outcome {
            Err(TaskError::Panicked(panic)) => panic.resume(),
            outcome => outcome,
        }
    }
}

impl<T: 'static> IntoTask for Task<T> {
    type Output = T;
    type Awaited = Result<T, TaskError>;
    type Future = Join<T>;

    #[inline]
    fn into_task(self, _: &Rc<Scheduler>) -> Task<T> {
        self
    }

    fn into_awaited(self) -> Join<T> {
        self.into_future()
    }

    fn awaited(outcome: Result<T, TaskError>) -> Result<Self::Awaited, TaskError> {
        Ok(outcome)
    }
}

impl Scheduler {
    /// Makes a task of a future. Its first step is in the next round (K01).
    #[track_caller]
    #[inline]
    pub fn spawn<F>(self: &Rc<Self>, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn_at(future, Location::caller())
    }

    /// The same, for a caller that knows the place.
    #[inline]
    pub fn spawn_at<F>(self: &Rc<Self>, future: F, place: Place) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let ticket = self.spawn_ticket(future, place);
        Task {
            task: TaskRef {
                scheduler: self.clone(),
                ticket,
            },
            output: PhantomData,
        }
    }

    #[inline]
    fn spawn_ticket<F>(self: &Rc<Self>, future: F, place: Place) -> u64
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let boxed = |future| Box::pin(TaskObject::new(future, place)) as _;
        let ticket = self.occupy(future, boxed, SCHED, place);
        self.push(ticket);
        if self.is_observed() {
            self.emit_spawn(ticket);
        }
        ticket
    }

    /// The handle of the running task; `None` in a callback and outside (K08).
    pub fn current_task(self: &Rc<Self>) -> Option<TaskRef> {
        self.running()?;
        Some(TaskRef {
            scheduler: self.clone(),
            ticket: self.current.get(),
        })
    }

    /// Handles of all tasks that are not done, oldest first (K08).
    pub fn all_tasks(self: &Rc<Self>) -> Vec<TaskRef> {
        let handle = |ticket| TaskRef {
            scheduler: self.clone(),
            ticket,
        };
        self.living().into_iter().map(handle).collect()
    }

    /// The outcome of a task that is done: the last handle takes it, the ones
    /// before get a copy.
    #[inline]
    fn outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        // Whoever has several handles has an entry in the side table.
        if slot.extra.get() != 0
            && let Some(copy) = self.copy_outcome(slot)
        {
            return copy;
        }
        self.take_outcome(ticket, slot)
    }

    /// Takes the outcome of a task that is done, and ends its stay.
    #[inline]
    fn take_outcome<T: 'static>(&self, ticket: u64, slot: &Slot) -> Result<T, TaskError> {
        if slot.key.get() & (CANCELLED | FAILED) != 0 {
            return Err(self.take_failure(ticket, slot));
        }
        let mut output: Option<T> = None;
        let mut object = slot.object.borrow_mut();
        if let Some(object) = object.as_mut() {
            object.as_mut().take(&mut output);
        }
        let not_kept = self.keep_shell(&mut object);
        drop(object);
        let _leaving = self.void(ticket, slot);
        drop(not_kept);
        output.ok_or(TaskError::Closed)
    }

    #[cold]
    fn take_failure(&self, ticket: u64, slot: &Slot) -> TaskError {
        let key = slot.key.get();
        let failure = if key & CANCELLED != 0 {
            let reason = self.extra(slot, |extra| extra.reason.clone()).flatten();
            TaskError::Cancelled(Cancelled { reason })
        } else {
            let payload = self.extra_mut(slot, |extra| extra.payload.take());
            payload.map_or(TaskError::Closed, |payload| {
                TaskError::Panicked(Panic { payload })
            })
        };
        self.vacate(ticket, slot);
        failure
    }

    pub(crate) fn add_done(self: &Rc<Self>, ticket: u64, callback: DoneCallback) {
        let locals = self.locals();
        match self.slot_of(ticket) {
            Some(slot) if slot.key.get() & DONE == 0 => {
                let waiter = Waiter::Callback(callback, locals);
                self.extra_mut(slot, |extra| extra.waiters.stay(waiter));
            }
            _ => self.schedule_done(callback, locals),
        }
    }

    pub(crate) fn remove_done(&self, ticket: u64, callback: &DoneCallback) -> usize {
        let Some(slot) = self.slot_of(ticket) else {
            return 0;
        };
        if slot.extra.get() == 0 {
            return 0;
        }
        let same = |waiter: &Waiter| matches!(waiter, Waiter::Callback(c, _) if c == callback);
        let removed = self.extra_mut(slot, |extra| extra.waiters.take(same));
        removed.len()
    }

    /// A place for the future on the stack of whoever runs the loop.
    pub fn open_root(self: &Rc<Self>) -> TaskRef {
        let (index, slot) = self.slots.claim();
        let ticket = (slot.key.get() & TAG) | u64::from(index);
        self.root_into(ticket, slot);
        TaskRef {
            scheduler: self.clone(),
            ticket,
        }
    }

    fn root_into(self: &Rc<Self>, ticket: u64, slot: &Slot) {
        self.discard_shell(slot);
        slot.number.set(self.next_number());
        slot.wait.set(0);
        if self.any_locals.get() {
            slot.locals.set(self.locals());
        }
        let flags = SCHED | crate::ticket::ROOT | (self.observed.get() & OBSERVED);
        slot.key.set((ticket & TAG) | flags);
        self.push(ticket);
        if self.is_observed() {
            self.emit_spawn(ticket);
        }
    }

    /// Gives the root's place back: how it ended, or `None` if it had not.
    pub fn close_root(self: &Rc<Self>, root: TaskRef) -> Option<Result<(), TaskError>> {
        let slot = self.slot_of(root.ticket)?;
        if slot.key.get() & DONE == 0 {
            self.complete(root.ticket, slot, CANCELLED);
            self.vacate(root.ticket, slot);
            return None;
        }
        if slot.key.get() & (CANCELLED | FAILED) == 0 {
            self.vacate(root.ticket, slot);
            return Some(Ok(()));
        }
        Some(Err(self.take_failure(root.ticket, slot)))
    }
}
