//! BoundedSemaphore: refuses a release without an acquire.
//!
//! The problem: a program that releases one permit too many lets one task too many in, and says
//! nothing. Where the number of permits never changes, one permit more than at the beginning is a
//! bug of the program.
//!
//! A [`Permit`] releases the permit that it is. So a release by hand is for a kept permit, and the
//! semaphore counts those.
//!
//! Invariant: there are never more free permits than at the beginning.
//!
//! Read next: `signals.rs`.

use std::fmt;

use groundup_combinators::trace::{Access, Name};

use crate::error::NotAcquired;
use crate::locks::semaphore::Semaphore;
use crate::locks::semaphore::permit::{AcquirePermit, Permit};

/// A [`Semaphore`] whose free permits never exceed their first number: asyncio's
/// `BoundedSemaphore`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{BoundedSemaphore, NotAcquired, run};
///
/// run(async {
///     let semaphore = BoundedSemaphore::new(1);
///     let permit = semaphore.acquire().await;
///     drop(permit);
///     assert_eq!(semaphore.release(), Err(NotAcquired));
/// });
/// ```
pub struct BoundedSemaphore {
    semaphore: Semaphore,
}

impl BoundedSemaphore {
    /// Creates a semaphore with a number of free permits, which is also the largest one.
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        BoundedSemaphore {
            semaphore: Semaphore::new(permits),
        }
    }

    /// Names the semaphore in traces, deadlock reports and explanations.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let pool = groundup::BoundedSemaphore::new(2).named("pool");
    /// assert_eq!(format!("{pool:?}"), "<BoundedSemaphore pool [unlocked, value:2]>");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Name>) -> Self {
        let semaphore = self.semaphore.named(name);
        BoundedSemaphore { semaphore }
    }

    pub(super) fn semaphore(&self) -> &Semaphore {
        &self.semaphore
    }

    /// Waits for a permit and takes it: see [`Semaphore::acquire`].
    #[track_caller]
    pub fn acquire(&self) -> AcquirePermit<'_> {
        self.semaphore.acquire()
    }

    /// Takes a permit if one is free and no task waits for one: see [`Semaphore::try_acquire`].
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.semaphore.try_acquire()
    }

    /// Returns true if no permit can be had at once.
    pub fn locked(&self) -> bool {
        self.semaphore.locked()
    }

    /// Returns the number of free permits.
    pub fn available(&self) -> usize {
        self.semaphore.available()
    }

    /// Adds a permit that was [kept](Permit::keep), and passes it to the first task in line.
    ///
    /// # Errors
    ///
    /// [`NotAcquired`], if no permit was kept, or all that were kept are released: the others are
    /// free, or a [`Permit`] will release them.
    pub fn release(&self) -> Result<(), NotAcquired> {
        self.semaphore.home.touch(Access::Write);
        if self.semaphore.kept.get() == 0 {
            return Err(NotAcquired);
        }
        self.semaphore.release();
        Ok(())
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.semaphore.describe("BoundedSemaphore", f)
    }
}
