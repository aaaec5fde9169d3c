//! Sets a value for waiting tasks, without a task that computes it.
//!
//! The problem: a task returns its value when it ends. But a value may also come from a
//! callback, a timer or another thread. asyncio has `Future` for that, a name that means
//! something else in Rust. So here it is `Promise<T>`: a slot without a future, with the
//! waiters, done-callbacks and two-hop timing of a task that ends.
//!
//! ```text
//!               set_result(v) ----> Fulfilled --\
//!   Pending --- set_exception(e) -> Failed -------> waiters step, callbacks run,
//!               cancel() ---------> Cancelled ---/  in the next iteration
//! ```
//!
//! Invariants:
//! 1. A promise is set once. A second set returns `InvalidState` with the value in it.
//! 2. Waiters and callbacks never run inline.
//! 3. Awaiting a promise that is done does not suspend.
//! 4. The targets of a promise are asked by `run/cancelling.rs` alone, while nothing is
//!    borrowed.
//! 5. A promise lives as long as its last handle. The close of its loop cancels it if it is
//!    pending.
//!
//! Read next: `handles/promise_await.rs`, how it is awaited.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use crate::core::Tenant;
use crate::core::places::any_is_watched;
use crate::core::rare::CancelTargets;
use crate::error::{Cancelled, InvalidState, PromiseError, SharedError};
use crate::handles::task::look::copy_of_output;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::object::{CallSite, Empty, Fulfilled, PromiseObject};
use crate::store::slot::Slot;

/// A value that is set once, later. Any number of tasks may await it. A clone is another handle
/// to the same promise.
///
/// ```text
/// promise.await  ->  Ok(value) | Err(PromiseError::Failed(error)) | Err(PromiseError::Cancelled)
/// ```
///
/// `T: Clone`, because any number of handles may ask for the value. Wrap a value that cannot be
/// cloned in an `Rc`.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{Promise, call_soon, run};
///
/// run(async {
///     let promise = Promise::new();
///     let setter = promise.clone();
///     call_soon(move || setter.set_result(5).unwrap());
///     assert!(promise.result().is_err(), "not yet");
///     assert_eq!(promise.clone().await.unwrap(), 5);
///     assert_eq!(promise.result().unwrap(), 5, "any number of times");
/// });
/// ```
///
/// # Cancel safety
///
/// A cancel of a task that awaits the promise cancels the promise, as in asyncio: then every other
/// awaiter gets [`PromiseError::Cancelled`], and [`set_result`](Promise::set_result) returns an
/// [`InvalidState`]. An awaiter that must not do that awaits `shield(promise)`. To drop the await,
/// for example because another arm of a `select` was ready, changes nothing.
#[doc(alias("Future", "oneshot"))]
pub struct Promise<T> {
    // The occupant is no task, but all that a handle can do without the type is the same.
    pub(super) promise: TaskRef,
    /// The place of this handle's await in the list of waiters, or 0.
    pub(super) place: u64,
    output: PhantomData<fn() -> T>,
}

impl<T: Clone + 'static> Promise<T> {
    /// Makes a pending promise of the running loop.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    #[track_caller]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Scheduler::current_or_panic("Promise::new").promise_at(Location::caller())
    }

    #[inline]
    fn fulfil<V>(
        &self,
        value: V,
        how: Exit,
        output: fn(V) -> Fulfilled<T>,
    ) -> Result<(), InvalidState<V>> {
        let Some(slot) = self.promise.living() else {
            return Err(InvalidState { value });
        };
        slot.content(|object| object.put(&mut Some(output(value))));
        let scheduler = &self.promise.scheduler;
        if !scheduler.complete_plainly(slot, how) {
            scheduler.complete(self.promise.ticket, slot, how);
        }
        Ok(())
    }

    /// Fulfils the promise with a value.
    ///
    /// # Errors
    ///
    /// [`InvalidState`], with the value in it, if the promise is done or its loop closed.
    pub fn set_result(&self, value: T) -> Result<(), InvalidState<T>> {
        self.fulfil(value, Exit::Returned, Ok)
    }

    /// Fails the promise. The error is reported when the last handle is dropped, unless it was
    /// looked at before: by awaiting, [`result`](Promise::result) or
    /// [`exception`](Promise::exception).
    ///
    /// # Errors
    ///
    /// [`InvalidState`], with the error in it, if the promise is done or its loop closed.
    pub fn set_exception(
        &self,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Result<(), InvalidState<SharedError>> {
        self.fulfil(SharedError::from(error.into()), Exit::Failed, Err)
    }

    /// Returns the value, or the reason why there is none. Never waits.
    ///
    /// # Errors
    ///
    /// [`PromiseError::NotReady`] while it is pending; otherwise how it ended.
    /// [`PromiseError::InUse`] inside the `Clone` of the value itself.
    pub fn result(&self) -> Result<T, PromiseError> {
        self.result_in(self.promise.slot())
    }

    /// Returns the result of the promise, which is in this slot, or in none if its loop is closed.
    #[inline]
    pub(super) fn result_in(&self, slot: Option<&Slot>) -> Result<T, PromiseError> {
        let slot = slot.ok_or(PromiseError::Closed)?;
        match slot.exit() {
            None => return Err(PromiseError::NotReady),
            Some(Exit::Cancelled) => {
                let reason = self.promise.scheduler.core.reason(slot);
                return Err(PromiseError::Cancelled(Cancelled::new(reason)));
            }
            Some(_) => slot.mark(Mark::Seen, true),
        }
        let output = copy_of_output(slot).ok_or(PromiseError::InUse)?;
        output.map_err(PromiseError::Failed)
    }

    /// Returns the error that the promise was failed with; `Ok(None)` if it has a value.
    ///
    /// # Errors
    ///
    /// [`PromiseError::NotReady`] while it is pending, [`PromiseError::Cancelled`] if cancelled.
    pub fn exception(&self) -> Result<Option<SharedError>, PromiseError> {
        match self.result() {
            Ok(_) => Ok(None),
            Err(PromiseError::Failed(error)) => Ok(Some(error)),
            Err(other) => Err(other),
        }
    }
}

impl<T> Promise<T> {
    /// Returns true if the promise was fulfilled, failed or cancelled.
    pub fn done(&self) -> bool {
        self.promise.done()
    }

    /// Returns the sequence number of the promise in its loop, as traces and reports show it;
    /// `None` if the loop is closed.
    pub fn number(&self) -> Option<u64> {
        self.promise.number()
    }

    /// Cancels the promise; returns false if it is done.
    pub fn cancel(&self) -> bool {
        self.promise.cancel()
    }

    /// Cancels the promise with a reason that its awaiters will see.
    pub fn cancel_with(&self, reason: impl Into<Arc<str>>) -> bool {
        self.promise.cancel_with(reason)
    }

    /// Returns true if the promise was cancelled.
    pub fn cancelled(&self) -> bool {
        self.promise.exit() == Some(Exit::Cancelled)
    }

    /// Sets the targets that [`cancel`](Promise::cancel) asks to stop instead of ending the
    /// promise. The promise of a gather stands for many tasks. Its cancel cancels those, and it
    /// ends when they have, by [`finish_cancelled`](Promise::finish_cancelled). If no target
    /// accepts, the promise refuses its cancel. See [`CancelTargets`] for an example.
    pub fn on_cancel(&self, targets: impl CancelTargets + 'static) {
        if let Some(slot) = self.promise.slot() {
            let targets: Rc<dyn CancelTargets> = Rc::new(targets);
            let core = &self.promise.scheduler.core;
            let before = core.rare_mut(slot).hook.replace(targets);
            drop(before); // outside the borrow
        }
    }

    /// Ends the promise as cancelled without asking its targets; returns false if it is done.
    pub fn finish_cancelled(&self, reason: Option<&str>) -> bool {
        let TaskRef { scheduler, ticket } = &self.promise;
        let end = |slot| scheduler.end_promise(*ticket, slot, reason.map(Arc::from));
        self.promise.living().is_some_and(end)
    }
}

impl<T> Clone for Promise<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        if let Some(slot) = self.promise.slot() {
            if any_is_watched() {
                (self.promise.scheduler.core).note_copy(slot, Location::caller());
            }
            slot.count_handles(|handles| handles + 1);
        }
        Promise {
            promise: self.promise.clone(),
            place: 0,
            output: PhantomData,
        }
    }
}

impl<T: Clone + 'static> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.promise.slot().map(Slot::exit) {
            None => "closed",
            Some(None) => "pending",
            Some(Some(Exit::Returned)) => "fulfilled",
            Some(Some(Exit::Cancelled)) => "cancelled",
            Some(Some(Exit::Failed)) => "failed",
        };
        match self.number() {
            Some(number) => write!(f, "<Promise {number} {state}>"),
            None => write!(f, "<Promise {state}>"),
        }
    }
}

impl Scheduler {
    /// Makes a pending promise of this loop.
    #[track_caller]
    pub fn promise<T: Clone + 'static>(self: &Rc<Self>) -> Promise<T> {
        self.clone().promise_at(Location::caller())
    }

    /// Makes a promise for a caller that passes its place in the source.
    fn promise_at<T: Clone + 'static>(self: Rc<Self>, call_site: CallSite) -> Promise<T> {
        let boxed = |_: Empty<T>| Box::pin(PromiseObject::<T>::new(call_site)) as _;
        let mut tenant = Tenant::new(Mark::Promise.bit() | Mark::inert::<T>(), call_site);
        tenant.wait = 1; // one handle
        let ticket = self.occupy(&mut Some(Empty::<T>(PhantomData)), boxed, tenant);
        Promise {
            promise: TaskRef {
                scheduler: self,
                ticket,
            },
            place: 0,
            output: PhantomData,
        }
    }
}
