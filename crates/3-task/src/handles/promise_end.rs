//! How a promise ends unset: cancelled, or with its last handle.
//!
//! The problem: the promise of a gather stands for many tasks. A cancel of it must
//! cancel those, and it ends when they have. So a promise may have a hook, which is
//! called in place of its end and decides when that comes.
//!
//! Invariants:
//! 1. A hook is called by `run/cancelling.rs` alone, while nothing is borrowed.
//! 2. `finish_cancelled` ends the promise past any hook.
//! 3. A promise lives as long as its last handle, and no longer than its loop.
//!
//! Read next: `handles/callback.rs`, functions beside the tasks.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::core::rare::CancelHook;
use crate::handles::promise::Promise;

impl<T> Promise<T> {
    /// Cancels the promise; false if it is done (F04).
    pub fn cancel(&self) -> bool {
        self.promise
            .scheduler
            .cancel_promise(self.promise.ticket, None)
    }

    /// Cancels the promise with a reason that its awaiters will see (F05).
    pub fn cancel_with(&self, reason: impl Into<Rc<str>>) -> bool {
        self.promise
            .scheduler
            .cancel_promise(self.promise.ticket, Some(&reason.into()))
    }

    /// Whether it was cancelled.
    pub fn cancelled(&self) -> bool {
        self.promise.cancelled()
    }

    /// Sets what [`cancel`](Promise::cancel) does instead of ending the promise:
    /// for a combinator whose promise stands for several tasks. The function
    /// says whether anything was cancelled; to end the promise as cancelled it
    /// calls [`finish_cancelled`](Promise::finish_cancelled).
    ///
    /// ```
    /// use groundup_task::{Promise, Scheduler};
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let worker = scheduler.spawn(async { std::future::pending::<()>().await });
    /// let (promise, handle) = (Promise::<u32>::new(), worker.task_ref());
    /// promise.on_cancel(move |_| handle.cancel());
    /// assert!(promise.cancel());
    /// assert!(!promise.done(), "the hook decides when it ends");
    /// assert!(worker.await.unwrap_err().is_cancelled());
    /// assert!(promise.finish_cancelled(Some("the worker has stopped")));
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn on_cancel(&self, hook: impl Fn(Option<&Rc<str>>) -> bool + 'static) {
        if let Some(slot) = self.promise.slot() {
            let hook: CancelHook = Rc::new(hook);
            let core = &self.promise.scheduler.core;
            let before = core.extra_mut(slot, |extra| extra.hook.replace(hook));
            drop(before);
        }
    }

    /// Ends the promise as cancelled, past any hook; false if it is done.
    pub fn finish_cancelled(&self, reason: Option<&str>) -> bool {
        let reason = reason.map(Rc::from);
        self.promise
            .scheduler
            .end_promise(self.promise.ticket, reason.as_ref())
    }
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Self {
        if let Some(slot) = self.promise.slot() {
            slot.set_wait(slot.wait() + 1); // the count of its handles
        }
        Promise {
            promise: self.promise.clone(),
            place: 0,
            output: PhantomData,
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let scheduler = &self.promise.scheduler;
        if self.place != 0
            && let Some(slot) = self.promise.slot().filter(|slot| !slot.is_done())
        {
            scheduler
                .waits
                .unregister(&scheduler.core, self.promise.ticket, slot, self.place);
        }
        scheduler.release_promise(self.promise.ticket);
    }
}
