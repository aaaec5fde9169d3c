//! Condition: waits under a lock until another task changes the state.
//!
//! The problem: a task holds a lock, looks at the state, and cannot go on before another task has
//! changed it. The other task needs the lock for that. So the first one must release the lock and
//! begin to wait in one step, and have the lock again when it goes on.
//!
//! ```text
//!   guard ── wait ──> the lock is released, the task waits        another task, with the lock:
//!                       │                                           notify(&guard, n)
//!                       │ 1 notified  <───────────────────────────────┘
//!                       v
//!                     in the line of the lock ── 2 acquired ──> guard
//! ```
//!
//! In asyncio, a wait or a notify without the lock is an error at run time. Here it does not compile: `wait`
//! takes the guard, and `notify` borrows it. A condition has no lock of its own, so several can share one.
//!
//! Invariants:
//! 1. A wait gives back a guard of the lock whose guard it took.
//! 2. If a wait that `notify` chose ends without giving the guard back, the next one is notified.
//! 3. All tasks that wait for a condition at one time have released the same lock.
//!
//! Read next: `locks/once_cell.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, ready};

use groundup_combinators::trace::{Access, Name, Wait};

use crate::home::Home;
use crate::locks::lock::Lock;
use crate::locks::lock::acquire::Acquire;
use crate::locks::lock::guard::LockGuard;
use crate::wait_list::{Place, WaitList};

/// Lets tasks that share a [`Lock`] wait for each other's changes: asyncio's `Condition`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Condition, Lock, run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let shared = Rc::new((Lock::with(Vec::new()), Condition::new()));
///     let consumer = spawn({
///         let shared = shared.clone();
///         async move {
///             let (items, changed) = &*shared;
///             let guard = items.acquire().await;
///             let mut guard = changed.wait_for(guard, |items| items.len() >= 2).await;
///             std::mem::take(&mut *guard)
///         }
///     });
///     let (items, changed) = &*shared;
///     for item in ["tea", "milk"] {
///         let mut guard = items.acquire().await;
///         guard.push(item);
///         changed.notify(&guard, 1);
///     }
///     assert_eq!(consumer.await.unwrap(), ["tea", "milk"]);
/// });
/// ```
#[doc(alias("Condvar"))]
pub struct Condition {
    waiters: WaitList,
    /// The address of the lock that those in line have released.
    lock: Cell<usize>,
    home: Home,
}

impl Condition {
    /// Creates a condition. The first wait decides to which lock it belongs.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let changed = groundup::Condition::new();
    /// assert_eq!(format!("{changed:?}"), "<Condition condition>");
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Condition {
            waiters: WaitList::default(),
            lock: Cell::new(0),
            home: Home::new("condition"),
        }
    }

    /// Names the condition in traces, deadlock reports and explanations. Without a name it is
    /// called "condition", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let changed = groundup::Condition::new().named("changed");
    /// assert_eq!(format!("{changed:?}"), "<Condition changed>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Releases the lock, waits until the condition is notified, acquires the lock again, and
    /// returns its guard. The guard is released when the returned future is polled first.
    ///
    /// A wait may return although the state is as before, since other tasks can have the lock
    /// between the notify and the return. Look at the state again, or use
    /// [`wait_for`](Condition::wait_for).
    ///
    /// # Cancel safety
    ///
    /// If the wait is dropped or cancelled, the guard is gone, and the lock is released. In
    /// asyncio a cancelled wait acquires the lock again before the cancel goes on; here no code
    /// could use it. If the wait was notified already, the next waiter is notified in its place.
    ///
    /// # Panics
    ///
    /// If other tasks wait for this condition with the guard of another lock, or if a task of
    /// another loop has waited for it.
    #[track_caller]
    pub fn wait<'a, T>(&'a self, guard: LockGuard<'a, T>) -> ConditionWait<'a, T> {
        self.home.note_await(0);
        guard.lock().note_await(); // which it waits for in the end
        ConditionWait::new(self, guard)
    }

    /// Waits until `predicate` returns true of the value that the lock protects. It is called
    /// before the first wait, and after each notify, while this task has the lock.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Condition::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Condition::wait).
    #[track_caller]
    pub fn wait_for<'a, T>(
        &'a self,
        mut guard: LockGuard<'a, T>,
        mut predicate: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = LockGuard<'a, T>> {
        self.home.note_await(0);
        guard.lock().note_await();
        async move {
            while !predicate(&guard) {
                guard = ConditionWait::new(self, guard).await;
            }
            guard
        }
    }

    /// Wakes the `n` tasks that have waited longest, or all if there are fewer. They go on one
    /// after another, when each of them has the lock.
    ///
    /// # Panics
    ///
    /// If the tasks wait with the guard of another lock.
    pub fn notify<T>(&self, guard: &LockGuard<'_, T>, n: usize) {
        self.assert_lock(guard.lock());
        self.pass_on(n);
    }

    /// Wakes all tasks that wait. Panics as [`notify`](Condition::notify) does.
    pub fn notify_all<T>(&self, guard: &LockGuard<'_, T>) {
        self.assert_lock(guard.lock());
        self.waiters.notify_all();
    }

    /// Notifies the first waiters in line, at most `n`.
    fn pass_on(&self, n: usize) {
        let notified = (0..n).map_while(|_| self.waiters.notify_one());
        notified.for_each(|next| next.wake());
    }

    /// Panics if those in line have released another lock.
    fn assert_lock<T>(&self, lock: &Lock<T>) {
        self.home.touch(Access::Write);
        if !self.waiters.is_empty() && self.lock.get() != ptr::from_ref(lock).addr() {
            panic!(
                "{} is used with two locks: tasks wait for it that have released another lock; give \
                 each lock its own condition",
                self.home.name()
            );
        }
    }
}

impl Default for Condition {
    #[track_caller]
    fn default() -> Self {
        Condition::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Condition {}", self.home.name())?;
        match self.waiters.len() {
            0 => f.write_str(">"),
            waiters => write!(f, " [waiters:{waiters}]>"),
        }
    }
}

/// How far a wait for a condition has come.
enum Stage<'a, T> {
    /// It has not been polled, and holds the lock. It becomes `Waiting`.
    New(LockGuard<'a, T>),
    /// It stands in the line of the condition. It becomes `Acquiring`.
    Waiting(&'a Lock<T>, Place),
    /// It was notified, and waits for the lock. It becomes `Over`.
    Acquiring(Acquire<'a, T>),
    /// It has returned the guard.
    Over,
}

/// Waits until a condition is notified. Made by [`Condition::wait`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct ConditionWait<'a, T> {
    condition: &'a Condition,
    stage: Stage<'a, T>,
}

impl<'a, T> ConditionWait<'a, T> {
    /// Makes a wait whose place the caller has noted.
    fn new(condition: &'a Condition, guard: LockGuard<'a, T>) -> Self {
        let stage = Stage::New(guard);
        ConditionWait { condition, stage }
    }

    fn wait_reason(&self, cx: &Context<'_>) {
        let Condition { home, waiters, .. } = self.condition;
        home.wait(0, cx, waiters, |name| Wait::Other(name.into()));
    }

    /// Joins the line, and releases the lock.
    fn begin(&mut self, cx: &Context<'_>) {
        let condition = self.condition;
        let Stage::New(guard) = &self.stage else {
            return;
        };
        let lock = guard.lock();
        condition.assert_lock(lock);
        self.wait_reason(cx);
        condition.lock.set(ptr::from_ref(lock).addr());
        let mut place = Place::default();
        condition.waiters.join(&mut place, cx, || true);
        let before = std::mem::replace(&mut self.stage, Stage::Waiting(lock, place));
        drop(before); // the guard
    }
}

impl<'a, T> Future for ConditionWait<'a, T> {
    type Output = LockGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Stage::New(_) = this.stage {
            this.begin(cx);
            return Poll::Pending;
        }
        if let Stage::Waiting(lock, place) = &mut this.stage {
            if !this.condition.waiters.poll(place, cx) {
                this.wait_reason(cx);
                return Poll::Pending;
            }
            this.stage = Stage::Acquiring(Acquire::new(lock));
        }
        let Stage::Acquiring(acquire) = &mut this.stage else {
            panic!("this wait for a condition was polled after it had finished: await a new one");
        };
        let guard = ready!(Pin::new(acquire).poll(cx));
        this.stage = Stage::Over;
        Poll::Ready(guard)
    }
}

impl<T> Drop for ConditionWait<'_, T> {
    fn drop(&mut self) {
        let notified = match &mut self.stage {
            Stage::Waiting(_, place) => self.condition.home.leave(&self.condition.waiters, place),
            Stage::Acquiring(_) => true,
            Stage::New(_) | Stage::Over => false,
        };
        if notified {
            self.condition.pass_on(1);
        }
    }
}

impl<T> fmt::Debug for ConditionWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = &self.condition.home;
        f.debug_tuple("ConditionWait").field(home).finish()
    }
}
