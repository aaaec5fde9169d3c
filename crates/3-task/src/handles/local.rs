//! Task-local values: what contextvars are to asyncio.
//!
//! The problem: a request number should reach every log line of a request, through
//! functions that know nothing of it. A thread-local would leak from task to task. So
//! each task has values of its own, and starts with a copy of its spawner's (K14),
//! which costs one reference count (`locals.rs`).
//!
//! Invariant: after the spawn, parent and child do not see what the other sets.
//!
//! Read next: `handles/deadlock.rs`.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::waiters::Locals;

impl Locals {
    /// A copy of the running task's values; outside any task, of the loop's.
    pub fn current() -> Self {
        let locals =
            Scheduler::current().and_then(|scheduler| scheduler.locals.current(&scheduler.core));
        locals.as_deref().cloned().unwrap_or_default()
    }

    /// Runs `function` with these values in place of the running task's, and
    /// keeps what it sets in here.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    ///
    /// ```
    /// use groundup_task::{Local, Locals, Scheduler};
    ///
    /// static USER: Local<&str> = Local::new();
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let _entered = scheduler.enter().unwrap();
    /// let mut context = Locals::current();
    /// context.scope(|| USER.set("ada"));
    /// assert_eq!(USER.get(), None);
    /// assert_eq!(context.scope(|| USER.get()), Some("ada"));
    /// ```
    pub fn scope<R>(&mut self, function: impl FnOnce() -> R) -> R {
        struct Restore<'a>(&'a mut Locals, Option<Rc<Locals>>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let Scheduler { locals, core, .. } = &*Scheduler::current_or_panic("Locals::scope");
                let inner = locals.swap(core, self.1.take());
                *self.0 = inner.as_deref().cloned().unwrap_or_default();
            }
        }
        let Scheduler { locals, core, .. } = &*Scheduler::current_or_panic("Locals::scope");
        let previous = locals.swap(core, Some(Rc::new(std::mem::take(self))));
        let _restore = Restore(self, previous);
        function()
    }
}

/// A key for a value that each task has for itself.
///
/// ```
/// use groundup_task::{Local, Scheduler};
///
/// static REQUEST: Local<u64> = Local::new();
///
/// assert_eq!(REQUEST.get(), None, "outside a running loop there is no value");
/// let scheduler = Scheduler::new().unwrap();
/// let _entered = scheduler.enter().unwrap();
/// REQUEST.set(7);
/// let mut child = scheduler.spawn(async { (REQUEST.get(), REQUEST.set(8)) });
/// scheduler.run_until_idle();
/// assert_eq!(child.take_value(), Some((Some(7), Some(7))), "it inherits");
/// assert_eq!(REQUEST.get(), Some(7), "what the child sets is the child's");
/// ```
pub struct Local<T> {
    key: OnceLock<u32>,
    value: PhantomData<fn() -> T>,
}

static KEYS: AtomicU32 = AtomicU32::new(1);

impl<T: Clone + 'static> Local<T> {
    /// A key that no task has a value for. Make it a `static`.
    pub const fn new() -> Self {
        Local {
            key: OnceLock::new(),
            value: PhantomData,
        }
    }

    fn key(&self) -> u32 {
        *(self.key).get_or_init(|| KEYS.fetch_add(1, Ordering::Relaxed))
    }

    /// The running task's value, if it or an ancestor before the spawn has set one.
    pub fn get(&self) -> Option<T> {
        let scheduler = Scheduler::current()?;
        let locals = scheduler.locals.current(&scheduler.core)?;
        locals.value(self.key())?.downcast_ref::<T>().cloned()
    }

    /// Sets the running task's value, and gives the one before.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub fn set(&self, value: T) -> Option<T> {
        let Scheduler { locals, core, .. } = &*Scheduler::current_or_panic("Local::set");
        let before = self.get();
        let mut values = locals.current(core).unwrap_or_default();
        Rc::make_mut(&mut values).put(self.key(), Rc::new(value));
        drop(locals.swap(core, Some(values)));
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
        write!(f, "Local({})", self.key.get().unwrap_or(&0))
    }
}

impl Scheduler {
    /// Makes the locals of this task the loop's own: the next main future begins
    /// with them.
    pub fn keep_locals(&self, task: &TaskRef) {
        drop(self.locals.keep(&self.core, task.ticket()));
    }
}
