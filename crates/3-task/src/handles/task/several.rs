//! Clones the handle of a task, if its value can be cloned.
//!
//! The problem: a clone of a handle must be a handle of the same kind. A [`Task`] derefs to its
//! `TaskRef`, which can always be cloned. So for a value that is not `Clone`, `task.clone()`
//! would find the clone of the `TaskRef`, and the handle that takes the value would be lost on
//! the way.
//!
//! ```text
//!   task.clone()   T: Clone       a Task<T>, counted beside the first
//!                  T: not Clone   does not compile, and names the bound
//! ```
//!
//! Invariant: a clone is of the type that it was cloned from.
//!
//! Read next: `handles/task/detached.rs`, no handle at all.

use std::any::Any;
use std::marker::PhantomData;

use crate::handles::task::Task;

impl<T> Task<T> {
    /// Makes another handle of the same task, as [`Clone`] does. It stands here for values that
    /// cannot be cloned: without it, the compiler would clone the [`TaskRef`](crate::TaskRef) inside.
    #[allow(clippy::should_implement_trait)] // it does; this is for a `T` that is not `Clone`
    pub fn clone(&self) -> Self
    where
        T: Clone + 'static,
    {
        Clone::clone(self)
    }
}

impl<T: Clone + 'static> Clone for Task<T> {
    /// Makes another handle of the same task. Each handle can be awaited, and each returns the
    /// value, cloned for all but the last.
    fn clone(&self) -> Self {
        let copier = |from: &dyn Any, to: &mut dyn Any| {
            if let (Some(from), Some(to)) = (from.downcast_ref::<T>(), to.downcast_mut()) {
                *to = Some(from.clone());
            }
        };
        let task = self.task_ref();
        if let Some(slot) = task.slot() {
            let mut rare = task.scheduler.core.rare_mut(slot);
            rare.handles += 1;
            rare.copier = Some(copier);
        }
        Task {
            task,
            place: 0,
            output: PhantomData,
        }
    }
}
