//! A promise's slot: how it is made, cancelled and given up.
//!
//! The problem: to whoever holds a `Promise<T>` it is a value to come; to the
//! scheduler it is one more slot, with waiters, an end, and a count of handles
//! instead of a step. Here is what the scheduler does with it, whatever `T` is.
//!
//! Invariants:
//! 1. A promise lives as long as its last handle, and no longer than its loop.
//! 2. An error that nobody looked at is told when the last handle goes (F12).
//!
//! Read next: `callback.rs`, functions beside the tasks.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::promise::Promise;
use crate::report::{Report, ReportKind};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CANCELLED, DONE, FAILED, RETRIEVED};

impl<T> Promise<T> {
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
        let scheduler = &self.promise.scheduler;
        if let Some(slot) = scheduler.slot_of(self.promise.ticket) {
            let hook: crate::extra::CancelHook = Rc::new(hook);
            let before = scheduler.extra_mut(slot, |extra| extra.hook.replace(hook));
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
        if let Some(slot) = self.promise.scheduler.slot_of(self.promise.ticket) {
            slot.wait.set(slot.wait.get() + 1);
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
            && let Some(slot) = scheduler.slot_of(self.promise.ticket)
            && slot.key.get() & DONE == 0
        {
            scheduler.unregister(self.promise.ticket, slot, self.place);
        }
        scheduler.release_promise(self.promise.ticket);
    }
}

impl Scheduler {
    /// Cancels a promise, through its hook if it has one.
    pub(crate) fn cancel_promise(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(slot) = self
            .slot_of(ticket)
            .filter(|slot| slot.key.get() & DONE == 0)
        else {
            return false;
        };
        match self.extra(slot, |extra| extra.hook.clone()).flatten() {
            Some(hook) => hook(reason),
            None => self.end_promise(ticket, reason),
        }
    }

    pub(crate) fn end_promise(self: &Rc<Self>, ticket: u64, reason: Option<&Rc<str>>) -> bool {
        let Some(slot) = self
            .slot_of(ticket)
            .filter(|slot| slot.key.get() & DONE == 0)
        else {
            return false;
        };
        if let Some(reason) = reason {
            self.extra_mut(slot, |extra| extra.reason = Some(reason.clone()));
        }
        self.bring_back(ticket, slot);
        self.complete(ticket, slot, CANCELLED);
        true
    }

    /// One handle less; with the last one the promise goes.
    pub(crate) fn release_promise(&self, ticket: u64) {
        let Some(slot) = self.slot_of(ticket) else {
            return;
        };
        let handles = slot.wait.get() - 1;
        slot.wait.set(handles);
        if handles > 0 {
            return;
        }
        if slot.key.get() & (FAILED | RETRIEVED) == FAILED {
            self.report_error(ticket, slot);
        }
        self.vacate(ticket, slot);
    }

    #[cold]
    fn report_error(&self, ticket: u64, slot: &Slot) {
        let error = slot
            .object
            .borrow_mut()
            .as_mut()
            .and_then(|object| object.as_mut().error());
        let why = error
            .as_ref()
            .map(|error| error.to_string())
            .unwrap_or_default();
        self.report_later(Report {
            kind: ReportKind::ErrorNeverRetrieved,
            message: format!("Promise exception was never retrieved: {why}"),
            task: None,
            place: self.place_of(ticket),
            error,
        });
    }
}
