//! Lock: one task at a time, in the order of their requests.
//!
//! The problem: a task changes shared state in several steps, and awaits between two of them.
//! Other tasks run meanwhile, and must not see the state in the middle of the change. The lock
//! lets one task in. The other tasks wait in line, so that no task waits for ever.
//!
//! ```text
//!                    acquire               release, nobody waits
//!         ┌───────────────────────┐  ┌──────────────────────────┐
//!         │                       v  │                          v
//!        free                    held                          free
//!                                 ^ │
//!        the waiter takes it      │ │ release: the first waiter is notified
//!                                 │ v
//!                             passed on ── the waiter is dropped ──> to the next, or free
//! ```
//!
//! While the lock is passed on it is not held ([`Lock::locked`] is false), but no newcomer gets
//! it: as in asyncio, a newcomer finds waiters, and joins the line behind them. The lock stores the
//! ticket of its holder, and a report looks up the name of this task.
//!
//! Invariants:
//! 1. At most one guard exists, and no guard while the lock is passed on.
//! 2. If the lock is free, no future waits for it.
//! 3. A lock that is passed to a future which is then dropped goes to the next future in line.
//!
//! Read next: `locks/lock/acquire.rs`. Second reading: `locks/lock/guard.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;

use groundup_combinators::task::{Holder, Scheduler, Ticket};
use groundup_combinators::trace::{Access, Name};

use crate::error::NotAcquired;
use crate::home::{Home, running_task};
use crate::locks::lock::guard::LockGuard;
use crate::wait_list::WaitList;

pub(crate) mod acquire;
pub(crate) mod guard;
pub(crate) mod owned;

/// Lets one task at a time into a section of code that awaits.
///
/// asyncio's `Lock` protects no value: `Lock::new()`. A lock can also own the value that it
/// protects, as a mutex of the standard library does: [`Lock::with`]. Tasks of a loop share a
/// lock by reference, or in an `Rc`. State that is changed without an await in between needs no
/// lock: a `Cell` or a `RefCell` is enough.
///
/// The line is fair: tasks get the lock in the order in which they asked for it. A lock that is
/// free is taken without a suspension, and a lock that is released goes to the next task one
/// iteration later, as in asyncio.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::{combinators::*, executor::*}; }
/// use groundup::{Lock, gather, run_virtual, sleep};
/// use std::{rc::Rc, time::Duration};
///
/// run_virtual(async {
///     let balance = Rc::new(Lock::with(100));
///     let withdraw = |amount| {
///         let balance = balance.clone();
///         async move {
///             let mut balance = balance.acquire().await;
///             if *balance < amount {
///                 return false;
///             }
///             sleep(Duration::from_secs(1)).await; // asks the bank; no other task comes between
///             *balance -= amount;
///             true
///         }
///     };
///     let done = gather([withdraw(80), withdraw(80)]).await.unwrap();
///     assert_eq!(done, [true, false]);
/// });
/// ```
///
/// If a program hangs, the deadlock report and `explain` name the lock and its holder: see
/// [`Lock::named`].
#[doc(alias("Mutex"))]
pub struct Lock<T = ()> {
    kept: Cell<Kept>,
    /// A newcomer does not get the lock: `kept` is set, or a future has a place in the line, or the lock
    /// is held and watched.
    blocked: Cell<bool>,
    /// The task that acquired the lock last.
    holder: Cell<Ticket>,
    waiters: WaitList,
    value: RefCell<T>,
    home: Home,
}

/// Says whether the lock is held without a guard that borrows its value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kept {
    /// Not held in this way: a guard borrows the value, or the lock is free.
    #[default]
    No,
    /// [`LockGuard::keep`] was called; [`Lock::release`] ends it.
    ByHand,
    /// An owned guard exists; its drop ends it.
    Owned,
}

impl Lock {
    /// Creates a lock that protects no value, as asyncio's does.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
    /// use groundup::{Lock, run};
    ///
    /// run(async {
    ///     let lock = Lock::new();
    ///     let guard = lock.acquire().await;
    ///     assert!(lock.locked());
    ///     drop(guard); // the section ends
    ///     assert!(!lock.locked());
    /// });
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Lock::with(())
    }
}

impl<T> Lock<T> {
    /// Creates a lock that owns the value that it protects. A guard leads to the value.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; pub use groundup_sync::executor::*; }
    /// use groundup::{Lock, run};
    ///
    /// run(async {
    ///     let lines = Lock::with(Vec::new());
    ///     lines.acquire().await.push("one");
    ///     assert_eq!(lines.into_value(), ["one"]);
    /// });
    /// ```
    #[track_caller]
    pub fn with(value: T) -> Self {
        Lock {
            kept: Cell::default(),
            blocked: Cell::new(false),
            holder: Cell::new(Ticket::NONE),
            waiters: WaitList::default(),
            value: RefCell::new(value),
            home: Home::new("lock"),
        }
    }

    /// Names the lock in traces, deadlock reports and explanations. Without a name it is called
    /// "lock", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*, task::yield_now}; }
    /// use groundup::{Lock, current_loop, run, spawn_named, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let fork = Rc::new(Lock::new().named("fork"));
    ///     let held = fork.acquire().await;
    ///     let kant = spawn_named("Kant", {
    ///         let fork = fork.clone();
    ///         async move { drop(fork.acquire().await) }
    ///     });
    ///     yield_now().await;
    ///     let why = current_loop().explain(&kant);
    ///     assert!(why.starts_with("Kant waits for fork"), "{why}");
    ///     assert!(why.contains("held by Task-1"), "{why}");
    /// #   drop(held);
    /// #   kant.await.unwrap();
    /// });
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Takes the lock if it is free and no task waits for it; never waits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::Lock;
    /// let lock = Lock::new();
    /// let guard = lock.try_acquire().expect("it is free");
    /// assert!(lock.try_acquire().is_none());
    /// # drop(guard);
    /// ```
    #[doc(alias = "try_lock")]
    pub fn try_acquire(&self) -> Option<LockGuard<'_, T>> {
        self.home.touch(Access::Write);
        self.try_take_for(|| running_task().unwrap_or(Ticket::NONE))
            .map(LockGuard::noted)
    }

    /// Returns true if the lock is held. While a released lock is on its way to the next task in
    /// line, it is not held, and cannot be acquired by another.
    pub fn locked(&self) -> bool {
        self.home.touch(Access::Read);
        self.is_locked()
    }

    /// Releases a lock whose guard was [kept](LockGuard::keep). Any task may call this.
    ///
    /// # Errors
    ///
    /// [`NotAcquired`], if the lock is not held, or if a guard will release it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::{Lock, LockGuard, NotAcquired};
    /// let lock = Lock::new();
    /// assert_eq!(lock.release(), Err(NotAcquired));
    /// LockGuard::keep(lock.try_acquire().unwrap());
    /// assert!(lock.locked());
    /// assert_eq!(lock.release(), Ok(()));
    /// ```
    pub fn release(&self) -> Result<(), NotAcquired> {
        self.home.touch(Access::Write);
        let kept = self.kept.get() == Kept::ByHand;
        kept.then(|| self.end_kept()).ok_or(NotAcquired)
    }

    /// Releases a kept lock. If `mem::forget` has leaked a borrow of its value
    /// (`OwnedLockGuard::value`), the lock is held for ever.
    fn end_kept(&self) {
        self.home.touch(Access::Write);
        self.kept.set(Kept::No);
        if !self.is_locked() {
            self.pass_on();
        }
    }

    /// Makes the running task the holder in reports.
    fn adopt(&self) {
        self.holder.set(running_task().unwrap_or(Ticket::NONE));
        if !self.waiters.is_empty() {
            self.tell_holder();
        }
    }

    /// Returns the protected value. The call takes the lock by value, so no guard of it exists.
    pub fn into_value(self) -> T {
        self.value.into_inner()
    }

    /// Takes the lock for a task, if it is free and no task waits for it. A guard borrows the value
    /// mutably, so the lock is held while this borrow exists, or while `kept` is set.
    #[inline]
    fn try_take_for(&self, task: impl FnOnce() -> Ticket) -> Option<LockGuard<'_, T>> {
        if self.blocked.get() {
            return None;
        }
        let value = self.value.try_borrow_mut().ok()?;
        self.holder.set(task());
        Some(LockGuard::new(self, value))
    }

    /// Notes whether newcomers are kept out. While a loop is watched, a guard keeps them out, so that its
    /// drop is noted ([`LockGuard::noted`]).
    fn note_line(&self) {
        let others = self.kept.get() != Kept::No || !self.waiters.is_empty();
        let blocked = others || Scheduler::any_is_watched() && self.is_locked();
        self.blocked.set(blocked);
    }

    /// Stores the holder in the wait reason of the tasks in line.
    fn tell_holder(&self) {
        let holder = match self.holder.get() {
            Ticket::NONE => Holder::Unknown,
            task if self.kept.get() == Kept::ByHand => Holder::Kept(task),
            task => Holder::Task(task),
        };
        self.waiters.held_by(holder);
    }
}

impl<T: Default> Default for Lock<T> {
    #[track_caller]
    fn default() -> Self {
        Lock::with(T::default())
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.locked() { "locked" } else { "unlocked" };
        write!(f, "<Lock {} [{state}{}]>", self.home.name(), self.waiters)
    }
}
