//! Task-local values: what contextvars are to asyncio.
//!
//! The problem: a request number should reach every log line of a request,
//! through functions that know nothing of it. A thread-local would leak from
//! task to task, because all tasks share the thread.
//!
//! A task starts with a copy of what its spawner had, and changes only its own
//! (K14). The copy is one reference count: the values stand in a list that is
//! never changed once it is shared.
//!
//! Invariants:
//! 1. `set` in a parent after the spawn is not seen by the child, and `set` in
//!    the child is not seen by the parent.
//! 2. A program that sets nothing pays one test per spawn.
//!
//! Read next: `handles/deadlock.rs`.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::waiters::Locals;

impl Locals {
    /// A copy of the running task's values; outside any task, of the loop's.
    pub fn current() -> Self {
        let locals = Scheduler::try_current(|scheduler| scheduler.locals.current(&scheduler.core));
        locals
            .flatten()
            .map(|locals| (*locals).clone())
            .unwrap_or_default()
    }

    /// Runs `function` with these values in place of the running task's, and
    /// keeps what it sets in here.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    ///
    /// ```
    /// use groundup_task::{Local, Locals};
    ///
    /// static USER: Local<&str> = Local::new();
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let mut context = Locals::current();
    /// context.scope(|| USER.set("ada"));
    /// assert_eq!(USER.get(), None);
    /// assert_eq!(context.scope(|| USER.get()), Some("ada"));
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn scope<R>(&mut self, function: impl FnOnce() -> R) -> R {
        struct Restore<'a>(&'a mut Locals, Option<Rc<Locals>>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let previous = self.1.take();
                let inner = Scheduler::current_or_panic("Locals::scope").swap_locals(previous);
                *self.0 = inner.map(|locals| (*locals).clone()).unwrap_or_default();
            }
        }
        let scheduler = Scheduler::current_or_panic("Locals::scope");
        let previous = scheduler.swap_locals(Some(Rc::new(std::mem::take(self))));
        let _restore = Restore(self, previous);
        function()
    }
}

/// A key for a value that each task has for itself.
///
/// ```
/// use groundup_task::Local;
///
/// static REQUEST: Local<u64> = Local::new();
/// // Outside a running loop there is no task, and so no value.
/// assert_eq!(REQUEST.get(), None);
/// ```
pub struct Local<T> {
    key: AtomicU32,
    value: PhantomData<fn() -> T>,
}

static KEYS: AtomicU32 = AtomicU32::new(1);

impl<T: Clone + 'static> Local<T> {
    /// A key that no task has a value for. Make it a `static`.
    pub const fn new() -> Self {
        Local {
            key: AtomicU32::new(0),
            value: PhantomData,
        }
    }

    fn key(&self) -> u32 {
        let key = self.key.load(Ordering::Relaxed);
        if key != 0 {
            return key;
        }
        let fresh = KEYS.fetch_add(1, Ordering::Relaxed);
        // Of two threads that come first at once, the later takes the earlier's.
        match self
            .key
            .compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => fresh,
            Err(theirs) => theirs,
        }
    }

    /// The running task's value, or `None` if neither it nor one of its
    /// ancestors before the spawn has set one.
    pub fn get(&self) -> Option<T> {
        let locals = Scheduler::try_current(|scheduler| scheduler.locals.current(&scheduler.core))
            .flatten()?;
        let key = self.key();
        locals.value(key)?.downcast_ref::<T>().cloned()
    }

    /// Sets the running task's value, and gives the one before.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    ///
    /// ```
    /// use groundup_task::{Local, Scheduler};
    ///
    /// static REQUEST: Local<u64> = Local::new();
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// REQUEST.set(7);
    /// let scheduler = Scheduler::current().unwrap();
    /// let child = scheduler.spawn(async {
    ///     let inherited = REQUEST.get();
    ///     REQUEST.set(8);
    ///     inherited
    /// });
    /// assert_eq!(child.await.unwrap(), Some(7));
    /// assert_eq!(REQUEST.get(), Some(7), "what the child sets is the child's");
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    pub fn set(&self, value: T) -> Option<T> {
        let scheduler = Scheduler::current_or_panic("Local::set");
        let before = self.get();
        let key = self.key();
        let mut locals = scheduler
            .locals
            .current(&scheduler.core)
            .unwrap_or_default();
        Rc::make_mut(&mut locals).put(key, Rc::new(value));
        drop(scheduler.swap_locals(Some(locals)));
        before
    }
}

impl<T: Clone + 'static> Default for Local<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Local({})", self.key.load(Ordering::Relaxed))
    }
}

impl Scheduler {
    /// Makes the locals of this task the loop's own: the next main future begins
    /// with them.
    pub fn keep_locals(&self, task: &TaskRef) {
        drop(self.locals.keep(&self.core, task.ticket()));
    }

    /// Puts other locals in place of the running task's, and gives those before.
    fn swap_locals(&self, locals: Option<Rc<Locals>>) -> Option<Rc<Locals>> {
        self.locals.swap(&self.core, locals)
    }
}
