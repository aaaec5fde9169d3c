//! Semaphore: some permits, handed out in the order of the requests.
//!
//! The problem: a hundred tasks may run, but only five may use the database at once. A semaphore
//! has five permits. A task takes one before it begins, and the others wait in line.
//!
//! ```text
//!    permits: 2                     A and B hold the two permits, C and D wait
//!    acquire A ──> 1
//!    acquire B ──> 0
//!    acquire C ──> in line [ C ]
//!    acquire D ──> in line [ C | D ]
//!    release   ──> C is notified: the permit is C's, and the number stays 0
//!    C is dropped before it runs ──> the permit is D's
//! ```
//!
//! While a notified waiter has not run, the line is not empty, so a newcomer waits behind it, even
//! if a permit is free. In asyncio this is the same. When a waiter leaves the line, it hands out
//! the permits that are free.
//!
//! Invariants:
//! 1. Permits are conserved: free ones, tokens of notified waiters, and held ones are as many as
//!    were made and released without an acquire.
//! 2. If a permit is free and a future waits, a notified waiter is on its way.
//!
//! Read next: `locks/semaphore/permit.rs`.

use std::cell::Cell;
use std::fmt;

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Name};

use crate::home::Home;
use crate::locks::semaphore::permit::{AcquirePermit, Permit};
use crate::wait_list::WaitList;

pub(crate) mod bounded;
pub(crate) mod owned;
pub(crate) mod permit;

/// Lets a limited number of tasks at a time into a section of code that awaits: asyncio's
/// `Semaphore`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{Semaphore, gather, run_virtual, sleep, time};
/// use std::{rc::Rc, time::Duration};
///
/// run_virtual(async {
///     let connections = Rc::new(Semaphore::new(2));
///     gather((0..6).map(|_| {
///         let connections = connections.clone();
///         async move {
///             let _permit = connections.acquire().await;
///             sleep(Duration::from_secs(1)).await;
///         }
///     }))
///     .await
///     .unwrap();
///     assert_eq!(time().since_start().as_secs(), 3); // two at a time
/// });
/// ```
#[doc(alias = "CapacityLimiter")]
pub struct Semaphore {
    /// The number of free permits.
    permits: Cell<usize>,
    /// The number of permits that were [kept](Permit::keep) and not released since.
    kept: Cell<usize>,
    waiters: WaitList,
    home: Home,
}

impl Semaphore {
    /// Creates a semaphore with a number of free permits. With none, tasks wait until a permit
    /// is released.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let semaphore = groundup::Semaphore::new(2);
    /// assert_eq!(semaphore.available(), 2);
    /// ```
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Semaphore {
            permits: Cell::new(permits),
            kept: Cell::new(0),
            waiters: WaitList::default(),
            home: Home::new("semaphore"),
        }
    }

    /// Names the semaphore in traces, deadlock reports and explanations. Without a name it is
    /// called "semaphore", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let pool = groundup::Semaphore::new(2).named("pool");
    /// assert_eq!(format!("{pool:?}"), "<Semaphore pool [unlocked, value:2]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Waits for a permit and takes it. The permit is released when the returned [`Permit`] is
    /// dropped.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the line. If a permit was passed to it already,
    /// the permit goes to the next task in line.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this semaphore.
    #[track_caller]
    pub fn acquire(&self) -> AcquirePermit<'_> {
        self.home.note_await(0);
        AcquirePermit::new(self)
    }

    /// Takes a permit if one is free and no task waits for one; never waits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let semaphore = groundup::Semaphore::new(1);
    /// let permit = semaphore.try_acquire().expect("it is free");
    /// assert!(semaphore.try_acquire().is_none());
    /// # drop(permit);
    /// ```
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.home.touch(Access::Write);
        (!self.is_locked()).then(|| self.take())
    }

    /// Returns true if no permit can be had at once: none is free, or tasks wait for one.
    pub fn locked(&self) -> bool {
        self.home.touch(Access::Read);
        self.is_locked()
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.permits.get() == 0 || !self.waiters.is_empty()
    }

    /// Returns the number of free permits.
    #[doc(alias = "available_permits")]
    pub fn available(&self) -> usize {
        self.home.touch(Access::Read);
        self.permits.get()
    }

    /// Adds a permit, and passes it to the first task in line. Any task may call this, also one
    /// that has acquired nothing; a [`BoundedSemaphore`](crate::BoundedSemaphore) refuses that.
    ///
    /// # Panics
    ///
    /// If there would be more than `usize::MAX` permits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let semaphore = groundup::Semaphore::new(0);
    /// semaphore.release();
    /// assert!(semaphore.try_acquire().is_some());
    /// ```
    #[doc(alias = "add_permits")]
    #[track_caller]
    pub fn release(&self) {
        self.home.touch(Access::Write);
        let more = self.permits.get().checked_add(1);
        more.expect("a semaphore has at most usize::MAX permits");
        self.kept.set(self.kept.get().saturating_sub(1));
        self.free_one();
    }

    /// Writes the state of a semaphore of this kind.
    fn describe(&self, kind: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{kind} {} [", self.home.name())?;
        match self.locked() {
            true => f.write_str("locked")?,
            false => write!(f, "unlocked, value:{}", self.available())?,
        }
        write!(f, "{}]>", self.waiters)
    }

    /// Adds a free permit. At `usize::MAX` free permits, one less makes no difference.
    // Speed: semaphore. A look at the gate costs less than the look that each touch makes.
    #[inline]
    fn free_one(&self) {
        if !Scheduler::polls_plainly() {
            self.home.touch(Access::Write);
        }
        if self.waiters.is_waiting() {
            self.waiters.wake_one();
        } else {
            self.permits.set(self.permits.get().saturating_add(1));
        }
    }

    /// Takes a permit that is free.
    #[inline]
    fn take(&self) -> Permit<'_> {
        self.permits.set(self.permits.get() - 1);
        Permit::new(self)
    }

    /// Passes the free permits to the first waiters in line.
    #[inline(never)]
    fn hand_out(&self) {
        self.home.touch(Access::Write);
        while let Some(left) = self.permits.get().checked_sub(1) {
            let Some(next) = self.waiters.notify_one() else {
                return;
            };
            self.permits.set(left);
            next.wake();
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe("Semaphore", f)
    }
}
