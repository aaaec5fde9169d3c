//! OwnedPermit: one permit, with a share of its semaphore.
//!
//! The problem: a program takes a permit *before* it spawns a task, so that no more than so many tasks
//! exist at a time. The permit belongs to the task then, and is released when the task ends, however
//! it ends. A task that is spawned owns all that it uses, so the permit must own its semaphore.
//!
//! ```text
//!   the loop of the program       a task
//!   acquire_owned ── permit ─────> owns it ── returns, panics, or is cancelled ──> released
//!     └── waits here while all permits are out
//! ```
//!
//! Invariant: an owned permit is released once, by its drop.
//!
//! Read next: `locks/semaphore/bounded.rs`.

use std::fmt;
use std::future::Future;
use std::mem::forget;
use std::rc::Rc;

use crate::locks::semaphore::Semaphore;
use crate::locks::semaphore::bounded::BoundedSemaphore;
use crate::locks::semaphore::permit::AcquirePermit;

/// Leads to the semaphore of a permit.
trait Permits {
    fn semaphore(&self) -> &Semaphore;
}

impl Permits for Semaphore {
    fn semaphore(&self) -> &Semaphore {
        self
    }
}

impl Permits for BoundedSemaphore {
    fn semaphore(&self) -> &Semaphore {
        self.semaphore()
    }
}

/// Waits for a permit, at a place that the caller has noted.
async fn acquire(permits: Rc<dyn Permits>) -> OwnedPermit {
    forget(AcquirePermit::new(permits.semaphore()).await);
    OwnedPermit { permits }
}

/// Takes a permit, if one is free.
fn try_acquire(permits: Rc<dyn Permits>) -> Option<OwnedPermit> {
    forget(permits.semaphore().try_acquire()?);
    Some(OwnedPermit { permits })
}

impl Semaphore {
    /// Waits for a permit and takes it, as [`acquire`](Semaphore::acquire) does. The permit owns a
    /// share of the semaphore: it can be moved into a task.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this semaphore.
    ///
    /// # Examples
    ///
    /// At most two tasks at a time. The loop waits for a permit before each spawn, and the task
    /// releases the permit when it ends.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*, combinators::*}; }
    /// use groundup::{Semaphore, TaskGroup, run_virtual, sleep, task_group, time};
    /// use std::{rc::Rc, time::Duration};
    ///
    /// run_virtual(async {
    ///     let pool = Rc::new(Semaphore::new(2));
    ///     let served = task_group(async |group: TaskGroup<&str>| {
    ///         for request in 0..6 {
    ///             let permit = pool.acquire_owned().await;
    ///             group.spawn(async move {
    ///                 sleep(Duration::from_secs(1)).await; // serves the request
    ///                 drop((request, permit));
    ///                 Ok(())
    ///             });
    ///         }
    ///         Ok(())
    ///     });
    ///     served.await.unwrap();
    ///     assert_eq!(time().since_start().as_secs(), 3); // two at a time
    ///     assert_eq!(pool.available(), 2);
    /// });
    /// ```
    #[track_caller]
    pub fn acquire_owned(self: &Rc<Self>) -> impl Future<Output = OwnedPermit> + use<> {
        self.semaphore().home.note_await(0);
        acquire(self.clone())
    }

    /// Takes a permit if one is free and no task waits for one; never waits. The permit owns a share
    /// of the semaphore.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::Semaphore;
    /// use std::rc::Rc;
    /// let semaphore = Rc::new(Semaphore::new(1));
    /// let permit = semaphore.try_acquire_owned().expect("it is free");
    /// assert!(semaphore.try_acquire_owned().is_none());
    /// # drop(permit);
    /// ```
    pub fn try_acquire_owned(self: &Rc<Self>) -> Option<OwnedPermit> {
        try_acquire(self.clone())
    }
}

impl BoundedSemaphore {
    /// Waits for a permit that can be moved into a task: see [`Semaphore::acquire_owned`].
    #[track_caller]
    pub fn acquire_owned(self: &Rc<Self>) -> impl Future<Output = OwnedPermit> + use<> {
        self.semaphore().home.note_await(0);
        acquire(self.clone())
    }

    /// Takes a permit that can be moved into a task, if one is free and no task waits for one: see
    /// [`Semaphore::try_acquire_owned`].
    pub fn try_acquire_owned(self: &Rc<Self>) -> Option<OwnedPermit> {
        try_acquire(self.clone())
    }
}

/// A permit with a share of its semaphore, which is released when this is dropped. Made by
/// [`Semaphore::acquire_owned`] and [`BoundedSemaphore::acquire_owned`].
#[must_use = "the permit is released when this is dropped"]
#[doc(alias("OwnedSemaphorePermit", "SemaphoreGuardArc"))]
pub struct OwnedPermit {
    permits: Rc<dyn Permits>,
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        self.permits.semaphore().free_one();
    }
}

impl fmt::Debug for OwnedPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.permits.semaphore().home;
        f.debug_tuple("OwnedPermit").field(home).finish()
    }
}
