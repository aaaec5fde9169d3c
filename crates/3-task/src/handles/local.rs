//! Keeps task-local values: asyncio's contextvars.
//!
//! The problem: a request number should reach every log line of a request, through functions
//! that do not know of it. A thread-local would leak from task to task. So each task has its
//! own values. It starts with a copy of its spawner's, which costs one reference count
//! (`locals.rs`). Tasks that work together can share a context, as with
//! `create_task(context=...)`: [`Scheduler::spawn_in`].
//!
//! Invariant: after a plain spawn, neither parent nor child sees a value that the other sets.
//!
//! Read next: `handles/deadlock.rs`.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::core::LONG_WAY;
use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;
use crate::locals::{LocalContext, Shared};
use crate::run::Scheduler;

use crate::store::values::Values;

/// A set of task-local values that code can run in: Python's context.
///
/// [`Locals::current`] copies the values of the running task. [`scope`](Locals::scope) runs a
/// function with the values, and [`Scheduler::spawn_in`] a task. A clone is another handle of
/// the same context; [`copy`](Locals::copy) makes an independent one.
#[doc(alias("Context", "copy_context"))]
#[derive(Clone, Default)]
pub struct Locals {
    shared: Rc<Shared>,
}

impl From<Rc<Values>> for Locals {
    fn from(values: Rc<Values>) -> Self {
        let locals = Locals::default();
        drop(locals.shared.replace(values));
        locals
    }
}

impl Locals {
    /// Copies the running task's values; outside any task, the loop's.
    pub fn current() -> Self {
        let locals =
            Scheduler::current().and_then(|scheduler| scheduler.locals.current(&scheduler.core));
        locals.unwrap_or_default().into()
    }

    /// Makes an independent context with the same values: it does not see later changes of this
    /// one.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.shared.values().into()
    }

    /// Runs `function` with these values in place of the running task's. The values that it
    /// sets are kept in this context.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{Local, Locals, run};
    ///
    /// static USER: Local<&str> = Local::new();
    ///
    /// run(async {
    ///     let context = Locals::current();
    ///     context.scope(|| USER.set("ada"));
    ///     assert_eq!(USER.get(), None);
    ///     assert_eq!(context.scope(|| USER.get()), Some("ada"));
    /// });
    /// ```
    pub fn scope<R>(&self, function: impl FnOnce() -> R) -> R {
        let scheduler = Scheduler::current_or_panic("Locals::scope");
        scheduler.within(Some(LocalContext::Given(self.shared.clone())), function)
    }
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locals({} values)", self.shared.values().len())
    }
}

/// A key for a value that each task has for itself.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{Local, run, spawn};
///
/// static REQUEST: Local<u64> = Local::new();
///
/// assert_eq!(REQUEST.get(), None, "outside a running loop there is no value");
/// run(async {
///     REQUEST.set(7);
///     let child = spawn(async { (REQUEST.get(), REQUEST.set(8)) });
///     assert_eq!(child.await.unwrap(), (Some(7), Some(7)), "it inherits");
///     assert_eq!(REQUEST.get(), Some(7), "what the child sets is the child's");
/// });
/// ```
#[doc(alias("ContextVar", "task_local"))]
pub struct Local<T> {
    key: OnceLock<u64>,
    value: PhantomData<fn() -> T>,
}

/// The next key. It has 64 bits, so no key is given twice.
static KEYS: AtomicU64 = AtomicU64::new(1);

impl<T: Clone + 'static> Local<T> {
    /// Creates a key for which no task has a value. Make it a `static`.
    pub const fn new() -> Self {
        Local {
            key: OnceLock::new(),
            value: PhantomData,
        }
    }

    fn key(&self) -> u64 {
        *(self.key).get_or_init(|| KEYS.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the running task's value, if the task has set one, or inherited one at its
    /// spawn.
    pub fn get(&self) -> Option<T> {
        let scheduler = Scheduler::current()?;
        let locals = scheduler.locals.current(&scheduler.core)?;
        locals.value(self.key())?.downcast_ref::<T>().cloned()
    }

    /// Sets the running task's value, and returns the previous one.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub fn set(&self, value: T) -> Option<T> {
        let Scheduler { locals, core, .. } = &*Scheduler::current_or_panic("Local::set");
        let before = self.get();
        let mut values = locals.current(core).unwrap_or_default();
        Rc::make_mut(&mut values).put(self.key(), Rc::new(value));
        locals.set(core, values);
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
    /// Spawns a task that runs in a given context: it sees the values that are set there, and
    /// the values it sets are seen there. Python's `create_task(context=...)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::{Local, Locals};
    ///
    /// static STEPS: Local<u32> = Local::new();
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let _entered = scheduler.enter().unwrap();
    /// let context = Locals::default();
    /// for _ in 0..3 {
    ///     let step = async { STEPS.set(STEPS.get().unwrap_or(0) + 1) };
    ///     scheduler.spawn_in(&context, step).detach();
    /// }
    /// scheduler.run_until_idle();
    /// assert_eq!(context.scope(|| STEPS.get()), Some(3));
    /// assert_eq!(STEPS.get(), None);
    /// ```
    #[track_caller]
    pub fn spawn_in<F>(self: &Rc<Self>, locals: &Locals, future: F) -> Task<F::Output>
    where
        F: Future<Output: 'static> + 'static,
    {
        self.core.attend(LONG_WAY, true);
        let task = self.spawn(future);
        if task.slot().is_some() {
            let given = Some(LocalContext::Given(locals.shared.clone()));
            drop(self.locals.put(task.ticket().index(), given));
        }
        task
    }

    /// Runs a function in a context, and restores the previous context, also after a panic.
    pub(crate) fn within<R>(
        &self,
        context: Option<LocalContext>,
        function: impl FnOnce() -> R,
    ) -> R {
        struct Restore<'a>(&'a Scheduler, Option<LocalContext>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let Scheduler { locals, core, .. } = self.0;
                drop(locals.swap(core, self.1.take()));
            }
        }
        let previous = self.locals.swap(&self.core, context);
        let _restore = Restore(self, previous);
        function()
    }

    /// Makes the locals of this task the loop's own: the next main future begins with them.
    pub fn keep_locals(&self, task: &TaskRef) {
        drop(self.locals.keep(&self.core, task.ticket()));
    }
}

#[cfg(test)]
#[path = "../../tests/unit/local.rs"]
mod tests;
