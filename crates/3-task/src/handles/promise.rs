//! Promises: a place for a value that somebody will put there.
//!
//! The problem: a task gives its value by ending. What of a value that comes
//! from a callback, a timer, another thread? asyncio has `Future` for that, and
//! everything else there is built on it. `Future` means something else in Rust,
//! so here it is `Promise<T>`.
//!
//! A promise is a slot without a future: the same waiters, the same
//! done-callbacks, the same two-hop timing as a task that ends.
//!
//! ```text
//!               set_result(v) ----> Fulfilled --\
//!   Pending --- set_exception(e) -> Failed -------> waiters step, callbacks run,
//!               cancel() ---------> Cancelled ---/  in the next iteration
//! ```
//!
//! Invariants:
//! 1. It is set once. A second time gives `InvalidState` and the value back (F03).
//! 2. Waiters and callbacks never run inline (F07).
//! 3. Awaiting a promise that is done does not suspend (F11).
//!
//! Read next: `handles/promise_end.rs`.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::core::Tenant;
use crate::error::{Cancelled, InvalidState, PromiseError};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Ending, Mark, PROMISE};
use crate::store::object::{Empty, Fulfilled, Object, PromiseObject};
use crate::store::slot::Slot;
use crate::store::waiters::DoneCallback;

/// A value to come. Cloning gives another handle to the same promise.
///
/// `T: Clone`, because any number of handles may ask for the value; wrap what
/// cannot be cloned in an `Rc`.
///
/// ```
/// use groundup_task::{Promise, Scheduler};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// let promise = Promise::new();
/// let setter = promise.clone();
/// Scheduler::current().unwrap().call_soon(move || setter.set_result(5).unwrap());
/// assert!(promise.result().is_err(), "not yet");
/// assert_eq!(promise.clone().await.unwrap(), 5);
/// assert_eq!(promise.result().unwrap(), 5, "any number of times");
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub struct Promise<T> {
    // Not a task, but what a handle can do without the type is the same.
    pub(super) promise: TaskRef,
    /// Where the await of this handle stands in the list of waiters, or 0.
    pub(super) place: u64,
    pub(super) output: PhantomData<fn() -> T>,
}

impl<T: Clone + 'static> Promise<T> {
    /// A pending promise of the running loop (F01).
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    #[track_caller]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Scheduler::current_or_panic("Promise::new").promise()
    }

    fn slot(&self) -> Option<&Slot> {
        self.promise.slot()
    }

    fn fulfil(&self, output: Fulfilled<T>) -> Result<(), Fulfilled<T>> {
        let scheduler = &self.promise.scheduler;
        let Some(slot) = self.slot().filter(|slot| !slot.is_done()) else {
            return Err(output);
        };
        let how = if output.is_err() {
            Ending::Failed
        } else {
            Ending::Returned
        };
        slot.content(|object| {
            let place = object.place();
            object.refill(&mut Some(output), place)
        });
        scheduler.complete(self.promise.ticket, slot, how);
        Ok(())
    }

    /// Fulfils the promise with a value.
    ///
    /// # Errors
    ///
    /// [`InvalidState`], with the value in it, if the promise is done or its loop closed.
    pub fn set_result(&self, value: T) -> Result<(), InvalidState<T>> {
        self.fulfil(Ok(value)).map_err(|output| match output {
            Ok(value) => InvalidState { value },
            Err(_) => unreachable!("what was not set comes back as it was"),
        })
    }

    /// Fails the promise. An error that nobody looks at, by awaiting,
    /// [`result`](Promise::result) or [`exception`](Promise::exception), is
    /// reported when the last handle goes (F12).
    ///
    /// # Errors
    ///
    /// [`InvalidState`], with the error in it, if the promise is done or its loop closed.
    ///
    /// ```
    /// use groundup_task::{Promise, PromiseError};
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let promise: Promise<u32> = Promise::new();
    /// promise.set_exception("the disk is full").unwrap();
    /// match promise.await {
    ///     Err(PromiseError::Failed(error)) => assert_eq!(error.to_string(), "the disk is full"),
    ///     other => panic!("{other:?}"),
    /// }
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn set_exception(
        &self,
        error: impl Into<Box<dyn Error>>,
    ) -> Result<(), InvalidState<Rc<dyn Error>>> {
        let error: Rc<dyn Error> = Rc::from(error.into());
        self.fulfil(Err(error)).map_err(|output| match output {
            Err(value) => InvalidState { value },
            Ok(_) => unreachable!("what was not set comes back as it was"),
        })
    }

    /// The value, or why there is none. Never waits (F02).
    ///
    /// # Errors
    ///
    /// [`PromiseError::NotReady`] while it is pending; otherwise how it ended.
    pub fn result(&self) -> Result<T, PromiseError> {
        let Some(slot) = self.slot() else {
            return Err(PromiseError::Closed);
        };
        match slot.exit() {
            None => return Err(PromiseError::NotReady),
            Some(Ending::Cancelled) => {
                let scheduler = &self.promise.scheduler;
                let cancelled = Cancelled {
                    reason: scheduler.core.reason(slot),
                };
                return Err(PromiseError::Cancelled(cancelled));
            }
            Some(_) => slot.mark(Mark::Seen, true),
        }
        let mut output: Option<Fulfilled<T>> = None;
        slot.content(|object| object.take(&mut output));
        match output {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(PromiseError::Failed(error)),
            None => Err(PromiseError::Closed),
        }
    }

    /// The error it was failed with; `Ok(None)` if it has a value (F02).
    ///
    /// # Errors
    ///
    /// [`PromiseError::NotReady`] while it is pending, [`PromiseError::Cancelled`] if cancelled.
    pub fn exception(&self) -> Result<Option<Rc<dyn Error>>, PromiseError> {
        match self.result() {
            Ok(_) => Ok(None),
            Err(PromiseError::Failed(error)) => Ok(Some(error)),
            Err(other) => Err(other),
        }
    }
}

impl<T> Promise<T> {
    /// Whether it was fulfilled, failed or cancelled.
    pub fn done(&self) -> bool {
        self.promise.done()
    }

    /// Which promise of its loop this is, as traces and reports name it.
    pub fn number(&self) -> u32 {
        self.promise.number()
    }

    /// Has `callback` called when the promise is done, in the next iteration and
    /// in the order of registration (F07); if it is done already, in the next
    /// iteration from now (F08). The same callback registered twice is called
    /// twice (F10).
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl Into<DoneCallback>) -> DoneCallback {
        self.promise.add_done_callback(callback)
    }

    /// Takes every registration of `callback` back, and gives their number (F09).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> usize {
        self.promise.remove_done_callback(callback)
    }
}

impl<T: Clone + 'static> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.slot().map(Slot::exit) {
            None => "closed",
            Some(None) => "pending",
            Some(Some(Ending::Returned)) => "fulfilled",
            Some(Some(Ending::Cancelled)) => "cancelled",
            Some(Some(Ending::Failed)) => "failed",
        };
        write!(f, "<Promise {} {state}>", self.number())
    }
}

impl<T: Clone + 'static> Future for Promise<T> {
    type Output = Result<T, PromiseError>;

    /// Dropping the await takes its registration back: the promise stays as it is.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let scheduler = &this.promise.scheduler;
        match this.promise.slot() {
            Some(slot) if !slot.is_done() => {
                let (awaited, caller) = ((this.promise.ticket, slot), scheduler.caller(cx));
                scheduler
                    .waits
                    .register(&scheduler.core, awaited, caller, &mut this.place);
                Poll::Pending
            }
            _ => {
                this.place = 0;
                Poll::Ready(this.result())
            }
        }
    }
}

impl Scheduler {
    /// A pending promise of this loop.
    #[track_caller]
    pub fn promise<T: Clone + 'static>(self: &Rc<Self>) -> Promise<T> {
        let place = Location::caller();
        let boxed = |_: Empty<T>| -> Pin<Box<dyn Object>> {
            Box::pin(PromiseObject::<T> {
                output: None,
                place,
            })
        };
        let tenant = Tenant {
            waiter: 0,
            flags: PROMISE,
            place,
        };
        let ticket = self.occupy(&mut Some(Empty::<T>(PhantomData)), boxed, tenant);
        if let Some(slot) = self.core.slot_of(ticket) {
            self.core.number(slot, true);
            slot.set_wait(1); // the count of its handles
        }
        Promise {
            promise: TaskRef::new(self, ticket),
            place: 0,
            output: PhantomData,
        }
    }
}
